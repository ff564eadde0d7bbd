"""Insights: the viewer's activity in a range of time and, for administrators, that of all users.

They are counted in the mirror, which may lag behind. The viewer's export marks and dead letters name
the changes that it has not confirmed: deletions among them are excluded from the count at once, additions
are counted later, and the answer states how far the count reaches.
"""

"""Insights: the viewer's activity in a range of time and, for administrators, that of all users.

They are counted in the mirror, which may lag behind. The viewer's export marks and dead letters name
the changes that it has not confirmed: what they delete is left out of the count at once, what they add
is counted later, and the answer states how far the count reaches.
"""

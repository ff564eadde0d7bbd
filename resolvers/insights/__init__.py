"""Insights: what the viewer did in a range of time and, for administrators, what all users did.

They are counted in the mirror, which may be behind. What it has not confirmed is what the viewer's
export marks and dead letters name: deletions among that are left out of the count at once, additions
come later, and the answer says since when.
"""

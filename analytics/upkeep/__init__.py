"""Keeping store and mirror the same: all of it marked, compared, and what is superseded removed."""

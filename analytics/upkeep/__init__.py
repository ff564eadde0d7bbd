"""Keeps the mirror equal to the store: backfill, comparison, repair and compaction."""

"""Usage figures for a period, for charts."""

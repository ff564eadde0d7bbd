"""How the service was used in a period, by one user or by all users, according to the mirror."""

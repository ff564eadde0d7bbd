"""Embedders: the meaning of turns and queries as vectors. Vectors of similar meaning are close together."""

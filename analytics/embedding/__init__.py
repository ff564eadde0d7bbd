"""Embedders: what a turn and a query mean, as vectors that are near to each other if they mean the same."""

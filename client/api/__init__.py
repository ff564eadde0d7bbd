"""The typed client of the API. It is generated: `make client` writes it anew."""

"""The API through sockets, over one connection and over many, beside bare routes of the same server."""

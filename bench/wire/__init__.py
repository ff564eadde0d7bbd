"""The API through sockets, under one connection and under many, beside bare routes of the same server."""

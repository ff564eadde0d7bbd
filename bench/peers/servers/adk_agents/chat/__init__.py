"""Found by `adk api_server`."""

"""Reads chats from files: one small module per format, all with the same kinds of entries."""

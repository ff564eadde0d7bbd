"""Reads chats out of files: one small module a format, all with the same entries."""

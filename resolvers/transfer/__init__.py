"""Chats on their way out and in: exports, imports, and the document both speak."""

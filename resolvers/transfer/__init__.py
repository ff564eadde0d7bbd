"""Exports and imports of chats, and the document format that both use."""

"""The topics of a question, as a few key phrases."""

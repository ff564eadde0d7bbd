"""What a question is about, as a few key phrases."""

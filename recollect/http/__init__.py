"""GraphQL over HTTP. Nothing from a user appears in a log."""

"""GraphQL over HTTP: requests in, answers out, and nothing of a user in a log."""

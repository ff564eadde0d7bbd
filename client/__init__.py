"""The web client. It knows the service by its GraphQL API alone."""

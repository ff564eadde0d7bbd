"""The web client. It uses the service only through its GraphQL API."""

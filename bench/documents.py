"""The operations that are measured; they ask for every field of the schema, as the schema defines them."""

from graphql import GraphQLObjectType

from tests.integration.access.operations import GRAPHQL, selection


def _fields(kind: str, *left_out: str) -> str:
    found = GRAPHQL.type_map[kind]
    if not isinstance(found, GraphQLObjectType):
        raise TypeError(f"{kind} has no fields")
    fields = found.fields.items()
    return " ".join(
        f"{name} {selection(field.type)}" for name, field in fields if name not in left_out
    )


_SESSION = _fields("Session", "conversations")
_TURN = _fields("Conversation")
_PAGE = f"pageInfo {{ {_fields('PageInfo')} }} totalCount"

RECORD = f"""
mutation ($input: RecordConversationInput!) {{ recordConversation(input: $input) {{
  conversation {{ {_TURN} }} session {{ id title conversationCount lastActive status }}
  userErrors {{ code message field }} }} }}
"""

OPEN_CHAT = f"""
query ($id: ID!, $turns: Int!) {{ viewer {{ session(id: $id) {{ {_SESSION}
  conversations(last: $turns) {{ nodes {{ {_TURN} }} edges {{ cursor }} {_PAGE} }} }} }} }}
"""

TURNS = f"""
query ($id: ID!, $turns: Int!) {{ viewer {{ session(id: $id) {{
  conversations(last: $turns) {{ nodes {{ {_TURN} }} }} }} }} }}
"""

LIST = f"""
query ($first: Int!) {{ viewer {{ sessions(first: $first) {{
  nodes {{ {_SESSION} }} edges {{ cursor }} {_PAGE} }} }} }}
"""

SEARCH = """
query ($query: String!) { viewer { searchConversations(query: $query, first: 20) {
  nodes { session { id title } conversation { id query response timestamp }
    snippet { text highlighted } } complete pageInfo { hasNextPage endCursor } } } }
"""

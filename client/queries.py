"""The operations the client sends."""

_SESSION = "fragment Row on Session { id title conversationCount lastActive }"
_SESSIONS = f"""
fragment Sessions on SessionConnection {{
  nodes {{ ...Row }}
  pageInfo {{ hasNextPage endCursor }}
}}
{_SESSION}
"""
_TURNS = """
fragment Turns on ConversationConnection {
  nodes { id query response answered timestamp }
  pageInfo { hasPreviousPage startCursor }
}
"""

PAGE = f"""
query Page($open: Boolean!, $session: ID! = "") {{
  viewer {{
    email
    sessions(first: 20) {{ ...Sessions }}
    session(id: $session) @include(if: $open) {{
      ...Row
      conversations(last: 50) {{ ...Turns }}
    }}
  }}
}}
{_SESSIONS}
{_TURNS}
"""
"""All that a page shows: the latest sessions and the end of the open one."""

MORE_SESSIONS = f"""
query MoreSessions($after: String!) {{
  viewer {{ sessions(first: 20, after: $after) {{ ...Sessions }} }}
}}
{_SESSIONS}
"""

EARLIER_TURNS = f"""
query EarlierTurns($session: ID!, $before: String!) {{
  viewer {{
    session(id: $session) {{ conversations(last: 50, before: $before) {{ ...Turns }} }}
  }}
}}
{_TURNS}
"""

SEARCH = f"""
query Search($words: String!, $after: String) {{
  viewer {{
    searchConversations(query: $words, first: 10, after: $after) {{
      nodes {{
        session {{ ...Row }}
        conversation {{ id }}
        snippet {{ text highlighted }}
      }}
      pageInfo {{ hasNextPage endCursor }}
      complete
    }}
  }}
}}
{_SESSION}
"""

RECORD = """
mutation Record($input: RecordConversationInput!) {
  recordConversation(input: $input) {
    session { id }
    userErrors { code message }
  }
}
"""

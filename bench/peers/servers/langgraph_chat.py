"""A graph whose state is a chat; nothing runs in it. For `langgraph dev`, in its own environment."""

from langgraph.graph import START, MessagesState, StateGraph


def answer(state):
    """Add nothing: the client writes both messages."""
    return {}


builder = StateGraph(MessagesState)
builder.add_node("answer", answer)
builder.add_edge(START, "answer")
graph = builder.compile()

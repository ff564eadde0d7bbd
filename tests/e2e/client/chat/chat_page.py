"""The chat page in Streamlit's own test harness: asking questions, and reading the page."""

import re

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ChatInput

from tests.e2e.client.app_pages import (
    new_page,
    run,
)

WAITING = "No answer yet."


def open_page(session: str | None = None) -> AppTest:
    return run(new_page(session=session))


def type_question(page: AppTest, question: str) -> AppTest:
    (field,) = page.get("chat_input")
    assert isinstance(field, ChatInput)
    field.set_value(question)
    return page


def ask(page: AppTest, question: str) -> AppTest:
    return run(type_question(page, question))


def draft(page: AppTest) -> str | None:
    """The kept text of a question that could not be sent."""
    kept = [area.value for area in page.text_area if (area.key or "").startswith("draft-")]
    return kept[0] if kept else None


def shown(page: AppTest) -> list[tuple[str, str]]:
    """Question and answer, or the text in its place, of each turn on the page."""
    messages = page.chat_message
    texts = [unescaped((m.text or m.markdown or m.caption)[0].value) for m in messages]
    assert [m.name for m in messages] == ["user", "assistant"] * (len(messages) // 2)
    return list(zip(texts[::2], texts[1::2], strict=True))


def unescaped(markdown: str) -> str:
    return re.sub(r"\\([^\w\s])", r"\1", markdown)


def answered(*questions: str) -> list[tuple[str, str]]:
    return [(question, f"Answer to: {question}") for question in questions]


def sessions(page: AppTest) -> list[str]:
    return [b.label for b in page.sidebar.button if b.key and b.key.startswith("open-")]


def address(page: AppTest) -> str | None:
    """The session that the page's address names."""
    named = page.query_params.get("session")
    return named[0] if isinstance(named, list) else named

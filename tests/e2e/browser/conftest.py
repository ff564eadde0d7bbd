"""One API and client for all tests in a browser that need none of their own."""

from collections.abc import Iterator

import pytest

from tests.e2e.client.answer_service import AnswerService
from tests.e2e.stack import Stack


@pytest.fixture(scope="package")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The API and the client, which a chat endpoint answers. Each test has people of its own, and each
    module their domain: anna@pages.example is not anna@sessions.example."""
    answers = AnswerService()
    with answers.running():
        stack = Stack(
            tmp_path_factory.mktemp("client"),
            RECOLLECT_ANSWERER="chat",
            RECOLLECT_ANSWER_URL=answers.url,
        )
        with stack.running():
            yield stack

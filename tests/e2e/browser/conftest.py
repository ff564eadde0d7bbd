"""One API and one client for all tests in a browser that don't need their own."""

from collections.abc import Iterator

import pytest

from tests.e2e.client.answer_service import AnswerService
from tests.e2e.stack import Stack


@pytest.fixture(scope="package")
def client_answers() -> Iterator[AnswerService]:
    """The chat endpoint that answers in `client`."""
    answers = AnswerService()
    with answers.running():
        yield answers


@pytest.fixture(scope="package")
def client(
    client_answers: AnswerService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The API and the client, whose questions a chat endpoint answers. Each test has its own users, and each
    module its own domain: anna@pages.example is not anna@sessions.example."""
    stack = Stack(
        tmp_path_factory.mktemp("client"),
        RECOLLECT_ANSWERER="chat",
        RECOLLECT_ANSWER_URL=client_answers.url,
    )
    with stack.running():
        yield stack


@pytest.fixture
def held_answers(client_answers: AnswerService) -> Iterator[AnswerService]:
    """The same endpoint, which completes an answer only when the test lets it go on."""
    client_answers.going_on.clear()
    yield client_answers
    client_answers.going_on.set()

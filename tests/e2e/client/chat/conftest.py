"""The page asks a real answer service over its chat protocol."""

from collections.abc import Iterator

import pytest

from tests.e2e.client.answer_service import AnswerService


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnswerService]:
    service = AnswerService()
    with service.running():
        monkeypatch.setenv("RECOLLECT_ANSWERER", "chat")
        monkeypatch.setenv("RECOLLECT_ANSWER_URL", service.url)
        yield service

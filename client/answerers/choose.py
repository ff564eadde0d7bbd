"""Chooses the answerer from the client's environment."""

from collections.abc import Generator, Mapping
from functools import lru_cache
from pathlib import Path

import httpx

from client.answerers.answer_app import AnswerApp
from client.answerers.base import Answerer
from client.answerers.chat_endpoint import ChatEndpoint
from client.answerers.documentation import DocumentationAnswerer

HERE = Path(__file__).parent
FOR_DEVELOPERS = {"architecture.md", "client.md"}
"""Documents that do not help people who use or run Recollect."""
SETTINGS = "RECOLLECT_ANSWER"
"""The prefix of the settings' names."""


def choose_answerer(environment: Mapping[str, str]) -> Answerer:
    """The answerer named by RECOLLECT_ANSWERER; all tabs of a process share it.

    Raises ValueError if a setting is wrong or missing.
    """
    return _answerer(
        frozenset(each for each in environment.items() if each[0].startswith(SETTINGS))
    )


@lru_cache(maxsize=1)
def _answerer(settings: frozenset[tuple[str, str]]) -> Answerer:
    given = {name.removeprefix("RECOLLECT_"): value for name, value in settings if value}
    name = given.get("ANSWERER", "documentation")
    if name == "documentation":
        return DocumentationAnswerer(_documents())
    url = given.get("ANSWER_URL")
    if not url:
        raise ValueError(f"RECOLLECT_ANSWER_URL is needed with RECOLLECT_ANSWERER={name}.")
    if name == "answer-app":
        user = _one_of("ANSWER_USER", given, "key", "email")
        return AnswerApp(url, _auth(given, needs_audience=True), by_email=user == "email")
    if name == "chat":
        allowed = [each.strip() for each in given.get("ANSWER_MODELS", "").split(",")]
        return ChatEndpoint(
            url,
            given.get("ANSWER_MODEL", "default"),
            _auth(given, needs_audience=False),
            [each for each in allowed if each],
            titles=_one_of("ANSWER_TITLES", given, "off", "on") == "on",
        )
    raise ValueError("RECOLLECT_ANSWERER should be documentation, answer-app or chat.")


def _auth(given: Mapping[str, str], *, needs_audience: bool) -> httpx.Auth | None:
    token = given.get("ANSWER_TOKEN")
    kinds = ("token", "none", "google") if token else ("none", "token", "google")
    kind = _one_of("ANSWER_AUTH", given, *kinds)
    if kind == "none":
        return None
    if kind == "token":
        if not token:
            raise ValueError("RECOLLECT_ANSWER_TOKEN is needed with RECOLLECT_ANSWER_AUTH=token.")
        return _Bearer(token)
    audience = given.get("ANSWER_AUDIENCE")
    if needs_audience and not audience:
        raise ValueError("RECOLLECT_ANSWER_AUDIENCE is needed with RECOLLECT_ANSWER_AUTH=google.")
    # Imported here, so that others can run without google-auth.
    from client.answerers.google_tokens import GoogleToken

    return GoogleToken(audience, given.get("ANSWER_IMPERSONATE"))


def _one_of(name: str, given: Mapping[str, str], default: str, *others: str) -> str:
    value = given.get(name, default)
    if value not in (default, *others):
        allowed = ", ".join(sorted({default, *others}))
        raise ValueError(f"RECOLLECT_{name} should be one of {allowed}.")
    return value


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the token to a request."""
        request.headers["Authorization"] = self._header
        yield request


def _documents() -> list[Path]:
    """The documentation: in the installed package, or else in the clone."""
    packaged = HERE / "documents"
    if packaged.is_dir():
        files = sorted(packaged.glob("*.md"))
    else:
        root = HERE.parents[1]
        files = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    return [file for file in files if file.name not in FOR_DEVELOPERS]

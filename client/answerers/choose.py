"""Which answerer this client has, by its environment."""

from collections.abc import Mapping
from pathlib import Path

from client.answerers.answer_app import AnswerApp
from client.answerers.base import Answerer
from client.answerers.chat_endpoint import ChatEndpoint
from client.answerers.documentation import DocumentationAnswerer

HERE = Path(__file__).parent
FOR_DEVELOPERS = {"architecture.md"}
"""Documents that answer nothing for those who use or run Recollect."""


def choose_answerer(environment: Mapping[str, str]) -> Answerer:
    """The one that RECOLLECT_ANSWERER names, with its URL, model and token.

    Raises ValueError for a name that is none, or without a URL where one is needed.
    """
    name = environment.get("RECOLLECT_ANSWERER") or "documentation"
    if name == "documentation":
        return DocumentationAnswerer(_documents())
    url = environment.get("RECOLLECT_ANSWER_URL")
    token = environment.get("RECOLLECT_ANSWER_TOKEN")
    if not url:
        raise ValueError(f"RECOLLECT_ANSWER_URL is needed with RECOLLECT_ANSWERER={name}.")
    if name == "answer-app":
        return AnswerApp(url, token)
    if name == "chat":
        return ChatEndpoint(url, environment.get("RECOLLECT_ANSWER_MODEL") or "default", token)
    raise ValueError("RECOLLECT_ANSWERER should be documentation, answer-app or chat.")


def _documents() -> list[Path]:
    """The documentation: in the package where it is installed, else in the clone."""
    packaged = HERE / "documents"
    if packaged.is_dir():
        files = sorted(packaged.glob("*.md"))
    else:
        root = HERE.parents[1]
        files = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    return [file for file in files if file.name not in FOR_DEVELOPERS]

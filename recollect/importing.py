"""Records the chats of a file through the public API, so that nothing is taken that it would refuse.

Ids are made from the file's own, so the same file again finds every chat and turn in place.
"""

import hashlib
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import click
import httpx

from recollect.chat_files import Chat, UnknownFormat, read_chats
from resolvers.checks import ID

CREATE_SESSION = """
mutation ($input: CreateSessionInput!) {
  createSession(input: $input) {
    session { id conversationCount } archivedSessions { id } userErrors { message }
  }
}
"""
RECORD_CONVERSATION = """
mutation ($input: RecordConversationInput!) {
  recordConversation(input: $input) {
    session { conversationCount } userErrors { message field }
  }
}
"""


class ImportFailed(Exception):
    """The import can't go on; what was recorded stays, and the import can be repeated."""


class Api:
    """The GraphQL API, as one user."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def call(self, document: str, field: str, given: dict[str, Any]) -> dict[str, Any]:
        """The payload of a mutation; raises `ImportFailed` where there is none."""
        response = self._post({"query": document, "variables": {"input": given}})
        while response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            wait = response.headers.get("Retry-After", "")
            time.sleep(int(wait) if wait.isdecimal() else 1)
            response = self._post({"query": document, "variables": {"input": given}})
        try:
            answer = response.json()
            if answer.get("errors"):
                raise ImportFailed(answer["errors"][0]["message"])
            payload: dict[str, Any] = answer["data"][field]
        except (ValueError, LookupError, TypeError, AttributeError):
            raise ImportFailed(
                f"What answers at {response.url} (status {response.status_code}) is no GraphQL API."
            ) from None
        return payload

    def _post(self, content: dict[str, Any]) -> httpx.Response:
        try:
            return self._client.post("/graphql", json=content)
        except httpx.HTTPError as error:
            raise ImportFailed(
                f"The API can't be reached at {self._client.base_url} ({type(error).__name__}); "
                "give its address with --url, or repeat the import later."
            ) from None


def _session_id(chat_id: str) -> str:
    if ID.fullmatch(chat_id):
        return chat_id
    return hashlib.sha256(chat_id.encode(errors="surrogatepass")).hexdigest()[:32]


def import_file(path: Path, url: str, user: str | None, token: str | None) -> dict[str, Any]:
    """Record a file's chats with a progress bar; returns how many were new, known and skipped, and why.

    `url` may end in /graphql. Raises `ImportFailed`.
    """
    try:
        chats = read_chats(path)
    except UnknownFormat as error:
        raise ImportFailed(str(error)) from None
    headers = {"X-Recollect-Dev-User": user} if user else {}
    if token and not user:
        headers["Authorization"] = f"Bearer {token}"
    counts: Counter[str] = Counter()
    skipped: list[str] = []
    with (
        _client(url, headers) as client,
        click.progressbar(chats, label=path.name, file=sys.stderr) as bar,
    ):
        for chat in bar:
            _import_chat(Api(client), chat, counts, skipped)
    return {
        "sessions": len(chats),
        "turns": counts["new"] + counts["known"],
        "new turns": counts["new"],
        "archived for being too many": counts["archived"],
        "skipped": skipped,
    }


def _client(url: str, headers: dict[str, str]) -> httpx.Client:
    base = url.rstrip("/").removesuffix("/graphql")
    try:
        return httpx.Client(base_url=base, headers=headers, timeout=60)
    except httpx.InvalidURL:
        raise ImportFailed(f"{url} is not the address of an API.") from None


def _import_chat(api: Api, chat: Chat, counts: Counter[str], skipped: list[str]) -> None:
    skipped += [f"{chat.id}: {reason}" for reason in chat.skipped]
    payload = api.call(
        CREATE_SESSION,
        "createSession",
        {"sessionId": _session_id(chat.id), "metadata": chat.metadata},
    )
    if payload["userErrors"]:
        skipped.append(f"{chat.id}: {payload['userErrors'][0]['message']}")
        return
    counts["archived"] += len(payload["archivedSessions"])
    session = payload["session"]
    count = session["conversationCount"]
    for number, turn in enumerate(chat.turns, 1):
        payload = api.call(
            RECORD_CONVERSATION,
            "recordConversation",
            {
                "sessionId": session["id"],
                "conversationId": f"turn-{number}",
                "query": turn.query,
                "response": turn.response,
            },
        )
        if payload["userErrors"]:
            skipped.append(f"{chat.id}, turn {number}: {payload['userErrors'][0]['message']}")
            continue
        counts["known" if payload["session"]["conversationCount"] == count else "new"] += 1
        count = payload["session"]["conversationCount"]

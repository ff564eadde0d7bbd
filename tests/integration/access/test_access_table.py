"""Who gets what: every query field and mutation, in every state its object or its caller can be in.

A new field without its row fails the test.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from recollect.settings.settings import Settings
from tests.integration.access.operations import OPERATIONS, document, ids_of
from tests.integration.conftest import Api, Clock, running
from tests.issuer import Issuer

STATES = (
    "no credential",
    "expired credential",
    "another user's id",
    "guest",
    "deleted",
    "archived",
    "expired by retention",
    "missing",
    "malformed id",
)
LOCKED_OUT = "401 401"
READ = f"{LOCKED_OUT} null null null ok null null BAD_USER_INPUT"
CHANGE = f"{LOCKED_OUT} NOT_FOUND NOT_FOUND NOT_FOUND ok NOT_FOUND NOT_FOUND INVALID"
REVIVE = f"{LOCKED_OUT} NOT_FOUND NOT_FOUND ok ok NOT_FOUND NOT_FOUND INVALID"
OPEN = f"{LOCKED_OUT} ok ok CONFLICT CONFLICT CONFLICT ok INVALID"
NO_ID = f"{LOCKED_OUT} ok ok ok ok ok ok ok"
TABLE = {
    "viewer": NO_ID,
    "node": READ.replace("BAD_USER_INPUT", "null"),
    "nodes": READ.replace("BAD_USER_INPUT", "null"),
    "service": NO_ID,
    "id": NO_ID,
    "email": NO_ID.replace("ok ok ok", "ok null ok", 1),
    "isGuest": NO_ID,
    "isAdmin": NO_ID,
    "preferences": NO_ID,
    "preferenceSources": NO_ID,
    "session": READ,
    "sessions": NO_ID,
    "trash": NO_ID,
    "sessionCounts": NO_ID,
    "tags": NO_ID,
    "searchConversations": NO_ID,
    "insights": f"{LOCKED_OUT} FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN",
    "Viewer.insights": NO_ID,
    "storedTurns": NO_ID,
    "notifications": NO_ID,
    "mails": f"{LOCKED_OUT} {' '.join(['FORBIDDEN'] * 7)}",
    "dismissNotification": f"{LOCKED_OUT} {' '.join(['NOT_FOUND'] * 6)} INVALID",
    "createSession": OPEN,
    "renameSession": CHANGE,
    "pinSession": CHANGE,
    "setSessionTags": CHANGE,
    "updateSessionMetadata": CHANGE,
    "updateSessionPreferences": CHANGE,
    "archiveSession": CHANGE,
    "restoreSession": REVIVE,
    "keepSession": CHANGE,
    "makeSessionTemporary": CHANGE,
    "deleteSession": CHANGE,
    "archiveSessions": CHANGE,
    "restoreSessions": REVIVE,
    "deleteSessions": CHANGE,
    "tagSessions": CHANGE,
    "recordConversation": CHANGE,
    "extendConversation": CHANGE.replace(" ok ", " CONFLICT "),
    "completeConversation": CHANGE,
    "chooseAlternative": CHANGE,
    "deleteConversation": CHANGE,
    "submitFeedback": CHANGE,
    "updatePreferences": NO_ID,
    "resetPreferences": NO_ID,
    "eraseMyData": NO_ID,
    "exportSessions": CHANGE,
    "exportMyData": NO_ID,
    "importSessions": f"{LOCKED_OUT} {' '.join(['INVALID'] * 7)}",
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as running_issuer:
        yield running_issuer


@pytest.fixture
async def api(settings: Settings, issuer: Issuer, clock: Clock) -> AsyncIterator[Api]:
    """The API on one of the pairs, with tokens of an issuer, and guests allowed."""
    strict = {
        "identity": "oidc",
        "oidc_issuer": [issuer.url],
        "oidc_audience": ["recollect"],
        "id_key": SecretStr("k" * 32),
        "guests": True,
        "rate_limit": 0,
    }
    async with running(settings.model_copy(update=strict)) as started:
        await started.services.warehouse.init()
        yield started


class Callers:
    """Calls with the credential of each caller."""

    def __init__(self, api: Api, issuer: Issuer) -> None:
        self._api, self._issuer = api, issuer

    def of(self, email: str) -> dict[str, str]:
        token = self._issuer.token(email=email, sub=email)
        return {"Authorization": f"Bearer {token}"}

    def expired(self) -> dict[str, str]:
        token = self._issuer.token(iat=1_000_000, exp=1_000_300)
        return {"Authorization": f"Bearer {token}"}

    async def guest(self) -> dict[str, str]:
        answer = await self._api.http.post("/guests", json={})
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    async def call(
        self, headers: dict[str, str], operation: str, variables: dict[str, Any]
    ) -> tuple[int, Any]:
        content = {"query": operation, "variables": variables}
        response = await self._api.http.post("/graphql", json=content, headers=headers)
        return response.status_code, response.json()


def outcome(name: str, status: int, answer: Any) -> str:
    """The outcome for a caller, in one word."""
    if status == 401:
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        return "401"
    if "errors" in answer:
        code: str = answer["errors"][0]["extensions"]["code"]
        return code
    found, name = answer["data"], name.rpartition(".")[2]
    found = found[name] if name in found else found["viewer"][name]
    if name == "nodes":
        (found,) = found
    if not isinstance(found, dict):
        return "null" if found is None else "ok"
    results = found.get("results") or []
    problems = [*found.get("userErrors", []), *(e for r in results for e in r["userErrors"])]
    return problems[0]["code"] if problems else "ok"


async def prepare(callers: Callers, state: str, owner: str, clock: Clock) -> None:
    """Give a user a session with a turn, in the given state."""
    record = (
        'mutation { createSession(input: {clientId: "chat-1", title: "t"}) { session { id } } '
        'recordConversation(input: {sessionId: "Session.chat-1", clientId: "turn-1", '
        'query: "q"}) { conversation { id } } }'
    )
    assert "errors" not in (await callers.call(callers.of(owner), record, {}))[1]
    moves = {"deleted": "deleteSession", "archived": "archiveSession"}
    if state in moves:
        move = (
            f'mutation {{ {moves[state]}(input: {{sessionId: "Session.chat-1"}}) '
            "{ userErrors { code } } }"
        )
        assert "errors" not in (await callers.call(callers.of(owner), move, {}))[1]
    if state == "expired by retention":
        clock.forward(days=91)


async def credential(callers: Callers, state: str, viewer: str) -> dict[str, str]:
    """The credential of a caller in the given state."""
    if state == "no credential":
        return {}
    if state == "expired credential":
        return callers.expired()
    return await callers.guest() if state == "guest" else callers.of(viewer)


def test_every_field_has_its_row() -> None:
    assert set(TABLE) == set(OPERATIONS)


@pytest.mark.parametrize("name", TABLE)
async def test_each_caller_gets_exactly_what_the_table_says(
    api: Api, issuer: Issuer, clock: Clock, name: str
) -> None:
    callers = Callers(api, issuer)
    if name == "Viewer.insights":
        await api.services.warehouse.init_analysts()
    told = {}
    for number, state in enumerate(STATES):
        viewer = f"viewer-{number}@example.com"
        owner = "owner@example.com" if state == "another user's id" else viewer
        await prepare(callers, state, owner, clock)
        target = "2" if state == "missing" else "1"
        kind = "conversation" if name == "node" else "session"
        ids = ids_of(f"chat-{target}", f"turn-{target}", kind)
        if state == "malformed id":
            ids = dict.fromkeys(ids, "no id/at all")
        if name == "recordConversation" and state == "archived":
            ids["raw conversationId"] = "turn-2"
        operation, variables = document(name, ids)
        headers = await credential(callers, state, viewer)
        status, answer = await callers.call(headers, operation, variables)
        told[state] = outcome(name, status, answer)
    assert told == dict(zip(STATES, TABLE[name].split(), strict=True))

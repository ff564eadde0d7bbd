"""After export, erasure and import the account is the same, except when the service recorded it."""

from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.integration.accounts import (
    ARCHIVED,
    TEMPORARY,
    TRASHED,
    Account,
    Chat,
    Turn,
    accounts,
    held,
    make,
)
from tests.integration.conftest import Api
from tests.integration.transfer.downloads import export_all, fetched

USERS = iter(range(1_000_000))
FULL = Account(
    preferences={"uiSettings": {"theme": "LIGHT"}, "privacySettings": {"dataRetentionDays": 30}},
    chats=[
        Chat(
            {
                "title": "Träume 🙂",
                "tags": ["日本", "مرحبا"],
                "metadata": {"k": [None, {"x": 1.5}]},
            },
            [
                Turn(
                    {
                        "query": "Why? \u0000\u2028\U0001f468\u200d\U0001f469",
                        "response": "",
                        "timestamp": "2024-02-29T10:00:00.123456Z",
                        "responseTimeMs": 0,
                        "firstTokenMs": 0,
                        "model": "gpt-4o-mini · 小",
                        "inputTokens": 1_000_000_000,
                        "outputTokens": 0,
                        "finishReason": "length",
                        "citations": [{"uri": "https://a.example", "n": [[1]]}],
                        "metadata": {"model": None},
                        "answerToken": "token",
                    },
                    {"score": 0, "comment": "no\n"},
                ),
                Turn(
                    {
                        "query": "x" * 262_144,
                        "response": "ü" * 358_400,
                        "timestamp": "2024-02-29T10:00:00Z",
                    }
                ),
                Turn({"query": "gone", "timestamp": "2024-02-29T09:00:00Z"}, deleted=True),
                Turn({"query": "awaited", "timestamp": "1970-01-01T00:00:00.000001Z"}),
                Turn({"query": "begun", "timestamp": "2024-03-01T00:00:00Z"}, begun="So far"),
            ],
            pinned=True,
        ),
        Chat(
            {}, [Turn({"query": "archived", "timestamp": "2020-01-01T00:00:00Z"})], place=ARCHIVED
        ),
        Chat(
            {"tags": ["t"]},
            [Turn({"query": "trash", "timestamp": "2020-01-01T00:00:00Z"})],
            place=TRASHED,
        ),
        Chat(
            {"title": "t"},
            [Turn({"query": "passing", "timestamp": "2020-01-01T00:00:00Z"})],
            place=TEMPORARY,
        ),
        Chat(
            {"preferences": {"saveConversations": False}},
            [Turn({"query": "unsaved", "timestamp": "2020-01-01T00:00:00Z"}, {"score": 1})],
        ),
        Chat({"title": "empty"}),
    ],
    afterwards={"privacySettings": {"saveConversations": False, "analyticsOptIn": True}},
)


async def import_document(api: Api, text: str, user: str) -> Any:
    """The report of an import."""
    response = await api.http.post(
        "/imports", content=text.encode(), headers={"X-Recollect-Dev-User": user}
    )
    assert response.status_code == 200, response.text
    return response.json()


@settings(
    max_examples=15,
    deadline=None,
    # Without shrinking: to shrink a failing example would take an hour on the emulators.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(account=accounts, form=st.sampled_from(["JSON", "NDJSON"]))
@example(account=FULL, form="JSON")
@example(account=FULL, form="NDJSON")
async def test_export_erase_import_gives_back_an_equal_account(
    api: Api, account: Account, form: str
) -> None:
    user = f"user-{next(USERS)}@example.com"
    headers = {"x-recollect-dev-user": user}
    uid = (await api.services.authenticator.authenticate(headers)).uid
    await make(api, account, user)
    before = await held(api.services.store, uid)
    document = await fetched(api, await export_all(api, user, format=form))
    await api.mutate("eraseMyData", "", user, confirm=True)
    assert await held(api.services.store, uid) == {}
    report = await import_document(api, document, user)
    assert await held(api.services.store, uid) == before, report

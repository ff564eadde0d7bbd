"""The answer service's session is stored with ours, so that a resumed chat keeps its context."""

from typing import Any

from tests.integration.conftest import Api

COMPLETE = """
mutation ($input: CompleteConversationInput!) {
  completeConversation(input: $input) { session { answerSession } userErrors { code field } }
}
"""
READ = "query ($id: ID!) { viewer { session(id: $id) { answerSession } } }"
SAVE_NOTHING = """
mutation { updatePreferences(input: {preferences: {privacySettings: {saveConversations: false}}}) {
  userErrors { code } } }
"""


async def _kept(api: Api, session: str) -> Any:
    return (await api.call(READ, id=session))["viewer"]["session"]["answerSession"]


async def _complete(api: Api, turn: str, name: str) -> Any:
    given = {"conversationId": turn, "response": "An answer.", "answerSession": name}
    return (await api.call(COMPLETE, input=given))["completeConversation"]


async def test_it_is_kept_with_the_session_and_the_latest_counts(api: Api) -> None:
    recorded = await api.record("Tides?")
    session = recorded["session"]["id"]
    assert await _kept(api, session) is None

    answered = await _complete(api, recorded["conversation"]["id"], "sessions/1")
    assert answered == {"session": {"answerSession": "sessions/1"}, "userErrors": []}

    await api.record("More?", response="More.", sessionId=session, answerSession="sessions/2")
    assert await _kept(api, session) == "sessions/2"
    await api.record("Nothing new?", response="No.", sessionId=session)
    assert await _kept(api, session) == "sessions/2"


async def test_it_is_not_kept_where_conversations_are_not(api: Api) -> None:
    await api.call(SAVE_NOTHING)
    recorded = await api.record("Tides?")

    await _complete(api, recorded["conversation"]["id"], "sessions/1")

    assert await _kept(api, recorded["session"]["id"]) is None


async def test_a_name_that_is_too_long_is_refused_by_field(api: Api) -> None:
    recorded = await api.record("Tides?")

    refused = await _complete(api, recorded["conversation"]["id"], "x" * 5000)

    assert refused["userErrors"] == [{"code": "INVALID", "field": ["answerSession"]}]

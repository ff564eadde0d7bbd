"""A user's storage is limited; removing data makes room again."""

from typing import Any

import pytest

from recollect.settings.settings import Settings
from resolvers.configuration import SessionManagement
from resolvers.sessions import storage
from stores.keys import profile_key
from stores.records import Profile
from tests.integration.conftest import BEN, Api, running

LONG = "x" * 600_000


async def profile(api: Api, uid: str) -> Profile:
    found = (await api.services.store.get([profile_key(uid)])).get(profile_key(uid))
    assert found is not None
    return found


async def only_uid(api: Api) -> str:
    ((key, _),) = await api.services.store.scan(Profile, None, 2)
    return key.uid


@pytest.fixture
def small(settings: Settings) -> Settings:
    """Settings of either pair with a quota that three long answers use up."""
    rules = SessionManagement(max_stored_mb_per_user=2, trash_days=1)
    return settings.model_copy(update={"session_management": rules})


async def fill(api: Api) -> list[Any]:
    """Record turns until one is refused; returns the payloads."""
    answers = []
    for number in range(10):
        answers.append(await api.record(f"Question {number}", response=LONG))
        if answers[-1]["userErrors"]:
            break
    return answers


async def test_beyond_the_quota_nothing_is_stored_and_others_go_on(small: Settings) -> None:
    async with running(small) as api:
        *taken, refused = await fill(api)
        assert 2 <= len(taken) <= 4
        (error,) = refused["userErrors"]
        assert error["code"] == "LIMIT_EXCEEDED"
        assert "the limit is 2" in error["message"]
        assert refused["conversation"] is None
        again = await api.record("In a session", sessionId=taken[0]["session"]["id"])
        assert again["userErrors"][0]["code"] == "LIMIT_EXCEEDED"
        assert (await api.record("Mine", user=BEN))["userErrors"] == []


async def test_what_was_removed_makes_room_when_all_is_counted_anew(
    small: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(small) as api:
        *taken, _ = await fill(api)
        uid = await only_uid(api)
        before = (await profile(api, uid)).stored_bytes
        turn = taken[0]["conversation"]["id"]
        await api.call(
            "mutation ($input: DeleteConversationInput!) "
            "{ deleteConversation(input: $input) { userErrors { code } } }",
            input={"conversationId": turn},
        )
        assert (await api.record("Too early"))["userErrors"][0]["code"] == "LIMIT_EXCEEDED"
        monkeypatch.setattr(storage, "RECOUNT_MICROSECONDS", 0)
        assert (await api.record("There is room"))["userErrors"] == []
        assert (await profile(api, uid)).stored_bytes < before


async def test_few_appends_write_the_profile(api: Api) -> None:
    session = (await api.record("First"))["session"]["id"]
    uid = await only_uid(api)
    standing = await profile(api, uid)
    for number in range(5):
        await api.record(f"More {number}", sessionId=session)
    assert await profile(api, uid) == standing
    await api.record("Long", response=LONG, sessionId=session)
    assert (await profile(api, uid)).stored_bytes > standing.stored_bytes


@pytest.mark.parametrize("before", [None, 0, 1, storage.STEP - 1, storage.STEP, 10 * storage.STEP])
def test_the_sum_is_never_too_low_however_a_session_grew(before: int | None) -> None:
    start = 0 if before is None else storage.growth(None, before)
    size = before or 0
    for more in (1, 1_000, storage.STEP, storage.STEP // 2, 3 * storage.STEP + 1):
        start += storage.growth(None if before is None and size == 0 else size, more)
        size += more
        assert size <= start < size + 2 * storage.STEP

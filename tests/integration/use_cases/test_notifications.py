"""Notifications in the API: upcoming changes, dismissed once for every device and mail."""

from typing import Any

from tests.integration.conftest import ANNA, BEN, Api, Clock
from tests.integration.use_cases.mails import RecordingTransport, choose, run, until_hour

SHOWN = "{ viewer { notifications { id kind sessionId title at } } }"


async def shown(api: Api, user: str = ANNA) -> list[dict[str, Any]]:
    found = await api.call(SHOWN, user)
    notifications: list[dict[str, Any]] = found["viewer"]["notifications"]
    return notifications


async def dismiss(api: Api, notification: str, user: str = ANNA) -> list[str]:
    payload = await api.mutate(
        "dismissNotification", "notificationId", user, notificationId=notification
    )
    return [error["code"] for error in payload["userErrors"]]


async def test_what_is_dismissed_is_gone_everywhere_and_not_mailed(api: Api, clock: Clock) -> None:
    session = (await api.record("Idle"))["session"]["id"]
    assert await shown(api) == []
    clock.forward(days=6)
    (told,) = await shown(api)
    assert (told["kind"], told["sessionId"], told["title"]) == ("ARCHIVE", session, "Idle")
    assert await dismiss(api, told["id"], BEN) == ["NOT_FOUND"]
    assert await dismiss(api, told["id"]) == []
    assert await shown(api) == []
    assert await dismiss(api, told["id"]) == []
    post = RecordingTransport()
    until_hour(clock)
    await run(api, clock, post)
    assert post.letters == []


async def test_pinning_restoring_or_using_a_session_ends_its_notification(
    api: Api, clock: Clock
) -> None:
    session = (await api.record("Idle"))["session"]["id"]
    clock.forward(days=6)
    assert len(await shown(api)) == 1
    await api.record("Used", sessionId=session)
    assert await shown(api) == []
    clock.forward(days=6)
    assert len(await shown(api)) == 1
    await api.mutate("pinSession", "", sessionId=session, pinned=True)
    assert await shown(api) == []


async def test_who_wants_no_reminders_sees_no_notifications(api: Api, clock: Clock) -> None:
    await choose(api, sessionReminders=False)
    await api.record("Idle")
    clock.forward(days=6)
    assert await shown(api) == []


async def test_the_service_says_where_mails_go(embedded: Api) -> None:
    assert await embedded.call("{ service { mails reminderDays } }") == {
        "service": {"mails": "FOLDER", "reminderDays": 2}
    }

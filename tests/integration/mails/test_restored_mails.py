"""A restored backup knows which mails were sent since it was made."""

from pathlib import Path

from recollect.commands.backup import back_up, restore
from tests.integration.conftest import ANNA, BEN, Clock, embedded_settings, running
from tests.integration.use_cases.mails import RecordingTransport, choose, run, until_hour


async def test_a_restored_backup_sends_no_mail_again(tmp_path: Path, clock: Clock) -> None:
    settings, post = embedded_settings(tmp_path / "data"), RecordingTransport()
    async with running(settings) as api:
        for user in (ANNA, BEN):
            await choose(api, user, summaryFrequency="DAILY")
            await api.record("A question", user)
        # A reminder is due as well: the session is about to be archived.
        clock.forward(days=5)
        await api.record("Another question", ANNA)
        back_up(settings, tmp_path / "backup")
        until_hour(clock)
        await run(api, clock, post)
        assert len(post.letters) == 4
        await choose(api, BEN, summaryFrequency="OFF")
    await restore(settings, tmp_path / "backup")
    async with running(settings) as api:
        again = RecordingTransport()
        await run(api, clock, again)
        assert again.letters == []
        await api.record("A third question", ANNA)
        until_hour(clock)
        await run(api, clock, again)
        assert [summary.turns for summary in again.summaries] == [1]
        assert again.reminders == []

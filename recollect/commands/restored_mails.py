"""Keeps a restored store from resending mails that were sent since the backup was made."""

from resolvers.mail_schedule import TIMES
from stores.errors import Unreadable
from stores.keys import mail_key, mails_of, profile_key
from stores.ports import Create, Store, Update, Window, Write
from stores.records import Profile

PAGE = 100
MAILS = 100
"""The latest mails of a user. They are kept for 35 days, and there are at most two a day."""


async def carry_over_mails(replaced: Store, restored: Store) -> None:
    """Copy the mail data of each user who is in both stores from the replaced one: which mails were sent, and
    when the next are due. Profiles that can't be read are skipped."""
    after = None
    while page := await replaced.scan(Profile, after, PAGE):
        for key, profile in page:
            if not isinstance(profile, Unreadable):
                await _carry_over(replaced, restored, key.uid, profile)
        after = page[-1][0]


async def _carry_over(replaced: Store, restored: Store, uid: str, later: Profile) -> None:
    owner = profile_key(uid)
    profile = (await restored.get([owner])).get(owner)
    if profile is None:
        return
    sent = await replaced.list_changed(mails_of(uid), Window(MAILS, from_end=True))
    keys = [mail_key(uid, each.at[1]) for each in sent]
    known = await restored.get(keys) if keys else None
    writes: list[Write] = []
    for key, each in zip(keys, sent, strict=True):
        if known and known.get(key) is not None:
            writes.append(Update(key, set={"state": each.record.state}))
        else:
            writes.append(Create(key, each.record))
    # A user who gets no mails of a kind according to the backup has no due time there, and gets none.
    times = [name for name in TIMES.values() if getattr(profile, name) is not None]
    due: dict[str, int] = {name: getattr(later, name) or 0 for name in times}
    writes.append(Update(owner, raise_to={**due, "summarised_until": later.summarised_until}))
    await restored.commit(writes)

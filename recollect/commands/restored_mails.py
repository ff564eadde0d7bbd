"""Keeps a restored store from sending the mails again that were sent since the backup was made."""

from resolvers.mail_schedule import TIMES
from stores.errors import Unreadable
from stores.keys import mail_key, mails_of, profile_key
from stores.ports import Create, Store, Update, Window, Write
from stores.records import Profile

PAGE = 100
MAILS = 100
"""Mails of a user, the latest. They are kept for 35 days, and are two a day at most."""


async def carry_over_mails(replaced: Store, restored: Store) -> None:
    """Take from the store that is replaced what it knows of mails, for each user that both have: which were
    sent, and when the next are due. A profile that can't be read is left out."""
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
    # Who is to get no mails of a kind by the backup has no due time there, and gets none.
    times = [name for name in TIMES.values() if getattr(profile, name) is not None]
    due: dict[str, int] = {name: getattr(later, name) or 0 for name in times}
    writes.append(Update(owner, raise_to={**due, "summarised_until": later.summarised_until}))
    await restored.commit(writes)

"""Export marks for records that did not change, so that the exporter mirrors them again."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import uuid4

from stores.keys import Key, mark_key
from stores.mirror_records import Change, ExportMark
from stores.ports import Create
from stores.records import Conversation, Profile, Record, Session

CHANGES_AT_ONCE = 25
"""Records per mark."""


def change_of(key: Key[Record], record: Record) -> Change:
    """How a mark names a profile, a session or a turn; raises TypeError for anything else."""
    match record:
        case Profile():
            return Change(kind="profile", at=record.created_at)
        case Session():
            return Change(kind="session", session_id=key.id, at=record.created_at)
        case Conversation():
            return Change(
                kind="conversation",
                session_id=key.path[3],
                conversation_id=key.id,
                at=record.timestamp,
            )
    raise TypeError(f"{type(record).__name__} is not mirrored")


def marks(changed: Iterable[tuple[str, Change]]) -> list[ExportMark]:
    """Marks for records, each given with its owner's uid."""
    of_user: dict[str, list[Change]] = defaultdict(list)
    for uid, change in changed:
        of_user[uid].append(change)
    return [
        ExportMark(uid=uid, mark_id=uuid4().hex, changes=changes[start : start + CHANGES_AT_ONCE])
        for uid, changes in of_user.items()
        for start in range(0, len(changes), CHANGES_AT_ONCE)
    ]


def writes(marked: Iterable[ExportMark]) -> list[Create]:
    """The writes that create marks."""
    return [Create(mark_key(mark.uid, mark.mark_id), mark) for mark in marked]

"""Chats to measure with, written directly to the store."""

import time
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from resolvers.digests import new_id
from resolvers.sessions.sessions import changes
from stores.keys import Key, conversation_key, mark_key, profile_key, session_key
from stores.mirror_records import ExportMark
from stores.ports import Create, Store
from stores.records import Conversation, Profile, Session

SECOND = 1_000_000
WRITES_AT_ONCE = 100
TEXT = (
    "river stone harvest window copper signal garden winter engine letter market bridge shadow "
    "candle forest mirror planet ticket velvet anchor basket cotton desert editor fabric"
)
WORDS = TEXT.split()


def prose(seed: int, words: int) -> str:
    """Words that differ with the seed, about seven characters each."""
    return " ".join(WORDS[(seed * 11 + n * n + n // 7) % len(WORDS)] for n in range(words))


def chat(number: int, turns: int, *, found_by: str = "") -> tuple[Session, list[Conversation]]:
    """A session of turns of 1 KB, recorded just now; its first question has the word `found_by`."""
    now = time.time_ns() // 1000
    first = now - (number + 1) * 60 * SECOND
    session_id = new_id()
    session = Session(
        session_id=session_id,
        derived_title=prose(number, 8),
        created_at=first,
        last_active=first + turns * SECOND,
        touched_at=now,
        oldest_turn_at=now,
        title_from=now,
        conversation_count=turns,
        metadata={"client": "bench"},
        tags=["one", "two"],
    )
    return session, [
        Conversation(
            session_id=session_id,
            conversation_id=new_id(),
            query=f"{prose(number + n, 12)} {'' if n else found_by}",
            response=prose(number * n + 1, 120),
            answered=True,
            timestamp=first + n * SECOND,
            recorded_at=now,
            response_time_ms=900,
            citations=[{"title": "A source", "uri": "https://docs.example/page"}],
        )
        for n in range(turns)
    ]


def summaries(uid: str, sessions: Sequence[Session]) -> Iterator[Create]:
    """The writes of a user and their sessions."""
    profile = Profile(
        email="bench@example.com", created_at=sessions[0].created_at, active_count=len(sessions)
    )
    yield Create(profile_key(uid), profile)
    for session in sessions:
        yield Create(session_key(uid, session.session_id), session)


def conversations(uid: str, turns: Sequence[Conversation]) -> Iterator[Create]:
    """The writes of turns."""
    for turn in turns:
        yield Create(conversation_key(uid, turn.session_id, turn.conversation_id), turn)


def marks(uid: str, session: Session, turns: Sequence[Conversation]) -> Iterator[Create]:
    """An export mark for each turn, like the one that recording it writes."""
    for turn in turns:
        mark = ExportMark(uid=uid, mark_id=new_id(), changes=changes(session, turn))
        yield Create(mark_key(uid, mark.mark_id), mark)


async def write(store: Store, *creates: Iterator[Create]) -> None:
    """Commit in batches."""
    every = chain.from_iterable(creates)
    while batch := list(islice(every, WRITES_AT_ONCE)):
        await store.commit(batch)


def renewed(create: Create) -> Create:
    """The same turn or mark under a new id."""
    record_id = new_id()
    field = "mark_id" if isinstance(create.record, ExportMark) else "conversation_id"
    return Create(
        Key(create.key.kind, (*create.key.collection, record_id)),
        create.record.model_copy(update={field: record_id}),
    )

"""What befalls the records of a life, as use cases do it."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from stores.keys import Key, conversation_key, erasure_key, profile_key, session_key, trash_key
from stores.records import (
    Change,
    Conversation,
    Erasure,
    Feedback,
    PreferenceOverrides,
    Profile,
    Record,
    Session,
)
from tests.faults.life import Life, of_session, of_turn


def _profile(life: Life) -> tuple[dict[Key[Record], Record | None], list[Change]]:
    """The profile, made with the first thing that a user does."""
    key = profile_key(life.uid)
    if key in life.now:
        return {}, []
    profile = Profile(email=f"{life.uid}@example.com", created_at=life.time, user_key="k")
    return {key: profile}, [Change(kind="profile", at=profile.created_at)]


def _mirrored(session: Session, *changes: Change) -> list[Change]:
    """What the mirror hears: nothing of a session that was opened as temporary, and of one that was
    made so that it is to be forgotten."""
    if not session.temporary:
        return list(changes)
    if not session.made_temporary_at:
        return []
    return [change.model_copy(update={"forget": True}) for change in changes]


def _open(life: Life, session_id: str, at: int, *, temporary: bool) -> None:
    if life.session(session_id) or life.trashed(session_id):
        return
    writes, changes = _profile(life)
    session = Session(
        session_id=session_id,
        custom_title=f"Opened at {life.time}",
        created_at=at,
        last_active=life.time,
        touched_at=life.time,
        oldest_turn_at=life.time,
        temporary=temporary,
        metadata={"opened": life.time},
        tags=["a", "b"],
    )
    writes[session_key(life.uid, session_id)] = session
    life.commit(writes, [*changes, *([] if temporary else [of_session(session)])])


def open_session(life: Life, session_id: str, _: str, at: int) -> None:
    _open(life, session_id, at, temporary=False)


def open_temporary(life: Life, session_id: str, _: str, at: int) -> None:
    _open(life, session_id, at, temporary=True)


def _with_turn(life: Life, session: Session, turn: Conversation, counted: int) -> None:
    """Every change of a turn updates its session's summary too."""
    summary = session.model_copy(
        update={"conversation_count": session.conversation_count + counted}
    )
    key = conversation_key(life.uid, turn.session_id, turn.conversation_id)
    changes = _mirrored(session, of_session(session), of_turn(turn, forget=counted < 0))
    life.commit({session_key(life.uid, session.session_id): summary, key: turn}, changes)


def record(life: Life, session_id: str, conversation_id: str, at: int) -> None:
    session = life.session(session_id)
    if session is None or life.turn(session_id, conversation_id):
        return
    turn = Conversation(
        session_id=session_id,
        conversation_id=conversation_id,
        query=f"asked at {life.time}",
        timestamp=at,
        recorded_at=life.time,
        citations=[{"n": life.time}],
        metadata={"n": [life.time]},
    )
    _with_turn(life, session, turn, 1)


def update(life: Life, session_id: str, conversation_id: str, at: int) -> None:
    session, turn = life.session(session_id), life.turn(session_id, conversation_id)
    if session is None or turn is None or turn.deleted_at is not None:
        return
    said = {
        "response": f"answered at {life.time}",
        "response_time_ms": at % 1000,
        "feedback": Feedback(score=1, comment=f"rated at {life.time}"),
    }
    _with_turn(life, session, turn.model_copy(update=said), 0)


def delete_turn(life: Life, session_id: str, conversation_id: str, _: int) -> None:
    session, turn = life.session(session_id), life.turn(session_id, conversation_id)
    if session is None or turn is None or turn.deleted_at is not None:
        return
    gone = {"deleted_at": life.time, "query": None, "response": None, "feedback": None}
    _with_turn(life, session, turn.model_copy(update={**gone, "citations": []}), -1)


def rename(life: Life, session_id: str, _: str, __: int) -> None:
    session = life.session(session_id)
    if session is None:
        return
    named = session.model_copy(update={"custom_title": f"Renamed at {life.time}"})
    mirrored = _mirrored(session, of_session(session))
    life.commit({session_key(life.uid, session_id): named}, mirrored)


def delete_session(life: Life, session_id: str, _: str, __: int) -> None:
    session = life.session(session_id)
    if session is None:
        return
    moved = session.model_copy(update={"deleted_at": life.time})
    mirrored = _mirrored(session, of_session(session))
    life.commit(
        {session_key(life.uid, session_id): None, trash_key(life.uid, session_id): moved}, mirrored
    )


def undelete(life: Life, session_id: str, _: str, __: int) -> None:
    session = life.trashed(session_id)
    if session is None:
        return
    back = session.model_copy(update={"deleted_at": None})
    mirrored = _mirrored(session, of_session(session))
    life.commit(
        {trash_key(life.uid, session_id): None, session_key(life.uid, session_id): back}, mirrored
    )


def purge(life: Life, session_id: str, _: str, __: int) -> None:
    """Turns first, in a commit of their own, then the session."""
    session = life.session(session_id) or life.trashed(session_id)
    if session is None:
        return
    turns = life.turns(session_id)
    place = session_key if session.deleted_at is None else trash_key
    if turns:
        gone = [of_turn(turn, forget=True) for turn in turns]
        keys = [conversation_key(life.uid, session_id, turn.conversation_id) for turn in turns]
        left = session.model_copy(update={"conversation_count": 0})
        life.commit(
            {**dict.fromkeys(keys), place(life.uid, session_id): left},
            _mirrored(session, of_session(session), *gone),
        )
    mirrored = _mirrored(session, of_session(session, forget=True))
    life.commit({place(life.uid, session_id): None}, mirrored)


def keep(life: Life, session_id: str, _: str, __: int) -> None:
    session = life.session(session_id)
    if session is None or not session.temporary:
        return
    tree = Change(kind="subtree", session_id=session_id, at=session.created_at)
    kept = session.model_copy(update={"temporary": False, "kept_at": session.update_time + 1})
    life.commit({session_key(life.uid, session_id): kept}, [tree])


def make_temporary(life: Life, session_id: str, _: str, __: int) -> None:
    session = life.session(session_id)
    if session is None or session.temporary:
        return
    tree = Change(kind="subtree", session_id=session_id, at=session.created_at, forget=True)
    made = session.model_copy(update={"temporary": True, "made_temporary_at": life.time})
    life.commit({session_key(life.uid, session_id): made}, [tree])


def choose(life: Life, _: str, __: str, at: int) -> None:
    writes, changes = _profile(life)
    key = profile_key(life.uid)
    profile = writes.get(key) or life.now[key]
    choice = PreferenceOverrides(language_preference=f"x-{life.time}-{at % 7}")
    writes[key] = profile.model_copy(
        update={"preferences": choice, "opted_in_at": at if at % 2 else None}
    )
    if not changes and isinstance(profile, Profile):
        changes = [Change(kind="profile", at=profile.created_at)]
    life.commit(writes, changes)


def repair(life: Life, session_id: str, conversation_id: str, at: int) -> None:
    """A record is exported anew, after its rows were removed; one of those that marks named."""
    ids = {conversation_id, ""} if at % 2 else {conversation_id}
    named = [
        mark.change
        for mark in life.waiting
        if mark.change.session_id == session_id
        and mark.change.conversation_id in ids
        and mark.change.kind != "subtree"
    ]
    if named:
        life.commit({}, [named[-1].model_copy(update={"forget": False})])
        life.repairs.append(life.marks[-1])


def erase(life: Life, _: str, __: str, ___: int) -> None:
    """Everything of the user's goes, marks too, which an exporter may hold already."""
    key = erasure_key(life.uid)
    life.commit({key: Erasure(started_at=life.time), profile_key(life.uid): None}, [])
    life.commit(dict.fromkeys(set(life.now) - {key}), [])
    life.commit({key: Erasure(started_at=0, emptied_at=life.time)}, [])
    life.waiting.clear()
    life.erasures.append(life.time)
    life.commit({key: Erasure(started_at=0, finished_at=life.time)}, [])


Operation: TypeAlias = Callable[[Life, str, str, int], None]
OPERATIONS: Sequence[Operation] = (
    *(open_session, open_temporary, record, record, update, delete_turn, rename, delete_session),
    *(undelete, purge, keep, make_temporary, choose, repair, erase),
)
"""What befalls records; the parameters are a session's id, a turn's id and a time for what is made.
What does not apply changes nothing."""

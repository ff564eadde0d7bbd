"""Operations on the records of a model, with the same effects as the use cases."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from resolvers.sessions.branches import opened, place_after, through, without
from stores.branches import position
from stores.choices import PreferenceOverrides
from stores.keys import Key, conversation_key, erasure_key, profile_key, session_key, trash_key
from stores.mirror_records import Change, Erasure
from stores.records import Conversation, Feedback, Profile, Record, Session
from tests.faults.store_model import StoreModel, of_session, of_turn


def _profile(model: StoreModel) -> tuple[dict[Key[Record], Record | None], list[Change]]:
    """The profile, created by the first operation of a user."""
    key = profile_key(model.uid)
    if key in model.now:
        return {}, []
    profile = Profile(email=f"{model.uid}@example.com", created_at=model.time, user_key="k")
    return {key: profile}, [Change(kind="profile", at=profile.created_at)]


def _mirrored(session: Session, *changes: Change) -> list[Change]:
    """The changes that the mirror receives: none for a session opened as temporary, and requests to forget
    for one made temporary later."""
    if not session.temporary:
        return list(changes)
    if not session.made_temporary_at:
        return []
    return [change.model_copy(update={"forget": True}) for change in changes]


def _open(model: StoreModel, session_id: str, at: int, *, temporary: bool) -> None:
    if model.session(session_id) or model.trashed(session_id):
        return
    writes, changes = _profile(model)
    session = Session(
        session_id=session_id,
        custom_title=f"Opened at {model.time}",
        created_at=at,
        last_active=model.time,
        touched_at=model.time,
        oldest_turn_at=model.time,
        temporary=temporary,
        metadata={"opened": model.time},
        tags=["a", "b"],
    )
    writes[session_key(model.uid, session_id)] = session
    model.commit(writes, [*changes, *([] if temporary else [of_session(session)])])


def open_session(model: StoreModel, session_id: str, _: str, at: int) -> None:
    _open(model, session_id, at, temporary=False)


def open_temporary(model: StoreModel, session_id: str, _: str, at: int) -> None:
    _open(model, session_id, at, temporary=True)


def _with_turn(model: StoreModel, session: Session, turn: Conversation, counted: int) -> None:
    """Every change of a turn updates its session's summary too."""
    summary = session.model_copy(
        update={"conversation_count": session.conversation_count + counted}
    )
    key = conversation_key(model.uid, turn.session_id, turn.conversation_id)
    changes = _mirrored(session, of_session(session), of_turn(turn, forget=counted < 0))
    model.commit({session_key(model.uid, session.session_id): summary, key: turn}, changes)


def record(model: StoreModel, session_id: str, conversation_id: str, at: int) -> None:
    session = model.session(session_id)
    if session is None or model.turn(session_id, conversation_id):
        return
    turn = Conversation(
        session_id=session_id,
        conversation_id=conversation_id,
        query=f"asked at {model.time}",
        timestamp=at,
        recorded_at=model.time,
        citations=[{"n": model.time}],
        metadata={"n": [model.time]},
    )
    _with_turn(model, session, turn, 1)


def replace(model: StoreModel, session_id: str, conversation_id: str, at: int) -> None:
    """Record a turn beside the newest one; it is shown from then on."""
    session = model.session(session_id)
    there = [turn for turn in model.turns(session_id) if turn.deleted_at is None]
    if session is None or not there or model.turn(session_id, conversation_id):
        return
    replaced = max(there, key=lambda turn: turn.recorded_at)
    branches = opened(session, replaced, conversation_id)
    number = branches[-1].number
    turn = Conversation(
        session_id=session_id,
        conversation_id=conversation_id,
        query=f"asked again at {model.time}",
        timestamp=at,
        moved_to=place_after(session, number, at),
        replaces=replaced.conversation_id,
        recorded_at=model.time,
    )
    grown = session.model_copy(update={"branches": branches, "shown_branch": number})
    _with_turn(model, grown, turn, 1)


def show(model: StoreModel, session_id: str, conversation_id: str, _: int) -> None:
    """Show the path of a turn."""
    session, turn = model.session(session_id), model.turn(session_id, conversation_id)
    if session is None or turn is None or turn.deleted_at is not None:
        return
    chosen = session.model_copy(update={"shown_branch": through(session, turn)})
    mirrored = _mirrored(session, of_session(session))
    model.commit({session_key(model.uid, session_id): chosen}, mirrored)


def update(model: StoreModel, session_id: str, conversation_id: str, at: int) -> None:
    session, turn = model.session(session_id), model.turn(session_id, conversation_id)
    if session is None or turn is None or turn.deleted_at is not None:
        return
    said = {
        "response": f"answered at {model.time}",
        "response_time_ms": at % 1000,
        "feedback": Feedback(score=1, comment=f"rated at {model.time}"),
    }
    _with_turn(model, session, turn.model_copy(update=said), 0)


def delete_turn(model: StoreModel, session_id: str, conversation_id: str, _: int) -> None:
    session, turn = model.session(session_id), model.turn(session_id, conversation_id)
    if session is None or turn is None or turn.deleted_at is not None:
        return
    gone = {"deleted_at": model.time, "query": None, "response": None, "feedback": None}
    line = [each for each in model.turns(session_id) if each.branch == turn.branch]
    later = [each for each in line if position(each) > position(turn) and each.deleted_at is None]
    session = without(session, turn, min(later, key=position, default=None))
    _with_turn(model, session, turn.model_copy(update={**gone, "citations": []}), -1)


def rename(model: StoreModel, session_id: str, _: str, __: int) -> None:
    session = model.session(session_id)
    if session is None:
        return
    named = session.model_copy(update={"custom_title": f"Renamed at {model.time}"})
    mirrored = _mirrored(session, of_session(session))
    model.commit({session_key(model.uid, session_id): named}, mirrored)


def delete_session(model: StoreModel, session_id: str, _: str, __: int) -> None:
    session = model.session(session_id)
    if session is None:
        return
    moved = session.model_copy(update={"deleted_at": model.time})
    mirrored = _mirrored(session, of_session(session))
    model.commit(
        {session_key(model.uid, session_id): None, trash_key(model.uid, session_id): moved},
        mirrored,
    )


def undelete(model: StoreModel, session_id: str, _: str, __: int) -> None:
    session = model.trashed(session_id)
    if session is None:
        return
    back = session.model_copy(update={"deleted_at": None})
    mirrored = _mirrored(session, of_session(session))
    model.commit(
        {trash_key(model.uid, session_id): None, session_key(model.uid, session_id): back}, mirrored
    )


def purge(model: StoreModel, session_id: str, _: str, __: int) -> None:
    """Purge the turns first, in a separate commit, then the session."""
    session = model.session(session_id) or model.trashed(session_id)
    if session is None:
        return
    turns = model.turns(session_id)
    place = session_key if session.deleted_at is None else trash_key
    if turns:
        gone = [of_turn(turn, forget=True) for turn in turns]
        keys = [conversation_key(model.uid, session_id, turn.conversation_id) for turn in turns]
        left = session.model_copy(update={"conversation_count": 0})
        model.commit(
            {**dict.fromkeys(keys), place(model.uid, session_id): left},
            _mirrored(session, of_session(session), *gone),
        )
    mirrored = _mirrored(session, of_session(session, forget=True))
    model.commit({place(model.uid, session_id): None}, mirrored)


def keep(model: StoreModel, session_id: str, _: str, __: int) -> None:
    session = model.session(session_id)
    if session is None or not session.temporary:
        return
    tree = Change(kind="subtree", session_id=session_id, at=session.created_at)
    kept = session.model_copy(update={"temporary": False, "kept_at": session.update_time + 1})
    model.commit({session_key(model.uid, session_id): kept}, [tree])


def make_temporary(model: StoreModel, session_id: str, _: str, __: int) -> None:
    session = model.session(session_id)
    if session is None or session.temporary:
        return
    tree = Change(kind="subtree", session_id=session_id, at=session.created_at, forget=True)
    made = session.model_copy(update={"temporary": True, "made_temporary_at": model.time})
    model.commit({session_key(model.uid, session_id): made}, [tree])


def choose(model: StoreModel, _: str, __: str, at: int) -> None:
    writes, changes = _profile(model)
    key = profile_key(model.uid)
    profile = writes.get(key) or model.now[key]
    choice = PreferenceOverrides(language_preference=f"x-{model.time}-{at % 7}")
    writes[key] = profile.model_copy(
        update={"preferences": choice, "opted_in_at": at if at % 2 else None}
    )
    if not changes and isinstance(profile, Profile):
        changes = [Change(kind="profile", at=profile.created_at)]
    model.commit(writes, changes)


def repair(model: StoreModel, session_id: str, conversation_id: str, at: int) -> None:
    """Export a record again after its rows are removed; it is one that waiting marks name."""
    ids = {conversation_id, ""} if at % 2 else {conversation_id}
    named = [
        mark.change
        for mark in model.waiting
        if mark.change.session_id == session_id
        and mark.change.conversation_id in ids
        and mark.change.kind != "subtree"
    ]
    if named:
        model.commit({}, [named[-1].model_copy(update={"forget": False})])
        model.repairs.append(model.marks[-1])


def erase(model: StoreModel, _: str, __: str, ___: int) -> None:
    """Erase everything of the user, including marks, which an exporter may already hold."""
    key = erasure_key(model.uid)
    model.commit({key: Erasure(started_at=model.time), profile_key(model.uid): None}, [])
    model.commit(dict.fromkeys(set(model.now) - {key}), [])
    model.commit({key: Erasure(started_at=0, emptied_at=model.time)}, [])
    model.waiting.clear()
    model.erasures.append(model.time)
    model.commit({key: Erasure(started_at=0, finished_at=model.time)}, [])


Operation: TypeAlias = Callable[[StoreModel, str, str, int], None]
OPERATIONS: Sequence[Operation] = (
    *(
        open_session,
        open_temporary,
        record,
        record,
        replace,
        show,
        update,
        delete_turn,
        rename,
        delete_session,
    ),
    *(undelete, purge, keep, make_temporary, choose, repair, erase),
)
"""Operations on records; the parameters are a session's id, a turn's id and a time for created records. An
operation that does not apply changes nothing."""

"""Decides the outcome of a batch of one session's turns, and writes it: one read, one commit.

A session and its first turns are written together. Records that are already here stay as they are, so
importing the same file again, or twice at the same time, adds nothing twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from resolvers.input_limits import microseconds
from resolvers.preferences.effective import for_turn
from resolvers.sessions.branches import tree_fields
from resolvers.sessions.capacity import Opening, counting
from resolvers.sessions.sessions import changes, limits
from resolvers.sessions.storage import check_storage, growing_size, growth, stored_size
from resolvers.sessions.titles import beginning, derived_title
from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.new_turns import Turn, new_turns
from resolvers.transfer.importing.readers.entries import Format, Omitted
from resolvers.transfer.importing.records import (
    expires,
    session_record,
)
from resolvers.transfer.importing.report import Outcome, Remark
from resolvers.transfer.importing.state import Import
from resolvers.transfer.importing.tree_placement import Placing, stored_next
from stores.keys import conversation_key, profile_key, session_key, trash_key
from stores.ports import Create, Snapshot, Update, Write
from stores.records import Conversation, Profile, Session


@dataclass(frozen=True, slots=True)
class Origin:
    """The session of the file that the turns belong to."""

    place: str
    found: ArchivedSession
    ids: tuple[str, ...]
    """Its id here, or its possible ids; the last one is made only for it."""
    made: Session | None = None
    """The session as created by this import, if it was."""
    known: Mapping[str, Conversation] = field(default_factory=dict)
    """Its turns so far, by id, without their texts."""
    previous: str | None = None
    """The id of the last of these turns."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The outcome of a batch."""

    session_id: str
    outcome: Outcome
    turns: Sequence[Outcome] = ()
    remarks: Sequence[tuple[Omitted | None, Remark]] = ()
    """Each with the kind of thing that was left out, unless the whole session or turn is refused."""
    session: Session | None = None
    """The session after the batch; None if it accepts nothing."""
    writes: Sequence[Write] = field(default_factory=list)
    room: Opening = field(default_factory=lambda: Opening([], []))
    added: Sequence[Conversation] = ()
    answered: int = 0
    """How many existing turns got their answer."""
    known: Mapping[str, Conversation] = field(default_factory=dict)
    previous: str | None = None
    """Both as in `Origin`, for the next batch."""


async def land(work: Import, origin: Origin, turns: Sequence[Turn]) -> Batch:
    """Write a batch, or only report what would be written; raises `Refused` and `Busy`."""

    async def attempt() -> Batch:
        batch = await _decide(work, origin, turns)
        if batch.writes and batch.session and not work.report.dry_run:
            mirrored = [*batch.room.changes, *changes(batch.session, *batch.added)]
            await work.ctx.commit([*batch.writes, *batch.room.writes], mirrored)
        return batch

    return await work.ctx.settle(attempt)


async def _decide(work: Import, origin: Origin, turns: Sequence[Turn]) -> Batch:
    ctx, owner = work.ctx, profile_key(work.ctx.uid)
    for session_id in origin.ids:
        live, trash = session_key(ctx.uid, session_id), trash_key(ctx.uid, session_id)
        ids = dict.fromkeys(each for turn in turns for each in (turn.id, *turn.beside))
        keys = [conversation_key(ctx.uid, session_id, each) for each in ids]
        snapshot = await work.fresh(owner, live, trash, *keys)
        existing = snapshot.get(live) or snapshot.get(trash)
        if existing is None or _is_same(work, origin, existing):
            break
    profile, found = snapshot.get(owner), origin.found
    await check_storage(ctx, profile)
    if existing is not None and existing.deleted_at is not None and found.deleted_at is None:
        return Batch(session_id, Outcome.DELETED)
    if existing is None and work.report.dry_run:
        existing = origin.made
    if existing is None:
        return _create(work, origin, session_id, profile, snapshot, turns)
    here = {each: snapshot.get(key) for each, key in zip(ids, keys, strict=True)}
    known = {**origin.known, **{each: turn for each, turn in here.items() if turn is not None}}
    stored = await stored_next(ctx, existing, known, _before_new(turns, known, origin.previous))
    placing = Placing(existing, {**origin.known}, origin.previous, stored)
    return _extend(work, origin, existing, profile, snapshot, turns, placing)


def _before_new(
    turns: Sequence[Turn], known: Mapping[str, Conversation], previous: str | None
) -> list[str | None]:
    """The ids of the turns before new ones, after which another turn may have been added here. The start
    (None) is among them if the first turn here stands beside the new turn in the file."""
    began_here = any(
        (turn.begins and turn.after is None and turn.id in known)
        or not known.keys().isdisjoint(turn.beside)
        for turn in turns
    )
    before: list[str | None] = []
    for turn in turns:
        after = turn.after if turn.begins else previous
        if turn.id not in known and (
            turn.begins or after in known or (after is None and began_here)
        ):
            before.append(after)
        previous = turn.id
    return before


def _is_same(work: Import, origin: Origin, existing: Session) -> bool:
    """Whether an existing session is the one in the file; an archive's id may be another session's here."""
    if work.form is not Format.RECOLLECT or existing.session_id != origin.found.id:
        return True
    return existing.created_at == microseconds(origin.found.created_at)


def _create(
    work: Import,
    origin: Origin,
    session_id: str,
    profile: Profile | None,
    snapshot: Snapshot,
    turns: Sequence[Turn],
) -> Batch:
    """The session with its first turns."""
    ctx, form = work.ctx, work.form
    saved = for_turn(ctx.configuration, profile).save_conversations
    made, remarks = session_record(ctx, form, origin.place, origin.found, saved=saved)
    began = work.tick()
    made = made.model_copy(
        update={"session_id": session_id, "oldest_turn_at": began, "touched_at": began}
    )
    if not limits(ctx, profile).keeps(made):
        refusal = Remark(origin.place, expires(ctx, made), "deletedAt")
        return Batch(session_id, Outcome.REFUSED, remarks=[(None, refusal)])
    placing = Placing(made, {**origin.known}, origin.previous)
    new = new_turns(work, session_id, snapshot, turns, profile, placing, saved=saved)
    added = new.added
    made = placing.session.model_copy(
        update={
            "touched_at": work.tick(),
            "title_from": _title_from(made, added) or began,
            "conversation_count": len(added),
            "stored_bytes": sum(map(stored_size, added)),
        }
    )
    place = session_key if made.deleted_at is None else trash_key
    status = made.status if made.deleted_at is None else "trash"
    counted = 0 if made.temporary else 1
    return Batch(
        session_id,
        Outcome.ADDED,
        new.outcomes,
        remarks=[*((Omitted.OVER_LIMIT, remark) for remark in remarks), *new.remarks],
        session=made,
        writes=[Create(place(ctx.uid, session_id), made), *_creates(work, added)],
        room=counting(
            ctx,
            profile,
            exact=False,
            stored_bytes=growth(None, made.stored_bytes),
            growing_bytes=sum(map(growing_size, added)),
            **{f"{status}_count": counted},
        ),
        added=added,
        known=placing.known,
        previous=placing.previous,
    )


def _extend(
    work: Import,
    origin: Origin,
    existing: Session,
    profile: Profile | None,
    snapshot: Snapshot,
    turns: Sequence[Turn],
    placing: Placing,
) -> Batch:
    """More turns for an existing session. What it says of itself, such as title and tags, stays as it is."""
    ctx, session_id = work.ctx, existing.session_id
    if not limits(ctx, profile).keeps(existing):
        gone = "It expired here and is about to be removed; import it again after that."
        return Batch(session_id, Outcome.REFUSED, remarks=[(None, Remark(origin.place, gone))])
    # The file's choice about saving applies only to turns recorded after this import.
    session = None if origin.made else existing
    saved = for_turn(ctx.configuration, profile, session).save_conversations
    new = new_turns(work, session_id, snapshot, turns, profile, placing, saved=saved)
    added, written = new.added, [*new.added, *new.answered]
    if not written:
        return Batch(
            session_id,
            Outcome.PRESENT,
            new.outcomes,
            remarks=new.remarks,
            session=existing,
            known=placing.known,
            previous=placing.previous,
        )
    active = max(min(turn.timestamp, turn.recorded_at) for turn in written)
    titled = _title_from(existing, added) if origin.made else None
    place = session_key if existing.deleted_at is None else trash_key
    tree = tree_fields(existing, placing.session)
    size = sum(map(stored_size, written))
    growing = new.ended + sum(map(growing_size, added))
    stored = growth(existing.stored_bytes, size)
    update = Update(
        place(ctx.uid, session_id),
        set={**({"title_from": titled} if titled else {}), **tree},
        increase={"conversation_count": len(added), "stored_bytes": size},
        raise_to={
            "touched_at": work.tick(),
            "last_position": placing.session.last_position,
            **({} if origin.made else {"last_active": active}),
        },
        # A temporary session leaves no mark. So if it is kept meanwhile, this change must not be lost.
        unchanged_since=existing.update_time if existing.temporary or tree else None,
    )
    after = placing.session.model_copy(update={"last_active": max(existing.last_active, active)})
    return Batch(
        session_id,
        Outcome.PRESENT,
        new.outcomes,
        remarks=new.remarks,
        session=placing.session if origin.made else after,
        writes=[update, *_creates(work, added), *new.completions],
        room=counting(ctx, profile, stored_bytes=stored, growing_bytes=growing)
        if stored or growing
        else Opening([], []),
        added=written,
        answered=len(new.answered),
        known=placing.known,
        previous=placing.previous,
    )


def _title_from(session: Session, added: Sequence[Conversation]) -> int | None:
    """When the turn was recorded from which the derived title is taken; the title expires with it."""
    if session.derived_title is None:
        return None
    titles = (
        turn.recorded_at
        for turn in added
        # Earlier releases included the names of attached files in titles.
        if turn.query
        and session.derived_title in (derived_title(turn.query), beginning(turn.query))
    )
    return next(titles, None)


def _creates(work: Import, added: Sequence[Conversation]) -> list[Write]:
    return [
        Create(conversation_key(work.ctx.uid, turn.session_id, turn.conversation_id), turn)
        for turn in added
    ]

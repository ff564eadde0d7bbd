"""Sessions: open them, read them, and change their fields."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from resolvers.configuration import Configuration
from resolvers.context import Context
from resolvers.digests import new_id
from resolvers.errors import conflict, not_found
from resolvers.input_limits import METADATA_BYTES, TITLE_CHARACTERS, Checks
from resolvers.lifetimes import HOUR, Lifetimes, lifetimes
from resolvers.preferences import patches
from resolvers.preferences.effective import Preferences, in_force
from resolvers.preferences.patches import Patch
from resolvers.sessions.capacity import counting, opening
from resolvers.sessions.storage import check_storage, growth
from stores.choices import SessionPreferenceOverrides
from stores.keys import Key, profile_key, session_key, trash_key
from stores.mirror_records import Change
from stores.ports import Create, Snapshot, Update
from stores.records import Conversation, Profile, Session, SessionListRow

S = TypeVar("S", bound=SessionListRow)


class StateOf(NamedTuple, Generic[S]):
    """A session, or a row of a list, as its owner sees it. Derived values are computed on request."""

    # A named tuple is made in less than half the time of a frozen dataclass, and a page has many.
    session: S
    profile: Profile | None
    limits: Lifetimes
    configuration: Configuration
    archived: tuple["StateOf[Session]", ...] = ()
    """Sessions that were archived to make room for it."""

    @property
    def title(self) -> str | None:
        """The user's own title, or the derived one as long as the turn it comes from is kept."""
        return self.limits.title(self.session)

    @property
    def closed(self) -> bool:
        """Whether it has been idle for too long to accept turns until it is restored."""
        return not self.limits.takes_turns(self.session)

    @property
    def expires_at(self) -> int | None:
        """When it will be removed, in microseconds, if it is temporary or in the trash; else None."""
        management = self.configuration.session_management
        if self.session.deleted_at is not None:
            return self.session.deleted_at + management.trash_days * 24 * HOUR
        if self.session.temporary:
            return self.session.temporary_since + management.temporary_session_hours * HOUR
        return None


SessionState: TypeAlias = StateOf[Session]
RowState: TypeAlias = StateOf[SessionListRow]


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to open. Without an id it gets a random one."""

    session_id: str | None = None
    title: str | None = None
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    preferences: Patch = field(default_factory=dict)
    temporary: bool = False


def changes(
    session: Session, *turns: Conversation, untitled: bool = False, gone: bool = False
) -> list[Change]:
    """How an export mark names a session and some of its turns. A session opened as temporary is
    not mirrored.

    If the session loses its title, or the turns are gone, the mirror must forget their text; if a
    session was made temporary, the mirror must forget all of it.
    """
    if session.temporary and not session.made_temporary_at:
        return []
    changed = [
        Change(
            kind="session",
            session_id=session.session_id,
            at=session.created_at,
            forget=untitled or session.temporary,
        )
    ]
    for turn in turns:
        changed.append(
            Change(
                kind="conversation",
                session_id=turn.session_id,
                conversation_id=turn.conversation_id,
                at=turn.timestamp,
                forget=gone or session.temporary,
            )
        )
    return changed


def limits(ctx: Context, profile: Profile | None) -> Lifetimes:
    """The time limits of the viewer's data now."""
    return lifetimes(ctx.configuration, profile, ctx.now())


def state(
    ctx: Context,
    profile: Profile | None,
    session: Session,
    now: Lifetimes | None = None,
    archived: Sequence[Session] = (),
) -> SessionState:
    """A session as its owner sees it: now, or at the moment of these limits."""
    now = now or limits(ctx, profile)
    if not archived:
        return StateOf(session, profile, now, ctx.configuration)
    others = [StateOf(each, profile, now, ctx.configuration) for each in archived]
    return StateOf(session, profile, now, ctx.configuration, tuple(others))


def preferences_in(state: SessionState) -> Preferences:
    """The preferences in force in a session."""
    return in_force(state.configuration, state.profile, state.session)


def present(ctx: Context, snapshot: Snapshot, key: Key[Session]) -> Session | None:
    """The session in a snapshot, or None if it has expired. The snapshot also has the profile."""
    session = snapshot.get(key)
    if session is None:
        return None
    return limits(ctx, snapshot.get(profile_key(ctx.uid))).kept(session)


async def create_session(ctx: Context, request: NewSession) -> SessionState:
    """Open a session. A repeated request with the same id returns the session that was opened first.

    Raises `Refused`: INVALID, LIMIT_EXCEEDED, or CONFLICT if the id was used for another request.
    """
    with Checks() as checks:
        checks.id(request.session_id, "clientId")
        checks.characters(request.title, TITLE_CHARACTERS, "title")
        checks.tags(request.tags, "tags")
        checks.json(request.metadata, dict, METADATA_BYTES, "metadata")
    patches.check(ctx.configuration, request.preferences)
    session_id = request.session_id or new_id()
    fingerprint = ctx.digests.fingerprint(
        [
            *("session", request.title, request.tags, request.metadata),
            *(dict(request.preferences), request.temporary),
        ]
    )
    keys = profile_key(ctx.uid), session_key(ctx.uid, session_id), trash_key(ctx.uid, session_id)

    async def attempt() -> SessionState:
        snapshot = await ctx.fresh(*keys)
        profile, existing = snapshot.get(keys[0]), snapshot.get(keys[1])
        kept = present(ctx, snapshot, keys[1])
        if kept is not None and kept.fingerprint == fingerprint:
            return state(ctx, profile, kept)
        if existing is not None or snapshot.get(keys[2]) is not None:
            raise conflict("clientId is in use for another session; choose another.", "clientId")
        now = ctx.now()
        session = Session(
            session_id=session_id,
            custom_title=request.title,
            created_at=now,
            last_active=now,
            touched_at=now,
            oldest_turn_at=now,
            preferences=patches.applied(SessionPreferenceOverrides(), request.preferences),
            metadata=request.metadata,
            tags=request.tags,
            temporary=request.temporary,
            fingerprint=fingerprint,
        )
        await check_storage(ctx, profile)
        stored = growth(None, 0)
        if request.temporary:
            room = counting(ctx, profile, stored_bytes=stored)
        else:
            room = await opening(ctx, profile, stored=stored)
        await ctx.commit(
            [*room.writes, Create(keys[1], session)], [*room.changes, *changes(session)]
        )
        return state(ctx, profile, session, archived=room.archived)

    return await ctx.settle(attempt)


async def get_session(ctx: Context, session_id: str) -> SessionState | None:
    """A session outside the trash, or None."""
    owner, key = profile_key(ctx.uid), session_key(ctx.uid, session_id)
    snapshot = await ctx.read(owner, key)
    profile = snapshot.get(owner)
    now = limits(ctx, profile)
    session = now.kept(snapshot.get(key))
    return state(ctx, profile, session, now) if session else None


async def change(
    ctx: Context, session_id: str, write: Update, changed: Callable[[Session], Session]
) -> SessionState:
    """Write some fields of a session, leaving the others alone. `changed` returns the resulting session."""
    owner, key = profile_key(ctx.uid), session_key(ctx.uid, session_id)

    async def attempt() -> SessionState:
        snapshot = await ctx.fresh(owner, key)
        session = present(ctx, snapshot, key)
        if session is None:
            raise not_found("session", "sessionId")
        # A temporary session leaves no mark. So if it is made permanent meanwhile, this change must
        # not be lost.
        exact = replace(write, unchanged_since=session.update_time) if session.temporary else write
        await ctx.commit([exact], changes(session))
        return state(ctx, snapshot.get(owner), changed(session))

    return await ctx.settle(attempt)


async def _set(ctx: Context, session_id: str, values: Mapping[str, Any]) -> SessionState:
    """Set fields of a session; None removes a field."""
    write = Update(
        session_key(ctx.uid, session_id),
        set={name: value for name, value in values.items() if value is not None},
        unset=[name for name, value in values.items() if value is None],
    )
    return await change(
        ctx, session_id, write, lambda session: session.model_copy(update=dict(values))
    )


async def rename_session(ctx: Context, session_id: str, title: str | None) -> SessionState:
    """Set the user's own title of a session; None returns to the derived one. Raises `Refused`."""
    with Checks() as checks:
        checks.characters(title, TITLE_CHARACTERS, "title")
    return await _set(ctx, session_id, {"custom_title": title})


async def pin_session(ctx: Context, session_id: str, pinned: bool) -> SessionState:
    """Exempt a session from archiving and time-out, or end the exemption; raises `Refused`."""
    return await _set(ctx, session_id, {"pinned": pinned})


async def set_session_tags(ctx: Context, session_id: str, tags: list[str]) -> SessionState:
    """Replace a session's tags; raises `Refused`."""
    with Checks() as checks:
        checks.tags(tags, "tags")
    return await _set(ctx, session_id, {"tags": tags})


async def update_session_metadata(
    ctx: Context, session_id: str, metadata: dict[str, Any]
) -> SessionState:
    """Replace a session's metadata; raises `Refused`."""
    with Checks() as checks:
        checks.json(metadata, dict, METADATA_BYTES, "metadata")
    return await _set(ctx, session_id, {"metadata": metadata})


async def update_session_preferences(ctx: Context, session_id: str, patch: Patch) -> SessionState:
    """Change the preferences that one session overrides; raises `Refused`."""
    patches.check(ctx.configuration, patch)
    return await change(
        ctx,
        session_id,
        patches.field_update(session_key(ctx.uid, session_id), patch),
        lambda session: session.model_copy(
            update={"preferences": patches.applied(session.preferences, patch)}
        ),
    )

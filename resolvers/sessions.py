"""Sessions: open, list, read, rename, archive, delete, bring back."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from resolvers import preferences as rules
from resolvers.checks import METADATA_BYTES, TITLE_CHARACTERS, Checks
from resolvers.context import Context
from resolvers.digests import new_id
from resolvers.errors import conflict, not_found
from resolvers.pages import Cursors, Page, PageRequest, page, window
from resolvers.preferences import Patch, Preferences, in_force
from stores.keys import Key, profile_key, session_key, trash_key
from stores.ports import Create, Delete, Plan, Snapshot, Update, Write
from stores.records import Change, Profile, Session, SessionPreferenceOverrides


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session and the preferences in force in it."""

    session: Session
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class SessionPage:
    """A page of sessions, newest activity first, and how many there are in all."""

    page: Page[SessionState]
    total: int


@dataclass(frozen=True, slots=True)
class NewSession:
    """What a caller says of a session to open; without an id it gets a random one."""

    session_id: str | None = None
    title: str | None = None
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    preferences: Patch = field(default_factory=dict)


def session_change(session: Session) -> Change:
    """How an export mark names a session."""
    return Change(kind="session", session_id=session.session_id, at=session.created_at)


def state(ctx: Context, profile: Profile | None, session: Session) -> SessionState:
    """A session as the viewer sees it."""
    return SessionState(session, in_force(ctx.configuration, profile, session))


async def create_session(ctx: Context, request: NewSession) -> SessionState:
    """Open a session; the same request with the same id again returns the session it opened.

    Raises `Refused`: INVALID, or CONFLICT where the id was used for another request.
    """
    with Checks() as checks:
        checks.id(request.session_id, "sessionId")
        checks.characters(request.title, TITLE_CHARACTERS, "title")
        checks.tags(request.tags, "tags")
        checks.json(request.metadata, dict, METADATA_BYTES, "metadata")
    rules.check(ctx.configuration, request.preferences)
    session_id = request.session_id or new_id()
    fingerprint = ctx.digests.fingerprint(
        ["session", request.title, request.tags, request.metadata, dict(request.preferences)]
    )
    keys = profile_key(ctx.uid), session_key(ctx.uid, session_id), trash_key(ctx.uid, session_id)

    async def attempt() -> SessionState:
        snapshot = await ctx.store.get(keys)
        profile, existing = snapshot.get(keys[0]), snapshot.get(keys[1])
        if existing is not None and existing.fingerprint == fingerprint:
            return state(ctx, profile, existing)
        if existing is not None or snapshot.get(keys[2]) is not None:
            raise conflict("sessionId is in use for another session; choose another.", "sessionId")
        now = ctx.now()
        session = Session(
            session_id=session_id,
            custom_title=request.title,
            created_at=now,
            last_active=now,
            preferences=rules.applied(SessionPreferenceOverrides(), request.preferences),
            metadata=request.metadata,
            tags=request.tags,
            fingerprint=fingerprint,
        )
        owner, changes = rules.opened(ctx, profile)
        await ctx.commit([owner, Create(keys[1], session)], [*changes, session_change(session)])
        return state(ctx, profile, session)

    return await ctx.settle(attempt)


async def get_session(ctx: Context, session_id: str) -> SessionState | None:
    """A session outside the trash, or None."""
    keys = profile_key(ctx.uid), session_key(ctx.uid, session_id)
    snapshot = await ctx.read(*keys)
    session = snapshot.get(keys[1])
    return state(ctx, snapshot.get(keys[0]), session) if session else None


async def list_sessions(ctx: Context, request: PageRequest) -> SessionPage:
    """The viewer's active and archived sessions, latest activity first; raises `Refused`."""
    cursors = Cursors(ctx.digests, f"{ctx.uid}/sessions/last_active")
    key = profile_key(ctx.uid)
    found, snapshot = await asyncio.gather(
        ctx.store.list_sessions(ctx.uid, window(request, cursors)), ctx.read(key)
    )
    profile = snapshot.get(key)
    states: Sequence[SessionState] = [state(ctx, profile, session) for session in found]
    return SessionPage(
        page(request, cursors, states, lambda s: (s.session.last_active, s.session.session_id)),
        total=profile.session_count if profile else 0,
    )


async def _change(
    ctx: Context, session_id: str, write: Update, changed: Callable[[Session], Session]
) -> SessionState:
    """Write some fields of a session without touching the others; `changed` tells the outcome."""
    keys = profile_key(ctx.uid), session_key(ctx.uid, session_id)

    async def attempt() -> SessionState:
        snapshot = await ctx.store.get(keys)
        session = snapshot.get(keys[1])
        if session is None:
            raise not_found("session", "sessionId")
        await ctx.commit([write], [session_change(session)])
        return state(ctx, snapshot.get(keys[0]), changed(session))

    return await ctx.settle(attempt)


async def rename_session(ctx: Context, session_id: str, title: str | None) -> SessionState:
    """Give a session the user's own title; None returns to the derived one. Raises `Refused`."""
    with Checks() as checks:
        checks.characters(title, TITLE_CHARACTERS, "title")
    key = session_key(ctx.uid, session_id)
    write = (
        Update(key, unset=["custom_title"])
        if title is None
        else Update(key, set={"custom_title": title})
    )
    return await _change(
        ctx, session_id, write, lambda session: session.model_copy(update={"custom_title": title})
    )


async def archive_session(ctx: Context, session_id: str) -> SessionState:
    """Put a session aside; it stays readable, and an append makes it active again."""
    values = {"status": "archived"}
    return await _change(
        ctx,
        session_id,
        Update(session_key(ctx.uid, session_id), set=values),
        lambda session: session.model_copy(update=values),
    )


async def update_session_preferences(ctx: Context, session_id: str, patch: Patch) -> SessionState:
    """Change what one session overrides; raises `Refused`."""
    rules.check(ctx.configuration, patch)
    return await _change(
        ctx,
        session_id,
        rules.field_update(session_key(ctx.uid, session_id), patch),
        lambda session: session.model_copy(
            update={"preferences": rules.applied(session.preferences, patch)}
        ),
    )


async def _move(ctx: Context, keys: Sequence[Key[Session]], plan: Plan) -> None:
    """Carry a session to or from the trash under lock: a blind move would lose what lands meanwhile."""
    try:
        await ctx.store.transact(keys, plan)
    finally:
        ctx.loader.clear_all()


def _counted(ctx: Context, sessions: int) -> Update:
    """The profile's counter moves with the session; whoever has a session has a profile."""
    return Update(profile_key(ctx.uid), increase={"session_count": sessions})


async def delete_session(ctx: Context, session_id: str) -> Session:
    """Move a session to the trash, from which `restore_session` brings it back.

    Its turns stay where they are, unreachable: every read and every append needs the summary.
    """
    live, trashed = session_key(ctx.uid, session_id), trash_key(ctx.uid, session_id)
    moved: list[Session] = []

    def plan(snapshot: Snapshot) -> Sequence[Write]:
        session = snapshot.get(live)
        if session is None:
            raise not_found("session", "sessionId")
        moved[:] = [session.model_copy(update={"deleted_at": ctx.now()})]
        mark = ctx.mark([session_change(session)])
        return [Delete(live), Create(trashed, moved[0]), _counted(ctx, -1), mark]

    await _move(ctx, [live], plan)
    return moved[0]


async def restore_session(ctx: Context, session_id: str) -> SessionState:
    """Make an archived session active, or bring one back from the trash; raises `Refused`."""
    live, trashed = session_key(ctx.uid, session_id), trash_key(ctx.uid, session_id)
    restored: list[Session] = []

    def plan(snapshot: Snapshot) -> Sequence[Write]:
        session = snapshot.get(live) or snapshot.get(trashed)
        if session is None:
            raise not_found("session", "sessionId")
        restored[:] = [session.model_copy(update={"deleted_at": None, "status": "active"})]
        mark = ctx.mark([session_change(session)])
        if session.deleted_at is None:
            return [Update(live, set={"status": "active"}), mark]
        return [Delete(trashed), Create(live, restored[0]), _counted(ctx, 1), mark]

    await _move(ctx, [live, trashed], plan)
    owner = profile_key(ctx.uid)
    return state(ctx, (await ctx.read(owner)).get(owner), restored[0])

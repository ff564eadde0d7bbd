"""What all parts of one import share."""

from dataclasses import dataclass, field
from datetime import datetime

from resolvers.context import Context
from resolvers.errors import erasing
from resolvers.input_limits import moment
from resolvers.preferences.effective import in_force
from resolvers.transfer.importing.readers.entries import Format
from resolvers.transfer.importing.report import ImportReport
from stores.keys import Key, profile_key
from stores.ports import Snapshot
from stores.records import Record, Session


@dataclass(slots=True)
class Import:
    """One import under way."""

    ctx: Context
    report: ImportReport
    began: datetime
    """When it began; used for sessions and turns that have no time in the file."""
    erasure: int
    """The user's last erasure: an import that began before an erasure must not write after it."""
    form: Format = Format.RECOLLECT
    """The format of the file that is being read."""
    ticks: int = 0
    active: dict[str, tuple[int, bool]] = field(default_factory=dict)
    """Active sessions that a dry run would write to, by id: when they would be last active, and whether they
    are pinned."""
    added_active: int = 0
    """How many active sessions a dry run would add."""

    @classmethod
    async def begin(cls, ctx: Context, report: ImportReport) -> "Import":
        """Begin an import; raises `Refused` while the user's data is being erased."""
        ctx.erasures.clear()
        owner = profile_key(ctx.uid)
        profile = (await ctx.fresh(owner)).get(owner)
        privacy = in_force(ctx.configuration, profile).privacy_settings
        report.retention_days = privacy.data_retention_days
        return cls(ctx, report, moment(ctx.now()), ctx.erasures[-1])

    def tick(self) -> int:
        """The current time, in microseconds; never the same twice, because derived titles identify their turn
        by it."""
        self.ticks = max(self.ticks + 1, self.ctx.now())
        return self.ticks

    async def fresh(self, *keys: Key[Record]) -> Snapshot:
        """Records in their current state; raises `Refused` if the user's data is or was erased meanwhile."""
        snapshot = await self.ctx.fresh(*keys)
        if self.ctx.erasures[-1] != self.erasure:
            raise erasing()
        return snapshot

    def remember(self, session: Session, *, added: bool) -> None:
        """Note a session that a dry run would write to, if it is active."""
        if not self.report.dry_run:
            return
        if session.temporary or session.deleted_at is not None or session.status != "active":
            return
        self.active[session.session_id] = (session.last_active, session.pinned)
        self.added_active += added

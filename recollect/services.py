"""The composition root: creates the parts according to the settings. Google's libraries are loaded
only if they are used."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, partial

from analytics.embedding.port import Embedder, EmbedderUnavailable
from analytics.mirror.exporter import Exporter
from analytics.mirror.progress import Progress
from analytics.warehouse.port import Warehouse
from recollect.identity import Authenticator, build_authenticator, load_id_key, load_signing_keys
from recollect.mail.message import Sender
from recollect.metrics.process import Metrics
from recollect.mirror_lag import Mirror, mirror_state
from recollect.settings.settings import Settings
from recollect.tracing import Tracing, load_tracing
from resolvers.change_hub import Live
from resolvers.configuration import Configuration
from resolvers.context import Context, Viewer
from resolvers.digests import Digests
from resolvers.import_slots import ImportsUnderWay
from resolvers.notifications.outgoing_mail import MailTransport
from resolvers.record_loader import RecordLoader
from resolvers.write_queues import WriteQueues
from stores.bulk import BulkStore
from stores.ports import Store


def clock() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


async def open_store(settings: Settings) -> BulkStore:
    """The configured store."""
    if settings.store == "firestore":
        from stores.firestore.store import FirestoreStore

        return FirestoreStore(settings.project or "", settings.firestore_database)
    from stores.sqlite.store import SQLiteStore

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return await SQLiteStore.open(settings.data_dir / "store.sqlite")


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[BulkStore]:
    """The configured store, until the block ends."""
    store = await open_store(settings)
    try:
        yield store
    finally:
        await store.close()


async def open_warehouse(settings: Settings) -> Warehouse:
    """The configured warehouse."""
    if settings.warehouse == "bigquery":
        from analytics.warehouse.bigquery.warehouse import BigQueryWarehouse

        return BigQueryWarehouse(
            settings.bigquery_project or settings.project or "",
            settings.dataset,
            settings.analysts_dataset,
            settings.location,
            endpoint=settings.bigquery_endpoint,
            grpc_endpoint=settings.bigquery_grpc_endpoint,
            maximum_bytes_billed=settings.maximum_bytes_billed,
            smallest_group=settings.smallest_group,
        )
    from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return DuckDBWarehouse(settings.data_dir / "warehouse.duckdb", settings.smallest_group)


@asynccontextmanager
async def opened_embedder(settings: Settings) -> AsyncIterator[Embedder | None]:
    """The embedder for search by meaning, until the block ends; None if there is none. Raises
    `EmbedderUnavailable` if the one that the settings ask for is not installed."""
    embedder = _embedder(settings)
    try:
        yield embedder
    finally:
        if embedder is not None:
            await embedder.close()


def _embedder(settings: Settings) -> Embedder | None:
    if settings.embedder == "none":
        return None
    if settings.embedder == "vertex":
        from analytics.embedding.vertex import VertexEmbedder

        return VertexEmbedder(
            settings.project or "",
            settings.vertex_region,
            settings.vertex_floor,
            endpoint=settings.vertex_endpoint,
        )
    from analytics.embedding.wordllama import WordLlamaEmbedder

    try:
        return WordLlamaEmbedder()
    except EmbedderUnavailable:
        if settings.embedder is None:
            return None
        raise


def sender_of(settings: Settings) -> Sender:
    """The sender of mails, and the URLs that their links begin with."""
    return Sender(
        settings.mail_from or "Recollect <recollect@localhost>",
        settings.client_reachable_at,
        (settings.public_api_url or settings.reachable_at).rstrip("/"),
    )


def open_post(settings: Settings) -> MailTransport | None:
    """The configured way to send mails; None if none are sent."""
    if settings.mails == "none":
        return None
    if settings.smtp_host is None:
        from recollect.mail.folder import FolderPost

        return FolderPost(settings.data_dir / "outbox", sender_of(settings))
    from recollect.mail.smtp import MailServer, SmtpPost

    password = settings.smtp_password
    server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_tls,
        settings.smtp_user,
        password.get_secret_value() if password else None,
    )
    return SmtpPost(server, sender_of(settings))


@dataclass(frozen=True)
class Services:
    """The parts of one process."""

    settings: Settings
    configuration: Configuration
    store: Store
    warehouse: Warehouse
    embedder: Embedder | None
    """The embedder for search by meaning; None if there is none."""
    authenticator: Authenticator
    digests: Digests
    live: Live
    importing: ImportsUnderWay
    write_queues: WriteQueues
    mirror: Mirror
    progress: Progress
    """The progress of this process's exporter."""
    post: MailTransport | None
    """The way to send mails; None if none are sent."""
    tracing: Tracing

    @property
    def exporter(self) -> Exporter:
        """An exporter from this store to this warehouse."""
        return Exporter(
            self.store,
            self.warehouse,
            self.progress,
            around=self.tracing.export,
            embedder=self.embedder,
        )

    async def mirror_lag(self) -> float:
        """How many seconds the mirror is behind at this moment; raises `StoreUnavailable`."""
        return (await mirror_state(self.store)).lag

    def context(self, viewer: Viewer, now: Callable[[], int] | None = None) -> Context:
        """The context for the use cases of one request, with the server's clock or another one. Its cache is
        not shared with other requests."""
        return self._made_with(viewer=viewer, loader=RecordLoader(self.store.get), now=now or clock)

    @cached_property
    def _made_with(self) -> "partial[Context]":
        """Makes contexts: what they have in common is found out once."""
        return partial(
            Context,
            store=self.store,
            warehouse=self.warehouse,
            embedder=self.embedder,
            configuration=self.configuration,
            digests=self.digests,
            live=self.live,
            importing=self.importing,
            write_queues=self.write_queues,
            mails=self.settings.mails,
            smallest_group=self.settings.smallest_group,
            mirror_lag=self.mirror_lag,
            public_url=(self.settings.public_api_url or "").rstrip("/"),
        )


@asynccontextmanager
async def open_services(
    settings: Settings, metrics: Metrics | None = None, tracing: Tracing | None = None
) -> AsyncIterator[Services]:
    """Open everything, and close it at the end. Calls are counted in `metrics` and traced by `tracing`, by
    default as configured in the environment."""
    async with AsyncExitStack() as stack:
        id_key = load_id_key(settings)
        metrics = metrics or Metrics()
        tracing = tracing or load_tracing("recollect-jobs")
        stack.push_async_callback(tracing.close)
        store = tracing.store(metrics.measured(await open_store(settings), "store"), settings.store)
        stack.push_async_callback(store.close)
        warehouse = tracing.warehouse(
            metrics.measured(await open_warehouse(settings), "warehouse"), settings.warehouse
        )
        stack.push_async_callback(warehouse.close)
        embedder = await stack.enter_async_context(opened_embedder(settings))
        post = open_post(settings)
        if post is not None:
            stack.push_async_callback(post.close)
        yield Services(
            settings=settings,
            configuration=settings.configuration,
            store=store,
            warehouse=warehouse,
            embedder=embedder,
            authenticator=build_authenticator(settings, id_key),
            digests=Digests(id_key, load_signing_keys(settings, id_key)),
            live=Live(store),
            importing=ImportsUnderWay(),
            write_queues=WriteQueues(),
            mirror=Mirror(store),
            progress=Progress(),
            post=post,
            tracing=tracing,
        )

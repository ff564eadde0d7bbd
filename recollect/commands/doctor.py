"""Examines a configuration in the environment that uses it, and reports how to fix each problem."""

import asyncio
import importlib
import platform
import stat
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from importlib.metadata import version
from threading import Thread

from analytics.warehouse.port import WarehouseError
from recollect.commands.http_checks import answer_service, api, issuers
from recollect.commands.notify import PROBLEMS
from recollect.http.trusted_documents import load_trusted_documents
from recollect.identity.key import FILE
from recollect.mirror_lag import mirror_state
from recollect.services import opened_store
from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings
from resolvers.notifications.figures import mail_figures
from schema import build_schema
from stores.errors import StoreError
from stores.findings import Finding
from stores.mail_records import MailFigures

PATIENCE_SECONDS = 9.0
"""Time limit of an examination; one that takes longer is reported as a finding."""


async def examine(settings: Settings) -> Sequence[Finding]:
    """All findings that can be made within `PATIENCE_SECONDS`. Changes nothing."""
    examinations: dict[str, Awaitable[Sequence[Finding]]] = {
        "identity": issuers(settings),
        "answer service": answer_service(settings),
        "API": api(settings),
    }
    if settings.store == "firestore":
        # Loading Google's libraries takes a while, and must not count towards the time limit.
        importlib.import_module("stores.firestore.doctor")
        importlib.import_module("analytics.warehouse.bigquery.doctor")
        examinations |= {"Firestore": _firestore(settings), "BigQuery": _bigquery(settings)}
    else:
        examinations["data folder"] = _in_thread(lambda: list(_embedded(settings)))
    found = [_versions(), *_documents(settings), *_pair(settings)]
    parts = await asyncio.gather(*(_in_time(name, each) for name, each in examinations.items()))
    found += [finding for part in parts for finding in part]
    if not any(finding.problem for finding in found):
        found += await _in_time("mirror", _mirror(settings))
    return found


def shown(found: Sequence[Finding]) -> str:
    """The findings as lines for people, with the remedy for each problem."""
    lines = [
        f"problem: {finding.subject}: {finding.problem}\n  to do: {finding.remedy}"
        if finding.problem
        else f"ok: {finding.subject}"
        for finding in found
    ]
    wrong = sum(1 for finding in found if finding.problem)
    return "\n".join([*lines, f"Problems: {wrong}" if wrong else "Everything is in order."])


async def _in_time(name: str, examination: Awaitable[Sequence[Finding]]) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await examination
    except TimeoutError:
        return [
            Finding(
                name, f"takes longer than {PATIENCE_SECONDS:.0f} s", "see whether it can be reached"
            )
        ]


async def _in_thread(examination: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    """Run a blocking examination in a thread that the end of the process does not wait for."""
    result: Future[Sequence[Finding]] = Future()
    result.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result.set_result(examination())
        except Exception as error:
            result.set_exception(error)

    Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(result)


def _versions() -> Finding:
    return Finding(f"Recollect {version('recollect')}, Python {platform.python_version()}")


def _documents(settings: Settings) -> Iterator[Finding]:
    if settings.trusted_documents is None:
        return
    path = settings.trusted_documents.expanduser()
    try:
        load_trusted_documents(path, build_schema())
        yield Finding(f"trusted documents {path}")
    except SettingsError as error:
        for problem in error.problems:
            yield Finding(
                f"trusted documents {path}",
                problem,
                "give the file of this release, client/trusted-documents.json (docs/schema.md)",
            )


def _pair(settings: Settings) -> Iterator[Finding]:
    """Check that Firestore and BigQuery are both Google's, or both emulators."""
    emulators = (
        settings.firestore_emulator_host,
        settings.bigquery_endpoint,
        settings.bigquery_grpc_endpoint,
    )
    if settings.store == "firestore" and any(emulators) and not all(emulators):
        yield Finding(
            "emulators",
            "only some of Firestore and BigQuery's two addresses are an emulator's",
            "set all of FIRESTORE_EMULATOR_HOST, RECOLLECT_BIGQUERY_ENDPOINT and "
            "RECOLLECT_BIGQUERY_GRPC_ENDPOINT, or none",
        )


def _embedded(settings: Settings) -> Iterator[Finding]:
    from analytics.warehouse.duckdb.doctor import examine as examine_duckdb
    from stores.sqlite.doctor import examine as examine_sqlite

    folder = settings.data_dir
    if folder.exists() and not folder.is_dir():
        yield Finding(f"data folder {folder}", "is not a folder", "set RECOLLECT_DATA_DIR to one")
        return
    key = folder / FILE
    if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield Finding(f"id key {key}", "can be read by others", f"run `chmod 600 {key}`")
    yield examine_sqlite(folder / "store.sqlite")
    yield examine_duckdb(folder / "warehouse.duckdb")


async def _firestore(settings: Settings) -> Sequence[Finding]:
    from stores.firestore.doctor import examine as examine_firestore

    return await examine_firestore(settings.project or "", settings.firestore_database)


async def _bigquery(settings: Settings) -> Sequence[Finding]:
    from analytics.warehouse.bigquery.doctor import examine as examine_bigquery

    return await _in_thread(
        lambda: examine_bigquery(
            settings.bigquery_project or settings.project or "",
            settings.dataset,
            settings.analysts_dataset or f"{settings.dataset}_analysts",
            settings.location,
            settings.bigquery_endpoint,
            settings.bigquery_grpc_endpoint,
        )
    )


def _mails(settings: Settings, figures: MailFigures) -> Finding:
    """Whether mails are sent."""
    if figures.problem and settings.mails == "smtp":
        return Finding(
            f"mail server {settings.smtp_host}",
            PROBLEMS[figures.problem],
            "check RECOLLECT_SMTP_HOST, _PORT, _TLS, _USER and _PASSWORD, and the mail server's log",
        )
    if settings.mails == "none":
        return Finding("mails: none are sent, because RECOLLECT_SMTP_HOST is not set")
    return Finding(f"mails: by {settings.mails}, {figures.sent} sent")


async def _mirror(settings: Settings) -> Sequence[Finding]:
    """Whether an exporter is running."""
    if settings.store == "sqlite" and not (settings.data_dir / "store.sqlite").exists():
        return []
    try:
        async with opened_store(settings) as store:
            state = await mirror_state(store)
            figures = await mail_figures(store)
    except (StoreError, WarehouseError) as error:
        return [Finding("mirror", str(error), "see `recollect status`")]
    found = [Finding(f"mirror: {state.lag:.0f} s behind")]
    if state.degraded:
        process = "recollect export" if settings.store == "firestore" else "make run"
        found = [
            Finding("mirror", f"is {state.lag:.0f} s behind", f"start `{process}`, or see its log")
        ]
    if state.dead_letters:
        found.append(
            Finding(
                "mirror",
                f"{state.dead_letters} records were refused",
                "see `recollect dead-letters list`",
            )
        )
    return [*found, _mails(settings, figures)]

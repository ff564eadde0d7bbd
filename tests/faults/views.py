"""The rows that the views show for all users, and the rows that they should show according to the store."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from stores.keys import profile_key
from stores.ports import SessionQuery, Store, Window
from stores.records import Conversation, Profile, Session
from tests.emulators.bigquery import BigQueryDataset
from tests.faults.comparison import IDS, View, as_view, expected

PAGE = Window(limit=10_000)


async def expected_views(store: Store, uids: Iterable[str]) -> View:
    """The rows that the views should show for these users, whose records must not change meanwhile."""
    view: View = {}
    for uid in uids:
        key = profile_key(uid)
        profile: Profile | None = (await store.get([key])).get(key)
        live: list[Session] = []
        trash: list[Session] = []
        for temporary in (False, True):
            live += await store.list_sessions(uid, PAGE, SessionQuery(temporary=temporary))
            trash += await store.list_sessions(
                uid, PAGE, SessionQuery(order="deleted_at", temporary=temporary, trash=True)
            )
        turns: list[Conversation] = []
        for session in live:
            turns += await store.list_conversations(uid, session.session_id, PAGE)
        view |= expected(uid, profile, live, trash, turns)
    return view


def bigquery_views(place: BigQueryDataset) -> View:
    """All rows of the three views."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    client = bigquery.Client(
        place.project,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": place.endpoint},
    )
    view: View = {}
    for name in IDS:
        query = f"SELECT * FROM `{place.project}`.{place.dataset}.{name}"  # noqa: S608
        rows = [dict(row.items()) for row in client.query_and_wait(query)]
        view |= as_view(name, rows)
    client.close()  # type: ignore[no-untyped-call]
    return view


def duckdb_views(path: Path) -> View:
    """All rows of the three views of a file that no process has open."""
    view: View = {}
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in IDS:
            found = connection.execute(f"SELECT * FROM {name}")  # noqa: S608
            columns = [column[0] for column in found.description]
            rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
            view |= as_view(name, rows)
    return view

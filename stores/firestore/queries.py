"""The queries that read lists from Firestore."""

from collections.abc import Sequence
from typing import Any

from google.cloud import firestore

from stores.documents import ROOTS, Operator, checked, filters, listed_collection
from stores.firestore.commits import CHANGED_AT
from stores.firestore.times import moment
from stores.keys import BEFORE_IDS, Key
from stores.ports import DueTime, Position, SessionQuery, Window
from stores.records import Record


def page(
    client: firestore.AsyncClient,
    path: tuple[str, ...],
    order: str,
    window: Window,
    conditions: Sequence[tuple[str, Operator, str | bool]] = (),
    *,
    descending: bool,
) -> firestore.AsyncQuery:
    """A window of a collection. Its documents come in order from the end from which the window is read."""
    direction = "DESCENDING" if descending != window.from_end else "ASCENDING"
    query = (
        client.collection(*checked(path))
        .order_by(order, direction=direction)
        .order_by("__name__", direction=direction)
        .limit(window.limit)
    )
    for condition in conditions:
        query = query.where(filter=firestore.FieldFilter(*condition))

    def cursor(position: Position) -> tuple[Any, firestore.AsyncDocumentReference]:
        value, record_id = position
        reference = client.document(*checked((*path, record_id or BEFORE_IDS)))
        return moment(value) if order == CHANGED_AT else value, reference

    ends = (window.after, window.before)
    first, last = reversed(ends) if window.from_end else ends
    if first:
        query = query.start_after(cursor(first))
    if last:
        query = query.end_before(cursor(last))
    return query


def sessions_query(
    client: firestore.AsyncClient, uid: str, window: Window, query: SessionQuery
) -> firestore.AsyncQuery:
    """A window of a user's sessions."""
    path = ("users", uid, listed_collection(query))
    return page(client, path, query.order, window, filters(query), descending=True)


def scan_query(
    client: firestore.AsyncClient,
    collection: str,
    after: Key[Record] | None,
    limit: int,
    until: Key[Record] | None,
) -> firestore.AsyncQuery:
    """The documents of all collections with a name, in path order."""
    among = client.collection if collection in ROOTS.values() else client.collection_group
    query = among(collection).order_by("__name__").limit(limit)
    if after:
        query = query.start_after((client.document(*checked(after.path)),))
    return query.end_at((client.document(*checked(until.path)),)) if until else query


def everything_query(
    client: firestore.AsyncClient, after: tuple[str, ...] | None, limit: int
) -> firestore.AsyncQuery:
    """The documents of all collections, in path order: a collection without a name stands for any."""
    everything = firestore.AsyncCollectionReference("", client=client).recursive()
    query = everything.order_by("__name__").limit(limit)
    return query.start_after((client.document(*checked(after)),)) if after else query


def due_query(
    client: firestore.AsyncClient, time: DueTime, until: int, after: Position | None, limit: int
) -> firestore.AsyncQuery:
    """The profiles that are due, the earliest first."""
    query = (
        client.collection("users")
        .where(filter=firestore.FieldFilter(time, "<=", until))
        .order_by(time)
        .order_by("__name__")
        .limit(limit)
    )
    if after is None:
        return query
    at, uid = after
    return query.start_after((at, client.document(*checked(("users", uid or BEFORE_IDS)))))

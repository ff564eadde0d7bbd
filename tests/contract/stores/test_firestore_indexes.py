"""The indexes that production needs; the emulator serves every query without them."""

import json
from itertools import product
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from stores.documents import ASKED_AT, DUE_TIMES, ORDERS, filters
from stores.firestore.store import FirestoreStore
from stores.keys import (
    conversation_key,
    conversations_of,
    dead_letter_key,
    dismissals_of,
    mails_of,
    mark_key,
    profile_key,
    removals_of,
    session_key,
    sessions_of,
    trash_key,
    trash_of,
)
from stores.mail_records import Dismissal, Mail
from stores.mirror_records import DeadLetter, Erasure, ExportMark, Lease
from stores.ports import SessionQuery, Window
from stores.records import Conversation, Profile, Removal, Session
from tests.counting import firestore_rpcs

INDEXES = Path(__file__).parents[3] / "deploy" / "firestore.indexes.json"
COLLECTIONS: dict[str, type[BaseModel]] = {
    "users": Profile,
    "sessions": Session,
    "trash": Session,
    "conversations": Conversation,
    "removals": Removal,
    "marks": ExportMark,
    "dead_letters": DeadLetter,
    "leases": Lease,
    "erased": Erasure,
    "mails": Mail,
    "dismissals": Dismissal,
}
STORED_AS = {"moved_to": ASKED_AT}
"""Fields of records that are stored under another name."""
NARROWEST = SessionQuery(status="active", pinned=True, tag="a")


def queried(collection: str) -> set[str]:
    """The fields of a collection by which queries order or filter."""
    due = DUE_TIMES if collection == "users" else ()
    return {
        *ORDERS.get(collection, ()),
        *due,
        *(FILTERS if collection in ("sessions", "trash") else ()),
    }


def exemptions() -> list[dict[str, Any]]:
    """An index exemption for every stored field that no query uses."""
    return [
        {"collectionGroup": collection, "fieldPath": STORED_AS.get(name, name), "indexes": []}
        for collection, kind in COLLECTIONS.items()
        for name, field in kind.model_fields.items()
        if name not in queried(collection) and not field.exclude
    ]


FILTERS = {
    name: {"order": "ASCENDING"} if operator == "==" else {"arrayConfig": "CONTAINS"}
    for name, operator, _ in filters(NARROWEST)
}
"""How an index contains each field by which sessions are filtered."""


def composite_indexes() -> list[dict[str, Any]]:
    """An index for each filter with each order, read from either end.

    Firestore merges indexes of one filter each that end in the same order to serve any set of these
    filters. It adds `__name__` to an index in the direction of its last field, which is ours.
    """
    return [
        {
            "collectionGroup": collection,
            "queryScope": "COLLECTION",
            "fields": [
                {"fieldPath": name, **mode},
                {"fieldPath": order, "order": direction},
            ],
        }
        for collection in ("sessions", "trash")
        for order in ORDERS[collection]
        for direction in ("DESCENDING", "ASCENDING")
        for name, mode in FILTERS.items()
    ]


def test_the_indexes_are_those_that_the_queries_need_and_no_more() -> None:
    declared = json.loads(INDEXES.read_text())
    assert declared == {"indexes": composite_indexes(), "fieldOverrides": exemptions()}, (
        "write this to deploy/firestore.indexes.json"
    )


async def send_every_query(store: FirestoreStore) -> int:
    """Read every list in every way that the port allows; returns the number of requests."""
    queries = [
        SessionQuery(cast("Any", order), cast("Any", status), pinned, tag, trash=trash)
        for trash in (False, True)
        for order in ORDERS["trash" if trash else "sessions"]
        for status, pinned, tag in product((None, "active"), (None, True), (None, "a"))
    ]
    windows = [
        Window(10, after=(9, "x"), before=(0, "x"), from_end=from_end) for from_end in (False, True)
    ]
    for window in windows:
        for query in queries:
            await store.list_sessions("u", window, query)
        await store.list_conversations("u", "s", window, "timestamp")
        await store.list_conversations("u", "s", window, "recorded_at")
        turns = conversations_of("u", "s")
        notes = (removals_of("u"), mails_of("u"), dismissals_of("u"))
        for changing in (sessions_of("u"), trash_of("u"), *notes, turns):
            await store.list_changed(changing, window)
    await store.take_conversations("u", "s", windows[0], 1)
    await store.list_due("summary_due_at", 9, (1, "u"), 10)
    await store.list_due("reminder_due_at", 9, None, 10)
    await store.list_marks("u", 10)
    await store.list_dead_letters("u", 10)
    await store.scan_marks(mark_key("a", "a"), 10, mark_key("b", "b"))
    await store.scan(Profile, profile_key("a"), 10)
    await store.scan(Session, session_key("a", "a"), 10)
    await store.scan(Session, trash_key("a", "a"), 10, trash=True)
    await store.scan(Conversation, conversation_key("a", "a", "a"), 10)
    await store.scan(DeadLetter, dead_letter_key("a", "a"), 10)
    await store.delete_user("nobody")
    return 2 * (len(queries) + 2 + 6) + 2 + 6 + 3 + 2


async def test_every_query_is_served_by_an_index(firestore_project: str) -> None:
    declared = json.loads(INDEXES.read_text())
    indexes = [(each["collectionGroup"], each["fields"]) for each in declared["indexes"]]
    exempt = [(each["collectionGroup"], each["fieldPath"]) for each in declared["fieldOverrides"]]
    with firestore_rpcs() as rpcs:
        store = FirestoreStore(firestore_project)
        sent = await send_every_query(store)
        await store.close()
    requests = [each for each in rpcs.requests if hasattr(each, "structured_query")]
    assert len(requests) == sent
    for request in requests:
        query = request.structured_query
        (selector,) = query.from_
        orders = [(order.field.field_path, order.direction.name) for order in query.order_by]
        asked = query.where.composite_filter.filters or [query.where] * ("where" in query)
        filtered = [each.field_filter.field.field_path for each in asked]
        if selector.all_descendants:
            assert not filtered
            assert orders in ([], [("__name__", "ASCENDING")])
            continue
        if orders[:-1]:
            (name, direction), last = orders
            assert last == ("__name__", direction)
            last_field = {"fieldPath": name, "order": direction}
            for field in filtered:
                if field == name:  # a single-field index serves a range in its own order
                    assert (selector.collection_id, name) not in exempt
                    continue
                needed = [{"fieldPath": field, **FILTERS[field]}, last_field]
                assert (selector.collection_id, needed) in indexes
        if not filtered:
            assert not any((selector.collection_id, name) in exempt for name, _ in orders)

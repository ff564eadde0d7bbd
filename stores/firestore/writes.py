"""Translates a write of the port into one of Firestore's library."""

from typing import Any

from google.cloud import firestore

from stores.documents import changed_fields, checked, to_document
from stores.firestore.commits import CHANGED_AT, is_stamped
from stores.firestore.times import moment
from stores.ports import Create, Delete, Update, Write


def add(client: firestore.AsyncClient, batch: firestore.AsyncWriteBatch, write: Write) -> None:
    """Add a write to a batch, with its precondition and the time stamp of its commit."""
    reference = client.document(*checked(write.key.path))
    stamped = stamp(write.key.path)
    match write:
        case Create():
            batch.create(reference, {**to_document(write.record), **stamped})
        case Update():
            fields = {
                **changed_fields(write),
                **dict.fromkeys(write.unset, firestore.DELETE_FIELD),
                **{name: firestore.Increment(by) for name, by in write.increase.items()},
                **{name: firestore.Maximum(least) for name, least in write.raise_to.items()},
                **stamped,
            }
            # The library refuses an empty update; deleting a field that does not exist has the
            # same effect.
            nothing = {"_": firestore.DELETE_FIELD}
            batch.update(reference, fields or nothing, _precondition(client, write))
        case Delete():
            batch.delete(reference)


def stamp(path: tuple[str, ...]) -> dict[str, Any]:
    """The field that has the time at which the record at a path was written, if the record has one."""
    return {CHANGED_AT: firestore.SERVER_TIMESTAMP} if is_stamped(path) else {}


def _precondition(client: firestore.AsyncClient, update: Update) -> Any:
    if update.unchanged_since is None:
        return None
    return client.write_option(last_update_time=moment(update.unchanged_since))

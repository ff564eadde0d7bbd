"""Reads from Firestore that turn its messages directly into plain values.

The library's own snapshots wrap, check and copy every value of every document, which takes several
times as long as the rest of the read.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.types import BatchGetDocumentsRequest, RunQueryRequest

from stores.documents import checked, from_document, memory
from stores.keys import Key, R
from stores.ports import Entry, Snapshot, Window, readable
from stores.records import Record

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was read."""

    path: Path
    """Relative to the database."""
    fields: Mapping[str, Any]
    """Times are in microseconds since 1970."""
    update_time: int
    """In microseconds since 1970."""
    size: int = 0
    """About how many bytes of memory its record takes; 0 if it was read without a size."""


async def get(
    client: firestore.AsyncClient,
    keys: Sequence[Key[Record]],
    seconds: float,
    transaction: bytes | None = None,
) -> Mapping[Path, Document]:
    """Those of the documents that exist, by path; one BatchGetDocuments call, limited to `seconds`.

    Raises ValueError for an id with disallowed characters, and the library's errors.
    """
    database = client._database_string
    names = [f"{database}/documents/{'/'.join(checked(key.path))}" for key in keys]
    request = BatchGetDocumentsRequest(database=database, documents=names, transaction=transaction)
    answers = await client._firestore_api.batch_get_documents(
        request=request, retry=None, timeout=seconds, metadata=client._rpc_metadata
    )
    found = [
        _document(answer.found) async for answer in _plain(answers) if answer.HasField("found")
    ]
    return {document.path: document for document in found}


async def snapshot(
    client: firestore.AsyncClient,
    keys: Sequence[Key[Record]],
    seconds: float,
    transaction: bytes | None = None,
) -> Snapshot:
    """The same as `get`, by key and as records."""
    found = await get(client, keys, seconds, transaction)
    return Snapshot(
        (key, entry(key.kind, document) if (document := found.get(key.path)) else None)
        for key in keys
    )


async def run(
    client: firestore.AsyncClient,
    query: firestore.AsyncQuery,
    seconds: float,
    size: int | None = None,
) -> Sequence[Document]:
    """The results of a query, in its order; one RunQuery call, limited to `seconds`.

    With a `size` it stops after the document that brings the total to that size.

    Raises the library's errors.
    """
    parent, _ = query._parent._parent_info()
    request = RunQueryRequest(parent=parent, structured_query=query._to_protobuf())
    answers = await client._firestore_api.run_query(
        request=request, retry=None, timeout=seconds, metadata=client._rpc_metadata
    )
    found: list[Document] = []
    left = inf if size is None else size
    async for answer in _plain(answers):
        if answer.HasField("document"):
            found.append(_document(answer.document, measured=size is not None))
            left -= found[-1].size
            if left <= 0:
                answers.cancel()
                break
    return found


def records(kind: type[R], found: Sequence[Document], window: Window) -> Sequence[R]:
    """The records in the order of their list, even if the window was read from its end."""
    read = [readable(entry(kind, each)) for each in found]
    return read[::-1] if window.from_end else read


def entry(kind: type[R], document: Document) -> Entry[R]:
    """The record in a document, or the reason why it can't be read."""
    return from_document(Key(kind, document.path), document.fields, document.update_time)


async def _plain(answers: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The bare messages: their fields are many times faster to read than those of their wrappers."""
    async for answer in answers:
        yield answer._pb


def _document(message: Any, *, measured: bool = False) -> Document:
    fields = {name: _value(value) for name, value in message.fields.items()}
    return Document(
        tuple(message.name.split("/")[5:]),  # projects/p/databases/d/documents/...
        fields,
        message.update_time.ToMicroseconds(),
        memory(fields) if measured else 0,
    )


def _value(message: Any) -> Any:
    kind = message.WhichOneof("value_type")
    read = _SPECIAL.get(kind)
    value = getattr(message, kind)
    return read(value) if read else value


_SPECIAL: Mapping[str, Callable[[Any], Any]] = {
    "null_value": lambda _: None,
    "timestamp_value": lambda time: time.ToMicroseconds(),
    "array_value": lambda array: [_value(each) for each in array.values],
    "map_value": lambda fields: {name: _value(each) for name, each in fields.fields.items()},
}
"""The types whose value needs converting."""

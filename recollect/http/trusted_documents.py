"""The documents that an installation trusts: if there are any, nothing else runs."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import orjson

from recollect.http.bodies import BadRequest
from recollect.http.requests import GraphQLRequest
from recollect.settings.errors import SettingsError
from schema import Schema

VARIABLE = "RECOLLECT_TRUSTED_DOCUMENTS"


def load_trusted_documents(path: Path, schema: Schema) -> dict[str, str]:
    """The documents in a JSON file, by their SHA-256 in hexadecimal; in the file, `sha256:` may precede it.

    Raises `SettingsError` with all problems: a hash that is not its document's, a document that the schema
    refuses.
    """
    try:
        documents = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise SettingsError([f"{VARIABLE}: can't be read ({type(error).__name__})"]) from None
    if not isinstance(documents, dict) or not all(map(_is_text, documents.values())):
        raise SettingsError([f"{VARIABLE}: should hold an object of documents by SHA-256"])
    problems = []
    documents = {digest.removeprefix("sha256:"): text for digest, text in documents.items()}
    for digest, document in documents.items():
        if digest != sha256(document):
            problems.append(f"{VARIABLE}: {digest[:64]} is not the SHA-256 of its document")
        else:
            problems += [f"{VARIABLE}: {digest}: {fault}" for fault in schema.faults(document)]
    if problems:
        raise SettingsError(problems)
    return documents


def sha256(document: str) -> str:
    """The hash that names a document."""
    return hashlib.sha256(document.encode()).hexdigest()


def resolve(request: GraphQLRequest, trusted: Mapping[str, str] | None) -> str:
    """The document of a request; raises `BadRequest`.

    `trusted` is None if any document may run. Apollo and urql recognise errors about hashes by these
    messages; the specification of persisted documents does not define them.
    """
    if trusted is None:
        if request.query is None:
            raise BadRequest(
                400,
                "PersistedQueryNotSupported",
                "PERSISTED_QUERY_NOT_SUPPORTED",
            )
        return request.query
    if request.query is None:
        document = trusted.get(request.document_hash or "")
        if document is None:
            raise BadRequest(400, "PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        return document
    if sha256(request.query) not in trusted:
        raise BadRequest(
            400,
            "Only trusted documents run here; this query is none of them.",
            "TRUSTED_DOCUMENT_REQUIRED",
        )
    return request.query


def _is_text(value: object) -> bool:
    return isinstance(value, str)

"""Reads the answer app's answers: Discovery Engine answers, as its Python client turns them into dicts.

https://cloud.google.com/python/docs/reference/discoveryengine/latest/google.cloud.discoveryengine_v1.types.Answer
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from client.answerers.base import Answer, Citation

SOURCES = 50
TITLE_CHARACTERS, URI_CHARACTERS, SNIPPET_CHARACTERS = 200, 1_000, 300
"""Characters kept of a source's passage: whole documents stay where they are."""
RELATED, RELATED_CHARACTERS = 5, 300


def read_answer(body: Mapping[str, Any], *, forgot: bool = False) -> Answer:
    """The answer in a response of `POST /answer`.

    Raises ValueError, LookupError, TypeError or AttributeError if the response has none.
    """
    answer = body.get("answer") or {}
    text = answer.get("answer_text")
    if text is None:
        text = base64.b64decode(body["markdown"], validate=True).decode()
    session = body.get("session")
    return Answer(
        str(text),
        citations=() if answer.get("answer_skipped_reasons") else tuple(read_citations(answer)),
        service_session=str(session["name"]).rpartition("/")[2] if session else None,
        token=body.get("answer_query_token") or None,
        forgot=forgot,
        related=tuple(
            question
            for question in map(str, answer.get("related_questions") or [])
            if 0 < len(question) <= RELATED_CHARACTERS
        )[:RELATED],
    )


def read_citations(answer: Mapping[str, Any]) -> list[Citation]:
    """The sources that an answer cites, each once, in the order of their first citations."""
    references: Sequence[Any] = answer.get("references") or []
    offsets = _Offsets(str(answer.get("answer_text") or ""))
    found: dict[int, Citation] = {}
    for citation in answer.get("citations") or []:
        span = offsets.span(citation.get("start_index"), citation.get("end_index"))
        for source in citation.get("sources") or []:
            number = _number(source.get("reference_id"))
            if number is None or not 0 <= number < len(references):
                continue
            kept = found.setdefault(number, _citation(references[number]))
            if span:
                kept.setdefault("spans", []).append(span)
    return [citation for citation in found.values() if citation][:SOURCES]


def _citation(reference: Mapping[str, Any]) -> Citation:
    """A reference's information about its document, for every kind of reference."""
    chunk = reference.get("chunk_info") or {}
    whole = reference.get("unstructured_document_info") or {}
    data = reference.get("structured_document_info") or {}
    about = chunk.get("document_metadata") or whole or data
    fields = about.get("struct_data") or {}
    passage = chunk.get("content") or _first(
        each.get("content") for each in whole.get("chunk_contents") or []
    )
    uri = str(about.get("uri") or fields.get("uri") or "")
    title = str(about.get("title") or fields.get("title") or uri.rpartition("/")[2])
    citation = Citation()
    if title:
        citation["title"] = _short(title, TITLE_CHARACTERS)
    if uri and len(uri) <= URI_CHARACTERS:
        citation["uri"] = uri
    if passage:
        citation["snippet"] = _short(str(passage), SNIPPET_CHARACTERS)
    return citation


class _Offsets:
    """Converts an answer's offsets, in bytes of UTF-8 and perhaps as strings, to characters."""

    def __init__(self, text: str) -> None:
        self._text = text
        # The character that begins at each byte, if one does.
        self._characters: dict[int, int] = {}
        at = 0
        for place, character in enumerate(text):
            self._characters[at] = place
            at += len(character.encode("utf-8", "replace"))
        self._characters[at] = len(text)

    def span(self, start: Any, end: Any) -> list[int] | None:
        first = self._characters.get(_number(start or 0) or 0)
        last = self._characters.get(_number(end) or 0)
        return [first, last] if first is not None and last is not None and first < last else None


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value), None)


def _short(text: str, characters: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"

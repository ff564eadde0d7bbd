"""Reads Vertex AI Search's answers, with the field names of its REST API or of its Python library."""

import re
from collections.abc import Iterator
from typing import Any

from resolvers.transfer.importing.readers.messages import citation, list_of, object_of, text_of

SNIPPET_CHARACTERS = 300
"""The most characters of a passage that are kept with its source."""
_CAPITAL = re.compile("[A-Z]")


def either(value: dict[str, Any], name: str) -> Any:
    """A member by its name in camelCase or in snake_case."""
    found = value.get(name)
    return value.get(_CAPITAL.sub(lambda c: f"_{c[0].lower()}", name)) if found is None else found


def last_segment(name: str) -> str:
    """The id at the end of a resource's name."""
    return name.rpartition("/")[2]


def sources(answer: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
    """The references that an answer cites, in the order of its citations; all of them if it cites none."""
    references = [object_of(each) for each in list_of(answer.get("references"))]
    cited: dict[int, None] = {}
    for each in list_of(answer.get("citations")):
        for source in list_of(object_of(each).get("sources")):
            number = str(either(object_of(source), "referenceId"))
            if number.isdecimal() and len(number) < 6 and int(number) < len(references):
                cited[int(number)] = None
    for index in cited or range(len(references)):
        yield _source(references[index])


def _source(reference: dict[str, Any]) -> dict[str, Any] | None:
    chunk = object_of(either(reference, "chunkInfo"))
    document = object_of(either(chunk, "documentMetadata"))
    unstructured = object_of(either(reference, "unstructuredDocumentInfo"))
    structured = object_of(either(reference, "structuredDocumentInfo"))
    fields = object_of(either(structured, "structData"))
    passages = [object_of(each) for each in list_of(either(unstructured, "chunkContents"))]
    passage = text_of(chunk.get("content")) or next(
        (text for each in passages if (text := text_of(each.get("content")))), None
    )
    about = [document, unstructured, structured, fields]
    title = next((text for each in about if (text := text_of(each.get("title")))), None)
    uri = next((text for each in about if (text := text_of(each.get("uri")))), None)
    snippet = " ".join(passage.split())[:SNIPPET_CHARACTERS] if passage else None
    return citation(title, uri, snippet=snippet)

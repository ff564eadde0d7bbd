"""Adds vectors for the meaning of their texts to the rows of turns."""

from collections.abc import Mapping
from dataclasses import replace

from analytics.embedding.port import Embedder
from analytics.mirror.current_records import Changed
from analytics.warehouse.rows import ConversationRow, Row


async def embedded(embedder: Embedder, rows: Mapping[Changed, Row]) -> dict[Changed, Row]:
    """The rows; those of turns with text get its vector and the embedder's name. A text without words has no
    vector, but the name shows that it was processed. Raises `EmbedderUnavailable`."""
    turns = {
        key: row for key, row in rows.items() if isinstance(row, ConversationRow) and has_text(row)
    }
    if not turns:
        return dict(rows)
    vectors = await embedder.documents([(row.query, row.response) for row in turns.values()])
    return {
        **rows,
        **{
            key: replace(row, embedding=vector, embedding_model=embedder.model)
            for (key, row), vector in zip(turns.items(), vectors, strict=True)
        },
    }


def has_text(row: ConversationRow) -> bool:
    """Whether there is anything to embed."""
    return bool(row.query or row.response)

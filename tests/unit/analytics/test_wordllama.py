"""Vectors computed in the process: close for similar texts, bounded for every text, and loaded lazily."""

import subprocess
import sys

import pytest

from analytics.embedding.port import (
    CHARACTERS,
    DIMENSIONS,
    EmbedderUnavailable,
    quantised,
    similarity,
)
from analytics.embedding.wordllama import PACKAGE, WordLlamaEmbedder


@pytest.fixture(scope="module")
def embedder() -> WordLlamaEmbedder:
    return WordLlamaEmbedder()


async def test_a_query_is_nearer_to_the_turn_that_is_about_the_same(
    embedder: WordLlamaEmbedder,
) -> None:
    query = await embedder.query("vacation on a Pacific island")
    about, other = await embedder.documents(
        [
            ("Write a travel blog post about a trip to Hawaii", "Aloha! The beaches were lovely."),
            ("How do I parse JSON in Rust?", "Use serde_json."),
        ]
    )
    assert query
    assert about
    assert other
    assert similarity(query, about) > embedder.floor > similarity(query, other)


async def test_words_that_nobody_knows_are_near_to_nothing(embedder: WordLlamaEmbedder) -> None:
    query = await embedder.query("blorft snarg")
    (turn,) = await embedder.documents([("What is rain?", "Water that falls from clouds.")])
    assert query
    assert turn
    assert similarity(query, turn) < embedder.floor


async def test_vectors_are_whole_numbers_of_one_byte(embedder: WordLlamaEmbedder) -> None:
    (vector,) = await embedder.documents([("What is rain?", None)])
    assert vector
    assert len(vector) == DIMENSIONS
    assert all(value == int(value) and abs(value) <= 127 for value in vector)
    assert max(map(abs, vector)) == 127


@pytest.mark.parametrize("text", ["", "  \n", "?!", "🙂"])
async def test_a_text_without_words_has_no_vector(embedder: WordLlamaEmbedder, text: str) -> None:
    assert await embedder.query(text) is None
    assert await embedder.documents([(text, None), (None, None)]) == [None, None]


@pytest.mark.parametrize("text", ["天气" * 10_000, "a" * 50_000, "\u0301" * 9, "x\x00y \ud800 z"])
async def test_no_text_is_too_strange(embedder: WordLlamaEmbedder, text: str) -> None:
    (vector,) = await embedder.documents([(text, text)])
    assert vector is None or len(vector) == DIMENSIONS


async def test_what_counts_of_a_text_is_bounded(embedder: WordLlamaEmbedder) -> None:
    begin = ("rain " * CHARACTERS)[:CHARACTERS]
    one, other = await embedder.documents([(begin, None), (f"{begin} and music, opera", None)])
    assert one == other


def test_a_direction_without_length_is_none() -> None:
    assert quantised([0.0, 0.0]) is None
    assert quantised([0.5, -1.0]) == [64.0, -127.0]


@pytest.mark.parametrize(
    "text", ["How do tides work?", "Rechnung vom 9. März", "番茄怎么种", "x = 1"]
)
async def test_vectors_are_rounded_as_those_of_other_embedders_are(
    embedder: WordLlamaEmbedder, text: str
) -> None:
    direction = embedder._weights.direction(text)
    assert direction is not None
    assert await embedder.query(text) == quantised([float(value) for value in direction])


def test_the_error_of_a_missing_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.embedding.wordllama.PACKAGE", f"{PACKAGE}-that-is-not-there")
    with pytest.raises(EmbedderUnavailable, match=r"recollect\[meaning\].*RECOLLECT_EMBEDDER"):
        WordLlamaEmbedder()


def test_nothing_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, recollect.services; from analytics.embedding.wordllama import WordLlamaEmbedder as W; "
        "W(); sys.exit(not {'numpy', 'tokenizers', 'safetensors', 'wordllama'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

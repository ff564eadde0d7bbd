"""Vectors made on this machine, with the weights that come inside the package `wordllama`.

WordLlama (Miller, 2024) has a vector for each token of Llama 2, trained so that the mean of a text's tokens
shows what it is about. Its own code is not imported: it looks for the tokenizer on the network.
"""

import asyncio
import re
from collections.abc import Sequence
from functools import cache, cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from analytics.embedding.port import CHARACTERS, LARGEST, EmbedderUnavailable, Texts, Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

PACKAGE = "wordllama"
WEIGHTS = "wordllama/weights/l2_supercat_256.safetensors"
TOKENIZER = "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
RULE = 1
"""The version of the rule that makes vectors from the weights."""
FLOOR = 0.24
"""In `bench/judged_queries.tsv` the wanted turns are nearer than this for all but two queries, and most
made-up words are farther from every turn."""
KNOWN_WORDS = 32_768
"""Words whose tokens are cached."""
_WORD = re.compile(r"\w{1,32}")


class WordLlamaEmbedder:
    """Embeds with WordLlama. The weights are read when they are first needed, in a fraction of a second,
    and take about 70 MB of memory with the tokenizer."""

    def __init__(self) -> None:
        """Find the package; raises `EmbedderUnavailable` if it is not installed."""
        try:
            self._package = distribution(PACKAGE)
        except PackageNotFoundError:
            raise EmbedderUnavailable(
                "wordllama is not installed: run `pip install recollect[meaning]`, or set "
                "RECOLLECT_EMBEDDER to none or vertex."
            ) from None
        self._loading = Lock()

    @cached_property
    def model(self) -> str:
        """The version of the package, read from its files, serves as the version of its weights."""
        return f"wordllama {self._package.version}, rule {RULE}"

    @property
    def floor(self) -> float:
        """See `FLOOR`."""
        return FLOOR

    async def documents(self, turns: Sequence[Texts]) -> list[Vector | None]:
        """Question and answer count equally, however long they are."""
        return await asyncio.to_thread(lambda: list(map(self._document, turns)))

    async def query(self, text: str) -> Vector | None:
        """The vector of a text."""
        return await asyncio.to_thread(self._document, (text, None))

    async def close(self) -> None:
        """Do nothing."""

    def _document(self, turn: Texts) -> Vector | None:
        directions = [self._weights.direction(text) for text in turn if text]
        found = [direction for direction in directions if direction is not None]
        return self._weights.quantised(sum(found[1:], start=found[0])) if found else None

    @property
    def _weights(self) -> "_Weights":
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> "_Weights":
        weights, tokenizer = (
            Path(str(self._package.locate_file(name))) for name in (WEIGHTS, TOKENIZER)
        )
        return _read(weights, tokenizer)


@cache
def _read(weights: Path, tokenizer: Path) -> "_Weights":
    """Read the weights once per process, however many embedders it creates."""
    return _Weights(weights, tokenizer)


class _Weights:
    """The vectors of the tokens, and the tokenizer."""

    def __init__(self, weights: Path, tokenizer: Path) -> None:
        # Imported here: they are not needed with another embedder, or with none.
        import numpy
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._numpy = numpy
        (stored,) = load_file(weights).values()
        # They are stored in half precision, which processors can't add: converting the tokens of each text
        # would take most of the time.
        self._vectors: Numbers = stored.astype(numpy.float32)
        # What all tokens have in common says nothing about any single token.
        self._common: Any = self._vectors.mean(axis=0)
        known = Tokenizer.from_file(str(tokenizer))
        known.no_padding()
        known.no_truncation()

        @lru_cache(maxsize=KNOWN_WORDS)
        def tokens(word: str) -> tuple[int, ...]:
            return tuple(known.encode(word, add_special_tokens=False).ids)

        self._tokens = tokens

    def direction(self, text: str) -> "Numbers | None":
        """The mean of a text's tokens, of length 1; None if it has no word."""
        found = [*chain.from_iterable(map(self._tokens, _WORD.findall(text[:CHARACTERS])))]
        if not found:
            return None
        mean = self._vectors[found].mean(axis=0) - self._common
        length = self._numpy.linalg.norm(mean)
        return mean / length if length else None

    def quantised(self, direction: "Numbers") -> Vector | None:
        """Does the same as the port's function, in a fifth of the time."""
        numbers = direction.astype(self._numpy.float64)
        largest = self._numpy.abs(numbers).max()
        return self._numpy.rint(numbers * (LARGEST / largest)).tolist() if largest else None

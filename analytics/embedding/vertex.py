"""Vectors made by Vertex AI, to which the texts are sent.

Limits of a request, according to Google's reference for the text embeddings API: 250 texts and 20,000 tokens;
only 2,048 tokens of each text count.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from threading import Lock
from typing import Any, TypeAlias

import httpx

from analytics.embedding.port import (
    CHARACTERS,
    DIMENSIONS,
    EmbedderUnavailable,
    Texts,
    Vector,
    quantised,
)

MODEL = "text-multilingual-embedding-002"
TEXTS_AT_ONCE = 100
CHARACTERS_AT_ONCE = 16_000
"""Characters in a request: fewer than 20,000 tokens in any script."""
REQUESTS_AT_ONCE = 8
CALL_SECONDS = 10.0
DEADLINE_SECONDS = 30.0
"""How long requests are retried before `EmbedderUnavailable` is raised: rows that wait longer for vectors get
too old to append."""
LONGEST_PAUSE = 5.0
_SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
_PASSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}

_Task: TypeAlias = str
"""RETRIEVAL_DOCUMENT or RETRIEVAL_QUERY."""


class VertexEmbedder:
    """Embeds with Vertex AI in one region of a project, with the application default credentials.

    `endpoint` (a URL) names a stand-in, which gets no credentials; `deadline` is in seconds.
    """

    def __init__(
        self,
        project: str,
        location: str,
        floor: float,
        endpoint: str | None = None,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        """Open the client."""
        base = (endpoint or f"https://{location}-aiplatform.googleapis.com").rstrip("/")
        region = f"projects/{project}/locations/{location}"
        self._url = f"{base}/v1/{region}/publishers/google/models/{MODEL}:predict"
        self._token = None if endpoint else _Token()
        self._floor = floor
        self._deadline = deadline
        self._client = httpx.AsyncClient(timeout=CALL_SECONDS)
        self._requests = asyncio.Semaphore(REQUESTS_AT_ONCE)

    @property
    def model(self) -> str:
        """Google's name for the model includes its version."""
        return f"{MODEL}, {DIMENSIONS} numbers"

    @property
    def floor(self) -> float:
        """The value from the settings: it was not measured for this model."""
        return self._floor

    async def documents(self, turns: Sequence[Texts]) -> list[Vector | None]:
        """Question and answer are embedded as one text."""
        texts = [
            "\n\n".join(text[:CHARACTERS] for text in turn if text and text.strip())
            for turn in turns
        ]
        said = [text for text in texts if text]
        batches = await asyncio.gather(
            *(self._embed(batch, "RETRIEVAL_DOCUMENT") for batch in _batches(said))
        )
        vectors = (vector for batch in batches for vector in batch)
        return [next(vectors) if text else None for text in texts]

    async def query(self, text: str) -> Vector | None:
        """The vector of a query."""
        (vector,) = await self._embed([text], "RETRIEVAL_QUERY")
        return vector

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _embed(self, texts: Sequence[str], task: _Task) -> list[Vector | None]:
        """The vectors of texts; None for a text that Vertex AI refuses even when it is sent alone."""
        answer = await self._answer(texts, task)
        if answer is None and len(texts) == 1:
            return [None]
        if answer is None:
            half = len(texts) // 2
            return [*await self._embed(texts[:half], task), *await self._embed(texts[half:], task)]
        try:
            values = [each["embeddings"]["values"] for each in answer["predictions"]]
            vectors = [quantised([float(value) for value in each]) for each in values]
        except (KeyError, TypeError, ValueError):
            vectors = []
        if len(vectors) != len(texts):
            raise EmbedderUnavailable("Vertex AI answered with something else than embeddings.")
        return vectors

    async def _answer(self, texts: Sequence[str], task: _Task) -> Any:
        """The response to a request, which is retried until the deadline; None if these texts are refused."""
        body = {
            "instances": [{"content": text, "task_type": task} for text in texts],
            "parameters": {"outputDimensionality": DIMENSIONS, "autoTruncate": True},
        }
        pause, problem = 0.2, "no answer in time"
        try:
            async with asyncio.timeout(self._deadline):
                while True:
                    try:
                        async with self._requests:
                            response = await self._client.post(
                                self._url, json=body, headers=await self._headers()
                            )
                    except httpx.HTTPError as error:
                        problem = type(error).__name__
                    else:
                        if response.is_success:
                            return response.json()
                        if response.status_code == HTTPStatus.BAD_REQUEST:
                            return None
                        problem = f"status {response.status_code}"
                        if not response.is_server_error and response.status_code not in _PASSES:
                            break
                    await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
                    pause = min(2 * pause, LONGEST_PAUSE)
        except TimeoutError:
            pass
        except ValueError:
            problem = "an answer that is not JSON"
        raise EmbedderUnavailable(f"Vertex AI failed ({problem}).")

    async def _headers(self) -> dict[str, str]:
        if self._token is None:
            return {}
        return {"Authorization": f"Bearer {await asyncio.to_thread(self._token.get)}"}


class _Token:
    """An access token of the application default credentials, renewed before it expires."""

    def __init__(self) -> None:
        self._credentials: Any = None
        self._lock = Lock()

    def get(self) -> str:
        """A valid token; raises `httpx.ConnectError` if there is none."""
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        with self._lock:
            try:
                if self._credentials is None:
                    self._credentials, _ = google.auth.default(scopes=_SCOPES)
                if not self._credentials.valid:
                    self._credentials.refresh(Request())
            except GoogleAuthError as error:
                # The message may name the account.
                raise httpx.ConnectError(type(error).__name__) from None
            return str(self._credentials.token)


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and (len(batch) == TEXTS_AT_ONCE or size + len(text) > CHARACTERS_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch

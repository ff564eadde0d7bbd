"""What traces cost: the API with them, against the same API without, through sockets."""

import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from unittest.mock import patch

from bench.harness import Figure
from bench.pairs import Pair
from bench.raw import RawStore
from bench.scale import Scale
from bench.wire.collector import collecting
from bench.wire.limit import SESSIONS, limit
from bench.wire.load import Request
from bench.wire.loader import loading
from bench.wire.measure import Caller, Subject, compare, operation, settled, turn
from bench.wire.served import served
from tests.integration.conftest import running

SHARES = {"every trace": "1", "one trace in twenty": "0.05"}
"""The shares of traces that are sent, and the sampler's arguments."""


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """A read and a write over many connections, which keep the server's processor busy. So a ratio shows how
    much more work a request is, including making, packing and sending its spans."""
    figures: list[Figure] = []
    async with collecting() as endpoint, loading() as loader, _port(pair) as plain:
        without = await _asked(pair, scale)
        for share, argument in SHARES.items():
            async with _traced(pair, endpoint, argument) as traced, _port(traced) as port:
                for name, requests in (await _asked(traced, scale)).items():
                    subject = Subject(f"{name}, {share}", requests, without[name], "no traces")
                    figures.append(
                        await compare(loader, port, subject, scale, reference_port=plain)
                    )
    return figures


@asynccontextmanager
async def _traced(pair: Pair, endpoint: str, share: str) -> AsyncIterator[Pair]:
    """Another API of the same kind that sends a share of its traces, with its own records if they are in
    files."""
    asked = {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint,
        "OTEL_TRACES_SAMPLER": "traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": share,
    }
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, asked):
        settings = pair.services.settings.model_copy(update={"data_dir": Path(folder)})
        async with running(settings) as api:
            yield Pair(api, RawStore(api.services.store))


@asynccontextmanager
async def _port(pair: Pair) -> AsyncIterator[int]:
    async with served(pair, limit(pair.services.store, {})) as port:
        yield port


async def _asked(pair: Pair, scale: Scale) -> dict[str, Sequence[Request]]:
    """The requests, one for each connection."""
    callers: list[Caller] = [
        await settled(pair, number, scale) for number in range(scale.connections)
    ]
    return {
        f"{SESSIONS} sessions": [
            operation("Sessions", each.user, first=SESSIONS) for each in callers
        ],
        "recording a turn": [
            operation("RecordTurn", each.user, input=turn(each)) for each in callers
        ],
    }

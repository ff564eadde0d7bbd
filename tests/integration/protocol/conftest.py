"""Fixtures for tests of the protocol."""

from collections.abc import Iterator

import pytest

from recollect.http import request_scheduler, streams


@pytest.fixture(scope="module")
def no_pauses() -> Iterator[None]:
    """Answer new and refused documents without the pause after each, for modules that send thousands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "REST", 0.0)
        patch.setattr(request_scheduler, "SUSPECTS_REST", 0.0)
        yield

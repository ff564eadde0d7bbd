"""Fixtures for every test (the emulators, started by the first test that needs them), and how property
tests draw their examples.

In the profile `fixed`, which is the default, each draws the same ones in every run; in `random`, which
`make test-random` chooses, others each time, and nothing but property tests is run. Both begin with what
failed before: here, by `.hypothesis`, and anywhere, by `tests/past_failures`.
"""

import gc
import os
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, is_hypothesis_test, seed, settings
from hypothesis.database import (
    DirectoryBasedExampleDatabase,
    MultiplexedDatabase,
    ReadOnlyDatabase,
)

pytest_plugins = ["tests.emulators.firestore", "tests.emulators.bigquery", "tests.mailbox"]

_ROOT = Path(__file__).parents[1]
_FAILURES = MultiplexedDatabase(
    DirectoryBasedExampleDatabase(_ROOT / ".hypothesis" / "examples"),
    ReadOnlyDatabase(DirectoryBasedExampleDatabase(_ROOT / "tests" / "past_failures")),
)

for _profile in ("fixed", "random"):
    # A machine may be slow at any moment: that is no failure.
    settings.register_profile(
        _profile,
        database=_FAILURES,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile("fixed")


@pytest.fixture(autouse=True, scope="module")
def what_lives_on_is_spared() -> None:
    """The garbage collector goes through all tests and modules no more, 600,000 objects that live until the
    end: that took half a second each time. What the product freezes and thaws by itself is frozen again."""
    # Counting what is frozen would go through it all.
    if len(gc.get_objects(generation=2)) > 100_000:
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def certificates_read_once() -> Iterator[None]:
    """httpx reads the certificates of all authorities for each client and each single request, for 27 ms,
    even where nothing is encrypted; tests that wait for a server ask it often."""
    contexts = cache(lambda _environment, *asked: httpx.create_ssl_context(*asked))

    def context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
        environment = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        made: ssl.SSLContext = contexts(environment, verify, cert, trust_env)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", context)
        yield


_EMULATED = {"firestore", "bigquery", "google", "firestore_address", "bigquery_endpoints"}
"""What tests that need an emulator have as a parameter or a fixture."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """What the Makefile chooses by."""
    parser.addoption("--without-emulators", action="store_true", help="leave out what needs one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not wanted; choose seeds and, by EXAMPLES, the number of examples."""
    if config.getoption("--without-emulators"):
        _keep(config, items, [item for item in items if not _is_emulated(item)])
    properties = [item for item in items if is_hypothesis_test(getattr(item, "obj", None))]
    fixed = settings.get_current_profile_name() == "fixed"
    if not fixed:
        _keep(config, items, properties)
        for item in properties:
            # Nor is it one that a search takes longer than any other test may, on such a machine.
            item.add_marker(pytest.mark.timeout(0), append=False)
    for test in {item.obj for item in properties if isinstance(item, pytest.Function)}:
        if fixed:
            seed(0)(test)
        if number := os.environ.get("EXAMPLES"):
            # Nothing public changes what a test says itself.
            own = test._hypothesis_internal_use_settings
            test._hypothesis_internal_use_settings = settings(own, max_examples=int(number))


def _is_emulated(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    values = parameters.params.values() if parameters else ()
    named = {
        *getattr(item, "fixturenames", ()),
        *(each for each in values if isinstance(each, str)),
    }
    return not named.isdisjoint(_EMULATED)


def _keep(config: pytest.Config, items: list[pytest.Item], kept: list[pytest.Item]) -> None:
    wanted = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
    items[:] = kept

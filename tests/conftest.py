"""Fixtures for every test (the emulators, started by the first test that needs them), and the profiles in
which property tests draw their examples.

In the profile `fixed`, the default, each test draws the same examples in every run; in `random`, which
`make test-random` selects, only property tests run, with different examples each time. Both begin with
examples that failed before: on this machine (`.hypothesis`) and on any (`tests/past_failures`).
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
    # A machine may be slow at any moment: that is not a failure.
    settings.register_profile(
        _profile,
        database=_FAILURES,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile("fixed")


@pytest.fixture(autouse=True, scope="module")
def freeze_test_objects() -> None:
    """Keep the garbage collector from traversing all tests and modules: 600,000 objects that live until the
    end, half a second each time. Objects that the product itself freezes and unfreezes are frozen again."""
    # Counting the frozen objects would traverse all of them.
    if len(gc.get_objects(generation=2)) > 100_000:
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def certificates_read_once() -> Iterator[None]:
    """httpx reads the certificates of all authorities for each client and each single request, which takes
    27 ms even without encryption; tests that wait for a server send many requests."""
    contexts = cache(lambda _environment, *asked: httpx.create_ssl_context(*asked))

    def context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
        environment = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        made: ssl.SSLContext = contexts(environment, verify, cert, trust_env)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", context)
        yield


_EMULATED = {"firestore", "bigquery", "google", "firestore_address", "bigquery_endpoints"}
"""The parameters and fixtures by which tests that need an emulator are recognised."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option by which the Makefile selects tests."""
    parser.addoption("--without-emulators", action="store_true", help="leave out what needs one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out unwanted tests; set seeds and, if EXAMPLES is set, the number of examples."""
    if config.getoption("--without-emulators"):
        _keep(config, items, [item for item in items if not _is_emulated(item)])
    properties = [item for item in items if is_hypothesis_test(getattr(item, "obj", None))]
    fixed = settings.get_current_profile_name() == "fixed"
    if not fixed:
        _keep(config, items, properties)
        for item in properties:
            # Nor is it a failure if a search on such a machine takes longer than other tests may.
            item.add_marker(pytest.mark.timeout(0), append=False)
    for test in {item.obj for item in properties if isinstance(item, pytest.Function)}:
        if fixed:
            seed(0)(test)
        if number := os.environ.get("EXAMPLES"):
            # No public API changes the settings of a single test.
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

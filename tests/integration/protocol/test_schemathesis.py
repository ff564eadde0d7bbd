"""Generated operations, valid and invalid, never make the server fail."""

from collections import Counter
from collections.abc import Iterator
from math import ceil
from typing import Any

import pytest
import requests
import schemathesis
from graphql import parse_value
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from tests.e2e.served_api import ServedApi
from tests.integration.protocol.generated import JSON_VALUES, literal

CASES = 500
STATUSES = {200, 400}
PATIENCE_SECONDS = 120
"""How long an answer may take on a busy machine; Schemathesis gives 10 s."""

schemathesis.graphql.scalar("JSON", JSON_VALUES.map(lambda value: parse_value(literal(value))))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    served = ServedApi(tmp_path_factory.mktemp("generated"))
    with served.running():
        yield f"{served.url}/graphql"


def test_no_generated_operation_makes_the_server_fail(url: str) -> None:
    schema = schemathesis.graphql.from_url(url)
    operations = [(root, field) for root in ("Query", "Mutation") for field in schema[root]]
    modes = list(GenerationMode)
    # Half as many more, because a few operations have fewer distinct cases.
    each = ceil(1.5 * CASES / len(operations) / len(modes))
    codes: Counter[str] = Counter()
    with requests.Session() as session:
        for root, field in operations:
            for mode in modes:
                cases = schema[root][field].as_strategy(mode)
                _send(cases, each, session, codes)
    assert codes.total() >= CASES
    assert codes["answered"] >= CASES / 10


def _send(cases: Any, number: int, session: requests.Session, codes: Counter[str]) -> None:
    @settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def send(case: Any) -> None:
        response = case.call(session=session, timeout=PATIENCE_SECONDS)
        assert response.status_code in STATUSES, response.text
        errors = response.json().get("errors", ())
        found = {error["extensions"]["code"] for error in errors} or {"answered"}
        assert not found & {"INTERNAL", "UNAVAILABLE"}, response.text
        codes[min(found)] += 1

    send()

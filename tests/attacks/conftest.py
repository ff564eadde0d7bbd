"""One production server for all attacks."""

from collections.abc import Iterator

import pytest

from tests.attacks.production import Server, production
from tests.emulators.bigquery import BigQueryEndpoints
from tests.issuer import Issuer


@pytest.fixture(scope="package")
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture(scope="package")
def server(
    firestore_address: str,
    bigquery_endpoints: BigQueryEndpoints,
    issuer: Issuer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("production")
    with production(folder, firestore_address, bigquery_endpoints, issuer) as running:
        yield running

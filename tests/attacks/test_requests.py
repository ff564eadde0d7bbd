"""No request of one caller stops the process for the rest."""

import pytest

from tests.attacks.production import Server
from tests.attacks.requests import ATTACKS, Attack

STALL_SECONDS = 1.0
GROWTH = 100_000_000


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_hostile_request_is_refused_and_stops_nobody(server: Server, attack: Attack) -> None:
    body = attack.body()
    with server.watched() as watch:
        response = server.send(body)
    assert attack.answer in response.text[:10_000], response.text[:1_000]
    assert response.status_code in (200, 400)
    assert len(response.content) < 100_000
    assert watch.stall < STALL_SECONDS
    assert watch.grown < GROWTH

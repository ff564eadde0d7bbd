"""No request of one caller stops the process for the rest."""

from itertools import count

import pytest

from schema import build_schema
from tests.attacks import soak
from tests.attacks.production import Server
from tests.attacks.requests import ATTACKS, MARKS, SEARCH, Attack, graphql


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_hostile_request_is_refused_and_stops_nobody(server: Server, attack: Attack) -> None:
    body = attack.body()

    def send() -> None:
        response = server.send(body)
        assert attack.answer in response.text[:10_000], response.text[:1_000]
        assert response.status_code in (200, 400)
        assert len(response.content) < 100_000

    server.withstands(send)


def test_a_stored_text_of_combining_marks_stops_nobody_when_it_is_searched(server: Server) -> None:
    """Normalising it took 3.7 s, at each search and when it was mirrored."""
    record = (
        "mutation ($input: RecordConversationInput!) { recordConversation(input: $input) "
        "{ conversation { id } userErrors { message } } }"
    )
    turn = {"query": "Needle", "response": "a" + MARKS * 30_000}

    def record_and_search() -> None:
        recorded = server.send(graphql(record, input=turn), user="marks")
        assert recorded.json()["data"]["recordConversation"]["conversation"], recorded.text
        for _ in range(3):
            found = server.send(graphql(SEARCH, query="needle"), user="marks")
            assert found.json()["data"], found.text

    server.withstands(record_and_search)


def test_who_goes_on_with_it_is_told_to_wait_and_others_are_not(server: Server) -> None:
    body = ATTACKS["1.7 million objects as ids"].body()
    names = (f"stubborn-{number}" for number in count())

    def go_on() -> None:
        name = next(names)
        statuses = [server.send(body, user=name).status_code]
        while statuses[-1] != 429 and len(statuses) < 200:
            statuses.append(server.send(body, user=name).status_code)
        assert server.send(graphql("{ viewer { id } }"), user="patient").status_code == 200
        assert statuses[0] == 400
        assert statuses[-1] == 429

    server.withstands(go_on)


@pytest.mark.parametrize("document", [soak.RECORD, soak.LIST, soak.OPEN, soak.PREFERENCES])
def test_the_honest_users_of_the_soak_ask_for_what_there_is(document: str) -> None:
    assert build_schema().faults(document) == []

"""Search over both warehouses means what `analytics.search_text.matches` means."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.search import END, Candidate, find
from analytics.search_text import matches, patterns, search_text
from analytics.warehouse.port import Warehouse
from tests.contract.warehouses.helpers import DAY, T0, session, turn

pytest_plugins = ["tests.contract.warehouses.fixtures"]


async def ids(warehouse: Warehouse, query: str, uid: str = "anna") -> set[str]:
    found = await find(warehouse, uid, patterns(query), END, 1000)
    return {candidate.conversation_id or candidate.session_id for candidate in found}


async def test_turns_are_found_by_question_and_answer(warehouse: Warehouse) -> None:
    await warehouse.append([turn("rain"), turn("snow", query="What is snow?", response="Ice.")])
    assert await ids(warehouse, "rain") == {"rain"}
    assert await ids(warehouse, "ice") == {"snow"}
    assert await ids(warehouse, "what is") == {"rain", "snow"}


async def test_a_model_narrows_the_search_to_turns_that_it_answered(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            turn("large", model="gpt-4o"),
            turn("small", model="gpt-4o-mini"),
            turn("awaited", change_seq=T0 + 1),
            turn("awaited", change_seq=T0 + 2, model="gpt-4o"),
            turn("unknown"),
            session(title="Rain"),
        ]
    )
    found = await find(warehouse, "anna", patterns("rain"), END, 10, model="gpt-4o")
    assert {candidate.conversation_id for candidate in found} == {"large", "awaited"}
    assert await ids(warehouse, "rain") == {"large", "small", "awaited", "unknown", "s1"}


async def test_sessions_are_found_by_title(warehouse: Warehouse) -> None:
    await warehouse.append([session("s1", title="Trip to Rome"), session("s2", title="Cooking")])
    assert await find(warehouse, "anna", patterns("rome"), END, 10) == [Candidate(T0, "s1")]


async def test_every_word_must_match_and_the_last_as_a_prefix(warehouse: Warehouse) -> None:
    await warehouse.append([turn("both", query="alpha beta gamma"), turn("one", query="alpha")])
    assert await ids(warehouse, "gamma alp") == {"both"}
    assert await ids(warehouse, "alp beta") == set()
    assert await ids(warehouse, "alpha zeta") == set()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("明日の天気はどうですか", "天気"),
        ("Straße nach Köln", "STRASSE köl"),
        ("\ufb01ne \uff26\uff55\uff4c\uff4c", "fine full"),
        ("สวัสดีชาวโลก", "ชาว"),
        ("İstanbul'da hava", "i\u0307stanbul"),
        ("שלום עולם", "עולם"),
        ("nul\0byte 'quoted' \"twice\" 100% _x_ \\", "byte twice 100"),
        ("emoji 🙂 end", "emoji end"),
        ("𠮷野家で食べる", "𠮷野"),
    ],
)
async def test_text_of_many_scripts_is_found(warehouse: Warehouse, text: str, query: str) -> None:
    await warehouse.append([turn("it", query=text), turn("other", query="something else")])
    assert await ids(warehouse, query) == {"it"}


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    texts=st.lists(st.text(alphabet="aAbß天気 _%'\"\0é", max_size=12), min_size=5, max_size=20),
    query=st.text(alphabet="aAbß天気 é", min_size=1, max_size=4),
    salt=st.uuids(),
)
async def test_the_warehouse_agrees_with_the_predicate(
    warehouse: Warehouse, texts: list[str], query: str, salt: object
) -> None:
    await warehouse.append([turn(f"c{n}", uid=str(salt), query=t) for n, t in enumerate(texts)])
    expected = {
        f"c{n}"
        for n, text in enumerate(texts)
        if patterns(query) and matches(search_text(text, "Water that falls."), patterns(query))
    }
    assert await ids(warehouse, query, str(salt)) == expected


async def test_results_come_newest_first_and_pages_meet_without_gap(warehouse: Warehouse) -> None:
    turns = [
        turn(f"c{n}", session_id=f"s{n % 3}", timestamp=T0 + n // 4, search_text=" rain ")
        for n in range(24)
    ]
    titles = [session(f"s{n}", created_at=T0 + n, title="rain") for n in range(6)]
    await warehouse.append([*turns, *titles])
    everything = await find(warehouse, "anna", [" rain"], END, 100)
    positions = [candidate.position for candidate in everything]
    assert len(everything) == 30
    assert positions == sorted(positions, reverse=True)

    paged: list[Candidate] = []
    before = END
    while page := await find(warehouse, "anna", [" rain"], before, 7):
        paged += page
        before = page[-1].position
    assert paged == everything


async def test_versions_of_a_turn_are_one_candidate(warehouse: Warehouse) -> None:
    await warehouse.append([turn(change_seq=T0 + n, response=f"rain {n}") for n in range(5)])
    assert len(await find(warehouse, "anna", [" rain"], END, 10)) == 1


async def test_tombstones_and_rows_without_text_are_not_found(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            turn("gone", deleted=True),
            turn("silent", query=None, response=None, search_text=None),
            session("trash", status="deleted", title=None, search_text=None),
        ]
    )
    assert await ids(warehouse, "rain") == set()


async def test_only_the_users_own_records_are_found(warehouse: Warehouse) -> None:
    await warehouse.append([turn("mine"), turn("theirs", uid="bert")])
    assert await ids(warehouse, "rain") == {"mine"}


async def test_search_is_bounded_by_time(warehouse: Warehouse) -> None:
    await warehouse.append([turn(f"c{day}", timestamp=T0 + day * DAY) for day in range(5)])
    found = await find(warehouse, "anna", [" rain "], (T0 + 3 * DAY, "", ""), 10, since=T0 + DAY)
    assert [candidate.conversation_id for candidate in found] == ["c2", "c1"]


async def test_a_query_without_words_finds_nothing(warehouse: Warehouse) -> None:
    await warehouse.append([turn()])
    assert await find(warehouse, "anna", patterns("?!"), END, 10) == []

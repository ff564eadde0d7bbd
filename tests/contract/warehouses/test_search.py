"""Search in both warehouses finds what `analytics.search_text.matches` accepts."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.search import END, Candidate, Position, Scope, best, nearest_words, newest
from analytics.search_query import SearchQuery, matches, parse
from analytics.search_text import search_text
from analytics.warehouse.port import Warehouse
from tests.contract.warehouses.helpers import DAY, T0, session, turn

pytest_plugins = ["tests.contract.warehouses.fixtures"]


async def find(
    warehouse: Warehouse,
    query: str | SearchQuery,
    before: Position = END,
    limit: int = 1000,
    *,
    uid: str = "anna",
    since: int = 0,
) -> list[Candidate]:
    asked = parse(query) if isinstance(query, str) else query
    return await newest(warehouse, asked, Scope(uid=uid, before=before, since=since), limit)


async def ids(warehouse: Warehouse, query: str, uid: str = "anna") -> set[str]:
    found = await find(warehouse, query, uid=uid)
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
    found = await find(warehouse, "rain model:gpt-4o")
    assert {candidate.conversation_id for candidate in found} == {"large", "awaited"}
    assert await ids(warehouse, "rain") == {"large", "small", "awaited", "unknown", "s1"}


async def test_sessions_are_found_by_title(warehouse: Warehouse) -> None:
    await warehouse.append([session("s1", title="Trip to Rome"), session("s2", title="Cooking")])
    assert [each.position for each in await find(warehouse, "rome")] == [(T0, "s1", "")]


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
    terms = parse(query).terms
    expected = {
        f"c{n}"
        for n, text in enumerate(texts)
        if terms and matches(search_text(text, "Water that falls."), terms)
    }
    assert await ids(warehouse, query, str(salt)) == expected


async def test_results_come_newest_first_and_pages_meet_without_gap(warehouse: Warehouse) -> None:
    turns = [
        turn(f"c{n}", session_id=f"s{n % 3}", timestamp=T0 + n // 4, search_text=" rain ")
        for n in range(24)
    ]
    titles = [session(f"s{n}", created_at=T0 + n, title="rain") for n in range(6)]
    await warehouse.append([*turns, *titles])
    everything = await find(warehouse, "rain")
    positions = [candidate.position for candidate in everything]
    assert len(everything) == 30
    assert positions == sorted(positions, reverse=True)

    paged: list[Position] = []
    before = END
    while page := await find(warehouse, "rain", before, 7):
        paged += [candidate.position for candidate in page]
        before = paged[-1]
    assert paged == positions


async def test_versions_of_a_turn_are_one_candidate(warehouse: Warehouse) -> None:
    await warehouse.append([turn(change_seq=T0 + n, response=f"rain {n}") for n in range(5)])
    assert len(await find(warehouse, "rain")) == 1


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
    found = await find(warehouse, "rain", (T0 + 3 * DAY, "", ""), 10, since=T0 + DAY)
    assert [candidate.conversation_id for candidate in found] == ["c2", "c1"]


async def test_a_query_without_words_finds_nothing(warehouse: Warehouse) -> None:
    await warehouse.append([turn()])
    assert await find(warehouse, "?!") == []


async def test_words_are_found_in_other_forms_and_without_their_accents(
    warehouse: Warehouse,
) -> None:
    await warehouse.append(
        [turn("de", query="Die Zürcher Rechnungen?"), turn("en", query="Two invoices")]
    )
    assert await ids(warehouse, "zurcher rechnung") == {"de"}
    assert await ids(warehouse, "invoice") == {"en"}


async def test_a_row_of_the_first_rule_is_still_found(warehouse: Warehouse) -> None:
    await warehouse.append([turn("old", search_text=" die zürcher züge ")])
    for query in (
        "zürcher",
        "züge die",
        "zür",
        "züge from:answer",
        "züge from:me",
        '"zürcher züge"',
    ):
        assert await ids(warehouse, query) == {"old"}, query


async def test_phrases_excluded_words_and_sides_narrow_a_search(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            turn("a", query="new york", response="A city."),
            turn("b", query="york is new", response="A town in the city's place."),
        ]
    )
    assert await ids(warehouse, '"new york"') == {"a"}
    assert await ids(warehouse, "york -town") == {"a"}
    assert await ids(warehouse, 'city -"new york"') == {"b"}
    assert await ids(warehouse, "york from:answer") == set()
    assert await ids(warehouse, "city from:answer") == {"a", "b"}
    assert await ids(warehouse, "city from:me") == set()


async def test_sessions_narrow_a_search(warehouse: Warehouse) -> None:
    await warehouse.append([turn("a", session_id="s1"), turn("b", session_id="s2"), session("s1")])
    for sessions, expected in ((["s2"], {"b"}), ([], set()), (None, {"a", "b"})):
        scope = Scope(uid="anna", sessions=sessions)
        found = await newest(warehouse, parse("rain"), scope, 10)
        assert {each.conversation_id for each in found} == expected


async def test_the_best_comes_first_by_frequency_rarity_field_and_recency(
    warehouse: Warehouse,
) -> None:
    filler = [turn(f"f{n}", query="a common word", response="and more") for n in range(20)]
    turns = {
        "often": turn("often", query="x", response="tide tide tide"),
        "once": turn("once", query="x", response="tide and other things"),
        "asked": turn("asked", query="a harbour", response="and"),
        "said": turn("said", query="and", response="a harbour"),
        "old": turn("old", query="lighthouse", timestamp=T0 - 400 * DAY),
        "new": turn("new", query="lighthouse", timestamp=T0),
    }
    await warehouse.append([*filler, *turns.values()])

    async def ranked(query: str) -> list[str | None]:
        found = await best(warehouse, parse(query), Scope(uid="anna"), 50, now=T0)
        return [each.conversation_id for each in found]

    assert await ranked("tide") == ["often", "once"]
    assert await ranked("harbour") == ["asked", "said"]
    assert await ranked("lighthouse") == ["new", "old"]


async def test_no_other_user_s_turns_weigh_a_word(warehouse: Warehouse) -> None:
    """A word's rarity among all users would reveal what others write."""
    await warehouse.append([turn("a", query="tide"), turn("b", query="harbour")])
    before = await best(warehouse, parse("tide"), Scope(uid="anna"), 5, now=T0)
    await warehouse.append([turn(f"x{n}", uid="bert", query="tide tide") for n in range(50)])
    assert await best(warehouse, parse("tide"), Scope(uid="anna"), 5, now=T0) == before


async def test_the_nearest_of_the_user_s_own_words_is_found(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            turn("a", query="Fibonacci numbers", response="invoice invoice"),
            turn("b", query="invoice"),
            turn("c", query="involve", uid="bert"),
            turn("d", query="lighthouse", deleted=True),
        ]
    )
    wanted = ["fibonnaci", "invoce", "invoice", "nombers", "involve", "lighthose", "zzzzzz"]
    assert await nearest_words(warehouse, "anna", wanted) == {
        "fibonnaci": "fibonacci",
        "invoce": "invoice",
        "invoice": "invoice",
        "nombers": "numbers",
        "involve": "invoice",
    }
    assert await nearest_words(warehouse, "carla", wanted) == {}

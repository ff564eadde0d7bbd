"""The view of turns says which turns are on the path that their session shows."""

from analytics.mirror.row_mapping import position_text, shown_path
from analytics.warehouse.port import Warehouse
from stores.records import BRANCH_PLACES, Branch
from tests.contract.records import session as session_record
from tests.contract.warehouses.helpers import T0, session, turn

pytest_plugins = ["tests.contract.warehouses.fixtures"]

FORK = Branch(number=1, parent=0, at=T0 + 1, at_id="red", beside="red", first="blue")


def shown(number: int) -> str | None:
    return shown_path(session_record(branches=[FORK], shown_branch=number))


async def on_path(warehouse: Warehouse) -> dict[str, bool]:
    rows = await warehouse.query(
        "conversation_history", {"uid": "anna", "since": 0, "until": 2**51}
    )
    return {row["conversation_id"]: row["on_shown_path"] for row in rows}


async def test_a_choice_moves_the_path_and_touches_no_turn(warehouse: Warehouse) -> None:
    places = {"blue": BRANCH_PLACES + T0, "navy": BRANCH_PLACES + T0 + 1}
    # The first three were mirrored before there were branches.
    rows = [turn(each, timestamp=T0 + n) for n, each in enumerate(("colours", "red", "rose"))]
    rows += [
        turn(
            each,
            timestamp=T0 + 9,
            branch_id=1,
            replaces_conversation_id="red" if each == "blue" else None,
            path_position=position_text((place, each)),
        )
        for each, place in places.items()
    ]
    await warehouse.append([session(), *rows])
    everything = dict.fromkeys(("colours", "red", "rose", "blue", "navy"), True)
    assert await on_path(warehouse) == everything
    await warehouse.append([session(change_seq=T0 + 1, shown_path=shown(1))])
    assert await on_path(warehouse) == everything | {"red": False, "rose": False}
    await warehouse.append([session(change_seq=T0 + 2, shown_path=shown(0))])
    assert await on_path(warehouse) == everything | {"blue": False, "navy": False}
    found = await warehouse.query(
        "conversation_history", {"uid": "anna", "since": 0, "until": 2**51}
    )
    told = {
        row["conversation_id"]: (row["branch_id"], row["replaces_conversation_id"]) for row in found
    }
    assert (told["blue"], told["rose"]) == ((1, "red"), (0, None))


async def test_a_session_of_two_hundred_branches_is_no_different(warehouse: Warehouse) -> None:
    nested = [
        Branch(number=n, parent=n - 1, at=BRANCH_PLACES * (n - 1) + T0 + 1, at_id=f"b{n - 1}")
        for n in range(1, 201)
    ]
    text = shown_path(session_record(branches=nested, shown_branch=200))
    rows = [
        turn(
            f"{name}{n}",
            timestamp=T0,
            branch_id=n,
            path_position=position_text((BRANCH_PLACES * n + T0 + at, f"{name}{n}")),
        )
        for n in range(201)
        for at, name in enumerate("ab")
    ]
    await warehouse.append([session(shown_path=text), *rows])
    assert {each for each, shown in (await on_path(warehouse)).items() if shown} == {
        *(f"a{n}" for n in range(201)),
        "b200",
    }

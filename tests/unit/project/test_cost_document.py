"""docs/cost.md has the tables that bench/cost.py makes, and its arithmetic is right."""

from math import isclose

import pytest

from bench import cost


def test_the_tables_of_the_document_are_current() -> None:
    text = cost.DOCUMENT.read_text()
    assert text == cost.written(text), "run `python -m bench.cost --write`"
    for name in cost.tables():
        assert text.count(f"<!-- {name}: written by bench.cost -->") == 1


def test_what_is_free_is_free_and_the_rest_has_its_price() -> None:
    assert cost.price("read", 100_000) == pytest.approx(0.06)
    assert cost.price("appended", cost.TIB) == 0
    assert cost.price("appended", 3 * cost.TIB) == pytest.approx(1024 * 0.025)


def test_every_action_happens_and_a_bill_has_the_same_parts_in_every_design() -> None:
    assert cost.PER_TURN.keys() == cost.ACTIONS.keys()
    (parts,) = {tuple(design(1000)) for design in cost.DESIGNS.values()}
    assert len(parts) == 7


def test_operations_grow_with_turns_and_what_always_runs_does_not() -> None:
    small, large = cost.recollect(100_000), cost.recollect(200_000)
    standing = cost.recollect(0)
    assert standing["Cloud Run"] == small["Cloud Run"]
    assert isclose(
        large["Firestore operations"] - small["Firestore operations"],
        small["Firestore operations"] - standing["Firestore operations"],
    )

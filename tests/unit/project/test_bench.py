"""The benchmark harness, with a subject that takes no time."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest
from click.testing import CliRunner

from bench import __main__ as command
from bench.harness import Figure, Timing, compare
from bench.pairs import Pair
from bench.peers import __main__ as peers
from bench.plots import main as draw
from bench.report import as_json, table
from bench.scale import QUICK, Scale
from tests.emulators.firestore import EmulatorMissing

FIGURE = Figure(
    name="draining",
    against="appending",
    subject=Timing(median=30.0, p95=50.0, p99=60.0),
    reference=Timing(median=20.0, p95=25.0, p99=26.0),
    repetitions=3,
    rows=600,
)


async def ran(repetitions: int, warm_up: int) -> tuple[Figure, list[str]]:
    calls: list[str] = []

    async def subject() -> None:
        calls.append("subject")

    async def reference() -> None:
        calls.append("reference")

    async def before() -> None:
        calls.append("before")

    figure = await compare(
        "a",
        subject,
        "b",
        reference,
        repetitions=repetitions,
        warm_up=warm_up,
        before=before,
    )
    return figure, calls


async def test_subject_and_reference_run_in_turns_and_each_goes_first_half_the_time() -> None:
    _, calls = await ran(repetitions=4, warm_up=0)
    pairs = [calls[start : start + 3] for start in range(0, len(calls), 3)]
    assert pairs == 2 * [["before", "reference", "subject"], ["before", "subject", "reference"]]


async def test_a_warm_up_runs_both_sides_and_is_not_measured() -> None:
    figure, calls = await ran(repetitions=2, warm_up=3)
    assert calls.count("subject") == calls.count("reference") == 5
    assert figure.repetitions == 2


async def test_an_error_of_a_subject_ends_the_measuring() -> None:
    async def fails() -> None:
        raise RuntimeError("not what was asked for")

    with pytest.raises(RuntimeError, match="not what was asked for"):
        await compare("a", fails, "b", fails, repetitions=1)


def test_a_timing_is_the_median_and_the_nearest_ranked_percentiles() -> None:
    assert Timing.of([n / 1000 for n in range(100, 0, -1)]) == Timing(
        median=50.5, p95=95.0, p99=99.0
    )
    assert Timing.of([0.002]) == Timing(median=2.0, p95=2.0, p99=2.0)


def test_the_table_shows_the_ratio_the_rate_and_what_was_skipped() -> None:
    text = table({"here": [FIGURE]}, {"there": "install it"})
    _, line, _, skipped = text.splitlines()
    assert (
        " ".join(line.split())
        == "draining 30.00 50.00 60.00 20,000 appending 20.00 25.00 26.00 30,000 1.50"
    )
    assert skipped == "there: skipped: install it"


def test_the_json_has_every_figure_with_its_place() -> None:
    found = json.loads(json.dumps(as_json({"here": [FIGURE]}, {"there": "install it"})))
    assert found["skipped"] == {"there": "install it"}
    assert found["figures"] == [
        {
            "place": "here",
            "name": "draining",
            "against": "appending",
            "ratio": 1.5,
            "repetitions": 3,
            "subject": {
                "median_ms": 30.0,
                "p95_ms": 50.0,
                "p99_ms": 60.0,
                "per_second": 20000,
            },
            "reference": {
                "median_ms": 20.0,
                "p95_ms": 25.0,
                "p99_ms": 26.0,
                "per_second": 30000,
            },
        }
    ]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    async def measure(place: Pair, scale: Scale) -> Sequence[Figure]:
        figure, _ = await ran(scale.repetitions, warm_up=1)
        return [figure]

    @asynccontextmanager
    async def nowhere() -> AsyncIterator[Pair]:
        yield cast(Pair, None)

    monkeypatch.setattr(command, "SUBJECTS", {"fake": measure})
    monkeypatch.setattr(command, "embedded", nowhere)


def figures(text: str) -> Any:
    return [(each["name"], each["repetitions"]) for each in json.loads(text)["figures"]]


@pytest.mark.usefixtures("fake")
def test_a_quick_run_writes_the_table_and_the_json_file(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    result = CliRunner().invoke(command.main, ["--quick", "--json", str(file)])
    assert result.exit_code == 0, result.output
    assert "median ms" in result.stdout
    assert figures(file.read_text()) == [("a", QUICK.repetitions)]


@pytest.mark.usefixtures("fake")
def test_json_for_the_standard_output_is_alone_there() -> None:
    result = CliRunner().invoke(command.main, ["--quick", "--json", "-"])
    assert result.exit_code == 0, result.output
    assert figures(result.stdout) == [("a", QUICK.repetitions)]


def test_a_peer_that_is_not_installed_is_left_out_with_a_line_that_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.peers.environments._ROOT", tmp_path)
    monkeypatch.setattr(peers, "firestore_emulator", missing)
    ran = CliRunner().invoke(peers.main, ["--quick"])
    assert ran.exit_code == 0
    assert "LangGraph dev server (in memory): skipped: not installed: run `make " in ran.output
    assert "Firestore: skipped: install a JRE" in ran.output


def missing() -> NoReturn:
    raise EmulatorMissing("install a JRE")


def test_a_plot_has_the_figures_that_were_asked_for_of_all_files(tmp_path: Path) -> None:
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file, place in zip(files, ("here", "there"), strict=True):
        file.write_text(
            json.dumps(as_json({place: [FIGURE, replace(FIGURE, name="left out")]}, {}))
        )
    drawn = tmp_path / "plot.svg"

    done = CliRunner().invoke(draw, [*map(str, files), "-o", str(drawn), "--only", "drain"])

    assert done.exit_code == 0, done.output
    svg = drawn.read_text()
    for shown in ("here", "there", "draining", "appending", "1.50"):
        assert f">{shown}<" in svg
    assert "left out" not in svg


def test_a_plot_of_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(as_json({"here": [FIGURE]}, {})))

    done = CliRunner().invoke(draw, [str(file), "-o", str(tmp_path / "x.svg"), "--only", "other"])

    assert done.exit_code == 2
    assert "no figure has such a name" in done.output

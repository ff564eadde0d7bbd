"""The simulation of the mirror behaves as queues do."""

from typing import Any

from click.testing import CliRunner

from bench.pairs import embedded
from bench.simulate import main, measured
from bench.simulation import Costs, Outcome, Scenario, Simulation

COSTS = Costs(cpu_of_mark=0.0005, rows_of_mark=2, bytes_of_row=1500)


def simulated(costs: Costs = COSTS, **given: Any) -> Outcome:
    scenario: dict[str, Any] = {"writes": 1000, "exporters": 1, "seconds": 20, **given}
    return Simulation(Scenario(**scenario), costs).run()


def test_an_exporter_with_time_to_spare_keeps_up() -> None:
    found = simulated(writes=500)
    assert found.waiting < 500
    assert 0 < found.lag(0.5) <= found.lag(0.99) < 2
    assert found.lags.total() == found.exported
    assert abs(found.written - 500 * 20) < 500
    assert abs(found.busy - found.exported * COSTS.cpu_of_mark) < 0.5


def test_an_exporter_does_no_more_than_its_cpu_allows() -> None:
    found = simulated(writes=5000)
    most = 20 / COSTS.cpu_of_mark
    assert 0.9 * most < found.exported <= most
    assert found.waiting > 5000 * 20 - most - 1000
    assert found.lag(0.99) > 5


def test_two_exporters_do_twice_as_much_and_those_without_a_range_nothing() -> None:
    one, two = (simulated(writes=20_000, exporters=number).exported for number in (1, 2))
    assert 1.8 < two / one < 2.2
    sixteen, forty = (
        simulated(writes=100_000, seconds=3, exporters=number).exported for number in (16, 40)
    )
    assert sixteen == forty
    finer = simulated(writes=100_000, seconds=3, exporters=40, ranges=256).exported
    assert finer > 1.5 * sixteen


def test_no_more_is_appended_than_the_quota_allows() -> None:
    quota = 1_000_000
    found = simulated(writes=1000, append_quota=quota)
    acknowledged = found.exported * COSTS.rows_of_mark * COSTS.bytes_of_row
    assert acknowledged <= quota * 20
    assert found.waiting > 10_000


def test_marks_of_a_killed_exporter_wait_for_its_leases_and_none_is_lost() -> None:
    calm = simulated(exporters=4, seconds=60)
    found = simulated(exporters=4, seconds=60, killed_at=5)
    assert calm.lag(0.99) < 1
    assert 25 < found.lag(1) < 40
    assert found.lag(0.5) < 1
    assert found.waiting < 1000


def test_a_seed_gives_the_same_run() -> None:
    first, again, other = (simulated(seed=seed) for seed in (1, 1, 2))
    assert (first.lags, first.requests) == (again.lags, again.requests)
    assert first.lags != other.lags


def test_the_command_tries_more_and_more_exporters_in_todays_ranges_and_in_finer_ones() -> None:
    done = CliRunner().invoke(main, ["--cpu-us", "1000", "--writes", "4000", "--seconds", "3"])
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.output.splitlines()[3:]]
    assert [(row[1], row[2]) for row in rows] == [
        *(("16", str(2**n)) for n in range(5)),
        *(("256", str(2**n)) for n in range(9)),
    ]
    assert (rows[0][3], rows[4][3]) == ("no", "yes")


async def test_a_mark_costs_what_the_exporter_really_does_for_it() -> None:
    async with embedded() as pair:
        costs = await measured(pair, 20)
    assert costs.rows_of_mark == 2
    assert 500 < costs.bytes_of_row < 5000
    assert costs.cpu_of_mark > 0

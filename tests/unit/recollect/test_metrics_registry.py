"""Whoever reads metrics sees every observation that was made before."""

from prometheus_client import Histogram, generate_latest

from recollect.metrics.registry import AT_ONCE, BatchingRegistry


def test_every_observation_is_counted_once_however_the_metrics_are_read() -> None:
    registry = BatchingRegistry()
    seconds = Histogram("seconds", "Some time.", ("part",), registry=registry)
    made = 0
    for more in (1, AT_ONCE - 2, 1, 1, 2 * AT_ONCE, 0):
        for _ in range(more):
            registry.observe(seconds.labels("store"), 0.5)
        made += more
        assert registry.get_sample_value("seconds_count", {"part": "store"}) == made
        assert registry.get_sample_value("seconds_sum", {"part": "store"}) == made / 2
    for reader in (registry, registry.restricted_registry(["seconds_count"])):
        assert f'seconds_count{{part="store"}} {made}.0' in generate_latest(reader).decode()
    registry.observe(seconds.labels("store"), 0.5)
    only = registry.restricted_registry(["seconds_count"])
    assert f'seconds_count{{part="store"}} {made + 1}.0' in generate_latest(only).decode()

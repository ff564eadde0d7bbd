"""The figures as a table and as JSON."""

import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from bench.harness import Figure, Timing

Results: TypeAlias = Mapping[str, Sequence[Figure]]
"""Figures by the place where they were measured."""

TIMES = ("median ms", "p95", "p99")
HEADINGS = ("", *TIMES, "per s", "against", *TIMES, "per s", "ratio", "peak MB")


def table(results: Results, skipped: Mapping[str, str]) -> str:
    """One line per figure; the ratio is what counts: it is the same on a slower machine."""
    parts = [_section(place, figures) for place, figures in results.items()]
    parts += [f"{place}: skipped: {why}" for place, why in skipped.items()]
    return "\n\n".join(parts)


def as_json(results: Results, skipped: Mapping[str, str]) -> dict[str, Any]:
    """All that was measured, times in milliseconds."""
    return {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "figures": [
            {"place": place, **_figure(figure)}
            for place, figures in results.items()
            for figure in figures
        ],
        "skipped": dict(skipped),
    }


def _section(place: str, figures: Sequence[Figure]) -> str:
    lines = [(place, *HEADINGS[1:]), *map(_line, figures)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index in (0, HEADINGS.index("against")) else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _line(figure: Figure) -> tuple[str, ...]:
    subject, reference = figure.subject, figure.reference
    return (
        figure.name,
        *_cells(subject, figure.rows),
        figure.against,
        *_cells(reference, figure.rows),
        f"{figure.ratio:.2f}",
        f"{subject.peak_mb:,.0f}" if subject.peak_mb else "",
    )


def _cells(timing: Timing, rows: int | None) -> tuple[str, ...]:
    rate = _rate(rows, timing)
    return (
        *(f"{each:.2f}" for each in (timing.median, timing.p95, timing.p99)),
        f"{rate:,.0f}" if rate else "",
    )


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "against": figure.against,
        "ratio": round(figure.ratio, 3),
        "repetitions": figure.repetitions,
        "subject": _timing(figure.subject, figure.rows),
        "reference": _timing(figure.reference, figure.rows),
    }


def _timing(timing: Timing, rows: int | None) -> dict[str, float]:
    found = {"median_ms": round(timing.median, 3), "p95_ms": round(timing.p95, 3)}
    found |= {"p99_ms": round(timing.p99, 3)}
    if rate := _rate(rows, timing):
        found["per_second"] = round(rate)
    if timing.peak_mb:
        found["peak_mb"] = round(timing.peak_mb)
    return found


def _rate(rows: int | None, timing: Timing) -> float | None:
    """Rows, or else requests, per second; None if only one was done at a time."""
    return rows / timing.median * 1000 if rows else timing.per_second

"""`python -m bench.plots results.json … -o docs/images/plot.svg`: draws the ratios of a run.

The tables come from the same run: `make bench` and `make bench-peers` print them.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import click

WIDTH, HEIGHT = 520, 14
"""The width of a plot and the height of a bar in it, in pixels."""
PADDING = 60
"""Pixels at both sides, for viewers whose letters are wider than those by which the plot was laid out."""


def plot(figures: Sequence[dict[str, Any]]) -> alt.VConcatChart:
    """A bar for each figure: how many times as long as its reference the subject takes.

    The scale is logarithmic, so that half as long is as far from 1 as twice as long.
    """
    places = dict.fromkeys(figure["place"] for figure in figures)
    of_places = [[each for each in figures if each["place"] == place] for place in places]
    drawn: alt.VConcatChart = alt.vconcat(
        *map(_bars, of_places), padding={"left": PADDING, "right": PADDING, "top": 5, "bottom": 5}
    ).resolve_scale(color="independent", x="shared")
    return drawn


def _bars(figures: Sequence[dict[str, Any]]) -> alt.LayerChart | alt.FacetChart:
    base = alt.Chart(alt.InlineData(values=[*figures])).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=400)),
        yOffset=alt.YOffset("against:N", sort=None),
    )
    bars = (
        base.transform_calculate(reference="1")
        .mark_bar()
        .encode(
            x=alt.X("ratio:Q", scale=alt.Scale(type="log"), title="times as long as the reference"),
            x2="reference:Q",
            color=alt.Color(
                "against:N", sort=None, title="reference", legend=alt.Legend(labelLimit=400)
            ),
        )
    )
    one = alt.Chart(alt.InlineData(values=[{"x": 1}])).mark_rule().encode(x="x:Q")
    said = base.mark_text(align="left", dx=4, fontSize=10).encode(
        x="ratio:Q", text=alt.Text("ratio:Q", format=".2f")
    )
    layers = alt.layer(bars, one, said)
    return layers.properties(
        title=figures[0]["place"], width=WIDTH, height=alt.Step(HEIGHT, **{"for": "offset"})
    )


@click.command()
@click.argument(
    "results", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="An SVG."
)
@click.option("--only", multiple=True, help="Draw the figures whose name has this in it.")
def main(results: Sequence[Path], output: Path, only: Sequence[str]) -> None:
    """Draw what `make bench` or `make bench-peers` wrote with --json, all files in one plot."""
    figures = [each for file in results for each in json.loads(file.read_text())["figures"]]
    drawn = [each for each in figures if not only or any(part in each["name"] for part in only)]
    if not drawn:
        raise click.UsageError("no figure has such a name")
    plot(drawn).save(output)


if __name__ == "__main__":
    main()

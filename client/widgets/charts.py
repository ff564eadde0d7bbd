"""Charts that write numbers and months in the language of the page."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from client.wording import chart_locale


def draw(rows: Sequence[Mapping[str, Any]], spec: Mapping[str, Any], height: int, alt: str) -> None:
    """A chart of some rows by a specification of Vega-Lite, with a text for screen readers."""
    told = {**spec, "usermeta": {"embedOptions": chart_locale()}}
    st.vega_lite_chart(list(rows), told, height=height, alt=alt)


def columns(values: Mapping[str, float], name: str, unit: str, height: int = 220) -> None:
    """A column for each named value, in the given order."""
    said = "; ".join(f"{label}: {value:g}" for label, value in values.items())
    spec = {
        "mark": {"type": "bar", "cornerRadius": 2},
        "encoding": {
            "x": {
                "field": "name",
                "type": "ordinal",
                "sort": [*values],
                "title": name,
                "axis": {"labelAngle": -30},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": unit,
                # Nothing is counted in halves.
                "axis": {"tickMinStep": 1, "format": ",~r"},
            },
            "tooltip": [
                {"field": "name", "title": name},
                {"field": "value", "title": unit, "format": ",~r"},
            ],
        },
    }
    rows = [{"name": label, "value": value} for label, value in values.items()]
    draw(rows, spec, height, f"{unit}. {said}.")

"""Bar charts, with numbers and months in the language of the page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from client.widgets.theme import text_color
from client.wording import chart_day, chart_locale

_BAR = {"type": "bar", "cornerRadius": 2}
FEW, WIDEST = 4, 64
"""With at most `FEW` columns, none is wider than `WIDEST` pixels: wider ones would look like walls."""


def panels(*drawn: Callable[[], object]) -> None:
    """Charts side by side, as many as there is room for. One that draws nothing takes no room."""
    with st.container(key="panels"):
        for each in drawn:
            with st.container():
                each()


def draw(rows: Sequence[Mapping[str, Any]], spec: Mapping[str, Any], height: int, alt: str) -> None:
    """A chart of some rows, specified in Vega-Lite, with a text for screen readers."""
    color = text_color()
    labels = {"labelColor": color, "titleColor": color}
    config = {"locale": chart_locale(), "axis": labels, "legend": labels}
    # Room for half of the last number of an axis.
    told = {**spec, "config": config, "padding": {"right": 12}}
    st.vega_lite_chart(list(rows), told, height=height, alt=alt)


def columns(values: Mapping[str, float], name: str, unit: str, height: int = 220) -> None:
    """A column for each named value, in the given order."""
    x = {**_named(values), "title": name, "axis": {"labelAngle": -30}}
    mark = {**_BAR, "size": WIDEST} if len(values) <= FEW else _BAR
    _draw(mark, values, {"x": x, "y": _amount(values, unit)}, height, _said(values, unit))


def rows(values: Mapping[str, float], unit: str) -> None:
    """A horizontal bar for each named value, in the given order."""
    y = {**_named(values), "title": None, "axis": {"labelLimit": 220}}
    # Leaves room for the axis and every label, even with the largest font.
    height = 100 + 28 * len(values)
    _draw(_BAR, values, {"y": y, "x": _amount(values, unit)}, height, _said(values, unit))


def days(values: Mapping[date, float], name: str, unit: str, alt: str) -> None:
    """A column for each day, with room for the days between them."""
    # A time of the day keeps browsers from taking it for midnight in UTC, which is a day earlier elsewhere.
    dated = {f"{day}T00:00:00": value for day, value in values.items()}
    x = {
        "field": "name",
        "type": "temporal",
        "timeUnit": "yearmonthdate",
        "title": name,
        "axis": {"format": chart_day(), "labelOverlap": True, "tickMinStep": 86_400_000},
    }
    _draw(_BAR, dated, {"x": x, "y": _amount(values, unit)}, 220, alt)


def _named(values: Mapping[str, float]) -> dict[str, Any]:
    return {"field": "name", "type": "ordinal", "sort": [*values]}


def _amount(values: Mapping[Any, float], unit: str) -> dict[str, Any]:
    axis: dict[str, Any] = {"format": ",~r"}
    if all(isinstance(value, int) for value in values.values()):
        # Counts have no fractions.
        axis["tickMinStep"] = 1
    return {"field": "value", "type": "quantitative", "title": unit, "axis": axis}


def _said(values: Mapping[str, float], unit: str) -> str:
    return f"{unit}. " + "; ".join(f"{name}: {value:g}" for name, value in values.items()) + "."


def _draw(
    mark: Mapping[str, Any],
    values: Mapping[str, float],
    encoding: Mapping[str, Any],
    height: int,
    alt: str,
) -> None:
    tooltip = [
        {key: each[key] for key in ("field", "type", "timeUnit", "title") if each.get(key)}
        for each in encoding.values()
    ]
    told = [{"name": name, "value": value} for name, value in values.items()]
    draw(told, {"mark": mark, "encoding": {**encoding, "tooltip": tooltip}}, height, alt)

"""The fields of a search: words, and chips that narrow and order it. The page's address has their values."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from client.state.browser_tab import Tab
from client.state.search import (
    DAYS,
    MODEL,
    NEWEST,
    ORDER,
    PERIODS,
    SIDE,
    TAG,
    WORDS,
)
from client.wording import N_, _

WHO = {"me": N_("My questions"), "answer": N_("Answers")}
BEST = "best"
ORDERS = {BEST: N_("Best first"), NEWEST: N_("Newest first")}
NARROWING = (DAYS, SIDE, TAG, MODEL)


def draw(tab: Tab) -> None:
    """Draw the fields with the values in the address."""
    wanted = tab.search.wanted
    _put(WORDS, wanted.words)
    st.text_input(
        _("Search"),
        key=_key(WORDS),
        type="search",
        max_chars=200,
        placeholder=_("Search your history"),
        label_visibility="collapsed",
        icon=":material/search:",
        on_change=_take,
        args=(WORDS,),
    )
    if not wanted.words:
        return
    models = sorted({*tab.search.models(), *([wanted.model] if wanted.model else [])})
    tags = sorted({*tab.tags, *([wanted.tag] if wanted.tag else [])})
    with st.container(horizontal=True, key="chips", vertical_alignment="center"):
        _put(ORDER, NEWEST if wanted.newest else BEST)
        st.segmented_control(
            _("Order"),
            list(ORDERS),
            format_func=lambda name: _(ORDERS[name]),
            key=_key(ORDER),
            required=True,
            label_visibility="collapsed",
            on_change=_take,
            args=(ORDER,),
        )
        _chips(_("When"), DAYS, list(PERIODS), wanted.days, PERIODS)
        _chips(_("Who said it"), SIDE, list(WHO), wanted.side, WHO)
        _chips(_("Tag"), TAG, tags, wanted.tag)
        if len(models) > 1 or wanted.model:
            _chips(_("Model"), MODEL, models, wanted.model)
        if wanted.narrowed:
            st.button(_("Clear filters"), key="clear-filters", type="tertiary", on_click=_clear)


def _chips(
    label: str,
    name: str,
    options: Sequence[str],
    chosen: str | None,
    called: dict[str, str] | None = None,
) -> None:
    if not options:
        return
    _put(name, chosen)
    st.pills(
        label,
        options,
        format_func=lambda option: _(called[option]) if called else option,
        key=_key(name),
        label_visibility="collapsed",
        on_change=_take,
        args=(name,),
    )


def _key(name: str) -> str:
    return f"search-{name}"


def _put(name: str, value: Any) -> None:
    """Show the value in the address, even after a step back in the browser."""
    st.session_state[_key(name)] = value


def _take(name: str) -> None:
    """Write the chosen value into the address."""
    value = st.session_state[_key(name)]
    if value and value != BEST:
        st.query_params[name] = value.strip()
    else:
        st.query_params.pop(name, None)


def _clear() -> None:
    for name in NARROWING:
        st.query_params.pop(name, None)

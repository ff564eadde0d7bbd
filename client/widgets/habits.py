"""Charts of how a person uses the service: when, about what, and which questions have no answer."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from client.answerers import Failure, no_answer
from client.api.viewer_insights import (
    ViewerInsightsViewerInsights,
    ViewerInsightsViewerInsightsHours,
    ViewerInsightsViewerInsightsLongestSessions,
    ViewerInsightsViewerInsightsRegenerations,
    ViewerInsightsViewerInsightsUnansweredLatest,
    ViewerInsightsViewerInsightsWeeks,
)
from client.formatting.text import plain, title, turns
from client.state.browser_tab import Tab
from client.state.searching import open_session_page
from client.widgets import charts
from client.widgets.figures import told
from client.widgets.preference_fields import OPTIONS
from client.wording import N_, _, short_day, weekdays

LENGTH = 120
"""Characters shown of a question."""


def weeks(found: Sequence[ViewerInsightsViewerInsightsWeeks]) -> None:
    """A bar for each week, in parts by topic. Each turn is in one part."""
    st.subheader(_("What each week was about"), anchor=False)
    rest = _("Other topics")
    rows = []
    for week in found:
        about = [(each.topic, each.turns) for each in week.topics]
        others = week.turns - sum(count for _topic, count in about)
        rows += [
            {"week": short_day(week.monday), "topic": name, "turns": count}
            for name, count in [*about, (rest, others)]
            if count
        ]
    total: Counter[str] = Counter()
    for row in rows:
        total[str(row["topic"])] += int(str(row["turns"]))
    names = [name for name, _count in total.most_common() if name != rest]
    said = "; ".join(f"{name}: {total[name]}" for name in [*names, rest] if total[name])
    spec = {
        "mark": {"type": "bar", "cornerRadius": 2},
        "encoding": {
            "x": {
                "field": "week",
                "type": "ordinal",
                "sort": [short_day(week.monday) for week in found],
                "title": _("Week from"),
                "axis": {"labelAngle": -30},
            },
            "y": {"field": "turns", "type": "quantitative", "title": _("Turns")},
            "color": {
                "field": "topic",
                "type": "nominal",
                "title": None,
                "sort": [*names, rest],
                "legend": {"orient": "bottom", "columns": 1, "labelLimit": 300},
            },
            "tooltip": [
                {"field": "week", "title": _("Week from")},
                {"field": "topic", "title": _("Topic")},
                {"field": "turns", "title": _("Turns")},
            ],
        },
    }
    charts.draw(rows, spec, 360, f"{_('Turns')}. {said}.")


def hours(found: Sequence[ViewerInsightsViewerInsightsHours]) -> None:
    """A square for each hour of the week, darker the more turns it has."""
    st.subheader(_("Hours of the week"), anchor=False)
    names = weekdays()
    rows = [{"day": names[each.weekday], "hour": each.hour, "turns": each.turns} for each in found]
    busiest = max(found, key=lambda each: each.turns)
    said = _("Most turns: {weekday}, {hour}:00, {count}.").format(
        weekday=names[busiest.weekday], hour=busiest.hour, count=busiest.turns
    )
    spec = {
        "mark": {"type": "rect", "cornerRadius": 2},
        "encoding": {
            "x": {
                "field": "hour",
                "type": "ordinal",
                "scale": {"domain": [*range(24)]},
                "title": _("Hour"),
                "axis": {"labelAngle": 0, "labelOverlap": True},
            },
            "y": {"field": "day", "type": "ordinal", "scale": {"domain": names}, "title": None},
            "color": {"field": "turns", "type": "quantitative", "legend": None},
            "tooltip": [
                {"field": "day", "title": _("Day")},
                {"field": "hour", "title": _("Hour")},
                {"field": "turns", "title": _("Turns")},
            ],
        },
    }
    charts.draw(rows, spec, 220, said)


def unhappy_models(found: ViewerInsightsViewerInsights) -> None:
    """For each model, how many of a hundred answers were asked for again or judged bad; nothing if none
    were."""
    again: Counter[str | None] = Counter()
    for each in found.regenerations:
        again[each.model] += each.regenerations
    shares = {
        plain(each.model): (
            100 * again[each.model] / each.turns,
            100 * each.feedback.bad / each.turns,
        )
        for each in found.models
        if again[each.model] or each.feedback.bad
    }
    if not shares:
        return
    st.subheader(_("Answers that did not please"), anchor=False)
    why, kinds = _("Why"), (_("Asked for again"), _("Judged bad"))
    rows = [
        {"model": model, why: kind, "share": round(share, 1)}
        for model, both in shares.items()
        for kind, share in zip(kinds, both, strict=True)
    ]
    said = "; ".join(f"{row['model']}, {row[why]}: {row['share']:g}" for row in rows)
    unit = _("Of 100 answers")
    spec = {
        "mark": {"type": "bar", "cornerRadius": 2},
        "encoding": {
            "y": {"field": "model", "type": "nominal", "sort": [*shares], "title": None},
            "yOffset": {"field": why, "sort": kinds},
            "x": {"field": "share", "type": "quantitative", "title": unit},
            "color": {"field": why, "sort": kinds, "title": None, "legend": {"orient": "bottom"}},
            "tooltip": [
                {"field": "model", "title": _("Model")},
                {"field": why},
                {"field": "share", "title": unit},
            ],
        },
    }
    charts.draw(rows, spec, 140 + 40 * len(shares), f"{unit}. {said}.")


def asked_again(found: Sequence[ViewerInsightsViewerInsightsRegenerations]) -> None:
    """A row for each model and style with turns that were asked again; nothing if there are none."""
    rows = [
        {
            _("Model"): plain(each.model or _("Not known")),
            _("Style"): _style(each.response_style),
            _("Written again"): told(each.regenerations),
            _("Question edited"): told(each.edits),
        }
        for each in found
        if each.regenerations or each.edits
    ]
    if rows:
        st.subheader(_("Asked again"), anchor=False)
        st.table(rows, border="horizontal", hide_header=False, alt=_("What was asked again"))


def _style(name: str | None) -> str:
    """A response style by its name on the page Preferences."""
    known = {option.value: said for option, said in OPTIONS.items()}
    return _(known.get((name or "").upper(), N_("Not known")))


def longest_sessions(
    tab: Tab, found: Sequence[ViewerInsightsViewerInsightsLongestSessions]
) -> None:
    """The sessions with the most turns, each a button that opens it."""
    st.subheader(_("Longest sessions"), anchor=False)
    for number, each in enumerate(found):
        _opener(
            tab,
            f"longest-{number}",
            each.session.id,
            f"{title(each.session)} · {turns(each.turns)}",
        )


def unanswered(tab: Tab, found: Sequence[ViewerInsightsViewerInsightsUnansweredLatest]) -> None:
    """The latest questions without an answer, each a button that opens its session."""
    st.subheader(_("Questions without an answer"), anchor=False)
    if not found:
        st.caption(_("None: everything was answered."))
    for number, each in enumerate(found):
        asked = " ".join((each.query or _("A question that is not kept")).split())
        short = asked if len(asked) <= LENGTH else f"{asked[:LENGTH]}…"
        _opener(tab, f"unanswered-{number}", each.session_id, plain(short))
        if each.failure:
            st.caption(plain(no_answer(Failure[each.failure.name])))


def _opener(tab: Tab, key: str, session_id: str, label: str) -> None:
    st.button(
        label,
        key=key,
        icon=":material/forum:",
        type="tertiary",
        width="stretch",
        on_click=tab.later,
        args=(open_session_page(session_id),),
    )

"""Presents the report of an import to people."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import click

PREVIEWED = 5
"""The number of a file's sessions that are named."""
REMARKS = 20
"""The number of remarks that are shown; --json has more."""
_KINDS = (("present", "already here"), ("deleted", "deleted here since"), ("refused", "refused"))


def lost(report: dict[str, Any]) -> bool:
    """Whether anything that people saw in the source was left out or changed."""
    refused = report["sessions"]["refused"] or report["turns"]["refused"]
    left_out = any(each["lost"] for each in report["leftOut"])
    return bool(refused or left_out or not report["complete"])


def print_json(name: str, outcome: dict[str, Any] | str) -> bool:
    """Print a report, or the reason why there is none, as a line of JSON; True if anything was lost."""
    kind = "error" if isinstance(outcome, str) else "report"
    click.echo(json.dumps({"name": name, kind: outcome}, ensure_ascii=False))
    return isinstance(outcome, str) or lost(outcome)


def print_summary(name: str, outcome: dict[str, Any] | str) -> bool:
    """Print a report, or the reason why there is none, for people; True if anything was lost."""
    if isinstance(outcome, str):
        click.echo(f"{name}: {outcome}")
        return True
    click.echo(summary(name, outcome))
    return lost(outcome)


def summary(name: str, report: dict[str, Any]) -> str:
    """What was imported and what was not, with the reasons, by kind."""
    return "\n".join([f"{name} ({report['format']})", *(f"  {line}" for line in _lines(report))])


def _lines(report: dict[str, Any]) -> Iterator[str]:
    verb = "Would be added" if report["dryRun"] else "Added"
    sessions, turns = _counted(report["sessions"], "session"), _counted(report["turns"], "turn")
    yield f"{verb}: {sessions}, {turns}."
    if answers := report["answersAdded"]:
        yield f"Answers added to turns that were open: {answers}."
    if not report["complete"]:
        yield "The file could not be read to its end; the last remark says why."
    until = datetime.now(UTC) + timedelta(days=report["retentionDays"])
    yield f"Kept for {report['retentionDays']} days, until {until:%Y-%m-%d}."
    if report["archived"]:
        yield f"Sessions archived to make room: {report['archived']}."
    if report["withoutText"]:
        yield f"Turns added without their text, because you save no conversations: {report['withoutText']}."
    if report["preferencesRestored"]:
        yield "Preferences were taken over from the file."
    yield from _preview(report["importedSessions"])
    if report["partsNamed"]:
        yield f"Pictures and other parts that are no text, kept by name only: {report['partsNamed']}."
    if report["leftOut"]:
        yield "Left out, or not as it was:"
        for each in report["leftOut"]:
            yield f"  {each['count']}: {each['description']}"
    yield from _remarks(report)


def _preview(sessions: list[dict[str, Any]]) -> Iterator[str]:
    for each in sessions[:PREVIEWED]:
        day = f"{each['createdAt'][:10]}  " if each["createdAt"] else ""
        yield f"- {day}{each['title'] or 'Untitled'}: {_counted(each['turns'], 'turn')}"
    if len(sessions) > PREVIEWED:
        yield f"- and {len(sessions) - PREVIEWED} more"


def _remarks(report: dict[str, Any]) -> Iterator[str]:
    remarks = report["remarks"]
    if remarks:
        yield "Remarks:"
    for each in remarks[:REMARKS]:
        yield f"  {each['place']}: {each['message']}"
    more = len(remarks) - REMARKS + report["remarksLeftOut"]
    if more > 0:
        yield f"  … and {more} more; --json lists them."


def _counted(counts: dict[str, int], name: str) -> str:
    added = f"{counts['added']} {name}{'' if counts['added'] == 1 else 's'}"
    others = ", ".join(f"{counts[kind]} {words}" for kind, words in _KINDS if counts[kind])
    return f"{added} ({others})" if others else added

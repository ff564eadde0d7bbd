"""An account as it is after six weeks of work, for pages that people look at."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

HANDBOOK = {"title": "Travel handbook, 4.2", "source": "https://handbook.example/travel#4-2"}
LEAVE = {"title": "Leave and absence", "source": "https://handbook.example/leave"}
SECURITY = {"title": "Security baseline 2026", "source": "https://handbook.example/security"}
RUNBOOK = {"title": "Runbook: order service", "source": "https://wiki.example/orders/runbook"}
TARIFF = {"title": "Price list, autumn", "source": "https://wiki.example/sales/prices"}

TRAIN = """Take the **night train** if it saves a hotel night; the handbook counts it as first class.

| Route | Train | Flight | You may book |
|---|---|---|---|
| Hamburg to Zürich | 9 h 30, overnight | 1 h 30 | sleeper, single cabin |
| Hamburg to Berlin | 1 h 45 | none | second class |
| Hamburg to Lisbon | 28 h | 3 h 20 | flight, economy |

Book at least 14 days ahead and the fare needs no approval."""
CLAIM = """Three things, within 30 days of coming home:

1. receipts as PDF or photo, one file each;
2. the cost centre of whoever invited you (**4711** for the Zürich workshop);
3. meals only where the host did not pay.

The allowance for Switzerland is 64 CHF a day, and 32 CHF on the days you arrive and leave."""
RETRIES = """Make the write idempotent and let the client repeat it:

```python
order = orders.record(order_id=uuid4(), items=basket)
```

A repeated `order_id` returns the first order. Wait 0.5, 1, 2 and 4 seconds in between, then give up."""

Turn = tuple[str, str, dict[str, Any]]
GOOD, BAD = {"feedback": {"score": 1}}, {"feedback": {"score": 0}}

CHATS: list[tuple[float, str, dict[str, Any], list[Turn]]] = [
    (
        0.02,
        "Workshop in Zürich",
        {"pinned": True, "tags": ["travel", "zürich"]},
        [
            (
                "Night train or flight to the workshop in Zürich: which may I book?",
                TRAIN,
                {"citations": [HANDBOOK], **GOOD},
            ),
            (
                "And how do I claim travel expenses afterwards?",
                CLAIM,
                {"citations": [HANDBOOK, {"title": "Expenses, how to", "source": "expenses.pdf"}]},
            ),
        ],
    ),
    (
        0.1,
        "",
        {"tags": ["orders"]},
        [
            ("How should the order service retry a failed write?", RETRIES, GOOD),
            (
                "Which status does it answer while the database is away?",
                "**503**, with `Retry-After: 2`. Clients wait that long before they repeat the request.",
                {"citations": [RUNBOOK]},
            ),
        ],
    ),
    (
        1,
        "",
        {},
        [
            (
                "Summarise the price list for a school with 800 pupils",
                "Tier **S-1000** fits: 3.20 € a pupil and year, support included; 2,560 € in all.",
                {"citations": [TARIFF], **GOOD},
            ),
            (
                "What if they pay three years ahead?",
                "12 % less: 2,253 € a year, invoiced once.",
                {"citations": [TARIFF]},
            ),
        ],
    ),
    (
        1.2,
        "",
        {"tags": ["leave"]},
        [
            (
                "How many vacation days carry over into next year?",
                "Five, until 31 March. More need a reason and your lead's word before December.",
                {"citations": [LEAVE], **GOOD},
            )
        ],
    ),
    (
        2,
        "",
        {},
        [
            ("Draft an agenda for the retrospective of the order service", "1. What held…", {}),
            ("Shorter, for thirty minutes", "1. Facts (5 min)\n2. Causes (15)\n3. Next (10)", GOOD),
            ("Turn it into an invitation", "*Thirty minutes, three questions, one outcome.*", {}),
        ],
    ),
    (
        3,
        "Passkeys",
        {"pinned": True, "tags": ["security"]},
        [
            (
                "Are passkeys allowed for the order service's admin accounts?",
                "Yes, two per person, one of them a hardware key.",
                {"citations": [SECURITY]},
            ),
            (
                "What do I do when I lose the hardware key?",
                "OnUnreadable security the same day; they revoke it within the hour.",
                {"citations": [SECURITY], **GOOD},
            ),
        ],
    ),
    (
        4,
        "",
        {},
        [
            (
                "Explain the difference between p50 and p95 to a customer",
                "Half and nearly all.",
                {},
            ),
            ("As one sentence without numbers", "Usual days, and bad ones.", GOOD),
        ],
    ),
    (5, "", {}, [("Wie heißt Reisekostenabrechnung auf Englisch?", "Travel expense report.", {})]),
]
"""Days ago, title, session, turns."""

OLDER = [
    "Which VPN profile works in Zürich?",
    "How do I book travel for a guest speaker?",
    "Compare the price list with last year's",
    "Why did the order service time out on Monday?",
    "Translate the travel policy into plain English",
    "What counts as a trade secret?",
    "Who approves travel expenses above 2,000 €?",
    "Write a release note for the order service",
    "How do vacation days work in part time?",
    "Plan the onboarding of two interns",
    "Is the price list valid in Austria?",
    "Which laptop may I order?",
    "How do I archive customer mails?",
    "Night train to Vienna: may I book a sleeper?",
]
"""Questions of the weeks before; most were followed up."""
FOLLOW_UPS = ["Make it shorter", "Where is that written?", "What changed since spring?"]


def archive(now: datetime) -> dict[str, Any]:
    """The account as a file that can be imported, as of `now`."""
    return {
        "kind": "header",
        "format": "recollect",
        "version": 1,
        "exportedAt": now.isoformat(),
        "sessions": list(_sessions(now)),
    }


def _sessions(now: datetime) -> Iterator[dict[str, Any]]:
    for number, (days, title, session, turns) in enumerate(CHATS):
        yield session_of(f"recent-{number}", now - timedelta(days=days), title, session, turns)
    for number in range(3 * len(OLDER)):
        # Three rounds over six weeks, with few questions at weekends.
        start = now - timedelta(days=6 + number * 0.8, hours=number % 5)
        if start.weekday() >= 5:
            start -= timedelta(days=2)
        count = (number * 7) % 4
        turns = [(OLDER[(number * 5) % len(OLDER)], "In short: yes.", GOOD if number % 4 else BAD)]
        turns += [(text, "As the handbook has it.", {}) for text in FOLLOW_UPS[:count]]
        session = {"status": "archived"} if number > 3 else {}
        yield session_of(f"older-{number}", start, "", session, turns)


def session_of(
    name: str, start: datetime, title: str, given: dict[str, Any], turns: list[Turn]
) -> dict[str, Any]:
    times = [start + timedelta(minutes=3 * place) for place in range(len(turns))]
    return {
        "kind": "session",
        "id": name,
        "title": title or None,
        "derivedTitle": turns[0][0],
        "createdAt": start.isoformat(),
        "lastActive": times[-1].isoformat(),
        **given,
        "turns": [
            {
                "kind": "turn",
                "sessionId": name,
                "id": f"{name}-{place}",
                "query": query,
                "response": response,
                "answered": True,
                "timestamp": time.isoformat(),
                "recordedAt": time.isoformat(),
                "responseTimeMs": 700 + 37 * len(query) + 11 * len(response) % 900,
                **more,
            }
            for place, (time, (query, response, more)) in enumerate(zip(times, turns, strict=True))
        ],
    }

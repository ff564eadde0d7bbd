"""A search, as the page's address defines it, and the hits so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from client.api.enums import SearchOrder, SearchSide
from client.api.fragments import Hit, Hits, SessionRow
from client.api.input_types import SearchFilter
from client.wording import N_

WORDS, DAYS, SIDE, TAG, MODEL, ORDER = "q", "days", "side", "tag", "model", "order"
ADDRESS = (WORDS, DAYS, SIDE, TAG, MODEL, ORDER)
"""The query parameters that define a search."""
SIDES = {"me": SearchSide.ME, "answer": SearchSide.ANSWER}
NEWEST = "newest"
PERIODS = {"7": N_("Last 7 days"), "30": N_("Last 30 days"), "365": N_("Last year")}
"""How far a search may look back, in days."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The definition of a search. Without words there is no search."""

    words: str = ""
    days: str | None = None
    """One of `PERIODS`."""
    side: str | None = None
    """One of `SIDES`."""
    tag: str | None = None
    model: str | None = None
    newest: bool = False
    """Whether the newest hits come first, instead of the best."""

    @classmethod
    def named_by(cls, address: Mapping[str, str]) -> "Wanted":
        """The search that the query parameters define; values that no chip has are ignored."""
        days, side = address.get(DAYS), address.get(SIDE)
        return cls(
            words=address.get(WORDS, "").strip(),
            days=days if days in PERIODS else None,
            side=side if side in SIDES else None,
            tag=address.get(TAG),
            model=address.get(MODEL),
            newest=address.get(ORDER) == NEWEST,
        )

    @property
    def address(self) -> dict[str, str]:
        """The query parameters that define it."""
        named = {WORDS: self.words, DAYS: self.days, SIDE: self.side, TAG: self.tag}
        named |= {MODEL: self.model, ORDER: NEWEST if self.newest else None}
        return {name: value for name, value in named.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether any filter besides the words is set."""
        return any((self.days, self.side, self.tag, self.model))

    @property
    def order(self) -> SearchOrder:
        """Which hits come first."""
        return SearchOrder.NEWEST if self.newest else SearchOrder.RELEVANCE

    def filter(self, now: datetime) -> SearchFilter:
        """The filter that narrows the search, as the API takes it."""
        return SearchFilter(
            since=now - timedelta(days=int(self.days)) if self.days else None,
            side=SIDES[self.side] if self.side else None,
            tag=self.tag,
            model=self.model,
        )


@dataclass(slots=True)
class Search:
    """A search and what it found so far."""

    wanted: Wanted = field(default_factory=Wanted)
    pages: list[Hits] = field(default_factory=list)
    refused: str | None = None
    """Why the API did not search."""

    @property
    def hits(self) -> list[Hit]:
        """The hits of all pages."""
        return [hit for page in self.pages for hit in page.nodes]

    @property
    def cursor(self) -> str | None:
        """The cursor of the next page; None if no page was read yet, or there is no other."""
        return self.pages[-1].page_info.end_cursor if self.more else None

    @property
    def more(self) -> bool:
        """Whether there are more hits."""
        return bool(self.pages) and self.pages[-1].page_info.has_next_page

    @property
    def complete(self) -> bool:
        """Whether even very recent turns were searched."""
        return all(page.complete for page in self.pages)

    @property
    def corrected(self) -> str | None:
        """The query that was searched for instead of the words, which matched nothing."""
        return self.pages[0].corrected_query if self.pages else None

    def begins_as(self, other: "Search") -> bool:
        """Whether another search is for the same and found the same first page."""
        mine, others = ((each.wanted, each.refused, each.pages[:1]) for each in (self, other))
        return mine == others

    def by_session(self) -> list[tuple[SessionRow, list[Hit]]]:
        """The hits of each session, in the order of each one's first hit."""
        groups: dict[str, tuple[SessionRow, list[Hit]]] = {}
        for hit in self.hits:
            groups.setdefault(hit.session.id, (hit.session, []))[1].append(hit)
        return list(groups.values())

    def models(self) -> list[str]:
        """The models that answered the turns found, in alphabetical order."""
        turns = [hit.conversation for hit in self.hits if hit.conversation]
        return sorted({turn.model for turn in turns if turn.model})

"""The state of one browser tab, for one user, between reruns.

A button only queues its action, which the next rerun carries out. Actions raise `ApiError`.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import streamlit as st

from client.answerers import Answer, Answerer, choose_answerer
from client.api.enums import ExportFormat, MailDelivery, PreferenceOrigin
from client.api.erase_my_data import EraseMyDataEraseMyData
from client.api.fragments import (
    ImportResult,
    OpenSession,
    PreferenceValues,
    Problem,
    SessionRow,
    Turn,
)
from client.api.notifications import NotificationsViewerNotifications
from client.api.page import PageViewer
from client.api.privacy import Privacy
from client.api.service_insights import ServiceInsights
from client.api.viewer_insights import ViewerInsightsViewerInsights
from client.state.drafts import Draft
from client.state.export_format import last_format
from client.state.identity import Person, forget_all_but_the_person, person
from client.state.live import Live
from client.state.paged_list import Listing
from client.state.search import Search
from client.state.tab_client import TabClient

DEFAULT_URL = "http://127.0.0.1:8000"
CALLED = {"languagePreference": "The language", "dataRetentionDays": "The number of days"}
"""The pages' names for fields that the API's messages mention."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A recorded turn for which this tab is about to get an answer."""

    turn_id: str
    text: str
    private: bool = False
    """Whether the text of the turn is not kept."""


@dataclass(slots=True)
class Given:
    """An answer that this tab got."""

    answer: Answer
    milliseconds: int
    saved: bool = False
    """Whether the API has it."""
    private: bool = False
    """Whether the text of the turn is not kept."""


@dataclass(frozen=True, slots=True)
class ToDownload:
    """An exported document: its address or, where the browser can't reach the API, its content."""

    name: str
    media_type: str
    address: str | None = None
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of something that was done, and how to undo it."""

    text: str
    undo: "Action | None" = None


@dataclass(frozen=True, slots=True)
class Unsaved:
    """Input that could not be saved, and why."""

    typed: str | int
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class Order:
    """The column that the library is sorted by, and whether the largest value comes first."""

    column: str
    falling: bool


LATEST_FIRST = Order("active", True)


@dataclass(slots=True)
class Tab:
    """The state of a tab. `opened` is the session named by the address; `session` is that session
    as the API returned it, or None."""

    person: Person
    url: str
    api: TabClient
    answerer: Answerer
    viewer: PageViewer | None = None
    preferences: PreferenceValues | None = None
    """The preferences in force, as last seen."""
    language: str | None = None
    """The language that the user chose; None if they chose none."""
    origins: dict[str, PreferenceOrigin] = field(default_factory=dict)
    """Where each preference comes from."""
    unsaved: dict[str, Unsaved] = field(default_factory=dict)
    """Input for preferences that could not be saved."""
    saved: bool = False
    """Whether a preference was saved and the user was not told yet."""
    switched: dict[str, bool] | None = None
    """A new user's first choices while they are not saved yet, with the API's field names."""
    stored: Privacy | None = None
    """What is stored about the user."""
    erased: EraseMyDataEraseMyData | None = None
    """The report, after the user had everything erased."""
    is_admin: bool = False
    shown_to_admin: bool = False
    """Whether the navigation that is drawn has the administrators' page."""
    insights: ViewerInsightsViewerInsights | None = None
    service: ServiceInsights | None = None
    """The figures of the whole service, for administrators."""
    library: Listing[SessionRow] = field(default_factory=lambda: Listing(lambda r: r.last_active))
    library_view: tuple[tuple[str, str, str], Order] | None = None
    """What the library lists: its view, and the title and tag to filter by."""
    library_order: Order = LATEST_FIRST
    export_format: ExportFormat = field(default_factory=last_format)
    """The format that sessions were exported in last."""
    imported: ImportResult | None = None
    """The report of an import, until it is shown."""
    sessions: Listing[SessionRow] = field(default_factory=lambda: Listing(lambda r: r.last_active))
    arrived: bool = True
    """Whether another page was shown before this one."""
    opened: str | None = None
    session: OpenSession | None = None
    at: str | None = None
    """The cursor from which the session is shown; None to show its end."""
    later_turns: bool = False
    """Whether there are later turns than those shown."""
    turns: Listing[Turn] = field(default_factory=lambda: Listing(lambda turn: turn.timestamp))
    search: Search = field(default_factory=Search)
    tags: list[str] = field(default_factory=list)
    """The tags of the user's sessions, as far as they were seen."""
    tag: str | None = None
    """The tag that narrows the list of sessions."""
    listed: str | None = None
    """The tag of the sessions that are listed."""
    temporary: bool = False
    """Whether the next session will be temporary."""
    draft: Draft | None = None
    asked: Asked | None = None
    editing: str | None = None
    """The turn whose question is being edited."""
    questions: dict[str, str] = field(default_factory=dict)
    """Questions asked in this tab in turns whose text is not kept."""
    given: dict[str, Given] = field(default_factory=dict)
    """Answers that this tab got for turns that are not answered yet or whose text is not kept."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """The answers that this tab got in the open session, including the parts that the API does not keep."""
    notifications: list[NotificationsViewerNotifications] | None = None
    """Notifications of upcoming changes to sessions; None until they were requested."""
    mails: MailDelivery | None = None
    """Where the server's mails go."""
    private_sessions: dict[str, str] = field(default_factory=dict)
    """For each session, the answer service's own session for the turns whose text is not kept."""
    model: str | None = None
    """The model chosen for the next session."""
    failed: dict[str, str] = field(default_factory=dict)
    """Why there is no answer, by turn id."""
    to_copy: str | None = None
    """The text that the browser copies when the page is drawn next."""
    to_download: ToDownload | None = None
    """The document that the browser downloads when the page is drawn next."""
    problems: list[str] = field(default_factory=list)
    notice: Notice | None = None
    drawn: bool = False
    """Whether the page was drawn completely, so that problems and notice were seen."""
    unasked: bool = False
    """Whether the page is rerun without a click. Then its messages stay."""
    dialog: Callable[[], object] | None = None
    """Opens a dialog once the page is drawn."""
    in_dialog: bool = False
    """Whether a dialog is open."""
    live: Live | None = None
    """Listens to the user's sessions and preferences."""
    turns_live: Live | None = None
    """Listens to the turns of the open session while one of them has no answer yet."""
    pending: "list[Action]" = field(default_factory=list)
    loaded: "Action | None" = None
    """Loads the page that is shown."""
    unloaded: str | None = None
    """Why the page could not be loaded at the last attempt; None if it was."""
    signed_out: bool = False
    """Whether the API no longer accepts the credential."""
    known: bool = False
    """Whether the API ever accepted the credential in this tab."""

    @property
    def stale(self) -> bool:
        """Whether the page shows old data because the last attempt to load it failed."""
        return self.unloaded is not None

    @property
    def pinned(self) -> list[SessionRow]:
        """The pinned sessions."""
        return list(self.viewer.pinned.nodes) if self.viewer else []

    @property
    def listening(self) -> list[Live]:
        """The listeners for changes made elsewhere."""
        return [live for live in (self.live, self.turns_live) if live]

    def report(self, errors: Sequence[Problem]) -> None:
        """Add the reasons why the API refused an input, if it did."""
        for error in errors:
            message = error.message
            for name, called in CALLED.items():
                message = message.replace(name, called)
            self.problems.append(message)

    def later(self, action: "Action") -> None:
        """Queue the action of a click; the next rerun runs it."""
        self.pending.append(action)

    def run_now(self) -> None:
        """Rerun the page if an action is queued: a click in a dialog reruns only the dialog."""
        if self.pending:
            st.rerun()


Action: TypeAlias = Callable[[Tab], object]


def api_url() -> str:
    """The API's URL."""
    return (os.environ.get("RECOLLECT_API_URL") or DEFAULT_URL).rstrip("/")


def current_tab() -> Tab | None:
    """This tab's state, which is new for a new user; None while nobody is signed in."""
    who = person()
    tab: Tab | None = st.session_state.get("tab")
    if tab and (who is None or tab.person.key != who.key):
        forget_all_but_the_person()
        tab = None
    if who is None:
        return None
    if tab is None:
        tab = Tab(who, api_url(), TabClient(api_url(), who.headers), choose_answerer(os.environ))
        st.session_state["tab"] = tab
    tab.api.headers = who.headers
    return tab


def open_session(session_id: str | None, at: str | None = None) -> None:
    """Open a session, or none, by changing the page's address. `at` is a cursor to begin at."""
    for name, value in (("session", session_id), ("at", at)):
        if value is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value

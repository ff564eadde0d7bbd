"""Reruns a page from another thread, over the socket that its browser tab keeps open.

Streamlit has no public API for that: a page can only rerun itself, or poll, which costs each idle
tab a few percent of a core. Streamlit itself does it this way when a source file changes
(`AppSession.request_rerun`).
"""

from dataclasses import dataclass

from streamlit.runtime import Runtime, exists, get_instance
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx

RETRY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class OpenPage:
    """The page of one browser tab. May be used from any thread."""

    session_id: str

    @property
    def connected(self) -> bool:
        """Whether a browser has the page open."""
        return exists() and get_instance().is_active_session(self.session_id)

    def run_again(self) -> None:
        """Rerun the page, with its widgets as they are, as soon as it is not running.

        A closed page is ignored.
        """
        if not exists():
            return
        runtime = get_instance()
        session = _session(runtime, self.session_id)
        if session:
            session._event_loop.call_soon_threadsafe(_when_at_rest, runtime, self.session_id)


def this_page() -> OpenPage | None:
    """The page whose script is running; None outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return OpenPage(context.session_id) if context else None


def _session(runtime: Runtime, session_id: str) -> AppSession | None:
    # In Streamlit's own page tests the runtime has no sessions.
    manager = getattr(runtime, "_session_mgr", None)
    found = manager.get_active_session_info(session_id) if manager else None
    return found.session if found else None


def _when_at_rest(runtime: Runtime, session_id: str) -> None:
    session = _session(runtime, session_id)
    if session is None:
        return
    if session._scriptrunner is None:
        session.request_rerun(session._client_state)
    else:
        # A rerun would cut off one that is under way, such as a click's.
        session._event_loop.call_later(RETRY_SECONDS, _when_at_rest, runtime, session_id)

"""The page for users who are not signed in."""

import os

import httpx
import streamlit as st

from client.state.identity import GUEST, identity_mode
from client.state.location import keep_location
from client.state.login import login_providers
from client.transport import UNREACHABLE
from client.wording import _


def sign_in_page(api_url: str) -> None:
    """Draw the sign-in page."""
    st.title("Recollect")
    st.write(_("Your chats, kept for you alone. Sign in to see them."))
    if identity_mode() == "oidc":
        keep_location()
        providers = login_providers()
        for provider in providers:
            named = provider is not None and len(providers) > 1
            st.button(
                _("Sign in with {provider}").format(provider=(provider or "").capitalize())
                if named
                else _("Sign in"),
                key=f"sign-in-{provider}" if named else "sign-in",
                type="primary",
                on_click=st.login,
                args=(provider,),
            )
    if os.environ.get("RECOLLECT_GUESTS") == "on":
        st.button(
            _("Continue as a guest"), key="guest-in", on_click=_begin_as_guest, args=(api_url,)
        )
        st.caption(_("A guest's chats belong to this tab and are gone when it is closed."))
    if problem := st.session_state.pop("sign-in-problem", None):
        st.error(problem)


def _begin_as_guest(api_url: str) -> None:
    try:
        answer = httpx.post(f"{api_url}/guests", json={}, timeout=10)
        answer.raise_for_status()
        st.session_state[GUEST] = answer.json()["token"]
    except (httpx.HTTPError, ValueError, LookupError):
        st.session_state["sign-in-problem"] = _(UNREACHABLE)

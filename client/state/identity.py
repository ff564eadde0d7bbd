"""Who is at the screen, and what their requests carry. The API verifies it; nothing is believed here."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt
import streamlit as st

from client.state.location import kept_location
from client.state.login import login_providers

IAP_HEADER = "X-Goog-Iap-Jwt-Assertion"
DEV_HEADER = "X-Recollect-Dev-User"
DEV_USER = "dev-user"
GUEST = "guest"
"""Under which key a tab keeps its guest's token: it is lost with the tab, as the page says."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose requests a tab sends."""

    key: str
    """Tells persons apart in this process; what is kept for one is never shown to another."""
    headers: Mapping[str, str] = field(repr=False)
    """The credential, as headers of each request."""
    can_sign_out: bool = False
    can_sign_in_again: bool = False
    """Whether a credential that is no longer taken is replaced by a new sign-in."""
    location: str | None = None
    """Where they were when they had to sign in, as the browser says."""


def person() -> Person | None:
    """Whoever is at the screen, as this request of the browser says; None if they have to sign in."""
    if guest := st.session_state.get(GUEST):
        return Person(
            f"guest {guest}",
            {"Authorization": f"Bearer {guest}"},
            can_sign_out=True,
            can_sign_in_again=True,
        )
    identity = identity_mode()
    if identity == "dev":
        # Links between the pages drop it from the address, which a reload goes by.
        named = st.query_params.get("user") or st.session_state.get(DEV_USER)
        if named:
            st.session_state[DEV_USER] = named
            if "user" not in st.query_params:
                st.query_params["user"] = named
        return Person(f"dev {named}", {DEV_HEADER: named} if named else {})
    if identity == "iap":
        assertion = st.context.headers.get(IAP_HEADER) or ""
        try:
            # The API verifies it, before anything is shown.
            named = jwt.decode(assertion, options={"verify_signature": False})["sub"]
        except (jwt.InvalidTokenError, KeyError):
            return None
        return Person(
            f"iap {named}",
            {IAP_HEADER: assertion},
            can_sign_in_again=True,
            location=kept_location(),
        )
    if not st.user.is_logged_in:
        return None
    token = str(st.user.tokens["id"])
    return Person(
        f"oidc {st.user['iss']} {st.user['sub']}",
        {"Authorization": f"Bearer {token}"},
        can_sign_out=True,
        can_sign_in_again=True,
        location=kept_location(),
    )


def forget_all_but_the_person() -> None:
    """Drop what this tab keeps, what was typed into its fields included, but for who is at the screen."""
    kept = {name: st.session_state[name] for name in (GUEST, DEV_USER) if name in st.session_state}
    st.session_state.clear()
    st.session_state.update(kept)


def sign_in_again() -> None:
    """Have a new credential given out; a guest's can't be renewed."""
    if st.session_state.pop(GUEST, None) is not None:
        return
    if identity_mode() == "iap":
        # The proxy signs a new assertion, after a login if need be, when a page is loaded.
        st.html("<script>location.reload()</script>", unsafe_allow_javascript=True)
    else:
        st.login(login_providers()[0])


def sign_out() -> None:
    """Forget who is at the screen."""
    if st.session_state.pop(GUEST, None) is None:
        st.logout()


def identity_mode() -> str:
    """How the service knows its callers: `dev`, `iap` or `oidc`."""
    return os.environ.get("RECOLLECT_IDENTITY") or "dev"

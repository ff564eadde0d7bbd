"""Who the user is, and the credential that their requests carry. Only the API verifies it; nothing
is trusted here."""

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
"""The session state's key for a guest's token. It is lost with the tab, as the page says."""


@dataclass(frozen=True, slots=True)
class Person:
    """The user of a tab."""

    key: str
    """Identifies the user within this process: what is kept for one is never shown to another."""
    headers: Mapping[str, str] = field(repr=False)
    """The credential, as request headers."""
    can_sign_out: bool = False
    can_sign_in_again: bool = False
    """Whether signing in again replaces a credential that is no longer accepted."""
    location: str | None = None
    """Where they were when they had to sign in, according to the browser."""


def person() -> Person | None:
    """The user, according to the browser's request; None if they have to sign in."""
    if guest := st.session_state.get(GUEST):
        return Person(
            f"guest {guest}",
            {"Authorization": f"Bearer {guest}"},
            can_sign_out=True,
            can_sign_in_again=True,
        )
    identity = identity_mode()
    if identity == "dev":
        # Links between pages drop it from the address, but a reload needs it there.
        named = st.query_params.get("user") or st.session_state.get(DEV_USER)
        if named:
            st.session_state[DEV_USER] = named
            if "user" not in st.query_params:
                st.query_params["user"] = named
        return Person(f"dev {named}", {DEV_HEADER: named} if named else {})
    if identity == "iap":
        assertion = st.context.headers.get(IAP_HEADER) or ""
        try:
            # The API verifies it before anything is shown.
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
    """Clear this tab's state, including what was typed, but not who the user is."""
    kept = {name: st.session_state[name] for name in (GUEST, DEV_USER) if name in st.session_state}
    st.session_state.clear()
    st.session_state.update(kept)


def sign_in_again() -> None:
    """Get a new credential. A guest's can't be renewed."""
    if st.session_state.pop(GUEST, None) is not None:
        return
    if identity_mode() == "iap":
        # When a page is loaded the proxy signs a new assertion, after a login if necessary.
        st.html("<script>location.reload()</script>", unsafe_allow_javascript=True)
    else:
        st.login(login_providers()[0])


def sign_out() -> None:
    """Sign the user out."""
    if st.session_state.pop(GUEST, None) is None:
        st.logout()


def identity_mode() -> str:
    """How the service authenticates callers: `dev`, `iap` or `oidc`."""
    return os.environ.get("RECOLLECT_IDENTITY") or "dev"

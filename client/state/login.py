"""How people sign in: by Streamlit's login, whose settings its owner keeps in Streamlit's secrets."""

from collections.abc import Mapping
from typing import Any

import streamlit as st


def login_providers() -> list[str | None]:
    """Whom people can sign in with, as `[auth.google]` names them; None is the one without a name."""
    auth = _settings()
    named = [name for name, given in auth.items() if isinstance(given, Mapping)]
    return [None] if "client_id" in auth or not named else [*named]


def login_secrets() -> dict[str, Any]:
    """What the secrets need besides: that pages are given the ID token, which the API verifies."""
    auth = _settings()
    return {"auth": {"expose_tokens": "id", **auth}} if auth else {}


def _settings() -> dict[str, Any]:
    try:
        return st.secrets["auth"].to_dict() if "auth" in st.secrets else {}
    except FileNotFoundError:
        return {}

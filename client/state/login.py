"""How people sign in: with Streamlit's login, which is configured in Streamlit's secrets."""

from collections.abc import Mapping
from typing import Any

import streamlit as st


def login_providers() -> list[str | None]:
    """The providers that people can sign in with, named as in `[auth.google]`; None is the unnamed one."""
    auth = _settings()
    named = [name for name, given in auth.items() if isinstance(given, Mapping)]
    return [None] if "client_id" in auth or not named else [*named]


def login_secrets() -> dict[str, Any]:
    """The login's secrets with one addition: pages get the ID token, which the API verifies."""
    auth = _settings()
    return {"auth": {"expose_tokens": "id", **auth}} if auth else {}


def _settings() -> dict[str, Any]:
    try:
        return st.secrets["auth"].to_dict() if "auth" in st.secrets else {}
    except FileNotFoundError:
        return {}

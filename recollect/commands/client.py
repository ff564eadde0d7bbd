"""Runs the client alone, where the API runs elsewhere."""

import os
import sys
from importlib.resources import files
from importlib.util import find_spec
from typing import NoReturn


def become_client() -> NoReturn:
    """Replace this process by Streamlit with the client's page.

    Reads only the environment, and needs only the client's settings, not the id key.
    """
    if find_spec("streamlit") is None:
        raise ModuleNotFoundError("No module named 'streamlit'", name="streamlit")
    page = str(files("client").joinpath("app.py"))
    options = {
        "port": os.environ.get("RECOLLECT_CLIENT_PORT") or "8501",
        "address": os.environ.get("RECOLLECT_HOST") or "127.0.0.1",
        "headless": "true",
    }
    command = [sys.executable, "-m", "streamlit", "run", page]
    command += [f"--server.{name}={value}" for name, value in options.items()]
    os.execv(sys.executable, command)  # noqa: S606

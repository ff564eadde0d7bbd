"""The client: `streamlit run client/app.py`. It finds the API at RECOLLECT_API_URL."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.starlette import App

from client.first_theme import FirstTheme
from client.guard import Guard
from client.start import started
from client.state.login import login_secrets

app = App(
    Path(__file__).with_name("pages") / "navigation.py",
    secrets=login_secrets(),
    lifespan=started,
    middleware=[
        Middleware(Guard, hosts=st.get_option("server.allowedHosts")),
        Middleware(FirstTheme),
    ],
)

"""The client: `streamlit run client/app.py`. It finds the API at RECOLLECT_API_URL."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.starlette import App

from client.guard import Guard

app = App(
    Path(__file__).with_name("main.py"),
    middleware=[Middleware(Guard, hosts=st.get_option("server.allowedHosts"))],
)

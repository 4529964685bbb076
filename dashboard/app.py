"""Entry of the dashboard: look, navigation, nothing else. Start it with ``python -m dashboard``."""

from __future__ import annotations

import streamlit as st

from dashboard import ui

st.set_page_config(page_title="ShowRoom", page_icon=str(ui.STATIC / "icon.png"), layout="wide")
st.html(ui.STATIC / "style.css")
st.logo(str(ui.STATIC / "logo.svg"), size="large")

page = st.navigation(
    [
        st.Page(ui.VIEWS / "start.py", title="Start", default=True),
        st.Page(ui.VIEWS / "overview.py", title="Overview", url_path="overview"),
        st.Page(ui.VIEWS / "room.py", title="Room", url_path="room"),
        st.Page(ui.VIEWS / "reviews.py", title="Reviews", url_path="reviews"),
        st.Page(ui.VIEWS / "compare.py", title="Compare", url_path="compare"),
        st.Page(ui.VIEWS / "system.py", title="System", url_path="system"),
    ],
    position="top",
)
page.run()

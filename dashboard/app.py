"""Entry of the dashboard: look and navigation, nothing else.

Start it with ``python -m dashboard``, or ``streamlit run dashboard/app.py``, which serves the ``app`` in here.
"""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

if str(Path(__file__).parents[1]) not in sys.path:  # `streamlit run` only adds this file's own folder
    sys.path.insert(0, str(Path(__file__).parents[1]))

from dashboard.admission import rules, uses_oidc
from dashboard.api import ProblemAnswers, api
from dashboard.data import has_research, open_store
from dashboard.embedding import embed_route
from dashboard.gate import Gate
from dashboard.markup import markup
from dashboard.panels import language_switch, ui
from dashboard.routes import routes
from dashboard.words import t, told
from pipeline.config import Settings
from pipeline.errors import InstallationError


def show() -> None:
    """The page that the address names."""
    st.set_page_config(page_title="ShowRoom", page_icon=str(ui.STATIC / "icon.png"), layout="wide")
    st.html(ui.STATIC / "style.css")
    st.logo(str(ui.STATIC / "logo.svg"), size="large")
    language_switch.settle()
    pages = [
        st.Page(ui.VIEWS / "start.py", title=t("Start"), default=True),
        st.Page(ui.VIEWS / "overview.py", title=t("Overview"), url_path="overview"),
        st.Page(ui.VIEWS / "room.py", title=t("Room"), url_path="room"),
        st.Page(ui.VIEWS / "reviews.py", title=t("Reviews"), url_path="reviews"),
        st.Page(ui.VIEWS / "compare.py", title=t("Compare"), url_path="compare"),
        st.Page(ui.VIEWS / "city.py", title=t("Map"), url_path="map"),
        st.Page(ui.VIEWS / "system.py", title=t("System"), url_path="system"),
    ]
    if has_research(Settings()):  # nobody else needs to see this page
        pages.append(st.Page(ui.VIEWS / "research.py", title=t("Research"), url_path="research"))
    page = st.navigation(pages, position="top")
    language_switch.show()
    if uses_oidc() and not st.user.is_logged_in:
        ui.html(markup.panel(t("Sign in"), t("ShowRoom asks who you are before it shows anything.")))
        st.button(t("Sign in"), type="primary", on_click=st.login)
        st.stop()
    page.run()


def tell(error: Exception) -> bool:
    """Say what is wrong with the installation in place of the page; whether it was that."""
    if not isinstance(error, InstallationError):
        return False
    ui.html(markup.panel(t("ShowRoom cannot go on now"), told(error.message), told(error.advice), tone="bad"))
    return True


# Streamlit imports this file to find the app, and runs it anew for every look at a page.
if get_script_run_ctx(suppress_warning=True) is None:
    app = st.App(
        Path(__file__).resolve(),
        routes=[*routes(open_store), embed_route(open_store), api(open_store)],
        middleware=[Middleware(ProblemAnswers), Middleware(Gate, rules=rules)],
        on_script_error=tell,
    )
else:
    show()

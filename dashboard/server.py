"""The dashboard's server: Streamlit's pages and the dashboard's own routes on one port."""

from __future__ import annotations

import importlib

import streamlit as st

from dashboard.app import app
from dashboard.data import open_store

# What the pages import: done before the first visitor comes, so that the first page is quick.
WARM = (
    "dashboard.panels.ui",
    "dashboard.panels.jobs",
    "dashboard.markup.charts",
    "dashboard.data.uploads",
    "pipeline.jobs.jobs",
    "pipeline.doctor",
)


def create_app() -> st.App:
    """The whole dashboard as an ASGI application, with the store open and the pages' modules imported."""
    open_store()
    for module in WARM:
        importlib.import_module(module)
    return app

"""The language of the page as browsers and screen readers are told it: ``lang`` of the document."""

from __future__ import annotations

import htpy as h
import streamlit as st

_HTML = str(h.span({"data-page-language": ""}, hidden=True))
_JS = """
export default function ({ data }) {
  document.documentElement.lang = data.language;
}
"""
_mount = st.components.v2.component("showroom_page_language", html=_HTML, js=_JS)


def page_language(code: str) -> None:
    """Say in which language the page is written."""
    _mount(data={"language": code}, key="page_language")

"""The language of the page as browsers and screen readers are told it: ``lang`` of the document."""

from __future__ import annotations

import streamlit as st

_HTML = "<span hidden data-page-language></span>"
_JS = """
export default function ({ data }) {
  document.documentElement.lang = data.language;
}
"""
_mount = st.components.v2.component("showroom_page_language", html=_HTML, js=_JS)


def page_language(code: str) -> None:
    """Say in which language the page is written."""
    _mount(data={"language": code}, key="page_language")

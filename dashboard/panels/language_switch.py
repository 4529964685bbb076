"""The switch of languages, in the header of every page."""

from __future__ import annotations

import streamlit as st

from dashboard.components.page_language import page_language
from dashboard.words import LANGUAGES, chosen, language, t

_CHOICE = "language_choice"


def settle() -> None:
    """Settle the language of this look at a page: asked for in the address, chosen before, or the browser's."""
    accepted = st.context.headers.get("Accept-Language") or st.context.locale
    chosen(st.query_params.get("lang"), accepted)


def show() -> None:
    """The switch; it keeps the page and its query."""
    st.session_state[_CHOICE] = chosen(None, None)
    with st.container(key="language"):
        page_language(language())
        st.segmented_control(
            t("Language"),
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            key=_CHOICE,
            required=True,
            label_visibility="collapsed",
            on_change=_choose,
        )


def _choose() -> None:
    """The address names the choice, so that it outlives a reload and can be sent to somebody."""
    code = st.session_state[_CHOICE]
    if code in LANGUAGES:
        st.query_params["lang"] = code
        chosen(code, None)

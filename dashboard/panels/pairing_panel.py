"""Pairing a browser or a program: a code that is shown once, and who is paired."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting
from dashboard.api import Client, pairings
from dashboard.markup import markup
from dashboard.panels import ui
from dashboard.words import mark, t

WHY = mark(
    "The browser extension, and programs of other computers, show this code once and may then use ShowRoom."
)
GOOD_FOR = mark("Good for ten minutes, and for one of them. It is not shown again.")


@st.fragment
def show() -> None:
    """The button, the code, and the list."""
    ui.html(markup.section(t("Browsers and programs"), t(WHY)))
    with st.container(key="pairing"):
        if st.button(t("Show a code"), key="pairing_new"):
            with st.container(gap="xsmall"):
                st.code(pairings().new_code(), language=None)
                ui.html(markup.note(t(GOOD_FOR)))
        for client in pairings().clients():
            _row(client)


def _row(client: Client) -> None:
    with st.container(
        key=f"paired_{client.id}",
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
    ):
        kind = t("extension") if client.origin else t("program")
        ui.html(markup.note(f"{client.name} · {kind} · {formatting.ago(client.since.timestamp())}"))
        if st.button(t("Forget"), key=f"forget_{client.id}"):
            pairings().revoke(client.id)
            st.rerun(scope="fragment")

"""Start: bring a listing in, watch what is analysed, and find everything that is there."""

from __future__ import annotations

import streamlit as st

from dashboard.markup import markup
from dashboard.panels import job_panel, listing_cards, ui, under_way, ways_in
from dashboard.words import t
from pipeline.jobs import worker_alive

WORKER_COMMAND = "python -m pipeline worker"


def _worker_note() -> None:
    if worker_alive(ui.store()):
        return
    with st.container(key="no_worker"):
        ui.html(
            markup.panel(
                t("No worker is running"),
                t("Analyses wait until one is there. Start it in a terminal, in ShowRoom's folder:"),
                tone="warn",
            )
        )
        st.code(WORKER_COMMAND, language=None)


job_id = st.query_params.get("job")
if job_id is not None:
    job_panel(job_id)
else:
    with st.container(key="hero"):
        ui.html(
            markup.hero(
                t("See the rooms before you book."),
                t(
                    "ShowRoom turns a listing's photos into rooms that you can walk through,"
                    " and reads all of its reviews."
                ),
                (ui.STATIC / "room.svg").read_bytes(),
            )
        )
    ways_in.show()
    _worker_note()
    under_way.show()
listing_cards.show()

"""A box that asks the reviews of a listing."""

from __future__ import annotations

import streamlit as st

from dashboard.data import ListingView
from dashboard.markup import answer_markup, markup
from dashboard.panels import ui
from dashboard.words import t, told
from pipeline.recipe import index_reviews
from pipeline.reviews.asking import LONGEST_QUESTION, Index


@st.cache_resource(max_entries=8, show_spinner=False)
def _index(listing_id: str, report_key: str | None) -> Index:
    """Made once; read again when there is a newer report."""
    return index_reviews(ui.store(), listing_id)


@st.fragment
def show(view: ListingView) -> None:
    """The box, and the answer to what stands in it; asking leaves the rest of the page alone."""
    note = t("A question or a word, in any language. The answer is what guests wrote, nothing else.")
    ui.html(markup.section(t("Ask the reviews"), note))
    with st.container(key="ask"):
        question = st.text_input(
            t("Question"),
            key="ask_question",
            max_chars=LONGEST_QUESTION,
            placeholder=t("Is it quiet at night?  아이와 지내기 좋은가요"),
            label_visibility="collapsed",
        )
        if not question.strip():
            return
        try:
            found = _index(view.id, view.entry.report_key).ask(question)
        except ValueError as error:
            ui.html(markup.note(told(str(error))))
            return
        ui.html(answer_markup.answer(found))

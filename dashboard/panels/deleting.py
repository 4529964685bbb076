"""Deleting a listing with all that is known of it, asked for twice."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting
from dashboard.data import ListingView
from dashboard.markup import markup
from dashboard.panels import ui
from dashboard.words import mark, t, told
from pipeline.store import StillAnalysed, forget_listing

WHAT_GOES = mark(
    "Its reviews, photos, rooms and reports, what they were made of, its uploads and its analyses are deleted"
    " at once. Backups and exports that you made elsewhere stay."
)
WHAT_IS_SAVED = mark(
    "Photos, facts and reviews as one ZIP: ShowRoom reads it again, here or elsewhere. No names are in it."
)


def show(current: ListingView) -> None:
    """A link that saves the listing as one ZIP, and a folded panel that deletes it."""
    st.link_button(t("Save this listing"), f"/api/v1/listings/{current.id}/archive", help=t(WHAT_IS_SAVED))
    with st.expander(t("Delete this listing"), key="delete_listing"):
        ui.html(markup.note(t(WHAT_GOES)))
        sure = st.checkbox(t("Delete it, with all that is known of it"), key="delete_sure")
        if not st.button(t("Delete"), key="delete_now", disabled=not sure):
            return
        try:
            gone = forget_listing(ui.store(), current.id)
        except StillAnalysed as refusal:
            st.error(formatting.markdown_text(told(str(refusal))))
            return
        st.session_state.pop("listing_id", None)
        st.toast(t("Deleted: {size}", size=formatting.byte_size(gone.bytes)))
        st.switch_page(ui.START)

"""Deleting a listing with all that is known of it, asked for twice."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting
from dashboard.data import ListingView
from dashboard.markup import markup
from dashboard.panels import ui
from pipeline.store import StillAnalysed, forget_listing

WHAT_GOES = (
    "Its reviews, photos, rooms and reports, what they were made of, its uploads and its analyses are deleted"
    " at once. Backups and exports that you made elsewhere stay."
)
WHAT_IS_SAVED = (
    "Photos, facts and reviews as one ZIP: ShowRoom reads it again, here or elsewhere. No names are in it."
)


def show(current: ListingView) -> None:
    """A link that saves the listing as one ZIP, and a folded panel that deletes it."""
    st.link_button("Save this listing", f"/api/v1/listings/{current.id}/archive", help=WHAT_IS_SAVED)
    with st.expander("Delete this listing", key="delete_listing"):
        ui.html(markup.note(WHAT_GOES))
        sure = st.checkbox("Delete it, with all that is known of it", key="delete_sure")
        if not st.button("Delete", key="delete_now", disabled=not sure):
            return
        try:
            gone = forget_listing(ui.store(), current.id)
        except StillAnalysed as refusal:
            st.error(formatting.markdown_text(refusal))
            return
        st.session_state.pop("listing_id", None)
        st.toast(f"Deleted: {formatting.byte_size(gone.bytes)}")
        st.switch_page(ui.START)

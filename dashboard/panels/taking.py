"""What of a listing can be taken along: the report in one file, and every table."""

from __future__ import annotations

import streamlit as st

from dashboard.data import ListingView
from dashboard.markup import markup
from dashboard.panels import ui
from dashboard.report import html_report
from dashboard.words import language, speaking, t
from pipeline.api import listing_tables, zipped_tables


def show(current: ListingView) -> None:
    """Buttons; what they give is made when they are pressed."""

    spoken = language()  # what the buttons give is made later, when the session cannot be asked

    def report() -> str:
        with speaking(spoken):
            return html_report(ui.store(), current, ui.review_report(current))

    def tables() -> bytes:
        return zipped_tables(listing_tables(ui.store(), current.id), current.listing.title)

    note = t("The report is one file that opens without a network and prints well; tables are CSV and Parquet.")
    ui.html(markup.section(t("Take it along"), note))
    with st.container(horizontal=True, gap="small", key="take_along"):
        st.download_button(
            t("Report (HTML)"), report, f"{current.id}.html", "text/html", key="take_report", on_click="ignore"
        )
        st.download_button(
            t("Tables (ZIP)"),
            tables,
            f"{current.id}-tables.zip",
            "application/zip",
            key="take_tables",
            on_click="ignore",
        )

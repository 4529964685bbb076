"""What is being analysed, live: a line for each analysis; the page is drawn anew when there is more to show."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import formatting
from dashboard.data import (
    ListingView,
    UnderWay,
    active,
    place_in_queue,
    seconds_left,
    services,
    what_shows,
)
from dashboard.markup import markup
from dashboard.panels import ui
from dashboard.panels.jobs import origin_name
from dashboard.words import t, tn
from pipeline.jobs import recover
from pipeline.store import JobState

#: a look takes some hundredths of a second of the processor that the analysis needs
POLL_S = 2.0
#: how often a page to which more may come looks whether something was started elsewhere
IDLE_POLL_S = 3.0
#: photos beside an analysis, as soon as they are collected
PHOTOS = 5


def show(view: ListingView | None = None) -> list[UnderWay]:
    """A line for each analysis under way (of one listing, if one is given), and which they are.

    Where more may come, the page looks out for what is started elsewhere.
    """
    listing_id = None if view is None else view.id
    store = ui.store()
    recover(store)
    found = active(store, listing_id)
    seen = what_shows(store, found, listing_id)
    if found:
        with st.container(key="under_way"):
            _live(listing_id, seen)
    elif view is None or not view.is_whole:
        _look_out(listing_id, seen)
    return found


def words(one: UnderWay, found: Sequence[UnderWay] = ()) -> str:
    """What is done at the moment, or how many come before it."""
    if one.job.state is JobState.QUEUED:
        if one.waits_for_worker:
            return t("Waiting for a worker to be started")
        before = place_in_queue(one, found)
        return (
            tn("Waiting, {number} analysis before it", "Waiting, {number} analyses before it", before)
            if before
            else t("Starting")
        )
    if not one.stage:
        return t("Starting")
    return formatting.stage_name(one.stage) + (f" · {one.room}" if one.room else "")


@st.fragment(run_every=IDLE_POLL_S)
def _look_out(listing_id: str | None, seen: tuple[object, ...]) -> None:
    """Draw the page anew once anything is started, by a command or in another window."""
    store = ui.store()
    if what_shows(store, active(store, listing_id), listing_id) != seen:
        st.rerun()


@st.fragment(run_every=POLL_S)
def _live(listing_id: str | None, seen: tuple[object, ...]) -> None:
    store = ui.store()
    found = active(store, listing_id)
    if what_shows(store, found, listing_id) != seen:
        st.rerun()
    everything = found if listing_id is None else active(store)
    left = seconds_left(store, everything)
    for one in found:
        said = words(one, everything)
        if one.job.id in left and not one.waits_for_worker:
            said += " · " + t("{time} left", time=formatting.about(left[one.job.id]))
        _line(one, said, with_listing=listing_id is None)


def _line(one: UnderWay, told: str, *, with_listing: bool) -> None:
    job = one.job
    title, photos = t("Being analysed"), []
    if with_listing:
        title = origin_name(job.origin)
        entry = next((e for e in ui.store().catalogue.listings() if e.id == job.listing_id), None)
        view = ui.view_if_stored(entry) if entry is not None else None
        if view is not None:
            title = view.listing.title
            photos = [view.url(photo_id, 320) for photo_id in services.collage(view.listing, PHOTOS)]
    with st.container(key=f"under_way_{job.id}"):
        ui.html(markup.under_way(title, told, job.fraction, photos))
        with st.container(horizontal=True, gap="small"):
            if with_listing and photos:
                st.page_link(
                    ui.OVERVIEW, label=t("See what is there"), query_params={"listing": job.listing_id or ""}
                )
            st.page_link(ui.START, label=t("Every step"), query_params={"job": job.id})

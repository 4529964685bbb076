"""Streamlit helpers that every page shares: the store, the listing in the address, messages."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import htpy as h
import streamlit as st
from markupsafe import Markup, escape

from dashboard.data import (
    Layouts,
    ListingView,
    RoomViews,
    listing_view,
    load,
    maps,
    open_store,
    read_layouts,
    read_views,
)
from dashboard.markup import markup
from dashboard.words import t, told
from pipeline.jobs import submit_again
from pipeline.recipe import imported_cities
from pipeline.report import RoomReport
from pipeline.reviews.city import CityResults
from pipeline.reviews.report import ReviewReport
from pipeline.sizing import ListingSizes, listing_sizes
from pipeline.store import ListingEntry, Store

STATIC = Path(__file__).resolve().parents[1] / "static"
# Not called "pages": Streamlit runs files of a folder of that name on their own, without app.py, when the first
# address that a fresh server is asked for is one of theirs.
VIEWS = Path(__file__).resolve().parents[1] / "views"
START, OVERVIEW, ROOM, REVIEWS, COMPARE, MAP, SYSTEM, RESEARCH = (
    f"views/{name}.py"
    for name in ("start", "overview", "room", "reviews", "compare", "city", "system", "research")
)


def store() -> Store:
    """The store of this installation."""
    return open_store()


@st.cache_resource(max_entries=24, show_spinner=False)
def _view(key: str, report_key: str | None, title: str, _entry: ListingEntry, _store: Store) -> ListingView:
    return listing_view(_store, _entry)


def view(entry: ListingEntry) -> ListingView:
    """A listing with its report, read once per stored result; ends the page if its files are gone."""
    found = view_if_stored(entry)
    if found is None:
        with st.container(key="damaged"):
            again_button(entry)
        stop_with(
            t("The files of this listing are gone or damaged"),
            t("“{title}” is on record, but its photos and reviews can no longer be read.", title=entry.title),
            t("Analyse it again: they are collected anew, and what is whole is kept."),
            (START, t("Go to Start")),
        )
    return found


def view_if_stored(entry: ListingEntry) -> ListingView | None:
    """A listing with its report, ``None`` if its files are gone or damaged."""
    try:
        found = _view(entry.key, entry.report_key, entry.title, entry, store())
    except KeyError:
        return None
    if found.report is None and entry.report_key is not None:
        _view.clear()  # what cannot be read now may have been made anew at the next look
    return found


def again_button(entry: ListingEntry) -> None:
    """A button that analyses a listing once more and shows how far it is."""
    if st.button(t("Analyse again"), type="primary", key=f"again_{entry.id}"):
        job = submit_again(store(), entry)
        st.switch_page(START, query_params={"job": job.id})


def _trouble(current: ListingView) -> None:
    """Say that a stored result of the listing is damaged, and how it is made anew."""
    trouble = store().trouble(current.entry)
    if trouble is None:
        return
    with st.container(key="trouble"):
        html(
            markup.panel(
                t("A part of this listing is damaged"), told(trouble), t("Analyse it again."), tone="warn"
            )
        )
        again_button(current.entry)


@st.cache_resource(max_entries=24, show_spinner=False)
def _review_report(key: str, _store: Store) -> ReviewReport:
    return load(_store, key)


def review_report(current: ListingView) -> ReviewReport | None:
    """What the reviews say; ``None`` where they were not analysed or the result is gone."""
    key = current.report.reviews_key if current.report is not None else None
    if key is None:
        return None
    try:
        return _review_report(key, store())
    except KeyError:
        return None


@st.cache_resource(max_entries=8, show_spinner=False)
def _city(folder: Path, changed_ns: int) -> CityResults:
    return CityResults(folder)


def cities() -> dict[str, CityResults]:
    """The imported cities by name."""
    return {folder.name: _city(folder, folder.stat().st_mtime_ns) for folder in imported_cities(store())}


@st.cache_resource(max_entries=8, show_spinner=False)
def city_tiles(name: str, _results: CityResults) -> tuple[maps.Tile, ...]:
    """The base of a city's map."""
    return maps.tiles(_results.places())


def home_tiles(current: ListingView) -> tuple[maps.Tile, ...]:
    """The base of the map of the city that has the listing's neighbourhood; none where no city has it."""
    for name, results in cities().items():
        base = city_tiles(name, results)
        if any(tile.neighbourhood == current.listing.neighbourhood for tile in base):
            return base
    return ()


def room_views(room: RoomReport) -> RoomViews | None:
    """Which views of a room are missing, and what was made of that; ``None`` where the stage did not run."""
    return read_views(store(), room)


def layouts(room: RoomReport) -> Layouts | None:
    """Which part of the room each photo shows; ``None`` where the stage did not run."""
    return read_layouts(store(), room)


def sizes(current: ListingView) -> ListingSizes:
    """The sizes of the rooms of a listing, and what is missing of them."""
    return listing_sizes(store(), current.report)


def own_address() -> str:
    """Where the browser reached the dashboard, without a path; empty where nobody looks."""
    place = urlsplit(st.context.url or "")
    return f"{place.scheme}://{place.netloc}" if place.netloc else ""


def html(body: Markup | h.Element | h.Fragment) -> None:
    """Show HTML made by :mod:`dashboard.markup` or htpy; a plain string would be shown as text."""
    st.html(str(escape(body)))


def page_head(title: str, lead: str = "", pills: tuple[Markup, ...] = (), *, compact: bool = False) -> None:
    """Title of a page."""
    html(markup.page_head(title, lead, pills, compact=compact))


def stop_with(title: str, body: str, advice: str, *links: tuple[str, str]) -> NoReturn:
    """Say why the page has nothing to show, offer ways on, and end the page."""
    with st.container(key="message"):
        html(markup.panel(title, body, advice))
        with st.container(horizontal=True, gap="small"):
            for page, label in links:
                st.page_link(page, label=label)
    st.stop()


def nothing_yet() -> NoReturn:
    """The message of a page that needs a listing while there is none."""
    stop_with(
        t("Nothing here yet"),
        t("ShowRoom has not looked at a listing so far."),
        t("Analyse the demo: it takes a few minutes and needs nothing but this computer."),
        (START, t("Go to Start")),
    )


def current_listing() -> ListingView:
    """The listing in the address (``?listing=``), else the one seen last, else the newest.

    The page ends here, with a message, where there is none.
    """
    entries = {entry.id: entry for entry in store().catalogue.listings()}
    asked = st.query_params.get("listing")
    if asked is not None and asked not in entries:
        stop_with(
            t("This listing is not known"),
            t("There is no listing with the id “{id}” here.", id=asked),
            t("The address may be mistyped, or the listing was removed."),
            (START, t("All listings")),
        )
    if not entries:
        nothing_yet()
    remembered = st.session_state.get("listing_id")
    chosen = asked or (remembered if remembered in entries else next(iter(entries)))
    st.session_state["listing_id"] = chosen
    if asked is None:
        st.query_params["listing"] = chosen
    return view(entries[chosen])


def listing_bar(current: ListingView, page: str) -> None:
    """The line above a listing's pages: which listing, and its other pages."""
    _trouble(current)
    entries = store().catalogue.listings()
    with st.container(key="listing_bar", horizontal=True, vertical_alignment="center", gap="small"):
        if len(entries) > 1:
            titles = {entry.id: entry.title for entry in entries}
            chosen = st.selectbox(
                t("Listing"),
                list(titles),
                index=list(titles).index(current.id),
                format_func=lambda listing_id: titles[listing_id],
                key=f"listing_choice_{current.id}",
                label_visibility="collapsed",
                width=320,
            )
            if chosen != current.id:
                st.session_state["listing_id"] = chosen
                st.query_params.from_dict({"listing": chosen})
                st.rerun()
        for target, label in ((OVERVIEW, t("Overview")), (ROOM, t("Room")), (REVIEWS, t("Reviews"))):
            if target != page:
                st.page_link(target, label=label, query_params={"listing": current.id})


def listing_pills(current: ListingView) -> tuple[Markup, ...]:
    """Small labels over a listing's title."""
    pills = []
    if current.listing.synthetic:
        pills.append(markup.pill(t("Synthetic: photos and reviews are invented"), "accent"))
    if current.listing.room_type:
        pills.append(markup.pill(current.listing.room_type))
    return tuple(pills)


def attribution(current: ListingView) -> None:
    """Credit that the data's licence asks for."""
    if current.listing.attribution:
        html(h.p(".sr-attribution")[current.listing.attribution])


def points_file(room: RoomReport, *, photos_only: bool = False) -> Path | None:
    """The stored points of a room (of the photos alone, if ``photos_only``), ``None`` if they are gone."""
    key = room.photo_surface_key if photos_only else room.surface_key
    if key is None:
        return None
    try:
        return store().file(key, "points.glb")
    except KeyError:
        return None


def has_file(key: str, name: str) -> bool:
    """Whether a stored result still has this file."""
    try:
        store().file(key, name)
    except KeyError:
        return False
    return True

"""Compare listings side by side: photo, numbers, facts, a room in 3D; what guests judge and speak of."""

from __future__ import annotations

from collections.abc import Callable

import htpy as h
import streamlit as st

from dashboard.components.room_viewer import room_viewer
from dashboard.data import ListingView, room_views, services
from dashboard.markup import aspect_markup, compare_markup, markup
from dashboard.panels import ui
from pipeline.reviews.report import Comparison, ReviewReport, compare_reports
from pipeline.store import ListingEntry

MOST = 4
VIEWER_HEIGHT_PX = 340


def _asked(entries: dict[str, ListingEntry]) -> list[str]:
    ids = [part for part in st.query_params.get("listings", "").split(",") if part]
    unknown = [listing_id for listing_id in ids if listing_id not in entries]
    if unknown:
        ui.stop_with(
            "A listing is not known",
            f"There is no listing with the id “{unknown[0]}” here.",
            "The address may be mistyped, or the listing was removed.",
            (ui.COMPARE, "Choose listings"),
            (ui.START, "All listings"),
        )
    return list(dict.fromkeys(ids))[:MOST]


def _choose(entries: dict[str, ListingEntry]) -> list[ListingView]:
    asked = _asked(entries)
    chosen = st.multiselect(
        "Listings",
        list(entries),
        default=asked or list(entries)[:2],
        format_func=lambda listing_id: entries[listing_id].title,
        max_selections=MOST,
        key="compare_choice",
        placeholder="Choose two or more",
    )
    if chosen != asked:
        st.query_params["listings"] = ",".join(chosen)
    return [ui.view(entries[listing_id]) for listing_id in chosen]


def _viewer(view: ListingView) -> None:
    if not view.built:
        reason = next((room.reason for room in view.rooms if room.reason), None)
        ui.html(markup.panel("No room in 3D", reason or "No room of this listing has been built yet."))
        return
    built = sorted(view.built, key=room_views.is_guessed)
    room = built[0]
    if len(built) > 1:
        names = {one.room_id: one.name for one in built}
        picked = st.selectbox(
            "Room",
            list(names),
            format_func=lambda room_id: names[room_id],
            key=f"compare_room_{view.id}",
            label_visibility="collapsed",
        )
        room = view.room(picked)
    if room_views.is_guessed(room):
        ui.html(markup.pill(room_views.guessed_words(room), "warn"))
    data = services.viewer_data(view, room, height_px=VIEWER_HEIGHT_PX, compact=True)
    room_viewer(data, ui.points_file(room), key=f"compare_viewer_{view.id}_{room.room_id}")


def _numbers(view: ListingView) -> None:
    numbers = services.headline(view, ui.review_report(view))
    rows = [(n.label[:1].upper() + n.label[1:], f"{n.value} {n.note}".strip()) for n in numbers]
    ui.html(markup.key_values(rows))


def _facts(view: ListingView) -> None:
    ui.html(markup.fact_list(services.facts(view.listing)))


PARTS: tuple[tuple[str, str, Callable[[ListingView], None]], ...] = (
    ("Rooms", "compare_rooms", _viewer),
    ("Numbers", "compare_numbers", _numbers),
    ("Facts", "compare_facts", _facts),
)


def _column(view: ListingView) -> None:
    with st.container(key=f"compare_{view.id}"):
        cover = services.collage(view.listing, 1)
        mark = markup.pill("Synthetic", "accent") if view.listing.synthetic else None
        ui.html(markup.cover(view.url(cover[0], 640) if cover else None, view.entry.title, mark))
        ui.html(markup.card_text(view.listing.title, [view.listing.neighbourhood or ""]))
        st.page_link(ui.OVERVIEW, label="Open", query_params={"listing": view.id})


def _rows(views: list[ListingView], title: str, key: str) -> list[st.delta_generator.DeltaGenerator]:
    ui.html(markup.section(title))
    with st.container(key=key):
        return list(st.columns(len(views), gap="medium"))


def _reports(views: list[ListingView]) -> dict[str, ReviewReport]:
    found = {view.id: ui.review_report(view) for view in views}
    return {name: report for name, report in found.items() if report is not None and report.status == "ok"}


def _guests(views: list[ListingView]) -> None:
    """What the reviews of all say, side by side."""
    reports = _reports(views)
    if len(reports) < 2:
        ui.html(markup.section("What guests say"))
        ui.html(markup.note("Two listings with analysed reviews can be compared here."))
        return
    found = compare_reports(reports)
    titles = {view.id: view.listing.title for view in views}
    if found.aspects:
        note = "Scores from 0 to 100 with their uncertainty. “Clearly better”: more than chance."
        ui.html(markup.section("What guests judge", note))
        with st.container(key="compare_aspects"):
            ui.html(compare_markup.aspect_table(found, titles))
    ui.html(markup.section("Topics that they share", "How much of each listing's reviews is about it."))
    with st.container(key="compare_shared"):
        ui.html(compare_markup.shared_topics(found.shared, found, titles))
    _apart([view for view in views if view.id in reports], found)


def _apart(views: list[ListingView], found: Comparison) -> None:
    """What tells each listing from the others."""
    columns = _rows(views, "What tells them apart", "compare_alone")
    for column, view in zip(columns, views, strict=True):
        with column:
            ui.html(h.p(".sr-column-title")[view.listing.title])
            if found.special.get(view.id):
                ui.html(aspect_markup.special_list(found.special[view.id]))
            ui.html(markup.note("Topics of this listing alone"))
            ui.html(compare_markup.topics_alone(found.distinguishing, view.id))


entries = {entry.id: entry for entry in ui.store().catalogue.listings()}
if not entries:
    ui.nothing_yet()
ui.page_head("Compare", "Listings side by side.")
views = _choose(entries)
if not views:
    ui.stop_with("Nothing chosen", "Choose two or more listings above.", "", (ui.START, "All listings"))
if len(entries) == 1:
    ui.html(markup.panel("Only one listing so far", "Analyse another one to see them side by side."))
for column, view in zip(st.columns(len(views), gap="medium"), views, strict=True):
    with column:
        _column(view)
_guests(views)
for title, key, show in PARTS:
    for column, view in zip(_rows(views, title, key), views, strict=True):
        with column:
            # On a phone the columns stand below each other, far from their photos.
            ui.html(h.p(".sr-phone-only")[view.listing.title])
            show(view)

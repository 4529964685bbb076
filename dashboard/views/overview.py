"""Overview of one listing: photos by room, facts, headline numbers, topics, what was left out."""

from __future__ import annotations

import htpy as h
import streamlit as st

from dashboard import formatting
from dashboard.components.room_viewer import room_viewer
from dashboard.data import (
    ListingView,
    UnderWay,
    best_topics,
    facts,
    how_big,
    is_being_built,
    maps,
    room_views,
    services,
    what_it_costs,
    where,
)
from dashboard.markup import decision_markup, map_markup, markup
from dashboard.panels import deleting, taking, ui, under_way
from dashboard.words import mark, t, tn, told
from pipeline.report import RoomReport
from pipeline.sizing import listing_card

STATUS: dict[str, tuple[str, markup.Tone]] = {
    "built": (mark("3D room"), "good"),
    "impossible": (mark("Not possible yet"), "warn"),
    "failed": (mark("Failed"), "warn"),
    "skipped": (mark("Skipped"), "quiet"),
    "waiting": (mark("Not built yet"), "warn"),
}

LINKS = {"built": mark("Walk through"), "waiting": mark("See its photos")}


LOOK_HEIGHT_PX = 432


def _look(view: ListingView) -> None:
    """What it looks like: a room's picture, the room itself once clicked; else photos, or words."""
    room = next(iter(sorted(view.built, key=room_views.is_guessed)), None)
    with st.container(key="look"):
        if room is None:
            _no_room(view)
            return
        flag = f"walk_{view.id}_{room.room_id}"
        if st.session_state.get(flag):
            data = services.viewer_data(view, room, height_px=LOOK_HEIGHT_PX, compact=True)
            room_viewer(data, ui.points_file(room), key=f"overview_viewer_{view.id}_{room.room_id}")
            return
        shown = [*room.placed, *room.photo_ids, *services.collage(view.listing)]
        urls = [view.url(photo_id, 1280) for photo_id in dict.fromkeys(shown)][:1]
        mark = (
            room_views.guessed_words(room) if room_views.is_guessed(room) else t("{room} in 3D", room=room.name)
        )
        ui.html(markup.cover(urls[0] if urls else None, room.name, markup.pill(mark, "accent")))
        st.button(t("Walk through"), key="walk", icon=":material/3d_rotation:", on_click=_enter, args=(flag,))


def _enter(flag: str) -> None:
    st.session_state[flag] = True


def _no_room(view: ListingView) -> None:
    if view.listing.photos:
        urls = [
            view.url(photo, 1280 if n == 0 else 640) for n, photo in enumerate(services.collage(view.listing))
        ]
        with st.container(key="overview_collage"):
            ui.html(markup.collage(urls, view.listing.title))
        return
    report = ui.review_report(view)
    if report is not None and report.summary:
        ui.html(decision_markup.in_short(report))
    else:
        ui.html(
            decision_markup.unread(t("No photos"), t("The source gives no photos, so there is nothing to see."))
        )


def _verdict(view: ListingView, active: list[UnderWay]) -> None:
    report = ui.review_report(view)
    if report is not None and report.status == "ok":
        ui.html(decision_markup.verdict(report))
        return
    why = report.reason if report is not None else view.report and view.report.reviews_note
    if view.report is None:
        why = mark("they are being read") if active else mark("they were not read yet")
    number = formatting.count(len(view.listing.reviews), "review") if view.listing.reviews else t("No reviews")
    ui.html(decision_markup.unread(number, formatting.sentence(told(t(why or mark("nothing to read"))))))


def _glances(view: ListingView) -> None:
    with st.container(key="glances"):
        measured = listing_card(view.listing, view.rooms, ui.sizes(view)).short
        rows = [how_big(view, measured), what_it_costs(view.listing), where(view.listing)]
        here = maps.pin(view.listing)
        picture = map_markup.locator(ui.home_tiles(view), here) if here is not None else None
        ui.html(decision_markup.glances(rows, [None, None, picture]))


def _status(room: RoomReport, active: list[UnderWay]) -> tuple[str, markup.Tone]:
    if room.status == "waiting" and active:
        return (t("Being built"), "accent") if is_being_built(room, active) else (t("Waiting"), "quiet")
    label, tone = STATUS[room.status]
    return t(label), tone


def _room_card(view: ListingView, room: RoomReport, active: list[UnderWay]) -> None:
    label, tone = _status(room, active)
    if room_views.is_guessed(room):
        label, tone = room_views.guessed_words(room), "warn"
    photo_ids = room.placed or room.photo_ids
    url = view.url(photo_ids[0], 640) if photo_ids else None
    placed = tn(
        "{placed} of {number} photo placed",
        "{placed} of {number} photos placed",
        len(room.photo_ids),
        placed=len(room.placed),
    )
    note = (
        placed
        if room.status == "built"
        else (told(room.reason or "") or formatting.count(len(photo_ids), "photo"))
    )
    with st.container(key=f"card_room_{room.room_id}"):
        ui.html(markup.cover(url, room.name, markup.pill(label, tone)))
        ui.html(markup.card_text(room.name, [note]))
        link = t(LINKS.get(room.status, mark("See why")))
        st.page_link(ui.ROOM, label=link, query_params={"listing": view.id, "room": room.room_id})


def _rooms(view: ListingView, active: list[UnderWay]) -> None:
    if view.report is None:
        if active:
            return
        ui.html(
            markup.panel(
                t("Not analysed yet"),
                t("The photos and reviews are here; the report is not."),
                t("Start the analysis on the Start page."),
            )
        )
        return
    if not view.rooms:
        return
    ui.html(markup.section(t("Rooms")))
    with st.grid(min_column_width=260, gap="medium", key="room_cards"):
        for room in view.rooms:
            _room_card(view, room, active)


def _topics(view: ListingView) -> None:
    report = ui.review_report(view)
    if report is None or not report.topics or not view.listing.photos:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        ui.html(markup.section(t("What people talk about")))
        ui.html(markup.topic_lines(report.topics[:6]))
    best = best_topics(report, 1)
    with right:
        if best:
            ui.html(markup.section(t("Liked most")))
            ui.html(markup.topic_card(best[0], 1))
    st.page_link(ui.REVIEWS, label=t("All topics and reviews"), query_params={"listing": view.id})


def _photos(view: ListingView) -> None:
    shown: set[str] = set()
    with st.expander(
        tn("All {number} photo", "All {number} photos", len(view.listing.photos)), key="all_photos"
    ):
        for name, photo_ids in view.photos_by_room:
            ui.html(markup.section(name, formatting.count(len(photo_ids), "photo")))
            ui.html(
                markup.photo_row([(view.url(i, 320), view.listing.photo(i).caption or "") for i in photo_ids])
            )
            shown.update(photo_ids)
        rest = [photo.id for photo in view.listing.photos if photo.id not in shown]
        if rest:
            ui.html(markup.section(t("Other photos")))
            ui.html(markup.photo_row([(view.url(i, 320), "") for i in rest]))


def _problems(view: ListingView) -> None:
    problems = view.listing.problems
    notes = view.report.notes if view.report is not None else ()
    if not problems and not notes:
        return
    title = (
        tn("{number} file or row left out", "{number} files and rows left out", len(problems))
        if problems
        else t("Notes")
    )
    with st.expander(title, key="problems"):
        ui.html(markup.key_values([(problem.subject, told(problem.message)) for problem in problems]))
        ui.html(markup.key_values([(t("Note"), told(note)) for note in notes]))


def _facts(view: ListingView) -> None:
    ui.html(markup.section(t("Facts")))
    ui.html(markup.fact_list(facts.facts(view.listing)))
    for fact in facts.long_facts(view.listing):
        if fact.status == "present":
            with st.expander(t(fact.label), key=f"fact_{fact.label.lower()}"):
                ui.html(h.p(".sr-prose")[fact.value])


view = ui.current_listing()
ui.listing_bar(view, ui.OVERVIEW)
active = under_way.show(view)
with st.container(key="decides"):
    ui.page_head(view.listing.title, "", ui.listing_pills(view), compact=True)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        _look(view)
    with right:
        _verdict(view, active)
    _glances(view)
_rooms(view, active)
_topics(view)
_facts(view)
with st.container(key="headline"):
    ui.html(markup.numbers(services.headline(view, ui.review_report(view))))
if view.listing.photos:
    _photos(view)
taking.show(view)
_problems(view)
deleting.show(view)
ui.attribution(view)

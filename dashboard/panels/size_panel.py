"""How large a room is, on the page of the room."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.data import ListingView, services
from dashboard.markup import markup, size_markup
from dashboard.panels import ui
from dashboard.words import t, told
from pipeline.report import RoomReport
from pipeline.rooms.sizes import (
    DIMENSIONS,
    LEAST_M,
    MOST_M,
    Band,
    SeenFrom,
    TypedLength,
    is_stretched,
    lens_words,
)
from pipeline.sizing import (
    FORMATS,
    THINGS,
    ListingSizes,
    NoPlan,
    fits,
    forget_lengths,
    keep_length,
    kept_lengths,
    listing_card,
    plan_bytes,
    room_card,
    room_plan,
    svg,
)


def show(view: ListingView, room: RoomReport) -> None:
    """Numbers with their bands, what the text claims beside them, and the lens behind each photo."""
    sizes = ui.sizes(view)
    card = room_card(sizes.rooms.get(room.room_id), sizes.why_not(room.room_id))
    with st.container(key="room_size"):
        ui.html(markup.section(t("How big is it"), told(card.short)))
        ui.html(size_markup.size_card(card))
        contradiction = listing_card(view.listing, view.rooms, sizes).contradiction
        if contradiction is not None:
            ui.html(markup.panel(t("The text says more"), told(contradiction), tone="warn"))
        _typed(view, room, sizes)
        _plan(view, room, sizes)
        _fits(room, sizes)
        measure = sizes.measures.get(room.room_id)
        if measure is not None:
            _lenses(room, measure.photos)


def scale_of(view: ListingView, room: RoomReport) -> Band | None:
    """Metres of a unit of the room's mesh; ``None`` where nothing tells."""
    size = ui.sizes(view).rooms.get(room.room_id)
    return size.scale if size is not None and (size.is_known or size.at_least) else None


def take(view: ListingView, room: RoomReport, typed: dict[str, float] | None) -> None:
    """Use a length that somebody measured by the viewer's tape and typed."""
    if typed is None or view.report is None:
        return
    try:
        length = TypedLength(room.room_id, float(typed["metres"]), "points", float(typed["units"]))
        keep_length(ui.store(), view.report, length)
    except ValueError as error:
        st.warning(told(str(error)))
        return
    st.rerun()


def _typed(view: ListingView, room: RoomReport, sizes: ListingSizes) -> None:
    """A length that somebody measured, and what it does to the scale."""
    size, report = sizes.rooms.get(room.room_id), view.report
    if size is None or report is None:
        return
    sides = [
        side for side in DIMENSIONS if sizes.measures[room.room_id].is_seen(size.axes[DIMENSIONS.index(side)])
    ]
    typed = [one for one in kept_lengths(ui.store(), report) if one.room_id == room.room_id]
    if not sides:
        return
    with st.expander(
        t("Do you know one length of it? Type it, and all numbers become surer."), key="room_typed"
    ):
        left, middle, right = st.columns(3, vertical_alignment="bottom")
        of = left.selectbox(
            t("Which"), sides, format_func=lambda side: told(side.capitalize()), key=f"typed_of_{room.room_id}"
        )
        metres = middle.number_input(
            t("Metres"), LEAST_M, MOST_M, None, 0.01, key=f"typed_m_{room.room_id}", placeholder="4.20"
        )
        if (
            right.button(t("Use it"), key=f"typed_use_{room.room_id}", disabled=metres is None)
            and metres is not None
        ):
            keep_length(ui.store(), report, TypedLength(room.room_id, metres, of))
            st.rerun()
        if typed:
            known = ", ".join(f"{told(one.of)} {one.metres:.2f} m" for one in typed)
            ui.html(markup.note(t("Typed: {lengths}.", lengths=known)))
            if st.button(t("Forget it"), key=f"typed_forget_{room.room_id}"):
                forget_lengths(ui.store(), report, room.room_id)
                st.rerun()


def _plan(view: ListingView, room: RoomReport, sizes: ListingSizes) -> None:
    """The plan with its lengths, and its files."""
    try:
        plan = room_plan(room, sizes)
    except NoPlan:
        return
    drawing = svg(plan)
    with st.container(key="room_plan"):
        ui.html(size_markup.plan_figure(drawing, room.name))
        for ending in FORMATS:
            st.download_button(
                t("Plan ({format})", format=ending.upper()),
                partial(plan_bytes, plan, ending),
                file_name=f"{view.id}-{room.room_id}-plan.{ending}",
                key=f"plan_{ending}",
                on_click="ignore",
            )


def _fits(room: RoomReport, sizes: ListingSizes) -> None:
    """Whether something finds room on the floor."""
    size = sizes.rooms.get(room.room_id)
    if size is None or not (size.is_known or size.at_least):
        return
    with st.expander(t("Does it fit?"), key="room_fits"):
        names = [thing.name for thing in THINGS]
        chosen = st.selectbox(t("Is there room for"), names, format_func=told, key=f"fits_{room.room_id}")
        thing = next(thing for thing in THINGS if thing.name == chosen)
        ui.html(markup.note(told(fits(thing, sizes.measures[room.room_id], size).words)))


def _lenses(room: RoomReport, photos: tuple[SeenFrom, ...]) -> None:
    numbers = services.photo_numbers(room)
    rows = [
        (t("Photo {number}", number=numbers[photo.photo_id]), said)
        for photo in photos
        if (said := _said(photo))
    ]
    if rows:
        with st.expander(t("What the lens does to each photo"), key="room_lenses"):
            ui.html(size_markup.lenses(rows))


def _said(photo: SeenFrom) -> str:
    if photo.focal_35mm is None:
        return ""
    stretched = " " + t("Things near its left and right edge look wider than they are.")
    return told(lens_words(photo.focal_35mm)) + (stretched if is_stretched(photo.half_angle_rad) else "")

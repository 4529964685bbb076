"""How large a room is, on the page of the room."""

from __future__ import annotations

import streamlit as st

from dashboard.data import ListingView, services
from dashboard.markup import markup, size_markup
from dashboard.panels import ui
from pipeline.report import RoomReport
from pipeline.rooms.sizes import SeenFrom, is_stretched, lens_words
from pipeline.sizing import FORMATS, ListingSizes, NoPlan, listing_card, plan_bytes, room_card, room_plan, svg


def show(view: ListingView, room: RoomReport) -> None:
    """Numbers with their bands, what the text claims beside them, and the lens behind each photo."""
    sizes = ui.sizes(view)
    card = room_card(sizes.rooms.get(room.room_id), sizes.why_not(room.room_id))
    with st.container(key="room_size"):
        ui.html(markup.section("How big is it", card.short))
        ui.html(size_markup.size_card(card))
        told = listing_card(view.listing, view.rooms, sizes).contradiction
        if told is not None:
            ui.html(markup.panel("The text says more", told, tone="warn"))
        _plan(view, room, sizes)
        measure = sizes.measures.get(room.room_id)
        if measure is not None:
            _lenses(room, measure.photos)


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
                f"Plan ({ending.upper()})",
                lambda ending=ending: plan_bytes(plan, ending),
                file_name=f"{view.id}-{room.room_id}-plan.{ending}",
                key=f"plan_{ending}",
                on_click="ignore",
            )


def _lenses(room: RoomReport, photos: tuple[SeenFrom, ...]) -> None:
    numbers = services.photo_numbers(room)
    rows = [(f"Photo {numbers[photo.photo_id]}", said) for photo in photos if (said := _said(photo))]
    if rows:
        with st.expander("What the lens does to each photo", key="room_lenses"):
            ui.html(size_markup.lenses(rows))


def _said(photo: SeenFrom) -> str:
    if photo.focal_35mm is None:
        return ""
    stretched = " Things near its left and right edge look wider than they are."
    return lens_words(photo.focal_35mm) + (stretched if is_stretched(photo.half_angle_rad) else "")

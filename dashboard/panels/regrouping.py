"""Rooms by hand, before the work starts: their names, and which photos show them."""

from __future__ import annotations

import io
from pathlib import Path, PurePosixPath

import streamlit as st
from PIL import Image, ImageOps

from dashboard.data import Told
from dashboard.markup import markup
from dashboard.panels import ui
from dashboard.words import t

Rooms = dict[str, list[str]]
#: small pictures of one room that are shown
_MOST_PICTURES = 12
_PICTURE_PX = 96
_MOST_ROOMS = 30


def show(told: Told, upload: str) -> Rooms | None:
    """Fields to name and regroup rooms.

    Args:
        told: what was dropped.
        upload: names it, so that other files have other fields.

    Returns:
        Names of rooms to names of photos; ``None`` where the visitor changed nothing.
    """
    if not told.photos:
        return None
    with st.expander(t("Name or regroup the rooms"), key="regroup"):
        ui.html(markup.note(t("Photos of no room are sorted by what they share.")))
        return _fields(told, upload)


def _fields(told: Told, upload: str) -> Rooms | None:
    named = [(name, list(photos)) for name, photos in told.rooms if name]
    more = f"more_rooms_{upload}"
    rows = [*named, *[("", [])] * (st.session_state.get(more, 0) or (0 if named else 1))]
    labels = _labels(told.photos)
    rooms: Rooms = {}
    for number, (name, photos) in enumerate(rows[:_MOST_ROOMS], 1):
        own = f"{upload}_{number}"
        left, right = st.columns([1, 2], gap="small")
        called = left.text_input(
            t("Name of room {number}", number=number), name, key=f"room_name_{own}", max_chars=80
        ).strip()
        chosen = right.multiselect(
            t("Photos of room {number}", number=number),
            told.photos,
            photos,
            format_func=labels.__getitem__,
            key=f"room_photos_{own}",
        )
        _pictures(told, chosen, labels)
        if called and chosen:
            rooms.setdefault(called, []).extend(photo for photo in chosen if photo not in rooms.get(called, []))
    if st.button(t("Add a room"), key=f"add_room_{upload}"):
        st.session_state[more] = (st.session_state.get(more, 0) or (0 if named else 1)) + 1
        st.rerun()
    _remark_twice(rooms, labels)
    return None if rooms == dict(named) else rooms


def _remark_twice(rooms: Rooms, labels: dict[str, str]) -> None:
    """Say which photos are in two rooms: the first one has them."""
    all_of = [photo for photos in rooms.values() for photo in photos]
    twice = sorted({labels[photo] for photo in all_of if all_of.count(photo) > 1})
    if twice:
        ui.html(markup.note(t("In two rooms, so only in the first: {photos}.", photos=", ".join(twice))))


def _labels(photos: tuple[str, ...]) -> dict[str, str]:
    """A short name for each photo, with its number where names are addresses or alike."""
    return {photo: f"{number}. {PurePosixPath(photo).name[:40]}" for number, photo in enumerate(photos, 1)}


def _pictures(told: Told, photos: list[str], labels: dict[str, str]) -> None:
    """The photos of a room in small, as far as they lie on this computer."""
    files = [(photo, file) for photo in photos if (file := told.files.get(photo)) is not None]
    shown = [
        (photo, content) for photo, file in files[:_MOST_PICTURES] if (content := _small(file)) is not None
    ]
    if shown:
        st.image(
            [content for _, content in shown],
            caption=[labels[photo] for photo, _ in shown],
            width=_PICTURE_PX,
        )


@st.cache_data(max_entries=500, show_spinner=False)
def _small(file: Path) -> bytes | None:
    """A small JPEG of a photo; ``None`` for what is no photo."""
    stream = io.BytesIO()
    try:
        with Image.open(file) as image:
            image.draft("RGB", (2 * _PICTURE_PX, 2 * _PICTURE_PX))
            small = ImageOps.exif_transpose(image).convert("RGB")
        small.thumbnail((2 * _PICTURE_PX, 2 * _PICTURE_PX))
        small.save(stream, "JPEG")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return stream.getvalue()

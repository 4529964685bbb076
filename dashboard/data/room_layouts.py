"""Which part of the room each photo shows, read from the stored layouts of a room. Knows no Streamlit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboard.data.services import file_url, photo_numbers
from dashboard.words import mark
from pipeline.report import RoomReport
from pipeline.store import Store

LAYOUTS: Final = "layouts.json"
#: colours of the class maps (classes 1 to 5) with what they stand for
LEGEND: Final = (
    (mark("Front wall"), (225, 190, 110)),
    (mark("Left wall"), (95, 150, 200)),
    (mark("Right wall"), (200, 110, 130)),
    (mark("Floor"), (120, 170, 120)),
    (mark("Ceiling"), (190, 190, 200)),
)


@dataclass(frozen=True)
class PhotoLayout:
    """How one photo was read.

    Attributes:
        photo_id: of the photo.
        said: number of the photo, and how sure the layout is or why there is none.
        map_url: address of the class map, ``None`` without one.
    """

    photo_id: str
    said: str
    map_url: str | None


@dataclass(frozen=True)
class Layouts:
    """The layouts of a room: by which way and why that one, photo by photo, and the files to take along."""

    backend: str
    why: str
    photos: tuple[PhotoLayout, ...]
    files: tuple[tuple[str, str], ...]


def read_layouts(store: Store, room: RoomReport) -> Layouts | None:
    """The layouts of a room; ``None`` where the stage did not run or its files are gone."""
    key = room.layouts_key
    if key is None or not store.artefacts.has(key):
        return None
    try:
        stored = store.file(key, LAYOUTS)
        head = json.loads(stored.read_text(encoding="utf-8"))
    except (KeyError, ValueError):
        return None
    numbers = photo_numbers(room)
    photos = tuple(_photo(key, row, numbers) for row in head["photos"] if row["photo_id"] in numbers)
    files = [(file_url(key, LAYOUTS, save_as=f"{room.room_id}-{LAYOUTS}"), "Layouts (JSON)")]
    for row in head["photos"]:
        if row["picture"]:
            address = file_url(key, row["picture"], save_as=f"{room.room_id}-{row['picture']}")
            files.append((address, f"Layout of photo {numbers.get(row['photo_id'], '?')} (PNG)"))
    return Layouts(head["backend"], head["why"], photos, tuple(files))


def _photo(key: str, row: Mapping[str, Any], numbers: Mapping[str, int]) -> PhotoLayout:
    number = f"Photo {numbers[row['photo_id']]}"
    if row["reason"] is not None:
        said = f"{number}: {row['reason']}"
    else:
        said = f"{number}: {100 * row['confidence']:.0f} % sure"
    return PhotoLayout(row["photo_id"], said, file_url(key, row["picture"]) if row["picture"] else None)

"""What no photo of a room shows, read from its stored views. Knows no Streamlit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dashboard.data.services import file_url, photo_numbers, result_photo_url
from dashboard.formatting import decimal, sentence
from dashboard.words import mark, tn
from pipeline.report import RoomReport
from pipeline.store import Store

PLAN: Final = "plan.svg"
DECISION: Final = "views.json"
#: outcome of the decision where a view is missing and can be made
#: (:class:`pipeline.rooms.views.original_rule.Outcome`)
VIEW: Final = "view"
NONE_NEEDED: Final = "none needed"
NOT_POSSIBLE: Final = "not possible"
_WHY: Final = "inpainting: "
_LAYOUT_WHY: Final = "layout: "
_PICTURE: Final = re.compile(r"^view_(\d+)_(before|after|mask)\.png$")
_PICTURE_WORDS: Final = {
    "before": "as the photos left it",
    "after": "filled",
    "mask": "mask of what was filled",
}
_FACES: Final = {
    "floor": mark("Floor"),
    "ceiling": mark("Ceiling"),
    "wall towards -x": mark("Wall on the left of the plan"),
    "wall towards +x": mark("Wall on the right of the plan"),
    "wall towards -y": mark("Wall at the foot of the plan"),
    "wall towards +y": mark("Wall at the top of the plan"),
}
_INPAINTERS: Final = {
    "planar": "each surface's own pattern, carried on (no network)",
    "diffusion": "Stable Diffusion",
    "opencv": "plain smoothing (OpenCV)",
}


@dataclass(frozen=True)
class NewView:
    """A generated view.

    Attributes:
        number: counted from 1, as on the plan.
        name: where its camera stands.
        filled_by: the inpainter in plain words.
        gain_m2: unseen area that it was chosen for.
        notes: which inpainters failed before.
        before_url, after_url, mask_url: its pictures, relative to the dashboard.
    """

    number: int
    name: str
    filled_by: str
    gain_m2: float
    notes: tuple[str, ...]
    before_url: str
    after_url: str
    mask_url: str


@dataclass(frozen=True)
class FaceRow:
    """One side of the room: its area, and how much of it is on a photo, behind something, on none, or open.

    ``hole``: the largest connected piece on no photo; ``filled``: what the generated views added.
    """

    name: str
    area: float
    seen: float
    hidden: float
    outside: float
    open: float
    hole: float
    filled: float


@dataclass(frozen=True)
class RoomViews:
    """The decision which views are missing, and what was made of it.

    Attributes:
        outcome: ``view``, ``none needed`` or ``not possible``.
        sentence: the decision in plain words.
        why: the inpainter and why that one, empty if none was chosen.
        views: the generated ones.
        faces: the six sides of the room.
        first_rule: what the rule of the original ShowRoom says of three photos, empty for other numbers.
        plan_url: the decision as a picture, ``None`` if it is not stored.
        files: address and label of everything to take along.
        notes: what did not go as planned.
    """

    outcome: str
    sentence: str
    why: str
    views: tuple[NewView, ...]
    faces: tuple[FaceRow, ...]
    first_rule: str
    plan_url: str | None
    files: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def in_words(said: str, numbers: Mapping[str, int]) -> str:
    """``said`` with photo numbers instead of ids, and with signs instead of their names."""
    for photo_id in sorted(numbers, key=len, reverse=True):
        said = said.replace(f"photo {photo_id}", f"photo {numbers[photo_id]}")
    said = re.sub(r" degrees\b", "°", said).replace("straight on", "straight ahead")
    return re.sub(r"\bm2\b", "m²", said)


def is_guessed(room: RoomReport) -> bool:
    """Whether nothing of a room was measured: its shape is a guess from the look of its photos."""
    return room.status == "built" and room.figures.get("measured_share", 1.0) == 0.0


def guessed_words(room: RoomReport) -> str:
    """What such a room was guessed from."""
    few = len(room.placed)
    return tn("Guessed from one photo", "Guessed from {number} photos", few)


def other_notes(room: RoomReport, views: RoomViews | None) -> list[str]:
    """Notes of the run without those that ``views`` has and the one beside the layouts."""
    numbers = photo_numbers(room)
    elsewhere = ([_WHY] if views else []) + ([_LAYOUT_WHY] if room.layouts_key else [])
    notes = [in_words(note, numbers) for note in room.notes if not note.startswith(tuple(elsewhere))]
    return [note for note in notes if views is None or note not in views.notes]


def read_views(store: Store, room: RoomReport) -> RoomViews | None:
    """The views of a room; ``None`` where the stage did not run or its files are gone."""
    key = room.views_key
    if key is None or not store.artefacts.has(key):
        return None
    try:
        decision = store.file(key, DECISION)
        head = json.loads(decision.read_text(encoding="utf-8"))
    except (KeyError, ValueError):
        return None
    names = _names(decision.parent)
    numbers = photo_numbers(room)
    return RoomViews(
        outcome=head["outcome"],
        sentence=in_words(_sentence(head, metric=room.metric), numbers),
        why=next((note.removeprefix(_WHY) for note in room.notes if note.startswith(_WHY)), ""),
        views=tuple(_view(key, index, row, numbers) for index, row in enumerate(head["views"], start=1)),
        faces=tuple(_faces(head["holes_before"], head["holes_after"])),
        first_rule=_first_rule(head.get("original"), numbers),
        plan_url=file_url(key, PLAN) if PLAN in names else None,
        files=tuple(_files(key, names, room.room_id)),
        notes=tuple(in_words(note, numbers) for note in head.get("notes", ())),
    )


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def _view(key: str, number: int, row: Mapping[str, Any], numbers: Mapping[str, int]) -> NewView:
    stem = f"view_{number:02d}"
    name = in_words(row["name"], numbers)
    return NewView(
        number=number,
        name=name[:1].upper() + name[1:],
        filled_by=_INPAINTERS.get(row["backend"], row["backend"]),
        gain_m2=row["gain_m2"],
        notes=tuple(row["notes"]),
        before_url=result_photo_url(key, f"{stem}_before.png", 640),
        after_url=result_photo_url(key, f"{stem}_after.png", 640),
        mask_url=file_url(key, f"{stem}_mask.png"),
    )


def _sentence(head: Mapping[str, Any], *, metric: bool) -> str:
    before, after = (f"{100 * head[name]:.0f} %" for name in ("unseen_before", "unseen_after"))
    what = "floor, ceiling and walls"
    if head["outcome"] == NONE_NEEDED:
        return f"No view is missing: {head['reason']}."
    if head["outcome"] == NOT_POSSIBLE:
        reason = (
            head["reason"] if metric or "m2" not in head["reason"] else "every place has something in front"
        )
        return f"No photo shows {before} of {what}, and no new view would: {reason}."
    made = head["views"]
    if not made:
        return f"No photo shows {before} of {what}. New views were wanted, but none could be made."
    gain = f", which alone shows {decimal(round(made[0]['gain_m2'], 1))} m2 more" if metric else ""
    views = "one new view was" if len(made) == 1 else f"{len(made)} new views were"
    return (
        f"No photo shows {before} of {what}. So {views} made, the first from the place of {made[0]['name']}"
        f"{gain}; {after} stay unseen."
    )


def _first_rule(said: Mapping[str, str | None] | None, numbers: Mapping[str, int]) -> str:
    if said is None:
        return ""
    reason = in_words(sentence(said["reason"] or ""), numbers)
    if said["photo_id"] is None or said["photo_id"] not in numbers:
        return reason
    return f"{reason} So photo {numbers[said['photo_id']]}, turned to the {said['side']}."


def _faces(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[FaceRow]:
    left = {row["face"]: row["hidden_m2"] + row["outside_m2"] for row in after}
    rows = []
    for row in before:
        unseen = row["hidden_m2"] + row["outside_m2"]
        rows.append(
            FaceRow(
                name=_FACES.get(row["face"], row["face"].capitalize()),
                area=row["area_m2"],
                seen=row["seen_m2"],
                hidden=row["hidden_m2"],
                outside=row["outside_m2"],
                open=row["open_m2"],
                hole=row.get("largest_hole_m2", 0.0),
                filled=max(0.0, unseen - left.get(row["face"], unseen)),
            )
        )
    return rows


def _files(key: str, names: Sequence[str], room_id: str) -> list[tuple[str, str]]:
    found = []
    for name in names:
        picture = _PICTURE.match(name)
        if picture:
            label = f"New view {int(picture[1])}, {_PICTURE_WORDS[picture[2]]} (PNG)"
        elif name in (PLAN, DECISION):
            label = {PLAN: "Plan (SVG)", DECISION: "Decision and hole report (JSON)"}[name]
        else:
            continue
        found.append((file_url(key, name, save_as=f"{room_id}-{name}"), label))
    return found

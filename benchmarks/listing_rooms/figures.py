"""Figures of an analysed listing: what is shown, how well photos foretell each other, how it looks aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.records.run import Row
from pipeline.report import RoomReport
from pipeline.rooms.judging import Aside, Foretold, compare, covered_by, look_aside, without
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import EmptySurface, PointMaps, View
from pipeline.rooms.single_photo import room_from_photo, single_surface
from pipeline.rooms.surface import Surface
from pipeline.store import Store


@dataclass(frozen=True)
class BuiltRoom:
    """A room of a report with its stored results."""

    report: RoomReport
    maps: PointMaps
    surface: Surface

    @classmethod
    def read(cls, store: Store, report: RoomReport) -> "BuiltRoom":
        """Point maps and mesh of a room that was built."""
        if report.maps_key is None or report.surface_key is None:
            raise ValueError(f"{report.name} was not built")
        maps = PointMaps.load(store.artefacts.folder(report.maps_key))
        return cls(report, maps, Surface.load(store.artefacts.folder(report.surface_key)))

    @property
    def views(self) -> Sequence[View]:
        """The photos that cameras took."""
        return self.maps.of_cameras().views

    def aside(self) -> list[Aside]:
        """Looks half a metre beside every photo."""
        return look_aside(self.surface, self.views)


@dataclass(frozen=True)
class Pair:
    """A photo that its room foretells without it, and that one other photo's own box foretells."""

    room: Foretold
    single: Foretold


def foretold_pairs(room: BuiltRoom, photos: dict[str, RoomPhoto]) -> list[Pair]:
    """Every photo of a room of several, over the same pixels both ways."""
    views = room.views
    if len(views) < 2:
        return []
    boxes = {view.photo_id: _own_box(view, photos[view.photo_id]) for view in views}
    return [pair for view in views if (pair := _pair(room, view, boxes)) is not None]


def _pair(room: BuiltRoom, view: View, boxes: dict[str, Surface]) -> Pair | None:
    try:
        rest = without(room.maps, view)
    except EmptySurface:
        return None
    covered = covered_by(view, rest)
    alone = [compare(view, box, covered) for photo_id, box in boxes.items() if photo_id != view.photo_id]
    best = max(alone, key=lambda found: np.nan_to_num(found.gradients, nan=-1.0))
    return Pair(compare(view, rest), best)


def _own_box(view: View, photo: RoomPhoto) -> Surface:
    """The room of one photo alone, put where the joint room has the photo's camera."""
    alone = room_from_photo(photo)
    own = alone.views[0]
    moved = view.world_from_camera @ np.linalg.inv(own.world_from_camera)
    return single_surface(alone.transformed(1.0, moved))


def row_of(name: str, rooms: Sequence[BuiltRoom], pairs: Sequence[Pair], photos: int) -> Row:
    """One line of the table; figures of nothing are left out."""
    row: dict[str, Any] = {
        "room": name,
        "photos": photos,
        "shown": len({photo_id for room in rooms for photo_id in room.report.placed}),
        "together": max((len(room.views) for room in rooms), default=0),
        "pieces": len(rooms),
    }
    figures = _looks(rooms)
    figures |= _foretold("room", [pair.room for pair in pairs])
    figures |= _foretold("single", [pair.single for pair in pairs])
    known = {key: [v for v in values if np.isfinite(v)] for key, values in figures.items()}
    return {**row, **{key: float(np.mean(values)) for key, values in known.items() if values}}


def _looks(rooms: Sequence[BuiltRoom]) -> dict[str, list[float]]:
    """How the rooms look beside their photos, and how much of them was measured."""
    asides = [look for room in rooms for look in room.aside()]
    return {
        "torn": [look.torn for look in asides],
        "holes": [look.holes for look in asides],
        "measured": [room.report.figures.get("measured_share", 0.0) for room in rooms],
    }


def _foretold(by: str, found: Sequence[Foretold]) -> dict[str, list[float]]:
    """Figures of photos that were foretold, named by what foretold them."""
    return {
        f"covered_{by}": [one.covered for one in found],
        f"psnr_{by}": [one.psnr_db for one in found],
        f"ssim_{by}": [one.ssim for one in found],
        f"grad_{by}": [one.gradients for one in found],
    }

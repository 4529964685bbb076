"""Sizes of made rooms: measured by several photos, told by one alone, and after one typed length."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from benchmarks.sensitivity.made import Z_UP, MadePhoto, photos_of_room
from benchmarks.sensitivity.made_room import SEEDS, true_maps
from benchmarks.sensitivity.part import Figures, Part
from pipeline.distill.rooms import random_room
from pipeline.rooms.scene import PointMaps, Source, View, points_at
from pipeline.rooms.sizes import Band, RoomMeasure, RoomSize, TypedLength, measure_room, sizes_of

_SIZE_PX, _NOISE = (224, 168), 0.01
#: photos of each room; of one photo all is inferred
_COUNTS = (4, 1)
_ROOMS = 6
#: metres of a unit of the maps, as backends without a scale give them
_UNITS = (0.8, 1.25)
#: a layout of one photo that is worth trusting
_SURE = 0.2


@dataclass(frozen=True, eq=False)
class _Room:
    """Maps of a made room in units of their own, and its true sides in metres."""

    maps: PointMaps
    size_m: Float[np.ndarray, "3"]


def _rooms() -> list[_Room]:
    seeds = [SEEDS[0] + number for number in range(_ROOMS)]
    return [_room(seed, count, unit) for seed in seeds for count in _COUNTS for unit in _UNITS]


def _room(seed: int, count: int, unit_m: float) -> _Room:
    photos = photos_of_room(seed, count, *_SIZE_PX)
    maps = true_maps(photos, _NOISE)
    if count == 1:
        maps = replace(maps, views=(_inferred(maps.views[0], photos[0]),))
    corners = random_room(seed).box_m @ Z_UP[:3, :3].T
    views = tuple(_in_units(view, unit_m) for view in maps.views)
    return _Room(replace(maps, views=views, metric=False), np.abs(corners[1] - corners[0]))


def _inferred(view: View, photo: MadePhoto) -> View:
    points = points_at(1.0 / photo.box_depth_m, photo.K, photo.world_from_camera)
    return replace(
        view,
        points=points.astype(np.float32),
        confidence=np.full(photo.box_depth_m.shape, _SURE, np.float32),
        source=np.full(photo.box_depth_m.shape, Source.INFERRED, np.uint8),
    )


def _in_units(view: View, unit_m: float) -> View:
    pose = view.world_from_camera.copy()
    pose[:3, 3] /= unit_m
    return replace(view, points=view.points / np.float32(unit_m), world_from_camera=pose)


def _measured(rooms: list[_Room]) -> Figures:
    return _figures(_told(rooms, [sizes_of({"room": measure_room(room.maps)})["room"] for room in rooms]))


def _typed(rooms: list[_Room]) -> Figures:
    found = []
    for room in rooms:
        measure = measure_room(room.maps)
        typed = _height(measure, room.size_m)
        found.append(sizes_of({"room": measure}, [typed] if typed else [])["room"])
    return _figures(_told(rooms, found))


def _height(measure: RoomMeasure, size_m: Float[np.ndarray, "3"]) -> TypedLength | None:
    """The height as somebody measured it, where it was seen."""
    return TypedLength("room", float(size_m[2]), "height") if measure.is_seen(2) else None


def _told(rooms: list[_Room], sizes: list[RoomSize]) -> Iterator[tuple[Band | None, float]]:
    for room, size in zip(rooms, sizes, strict=True):
        bands = (size.length_m, size.width_m, size.height_m)
        for axis, band in zip(size.axes, bands, strict=True):
            yield band, float(room.size_m[axis])


def _figures(told: Iterator[tuple[Band | None, float]]) -> Figures:
    pairs = list(told)
    known = [(band, true) for band, true in pairs if band is not None]
    return {
        "sides off, logarithm": float(np.mean([abs(np.log(band.value / true)) for band, true in known])),
        "share with a number": len(known) / len(pairs),
        "distance of the share that bands hold from .8": abs(
            float(np.mean([band.low <= true <= band.high for band, true in known])) - 0.8
        ),
    }


_LOWER = {
    "sides off, logarithm": True,
    "share with a number": False,
    "distance of the share that bands hold from .8": True,
}
_READ_BY_OTHERS = ("pipeline.rooms.sizes.errors",)
_DATA = f"{_ROOMS} made rooms by {_COUNTS[0]} photos and by one, in units of {_UNITS[0]} and {_UNITS[1]} m"
PARTS = (
    Part("sizes", _DATA, _rooms, _measured, _LOWER, _READ_BY_OTHERS),
    Part("after one length", f"{_DATA}; the height is typed", _rooms, _typed, _LOWER, _READ_BY_OTHERS),
)

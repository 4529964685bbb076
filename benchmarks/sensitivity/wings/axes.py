"""Axes and focal length by the lines of single photos, and the axes of a room."""

from dataclasses import dataclass

import numpy as np

from benchmarks.sensitivity.made import MadePhoto, photos_alone, photos_of_room, turn_deg
from benchmarks.sensitivity.made_room import SEEDS
from benchmarks.sensitivity.part import Figures, Part
from benchmarks.sensitivity.true_box import true_axes
from pipeline.rooms.axes import (
    Segments,
    find_segments,
    fit_manhattan,
    principal_row,
    room_from_world,
    shared_focal_factor,
)
from pipeline.rooms.scene import Cameras, PlacedCamera, SparsePoints

_PHOTOS, _SIZE_PX, _ROOM_PHOTOS = 8, (448, 336), 4
_WORST_DEG, _CROPS = 20.0, (0.0, 0.1, 0.2)


@dataclass(frozen=True, eq=False)
class _Lined:
    photos: list[MadePhoto]
    segments: list[Segments]


def _photos() -> list[MadePhoto]:
    return photos_alone(_PHOTOS, *_SIZE_PX)


def _lines(photos: list[MadePhoto]) -> Figures:
    return _turns(_Lined(photos, [find_segments(photo.rgb) for photo in photos]))


def _turns(lined: _Lined) -> Figures:
    off = []
    for photo, segments in zip(lined.photos, lined.segments, strict=True):
        fit = fit_manhattan(segments, float(photo.K[0, 0]))
        turn = _WORST_DEG if fit is None else turn_deg(fit.camera_from_room, true_axes(photo))
        off.append(min(turn, _WORST_DEG))
    return {"median turn, degrees": float(np.median(off)), "mean turn, degrees": float(np.mean(off))}


def _lined() -> _Lined:
    photos = _photos()[: _PHOTOS // 2]
    return _Lined(photos, [find_segments(photo.rgb) for photo in photos])


def _focals(lined: _Lined) -> Figures:
    off = []
    for photo, segments in zip(lined.photos, lined.segments, strict=True):
        found = shared_focal_factor([segments])
        true = float(photo.K[0, 0]) / max(photo.size)
        off.append(1.0 if found is None else abs(np.log(found[0] / true)))
    return {"focal length off, logarithm": float(np.mean(off))}


def _room() -> _Lined:
    photos = [photo for seed in SEEDS for photo in photos_of_room(seed, _ROOM_PHOTOS, *_SIZE_PX)]
    return _Lined(photos, [find_segments(photo.rgb) for photo in photos])


def _room_axes(lined: _Lined) -> Figures:
    off = []
    for start in range(0, len(lined.photos), _ROOM_PHOTOS):
        photos, segments = (
            lined.photos[start : start + _ROOM_PHOTOS],
            lined.segments[start : start + _ROOM_PHOTOS],
        )
        rotation, _ = room_from_world(_cameras(photos), segments)
        off.append(turn_deg(rotation.T, np.eye(3)))
    return {"turn of the room, degrees": float(np.mean(off))}


def _cameras(photos: list[MadePhoto]) -> Cameras:
    placed = tuple(
        PlacedCamera(str(number), *photo.size, photo.K, photo.world_from_camera, 0, 0.0)
        for number, photo in enumerate(photos)
    )
    none, index = np.zeros((0, 3)), np.zeros(0, np.int64)
    points = SparsePoints(none, none.astype(np.uint8), np.zeros(0), index, index, np.zeros((0, 2)))
    return Cameras(placed, points)


def _cropped() -> list[_Lined]:
    """Photos of which a part of the top is gone, so that the principal point is not in their middle."""
    whole = [photo for seed in SEEDS for photo in photos_of_room(seed, _ROOM_PHOTOS, *_SIZE_PX)]
    found = []
    for share in _CROPS:
        top = int(share * _SIZE_PX[1])
        found.append(_Lined(whole, [find_segments(np.ascontiguousarray(photo.rgb[top:])) for photo in whole]))
    return found


def _rows(sets: list[_Lined]) -> Figures:
    off = []
    for share, lined in zip(_CROPS, sets, strict=True):
        fits = [
            fit_manhattan(segments, float(photo.K[0, 0]))
            for photo, segments in zip(lined.photos, lined.segments, strict=True)
        ]
        pairs = [(segments, fit) for segments, fit in zip(lined.segments, fits, strict=True) if fit is not None]
        found = principal_row([segments for segments, _ in pairs], [fit for _, fit in pairs])
        true = -int(share * _SIZE_PX[1]) / 2 / max(_SIZE_PX)
        off.append(abs(found - true))
    return {"row off, longer sides": float(np.mean(off))}


_TURNS = {"median turn, degrees": True, "mean turn, degrees": True}
PARTS = (
    Part("lines", f"{_PHOTOS} photos of made rooms, focal length known", _photos, _lines, _TURNS),
    Part(
        "focal length",
        f"{_PHOTOS // 2} photos of made rooms",
        _lined,
        _focals,
        {"focal length off, logarithm": True},
    ),
    Part(
        "room",
        f"2 made rooms, {_ROOM_PHOTOS} photos each",
        _room,
        _room_axes,
        {"turn of the room, degrees": True},
    ),
    Part(
        "rows",
        f"2 made rooms, {_ROOM_PHOTOS} photos each, up to {max(_CROPS):.0%} of the top gone",
        _cropped,
        _rows,
        {"row off, longer sides": True},
    ),
)

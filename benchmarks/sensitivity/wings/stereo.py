"""Measured depth of a made room with true cameras, and the planes on which photos agree."""

import numpy as np

from benchmarks.sensitivity.made_room import MadeRoom, made_room
from benchmarks.sensitivity.part import Figures, Part
from pipeline.progress import Progress
from pipeline.rooms.stereo import StereoDepth, measure_depth, sweep_planes

_PHOTOS, _SIZE_PX = 3, (128, 96)
_SWEPT_PX = (128, 96)
_RIGHT, _NEAR_M = 0.05, 0.05


def _room() -> MadeRoom:
    return made_room(_PHOTOS, *_SIZE_PX)


def _measured(room: MadeRoom) -> Figures:
    depths, _ = measure_depth(room.data, 0, Progress())
    off = np.stack([1.0 / depth.inverse_depth for depth in depths]) / np.stack([p.depth_m for p in room.photos])
    sure = np.stack([depth.measured for depth in depths])
    right = sure & (np.abs(off - 1.0) < _RIGHT)
    return {
        "share measured right": float(right.mean()),
        "right of what is measured": float(right.sum() / max(sure.sum(), 1)),
    }


def _depths() -> tuple[MadeRoom, list[StereoDepth]]:
    room = made_room(_PHOTOS, *_SWEPT_PX)
    return room, measure_depth(room.data, 0, Progress())[0]


def _swept(given: tuple[MadeRoom, list[StereoDepth]]) -> Figures:
    room, depths = given
    found = sweep_planes(room.data, depths, room.data.xyz, Progress())
    if not len(found.points):
        return {"samples on a true side": 0.0, "area, square metres": 0.0}
    off = np.abs(found.points[:, None, :] - room.box_m).reshape(len(found.points), -1).min(axis=1)
    return {
        "samples on a true side": float((off < _NEAR_M).mean()),
        "area, square metres": float(found.area.sum()),
    }


_DATA = f"a made room, {_PHOTOS} photos with true cameras"
PARTS = (
    Part(
        "depth",
        _DATA,
        _room,
        _measured,
        {"share measured right": False, "right of what is measured": False},
    ),
    Part(
        "sweep",
        _DATA,
        _depths,
        _swept,
        {"samples on a true side": False, "area, square metres": False},
    ),
)

"""A depth and its probability for every pixel, from measured depth and planes of a made room."""

import numpy as np

from benchmarks.sensitivity.made_room import MadeRoom, as_cameras, made_room, sides_off_m
from benchmarks.sensitivity.part import Figures, Part
from pipeline.progress import Progress
from pipeline.rooms.depth.dense import Measured, _planes, complete
from pipeline.rooms.stereo import StereoDepth, measure_depth

_PHOTOS, _SIZE_PX = 3, (128, 96)
_RIGHT = 0.05


def _measured() -> tuple[MadeRoom, Measured]:
    room = made_room(_PHOTOS, *_SIZE_PX)
    depths, sources = measure_depth(room.data, 0, Progress())
    return room, Measured(room.data, depths, sources, _planes(room.data, depths, Progress()))


def _completed(given: tuple[MadeRoom, Measured]) -> Figures:
    room, measured = given
    maps, _ = complete(measured, as_cameras(room), Progress())
    ratios = np.stack(
        [view.depth_m() / photo.depth_m for view, photo in zip(maps.views, room.photos, strict=True)]
    )
    off = np.abs(ratios / np.median(ratios) - 1.0)
    sure = np.stack([view.confidence for view in maps.views])
    return {"AbsRel": float(off.mean()), "Brier score": float(((sure - (off < _RIGHT)) ** 2).mean())}


def _sampled() -> tuple[MadeRoom, list[StereoDepth]]:
    room = made_room(_PHOTOS, *_SIZE_PX)
    return room, measure_depth(room.data, 0, Progress())[0]


def _closed(given: tuple[MadeRoom, list[StereoDepth]]) -> Figures:
    room, depths = given
    planes = _planes(room.data, depths, Progress())
    hull = {(plane.axis, plane.sign): plane.offset for plane in planes if plane.hull}
    low, high = (np.array([hull[axis, sign] for axis in range(3)]) for sign in (1, -1))
    return {"sides off, m": sides_off_m(low, high, room), "planes": float(len(planes))}


_DATA = f"a made room, {_PHOTOS} photos with true cameras, measured by stereo"
PARTS = (
    Part("complete", _DATA, _measured, _completed, {"AbsRel": True, "Brier score": True}),
    Part("planes", _DATA, _sampled, _closed, {"sides off, m": True, "planes": True}),
)

"""Cameras of photos of the demo, against those that the renderer drew them with."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.metrics import pair_errors_rad
from benchmarks.sensitivity.demo import DemoPhoto, demo_photo
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.scene import Cameras, NotEnoughViews
from pipeline.rooms.sfm import SfmSettings, place_cameras

_SHOWN = tuple(("living-room", number) for number in (0, 1, 2))
_SETTINGS = SfmSettings(max_px=448, max_features=800, initial_pairs=1)
#: two steps apart, small: what is done where matches are few
_SPARSE = tuple(("living-room", number) for number in (0, 2, 4))
_SPARSE_SETTINGS = SfmSettings(max_px=320, max_features=400, initial_pairs=1)
_FOUR = tuple(("living-room", number) for number in (0, 2, 4, 6))
_FOUR_SETTINGS = SfmSettings(max_px=384, max_features=500, initial_pairs=1)
_WORST_DEG = 90.0


def _few(which: Sequence[tuple[str, int]]) -> list[DemoPhoto]:
    return [demo_photo(*one) for one in which]


def _placed(settings: SfmSettings, shown: list[DemoPhoto]) -> Figures:
    with TemporaryDirectory() as folder:
        try:
            return _scores(place_cameras([one.photo for one in shown], Path(folder), settings), shown)
        except NotEnoughViews:
            return _scores(None, shown)


def _scores(cameras: Cameras | None, shown: Sequence[DemoPhoto]) -> Figures:
    placed = {} if cameras is None else {c.photo_id: c.world_from_camera for c in cameras.cameras}
    true = {one.photo.photo_id: one.world_from_camera for one in shown if one.photo.photo_id in placed}
    if len(true) < 2:
        return {"turn, degrees": _WORST_DEG, "direction, degrees": _WORST_DEG, "placed": float(len(true))}
    rotation, shift = pair_errors_rad([placed[name] for name in true], list(true.values()))
    return {
        "turn, degrees": float(np.degrees(rotation.mean())),
        "direction, degrees": float(np.degrees(shift.mean())),
        "placed": float(len(true)),
    }


_BETTER = {"turn, degrees": True, "direction, degrees": True, "placed": False}
PARTS = (
    Part(
        "whole",
        f"{len(_SHOWN)} photos of the demo's living room, 448 px",
        partial(_few, _SHOWN),
        partial(_placed, _SETTINGS),
        _BETTER,
        ("pipeline.rooms.sfm.process",),
    ),
    Part(
        "sparse",
        f"{len(_SPARSE)} of its photos far apart, 320 px",
        partial(_few, _SPARSE),
        partial(_placed, _SPARSE_SETTINGS),
        _BETTER,
    ),
    Part(
        "four",
        f"{len(_FOUR)} of its photos far apart, 384 px",
        partial(_few, _FOUR),
        partial(_placed, _FOUR_SETTINGS),
        _BETTER,
    ),
)

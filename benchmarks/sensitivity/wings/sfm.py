"""Cameras of photos of the demo, against those that the renderer drew them with."""

from collections.abc import Sequence
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
_WORST_DEG = 90.0


def _few() -> list[DemoPhoto]:
    return [demo_photo(*which) for which in _SHOWN]


def _placed(shown: list[DemoPhoto]) -> Figures:
    with TemporaryDirectory() as folder:
        try:
            return _scores(place_cameras([one.photo for one in shown], Path(folder), _SETTINGS), shown)
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


PARTS = (
    Part(
        "whole",
        f"{len(_SHOWN)} photos of the demo's living room, 448 px",
        _few,
        _placed,
        {"turn, degrees": True, "direction, degrees": True, "placed": False},
        ("pipeline.rooms.sfm.process",),
    ),
)

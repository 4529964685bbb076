"""Cameras of photos of the demo, against those that the renderer drew them with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.metrics import pair_errors_rad
from benchmarks.sensitivity.demo import DemoPhoto, demo_photo
from benchmarks.sensitivity.part import Figures, Part
from pipeline.progress import Progress
from pipeline.rooms.scene import Cameras, NotEnoughViews, rotation_angle_rad
from pipeline.rooms.sfm import SfmSettings, place_cameras
from pipeline.rooms.sfm.conclude import conclude
from pipeline.rooms.sfm.place import _glance
from pipeline.rooms.sfm.prepared import Focals, PreparedPhoto
from pipeline.rooms.sfm.problem import Problem
from pipeline.rooms.sfm.process_files import read_result
from pipeline.rooms.sfm.second_look import _rate_pairs, _views, look_again
from pipeline.rooms.sfm.two_point import Turn

_SHOWN = tuple(("living-room", number) for number in (0, 1, 2))
_FEW = _SHOWN[:2]
_SETTINGS = SfmSettings(max_px=448, max_features=800, initial_pairs=1)
_RIGHT_RAD, _WORST_DEG = 0.05, 90.0
_KEPT = (".json", ".npz")


@dataclass(frozen=True, eq=False)
class _Looked:
    """What the processes left, as bytes by the name of the file."""

    shown: list[DemoPhoto]
    photos: list[PreparedPhoto]
    focals: Focals
    files: dict[str, bytes]
    turns: dict[tuple[int, int], Turn]


def _looked() -> _Looked:
    from pipeline.rooms.sfm import place

    shown = [demo_photo(*which) for which in _SHOWN]
    kept: dict[str, Any] = {}

    def remember(room: place._Room, focals: Focals, progress: Progress) -> Cameras:
        kept.update(room=room, focals=focals)
        return found(room, focals, progress)

    found, place._searched = place._searched, remember
    try:
        with TemporaryDirectory() as folder:
            place_cameras([one.photo for one in shown], Path(folder), _SETTINGS)
            room, focals, work = kept["room"], kept["focals"], Path(folder) / "sfm"
            glances = [_glance(photo, focals.px(photo)) for photo in room.photos]
            turns = look_again(glances, work, 0, _SETTINGS.timeout_s, Progress())
            files = [path for path in work.rglob("*") if path.suffix in _KEPT]
            named = {str(path.relative_to(work)): path.read_bytes() for path in files}
    finally:
        place._searched = found
    return _Looked(shown, room.photos, focals, named, turns)


def _written(looked: _Looked, folder: Path) -> None:
    for name, content in looked.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _concluded(looked: _Looked) -> Figures:
    with TemporaryDirectory() as name:
        folder = Path(name)
        _written(looked, folder)
        problem = Problem.read(
            looked.photos,
            looked.focals,
            read_result(folder),
            folder,
            looked.turns,
            _SETTINGS.min_observations,
            _SETTINGS.seed,
        )
        try:
            return _scores(conclude(problem, folder, looked.turns), looked.shown)
        except NotEnoughViews:
            return _scores(None, looked.shown)


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


def _rated(looked: _Looked) -> Figures:
    """Relative rotations of the second look, with the features that are there."""
    with TemporaryDirectory() as name:
        _written(looked, Path(name))
        glances = [_glance(photo, looked.focals.px(photo)) for photo in looked.photos]
        views = [_views(glance) for glance in glances]
        return _turned(_rate_pairs(glances, views, Path(name), 0, Progress()), looked.shown)


def _turned(turns: dict[tuple[int, int], Turn], shown: Sequence[DemoPhoto]) -> Figures:
    right, matches = 0, 0
    for (a, b), turn in turns.items():
        true = shown[b].world_from_camera[:3, :3].T @ shown[a].world_from_camera[:3, :3]
        good = rotation_angle_rad(turn.second_from_first, true) < _RIGHT_RAD
        right, matches = right + int(good), matches + int(good) * len(turn.xy_first)
    return {
        "pairs turned right": float(right),
        "pairs turned wrong": float(len(turns) - right),
        "matches of the right ones": float(matches),
    }


def _few() -> list[DemoPhoto]:
    return [demo_photo(*which) for which in _FEW]


def _placed(shown: list[DemoPhoto]) -> Figures:
    with TemporaryDirectory() as folder:
        try:
            return _scores(place_cameras([one.photo for one in shown], Path(folder), _SETTINGS), shown)
        except NotEnoughViews:
            return _scores(None, shown)


_BETTER = {"turn, degrees": True, "direction, degrees": True, "placed": False}
PARTS = (
    Part("conclude", f"{len(_SHOWN)} photos of the demo's living room, 448 px", _looked, _concluded, _BETTER),
    Part(
        "second look",
        f"{len(_SHOWN)} photos of the demo's living room, 448 px",
        _looked,
        _rated,
        {"pairs turned right": False, "pairs turned wrong": True, "matches of the right ones": False},
    ),
    Part(
        "whole",
        f"{len(_FEW)} photos of the demo's living room, 448 px",
        _few,
        _placed,
        _BETTER,
        ("pipeline.rooms.sfm.process",),
    ),
)

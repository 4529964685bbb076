"""Cameras of photos of the demo, against those that the renderer drew them with."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from benchmarks.metrics import pair_errors_rad
from benchmarks.sensitivity.demo import DemoPhoto, demo_photo
from benchmarks.sensitivity.made import photos_alone
from benchmarks.sensitivity.part import Figures, Part
from pipeline.distill.rooms import Side
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import Cameras, NotEnoughViews, pixel_rays
from pipeline.rooms.sfm import SfmSettings, place_cameras
from pipeline.rooms.sfm.doubts import plane_share

_SHOWN = tuple(("living-room", number) for number in (0, 1, 2))
_SETTINGS = SfmSettings(max_px=448, max_features=800, initial_pairs=1)
#: two steps apart, small: what is done where matches are few
_SPARSE = tuple(("living-room", number) for number in (0, 2, 4))
_SPARSE_SETTINGS = SfmSettings(max_px=320, max_features=400, initial_pairs=1)
_FOUR = tuple(("living-room", number) for number in (0, 2, 4, 6))
_FOUR_SETTINGS = SfmSettings(max_px=384, max_features=500, initial_pairs=1)
_CLOSER, _ZOOM = 1, 1.6
_ALONE, _ALONE_PX, _POINTS, _NOISE = 6, (160, 120), 150, 0.004
_WORST_DEG = 90.0


def _few(which: Sequence[tuple[str, int]]) -> list[DemoPhoto]:
    return [demo_photo(*one) for one in which]


def _placed(settings: SfmSettings, shown: list[DemoPhoto]) -> Figures:
    with TemporaryDirectory() as folder:
        try:
            return _scores(place_cameras([one.photo for one in shown], Path(folder), settings), shown)
        except NotEnoughViews:
            return _scores(None, shown)


def _zoomed(shown: list[DemoPhoto]) -> Figures:
    """Placed with one photo taken closer, as a longer lens shows it; nothing tells the focal lengths."""
    with TemporaryDirectory() as folder:
        closer = _closer(shown[_CLOSER].photo, Path(folder))
        photos = [replace(one, photo=closer) if one is shown[_CLOSER] else one for one in shown]
        return _placed(_SPARSE_SETTINGS, photos)


def _closer(photo: RoomPhoto, folder: Path) -> RoomPhoto:
    """The middle of a photo at the photo's size."""
    file, (width, height) = folder / "closer.jpg", (photo.width_px, photo.height_px)
    across, down = (round((1 - 1 / _ZOOM) / 2 * side) for side in (width, height))
    with Image.open(photo.path) as whole:
        middle = whole.convert("RGB").crop((across, down, width - across, height - down))
    middle.resize((width, height), Image.Resampling.LANCZOS).save(file, "JPEG", quality=90)
    return replace(photo, path=file)


def _walls() -> list[tuple[np.ndarray, np.ndarray]]:
    """Points of photos of made rooms from the camera's centre, with noise: of the floor, and of all."""
    dice, found = np.random.default_rng(0), []
    for photo in photos_alone(_ALONE, *_ALONE_PX):
        depth = photo.depth_m * (1 + _NOISE * dice.standard_normal(photo.depth_m.shape))
        points = pixel_rays(photo.K, *depth.shape) * depth[..., None]
        floor = points[photo.side == Side.FLOOR]
        if len(floor) > _POINTS:
            whole = points.reshape(-1, 3)
            found.append((dice.permutation(floor)[:_POINTS], dice.permutation(whole)[:_POINTS]))
    return found


def _planes(walls: list[tuple[np.ndarray, np.ndarray]]) -> Figures:
    flat = [plane_share(one, 0) for one, _ in walls]
    whole = [plane_share(other, 0) for _, other in walls]
    return {"flat photos are flatter by": float(np.min(flat) - np.max(whole)), "flat": float(np.mean(flat))}


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
    Part(
        "zoomed",
        f"{len(_SPARSE)} of its photos, one of them {_ZOOM} times closer, 320 px",
        partial(_few, _SHOWN),
        _zoomed,
        _BETTER,
    ),
    Part(
        "planes",
        f"points of {_ALONE} photos of made rooms, of their floors alone and of all",
        _walls,
        _planes,
        {"flat photos are flatter by": False, "flat": False},
    ),
)

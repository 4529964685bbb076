"""Hidden pieces of photos of made rooms, filled with their true planes, without planes, and by OpenCV."""

from dataclasses import dataclass

import numpy as np

from benchmarks.inpainting_cases import seeded_hole
from benchmarks.sensitivity.made import MadePhoto, photos_alone
from benchmarks.sensitivity.part import Figures, Part
from benchmarks.sensitivity.true_box import true_box
from pipeline.distill.rooms import Side
from pipeline.progress import Progress
from pipeline.rooms.inpainting import Hole, PlaneLabels
from pipeline.rooms.inpainting.opencv import OpenCvInpainter
from pipeline.rooms.inpainting.planar import PlanarInpainter
from pipeline.rooms.inpainting.planar_hidden import _by_height
from pipeline.rooms.judging.measures import gradient_histogram_distance, ssim

_PHOTOS, _SIZE_PX, _SHARE = 2, (200, 150), 0.15
_FALLS, _ON_WALL = (4.0, 12.0, 25.0), 2000
_FLAT_SIDES = (Side.FLOOR, Side.CEILING, Side.WALL)


@dataclass(frozen=True, eq=False)
class _Case:
    true: np.ndarray
    hole: Hole


def _cases() -> list[_Case]:
    return [_case(photo, number) for number, photo in enumerate(photos_alone(_PHOTOS, *_SIZE_PX))]


def _case(photo: MadePhoto, seed: int) -> _Case:
    mask = seeded_hole(np.ones(photo.rgb.shape[:2], bool), _SHARE, seed)
    hidden = np.where(mask[..., None], 0, photo.rgb).astype(np.uint8)
    return _Case(photo.rgb, Hole(hidden, mask, photo.K, _planes(photo), seed))


def _planes(photo: MadePhoto) -> PlaneLabels:
    box = true_box(photo)
    right, front, up = box.camera_from_room.T
    normals = np.stack([front, -right, right, -up, up])
    axes = np.array([[right, up], [front, up], [front, up], [right, front], [right, front]])
    labels = np.where(np.isin(photo.side, _FLAT_SIDES), box.classes(*photo.size).astype(np.int64) - 1, -1)
    return PlaneLabels(labels, normals, box.distance_m, axes)


def _planar(cases: list[_Case]) -> Figures:
    return _scores(cases, PlanarInpainter().fill)


def _opencv(cases: list[_Case]) -> Figures:
    return _scores(cases, OpenCvInpainter().fill)


def _scores(cases: list[_Case], fill: object) -> Figures:
    off, alike, grain = [], [], []
    for case in cases:
        filled = fill(case.hole, Progress())  # type: ignore[operator]
        mask = case.hole.mask
        off.append(float(np.abs(filled[mask].astype(float) - case.true[mask]).mean()))
        alike.append(ssim(case.true, filled, mask))
        grain.append(gradient_histogram_distance(case.true, filled, mask))
    return {
        "mean error, levels": float(np.mean(off)),
        "SSIM": float(np.mean(alike)),
        "gradient distance": float(np.mean(grain)),
    }


def _lit() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Walls lit from above: known heights and colours with grain, and all heights of the hidden rest."""
    dice, walls = np.random.default_rng(0), []
    for fall in _FALLS:
        known = dice.uniform(-0.9, 1.1, _ON_WALL)
        colours = _light(known, fall) + dice.normal(0, 4, (_ON_WALL, 3))
        walls.append((known, colours.astype(np.float32), np.array([fall])))
    return walls


def _light(height_m: np.ndarray, fall: float) -> np.ndarray:
    lit: np.ndarray = (200 - fall * (1.1 - height_m) ** 2)[:, None] * np.array([1.0, 0.97, 0.9])
    return lit


def _layers(walls: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Figures:
    wanted = np.linspace(-0.9, 1.1, 100)
    off = [
        np.abs(_by_height(known, colours, wanted) - _light(wanted, fall[0])) for known, colours, fall in walls
    ]
    return {"mean error, levels": float(np.mean(off))}


_DATA = f"{_PHOTOS} photos of made rooms with {100 * _SHARE:.0f} % hidden"
_BETTER = {"mean error, levels": True, "SSIM": False, "gradient distance": True}
PARTS = (
    Part("planar", f"{_DATA}, true planes", _cases, _planar, _BETTER),
    Part("opencv", _DATA, _cases, _opencv, _BETTER),
    Part("light", f"{len(_FALLS)} walls lit from above", _lit, _layers, {"mean error, levels": True}),
)

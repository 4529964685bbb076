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
from pipeline.rooms.judging.measures import gradient_histogram_distance, ssim

_PHOTOS, _SIZE_PX, _SHARE = 2, (200, 150), 0.15
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


_DATA = f"{_PHOTOS} photos of made rooms with {100 * _SHARE:.0f} % hidden"
_BETTER = {"mean error, levels": True, "SSIM": False, "gradient distance": True}
PARTS = (
    Part("planar", f"{_DATA}, true planes", _cases, _planar, _BETTER),
    Part("opencv", _DATA, _cases, _opencv, _BETTER),
)

"""Points that one photo knows, looked up in another photo that did not match them.

A photo that sees a point from no farther aside than two photos that agree on it should see the same (Heinly,
Dunn and Frahm, "Correcting for duplicate scene structure in sparse 3D reconstruction", 2014). From farther
aside, what is not flat or lies at a slant looks different without any fault of the cameras, and says nothing.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from scipy import ndimage

from pipeline.rooms.scene import sampled
from pipeline.rooms.sfm.reconstruction import Reconstruction

#: correlation from which two looks at a point are alike, none; set by hand, effect not measured
ALIKE: Final = 0.7
#: cosine of the angle up to which a point is looked up that one photo alone knows, none; set by hand, effect
#: not measured
_SIMILAR_VIEW: Final = float(np.cos(np.radians(25.0)))
#: how different the sizes of a point may be in two photos, logarithm; set by hand, effect not measured
_LOG_SCALE: Final = 0.4
#: samples from the middle of a patch to its side, count; set by hand, effect not measured
_PATCH: Final = 5
#: standard deviation of a patch that is looked up, levels of grey; set by hand, effect not measured
_LEAST_CONTRAST: Final = 3.0
#: points that are looked up for a pair of photos, count; bounds the time
_MOST_POINTS: Final = 60
#: distance from the border that a patch keeps, px; half a patch twice as large, and the largest shift
_MARGIN_PX: Final = _PATCH * 3 + 8
#: smoothing of the photos, px; set by hand, effect not measured
_SMOOTH_PX: Final = 1.5
#: spacing of samples, px; set by hand, effect not measured
_SAMPLES_PX: Final = 1.5
#: shifts that are tried along and down, px; set by hand, effect not measured
_SHIFTS_PX: Final = (-6, -3, 0, 3, 6)
#: how far aside a photo counts that is not asked, cosine; beyond every cosine, itself nearer than those that do
#: not know
_ITSELF: Final = 1.5
#: places of the samples, px; by definition
_SAMPLES: Final = (
    np.stack(np.meshgrid(*[np.arange(-_PATCH, _PATCH + 1)] * 2), axis=-1).reshape(-1, 2) * _SAMPLES_PX
)
#: all shifts, px; by definition
_SHIFTS: Final = np.stack(np.meshgrid(_SHIFTS_PX, _SHIFTS_PX), axis=-1).reshape(-1, 2)


@dataclass(frozen=True)
class Looks:
    """The placed photos and how they see the points of a bundle.

    Attributes:
        photo: index of every placed photo.
        rotation, shift, focal, principal: camera-from-world and intrinsics.
        grey: the photos, smoothed.
        xyz: points; ``known`` says which photos matched them.
        ray: from the photos to the points, of length 1; ``depth`` along the optical axis.
    """

    photo: Int[np.ndarray, " N"]
    rotation: Float[np.ndarray, "N 3 3"]
    shift: Float[np.ndarray, "N 3"]
    focal: Float[np.ndarray, " N"]
    principal: Float[np.ndarray, "N 2"]
    grey: list[np.ndarray]
    xyz: Float[np.ndarray, "P 3"]
    known: Bool[np.ndarray, "P N"]
    ray: Float[np.ndarray, "P N 3"]
    depth: Float[np.ndarray, "P N"]


def looks_of(state: Reconstruction, images: list[UInt8[np.ndarray, "H W 3"]]) -> Looks:
    """How the placed photos see the points; ``images`` are all photos."""
    placed, bundle, intrinsics = state.photos, state.bundle, state.intrinsics
    R, t = state.rotation[placed], state.shift[placed]
    view = bundle.xyz[:, None] + np.einsum("nji,nj->ni", R, t)
    known = np.zeros(view.shape[:2], bool)
    known[bundle.point, bundle.camera] = True
    return Looks(
        placed,
        R,
        t,
        intrinsics.focal[intrinsics.lens[placed]],
        intrinsics.principal[placed],
        [ndimage.gaussian_filter(images[i].astype(np.float32).mean(axis=2), _SMOOTH_PX) for i in placed],
        bundle.xyz,
        known,
        view / np.maximum(np.linalg.norm(view, axis=2, keepdims=True), 1e-12),
        np.einsum("nj,pnj->pn", R[:, 2], view),
    )


def looked_up(looks: Looks, a: int, b: int) -> list[float]:
    """How alike photo ``b`` is to ``a`` around points that ``a`` knows and ``b`` did not match.

    Only points count that ``b`` sees from no farther aside than another photo that knows them, and only those
    that look alike in that one: where even it differs, the square in the room that is compared is no surface. A
    point that ``a`` alone knows is looked up from any similar side.
    """
    asked, witness = _not_aside(looks, a, b)
    values = [
        _likeness(looks, point, a, b)
        for point in np.flatnonzero(asked)[:_MOST_POINTS]
        if _likeness(looks, point, a, witness[point]) > ALIKE
    ]
    return [value for value in values if not np.isnan(value)]


def _not_aside(looks: Looks, a: int, b: int) -> tuple[Bool[np.ndarray, " P"], Int[np.ndarray, " P"]]:
    """Points to look up, and the photo farthest aside from ``a`` that knows each (``a`` if there is none)."""
    cosine = np.einsum("pnj,pj->pn", looks.ray, looks.ray[:, a])
    aside = np.where(looks.known, cosine, 2.0)
    aside[:, a] = _ITSELF
    witness = aside.argmin(axis=1)
    farthest = np.where(witness == a, _SIMILAR_VIEW, aside.min(axis=1))
    depth_a, depth_b = looks.depth[:, a], looks.depth[:, b]
    scale = np.maximum(depth_a, 1e-9) / looks.focal[a] / np.maximum(depth_b / looks.focal[b], 1e-9)
    similar = (cosine[:, b] > _SIMILAR_VIEW) & (np.abs(np.log(scale)) < _LOG_SCALE)
    ahead = (depth_a > 0) & (depth_b > 0)
    missed = looks.known[:, a] & ~looks.known[:, b]
    return missed & ahead & similar & (cosine[:, b] >= farthest), witness


def _likeness(looks: Looks, point: int | np.intp, a: int, b: int | np.intp) -> float:
    """Best correlation of two photos near the expected place of a point; NaN where it is plain or outside."""
    if a == b:
        return 1.0
    R, t, focal, principal = looks.rotation, looks.shift, looks.focal, looks.principal
    local = R[a] @ looks.xyz[point] + t[a]
    place = focal[a] * local[:2] / local[2] + principal[a]
    # the patch is taken to face the first photo
    offset = np.concatenate([_SAMPLES * local[2] / focal[a], np.zeros((len(_SAMPLES), 1))], axis=1)
    seen = (local + offset - t[a]) @ R[a] @ R[b].T + t[b]
    there = focal[b] * seen[:, :2] / seen[:, 2:] + principal[b]
    middle = there[len(there) // 2]
    if (middle < _MARGIN_PX).any() or (middle > np.array(looks.grey[b].shape[::-1]) - _MARGIN_PX).any():
        return np.nan
    first = sampled(looks.grey[a], place + _SAMPLES)
    if first.std() < _LEAST_CONTRAST:
        return np.nan
    second = sampled(looks.grey[b], there + _SHIFTS[:, None])
    first, second = first - first.mean(), second - second.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(second, axis=1) * np.linalg.norm(first)
    return float((second @ first / np.maximum(norm, 1e-9)).max())

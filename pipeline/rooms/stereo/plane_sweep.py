"""Walls, floor and ceiling found by how well photos agree on them: a plane sweep along the room's axes.

Photos are rectified onto planes ``x[axis] = offset`` and compared there (Gallup et al. 2007 sweep along such
directions; on the plane, photos of very different distance and angle stay comparable). What stereo between
neighbours cannot see, such as pictures on a wall that two photos show from opposite sides, is found here.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float32
from numba import njit
from scipy import ndimage

from pipeline.progress import Progress
from pipeline.rooms.processes import for_each
from pipeline.rooms.stereo.patchmatch import StereoViews
from pipeline.rooms.stereo.stereo import StereoDepth, StereoInput, stereo_views

_CELL: Final = 0.04
_COARSE: Final = 0.04
_FINE: Final = 0.01
_WINDOW: Final = 7
#: standard deviation of the gradient (intensity a cell) along the weaker direction
_LEAST_TEXTURE: Final = 0.006
_LEAST_NCC: Final = 0.7
_GOOD_NCC: Final = 0.95
_MOST_PAIRS: Final = 12
_LEAST_AREA: Final = 0.12
#: a peak rises above the agreement that chance gives around it by this share
_DISTINCT: Final = 0.5
_AROUND: Final = 0.4
#: share of the points' extent that is searched beyond it on each side
_BEYOND: Final = 0.25


@dataclass(frozen=True)
class SweepSamples:
    """Samples on the planes found: positions, normals into the room, and area (square units) of each."""

    points: Float[np.ndarray, "N 3"]
    normals: Float[np.ndarray, "N 3"]
    area: Float[np.ndarray, " N"]


@dataclass(frozen=True)
class _Direction:
    """One side of the room: the offsets to try, and the grid of cells on the plane from ``low`` on."""

    axis: int
    sign: int
    others: tuple[int, int]
    low: Float[np.ndarray, "2"]
    shape: tuple[int, int]
    start: float
    end: float


def sweep_planes(
    data: StereoInput,
    depths: list[StereoDepth],
    points: Float[np.ndarray, "N 3"],
    progress: Progress,
) -> SweepSamples:
    """Samples on the planes along the six directions on which photos agree best.

    Args:
        data: photos and cameras in the room frame, unit about a metre.
        depths: stereo results; what they measured in front of a plane hides it.
        points: of the room (sparse and measured), for its extent.
    """
    nothing = SweepSamples(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
    if len(data.images) < 2 or len(points) < 10:
        return nothing
    views = stereo_views(data, 2)
    low, high = np.quantile(points, [0.005, 0.995], axis=0)
    centres = data.world_from_camera[:, :3, 3]
    low, high = np.minimum(low, centres.min(axis=0)), np.maximum(high, centres.max(axis=0))
    low, high = low - _BEYOND * (high - low), high + _BEYOND * (high - low)
    directions = []
    for axis in range(3):
        first, second = (k for k in range(3) if k != axis)
        start2 = np.array([low[first], low[second]])
        size = np.array([high[first] - low[first], high[second] - low[second]])
        shape = tuple(int(n) for n in np.clip(np.ceil(size / _CELL), 8, 300))
        for sign in (-1, 1):
            inner = float((centres[:, axis] * -sign).max()) * -sign
            end = float(high[axis] if sign < 0 else low[axis])
            directions.append(
                _Direction(axis, sign, (first, second), start2, (shape[0], shape[1]), inner - 0.15 * sign, end)
            )
    parts = for_each(
        lambda k: _sweep_direction(views, depths, directions[k]), 6, progress, "comparing on plane"
    )
    parts = [part for part in parts if len(part.area)]
    if not parts:
        return nothing
    return SweepSamples(
        *(np.concatenate([getattr(p, n) for p in parts]) for n in ("points", "normals", "area"))
    )


def _sweep_direction(views: StereoViews, depths: list[StereoDepth], direction: _Direction) -> SweepSamples:
    """Samples on the best one or two planes of one direction."""
    reach = abs(direction.end - direction.start)
    count = int(np.clip(reach / _COARSE, 1, 140)) + 1
    offsets = np.linspace(direction.start, direction.end, count)
    scores = np.array([_agreement(views, depths, direction, offset).sum() for offset in offsets]) * _CELL**2
    smooth = ndimage.gaussian_filter1d(scores, 0.7, mode="nearest")
    usual = ndimage.median_filter(smooth, 2 * round(_AROUND / _COARSE) + 1, mode="nearest")
    smooth = np.where(smooth - usual > np.maximum(_LEAST_AREA, _DISTINCT * usual), smooth - usual, 0.0)
    points, normals, area = [], [], []
    least = 0.5 * smooth.max()
    for _ in range(2):
        best = int(np.argmax(smooth))
        if smooth[best] <= least:
            break
        fine = offsets[best] + np.arange(-4, 5) * _FINE
        votes = [_agreement(views, depths, direction, float(offset)) for offset in fine]
        sharp = ndimage.gaussian_filter1d([v.sum() for v in votes], 1.0, mode="nearest")
        top = int(np.argmax(sharp))
        agreed = votes[top]
        where = np.argwhere(agreed > 0.1)
        found = np.zeros((len(where), 3))
        found[:, list(direction.others)] = direction.low + (where + 0.5) * _CELL
        found[:, direction.axis] = fine[top]
        facing = np.zeros((len(where), 3))
        facing[:, direction.axis] = direction.sign
        points.append(found)
        normals.append(facing)
        area.append(agreed[where[:, 0], where[:, 1]] * _CELL**2)
        smooth[max(0, best - 3) : best + 4] = 0.0
    if not points:
        return SweepSamples(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
    return SweepSamples(np.concatenate(points), np.concatenate(normals), np.concatenate(area))


def _agreement(
    views: StereoViews, depths: list[StereoDepth], direction: _Direction, offset: float
) -> Float32[np.ndarray, "A B"]:
    """0 to 1 for every cell of the plane: how well the two photos that agree best agree there."""
    pictures, valid = [], []
    for index in range(len(views.grey)):
        picture, seen = _rectified(views, depths[index], index, direction, offset)
        pictures.append(picture)
        valid.append(seen)
    means = [_mean(p) for p in pictures]
    spreads = [np.sqrt(np.maximum(_mean(p * p) - m * m, 1e-8)) for p, m in zip(pictures, means, strict=True)]
    textured = [seen & _corners(p) for seen, p in zip(valid, pictures, strict=True)]
    overlap = {(i, j): int((textured[i] & textured[j]).sum()) for i, j in combinations(range(len(pictures)), 2)}
    pairs = sorted((p for p in overlap if overlap[p] * _CELL**2 > _LEAST_AREA / 2), key=lambda p: -overlap[p])
    agreed = np.zeros(direction.shape, np.float32)
    for i, j in pairs[:_MOST_PAIRS]:
        ncc = (_mean(pictures[i] * pictures[j]) - means[i] * means[j]) / (spreads[i] * spreads[j])
        good = np.clip((ncc - _LEAST_NCC) / (_GOOD_NCC - _LEAST_NCC), 0, 1)
        agreed = np.maximum(agreed, np.where(textured[i] & textured[j], good, 0.0).astype(np.float32))
    return agreed


def _mean(values: Float32[np.ndarray, "A B"]) -> Float32[np.ndarray, "A B"]:
    filtered: Float32[np.ndarray, "A B"] = ndimage.uniform_filter(values, _WINDOW, mode="nearest")
    return filtered


def _corners(picture: Float32[np.ndarray, "A B"]) -> Bool[np.ndarray, "A B"]:
    """Windows with texture in both directions (Shi and Tomasi 1994); a lone edge also matches moved along."""
    rows, columns = np.gradient(picture)
    a, b, c = _mean(rows * rows), _mean(rows * columns), _mean(columns * columns)
    smaller = (a + c) / 2 - np.sqrt(((a - c) / 2) ** 2 + b * b)
    textured: Bool[np.ndarray, "A B"] = smaller > _LEAST_TEXTURE**2
    return textured


def _rectified(
    views: StereoViews, depth: StereoDepth, index: int, direction: _Direction, offset: float
) -> tuple[Float32[np.ndarray, "A B"], Bool[np.ndarray, "A B"]]:
    """One photo on the plane, and where the whole comparison window is seen."""
    projection = views.K[index] @ views.camera_from_world[index, :3]
    a, b = direction.others
    H = np.zeros((3, 3))
    H[:, 0], H[:, 1] = projection[:, a] * _CELL, projection[:, b] * _CELL
    corner = np.zeros(3)
    corner[[a, b]] = direction.low + 0.5 * _CELL
    corner[direction.axis] = offset
    H[:, 2] = projection[:, :3] @ corner + projection[:, 3]
    picture = np.zeros(direction.shape, np.float32)
    seen = np.zeros(direction.shape, bool)
    height, width = views.sizes[index]
    _sample(views.grey[index], height, width, H, depth.inverse_depth, depth.measured, picture, seen)
    return picture, ndimage.minimum_filter(seen, _WINDOW, mode="constant")


@njit(cache=True, nogil=True, fastmath=True)
def _sample(grey, height, width, H, inverse_depth, measured, picture, seen):  # type: ignore[no-untyped-def]
    """Bilinear samples of the photo; unseen: outside, behind, hidden, or cells much finer than pixels."""
    ratio_y, ratio_x = inverse_depth.shape[0] / height, inverse_depth.shape[1] / width
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            z = H[2, 0] * row + H[2, 1] * column + H[2, 2]
            if z < 0.1:
                continue
            u = (H[0, 0] * row + H[0, 1] * column + H[0, 2]) / z
            v = (H[1, 0] * row + H[1, 1] * column + H[1, 2]) / z
            if u < 0 or v < 0 or u >= width - 1.001 or v >= height - 1.001:
                continue
            ux, vx = (H[0, 0] - u * H[2, 0]) / z, (H[1, 0] - v * H[2, 0]) / z
            uy, vy = (H[0, 1] - u * H[2, 1]) / z, (H[1, 1] - v * H[2, 1]) / z
            if abs(ux * vy - uy * vx) < 0.15:
                continue
            iu, iv = int(u), int(v)
            fu, fv = u - iu, v - iv
            top = grey[iv, iu] + (grey[iv, iu + 1] - grey[iv, iu]) * fu
            bottom = grey[iv + 1, iu] + (grey[iv + 1, iu + 1] - grey[iv + 1, iu]) * fu
            picture[row, column] = top + (bottom - top) * fv
            y = min(int((v + 0.5) * ratio_y), inverse_depth.shape[0] - 1)
            x = min(int((u + 0.5) * ratio_x), inverse_depth.shape[1] - 1)
            seen[row, column] = not measured[y, x] or abs(z * inverse_depth[y, x] - 1.0) < 0.08

"""Walls, floor and ceiling found by how well photos agree on them: a plane sweep along the room's axes.

Photos are rectified onto planes ``x[axis] = offset`` and compared there (Gallup et al. 2007 sweep along such
directions; on the plane, photos of very different distance and angle stay comparable). What stereo between
neighbours cannot see, such as pictures on a wall that two photos show from opposite sides, is found here.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Final, Self

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy import ndimage

from pipeline.progress import Progress
from pipeline.rooms.processes import bilinear, for_each, kernel
from pipeline.rooms.stereo.stereo import StereoDepth, StereoInput, stereo_views
from pipeline.rooms.stereo.views import StereoViews
from pipeline.rooms.stereo.windows import BORDER_PX

#: side of a cell of a plane, units (about a metre); set by hand, effect not measured
_CELL: Final = 0.04
#: step between planes that are tried, units; set by hand, effect not measured
_COARSE: Final = 0.04
#: step around the best of them, units; set by hand, effect not measured
_FINE: Final = 0.01
#: fine steps to each side, count; those of one coarse step
_FINE_STEPS: Final = 4
#: planes of one direction that are tried, count; bounds the time
_MOST_OFFSETS: Final = 140
#: fewest cells of a plane along each side, count; that a window of comparison fits
_FEWEST_CELLS: Final = 8
#: most cells of a plane along each side, count; bounds the time
_MOST_CELLS: Final = 300
#: side of the windows that are compared, cells; set by hand, effect not measured
_WINDOW: Final = 7
#: standard deviation of the gradient along the weaker direction, share of white a cell; set by hand, effect not
#: measured
_LEAST_TEXTURE: Final = 0.006
#: correlation from which photos agree a little, none; set by hand, effect not measured
_LEAST_NCC: Final = 0.7
#: correlation from which they agree in full, none; set by hand, effect not measured
_GOOD_NCC: Final = 0.95
#: variance that keeps a correlation defined, squares of white; below a tenth of a grey level
_LEAST_VARIANCE: Final = 1e-8
#: pairs of photos that are compared, count; bounds the time
_MOST_PAIRS: Final = 12
#: area on which photos agree on a plane, square units; set by hand, effect not measured
_LEAST_AREA: Final = 0.12
#: how far a peak rises above the agreement that chance gives around it, share; set by hand, effect not measured
_DISTINCT: Final = 0.5
#: how far around, units; set by hand, effect not measured
_AROUND: Final = 0.4
#: smoothing of the agreement over coarse steps, steps; set by hand, effect not measured
_SMOOTH_COARSE: Final = 0.7
#: smoothing of the agreement over fine steps, steps; set by hand, effect not measured
_SMOOTH_FINE: Final = 1.0
#: agreement from which a cell is a sample, none; set by hand, effect not measured
_AGREED: Final = 0.1
#: second peak, share of the first; set by hand, effect not measured
_SECOND: Final = 0.5
#: steps around a peak that belong to it, count; set by hand, effect not measured
_PEAK_STEPS: Final = 3
#: what is searched beyond the points on each side, share of their extent; set by hand, effect not measured
_BEYOND: Final = 0.25
#: quantiles of the points that are their extent, shares; a few stray points are none of it
_EXTENT: Final = (0.005, 0.995)
#: points that tell an extent, count; set by hand, effect not measured
_LEAST_POINTS: Final = 10
#: how far behind the foremost camera the search begins, units; set by hand, effect not measured
_BEHIND: Final = 0.15
#: nearest depth that a photo shows a plane at, units; set by hand, effect not measured
_NEAREST: Final = 0.1
#: pixels of a photo for a cell, square px; set by hand, effect not measured
_LEAST_PIXELS: Final = 0.15
#: how far a measured depth may be from the plane not to hide it, share; set by hand, effect not measured
_HIDDEN: Final = 0.08


@dataclass(frozen=True)
class SweepSamples:
    """Samples on the planes found: positions, normals into the room, and area (square units) of each."""

    points: Float[np.ndarray, "N 3"]
    normals: Float[np.ndarray, "N 3"]
    area: Float[np.ndarray, " N"]

    @classmethod
    def none(cls) -> Self:
        """No samples."""
        return cls(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """All samples of the parts, in order."""
        some = [part for part in parts if len(part.area)]
        if not some:
            return cls.none()
        columns = zip(*((part.points, part.normals, part.area) for part in some), strict=True)
        return cls(*(np.concatenate(column) for column in columns))


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
    if len(data.images) < 2 or len(points) < _LEAST_POINTS:
        return SweepSamples.none()
    views = stereo_views(data, 2)
    directions = _directions(points, data.world_from_camera[:, :3, 3])
    return SweepSamples.joined(
        for_each(
            lambda k: _sweep_direction(views, depths, directions[k]),
            len(directions),
            progress,
            "comparing on plane",
        )
    )


def _directions(points: Float[np.ndarray, "N 3"], centres: Float[np.ndarray, "C 3"]) -> list[_Direction]:
    """Both sides of each axis, from behind the foremost camera to beyond the points."""
    low, high = np.quantile(points, _EXTENT, axis=0)
    low, high = np.minimum(low, centres.min(axis=0)), np.maximum(high, centres.max(axis=0))
    low, high = low - _BEYOND * (high - low), high + _BEYOND * (high - low)
    directions = []
    for axis in range(3):
        others = [k for k in range(3) if k != axis]
        cells = np.clip(np.ceil((high[others] - low[others]) / _CELL), _FEWEST_CELLS, _MOST_CELLS)
        shape = int(cells[0]), int(cells[1])
        for sign in (-1, 1):
            inner = float((centres[:, axis] * -sign).max()) * -sign
            end = float(high[axis] if sign < 0 else low[axis])
            start = inner - _BEHIND * sign
            directions.append(_Direction(axis, sign, (others[0], others[1]), low[others], shape, start, end))
    return directions


def _sweep_direction(views: StereoViews, depths: list[StereoDepth], direction: _Direction) -> SweepSamples:
    """Samples on the best one or two planes of one direction."""
    reach = abs(direction.end - direction.start)
    count = int(np.clip(reach / _COARSE, 1, _MOST_OFFSETS)) + 1
    offsets = np.linspace(direction.start, direction.end, count)
    scores = np.array([_agreement(views, depths, direction, offset).sum() for offset in offsets]) * _CELL**2
    smooth = ndimage.gaussian_filter1d(scores, _SMOOTH_COARSE, mode="nearest")
    usual = ndimage.median_filter(smooth, 2 * round(_AROUND / _COARSE) + 1, mode="nearest")
    smooth = np.where(smooth - usual > np.maximum(_LEAST_AREA, _DISTINCT * usual), smooth - usual, 0.0)
    parts = []
    least = _SECOND * smooth.max()
    for _ in range(2):
        best = int(np.argmax(smooth))
        if smooth[best] <= least:
            break
        parts.append(_samples_at(views, depths, direction, offsets[best]))
        smooth[max(0, best - _PEAK_STEPS) : best + _PEAK_STEPS + 1] = 0.0
    return SweepSamples.joined(parts)


def _samples_at(
    views: StereoViews, depths: list[StereoDepth], direction: _Direction, offset: float
) -> SweepSamples:
    """Samples on the plane near an offset on which photos agree best."""
    fine = offset + np.arange(-_FINE_STEPS, _FINE_STEPS + 1) * _FINE
    votes = [_agreement(views, depths, direction, float(at)) for at in fine]
    top = int(np.argmax(ndimage.gaussian_filter1d([v.sum() for v in votes], _SMOOTH_FINE, mode="nearest")))
    agreed = votes[top]
    where = np.argwhere(agreed > _AGREED)
    found = np.zeros((len(where), 3))
    found[:, list(direction.others)] = direction.low + (where + 0.5) * _CELL
    found[:, direction.axis] = fine[top]
    facing = np.zeros((len(where), 3))
    facing[:, direction.axis] = direction.sign
    return SweepSamples(found, facing, agreed[where[:, 0], where[:, 1]] * _CELL**2)


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
    spreads = [
        np.sqrt(np.maximum(_mean(p * p) - m * m, _LEAST_VARIANCE)) for p, m in zip(pictures, means, strict=True)
    ]
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
    _rectify(views.photo(index), H, depth.inverse_depth, depth.measured, picture, seen)
    return picture, ndimage.minimum_filter(seen, _WINDOW, mode="constant")


@kernel(fastmath=True)
def _rectify(
    grey: Float32[np.ndarray, "H W"],
    H: Float[np.ndarray, "3 3"],
    inverse_depth: Float32[np.ndarray, "h w"],
    measured: Bool[np.ndarray, "h w"],
    picture: Float32[np.ndarray, "A B"],
    seen: Bool[np.ndarray, "A B"],
) -> None:
    """Bilinear samples of the photo; unseen: outside, behind, hidden, or cells much finer than pixels."""
    height, width = grey.shape
    ratio_y, ratio_x = inverse_depth.shape[0] / height, inverse_depth.shape[1] / width
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            z = H[2, 0] * row + H[2, 1] * column + H[2, 2]
            if z < _NEAREST:
                continue
            u = (H[0, 0] * row + H[0, 1] * column + H[0, 2]) / z
            v = (H[1, 0] * row + H[1, 1] * column + H[1, 2]) / z
            if u < 0 or v < 0 or u >= width - BORDER_PX or v >= height - BORDER_PX:
                continue
            ux, vx = (H[0, 0] - u * H[2, 0]) / z, (H[1, 0] - v * H[2, 0]) / z
            uy, vy = (H[0, 1] - u * H[2, 1]) / z, (H[1, 1] - v * H[2, 1]) / z
            if abs(ux * vy - uy * vx) < _LEAST_PIXELS:
                continue
            picture[row, column] = bilinear(grey, u, v)
            y = min(int((v + 0.5) * ratio_y), inverse_depth.shape[0] - 1)
            x = min(int((u + 0.5) * ratio_x), inverse_depth.shape[1] - 1)
            seen[row, column] = not measured[y, x] or abs(z * inverse_depth[y, x] - 1.0) < _HIDDEN

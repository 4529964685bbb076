"""How alike two photos look where a model says that they show the same place.

Around each point a small square of the room is sampled from every photo that should show it, and the squares
are compared by normalised cross-correlation, within a small shift because places are never exact. The square
faces the photos or lies along one of the room's axes, whichever makes the photos of the point most alike (cf.
Furukawa and Ponce, "Accurate, dense, and robust multiview stereopsis", 2010).
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8
from scipy import ndimage
from scipy.spatial import cKDTree

from pipeline.rooms.processes import kernel
from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.reconstruction import Reconstruction

#: samples from the middle of a square to its side, count; set by hand, effect not measured
_HALF: Final = 7
#: greatest shift of two squares, samples; set by hand, effect not measured
_SEARCH: Final = 4
#: spacing of samples, typical distances between photos and points; set by hand, effect not measured
_STEP: Final = 0.01
#: spacing of points that are compared, typical distances; set by hand, effect not measured
_VOXEL: Final = 0.05
#: points that are compared, count; bounds the time
_MOST_POINTS: Final = 1500
#: pixels that a photo must have for a sample, share; its inverse bounds the distance, set by hand, effect not
#: measured
_COARSEST: Final = 1.6
#: cosine of the angle between a square and a photo that shows it, none; set by hand, effect not measured
_LEAST_FACING: Final = 0.15
#: mean correlation of its photos from which a square is a surface, none; set by hand, effect not measured
_SURFACE_FOUND: Final = 0.6
#: correlation from which the other way round is not tried, none; set by hand, effect not measured
_SURE: Final = 0.95
#: standard deviation of a square that is told apart from others, levels of grey; set by hand, effect not
#: measured
_LEAST_CONTRAST: Final = 4.0
#: correlation with itself, shifted, below which a square fits in one place only, none; set by hand, effect not
#: measured
_SELF_ALIKE: Final = 0.85
#: shift of that, samples; set by hand, effect not measured
_SHIFTED: Final = 3
#: smoothing of the photos, px; set by hand, effect not measured
_SMOOTH_PX: Final = 1.0
#: what stands out by so much may hide a square, typical distances; set by hand, effect not measured
_STANDS_OUT: Final = 0.1
#: how far from the line of sight that may be, half sides of a square; set by hand, effect not measured
_BESIDE: Final = 1.4
#: cosine from which a square lies level, none; set by hand, effect not measured
_LEVEL: Final = 0.9

Stack = Float32[np.ndarray, "N H W"]
Vector = Float[np.ndarray, "3"]


class _Cameras(NamedTuple):
    """Of the photos in a stack: their heights and widths, camera-from-world, and intrinsics."""

    sizes: Int[np.ndarray, "N 2"]
    rotation: Float[np.ndarray, "N 3 3"]
    shift: Float[np.ndarray, "N 3"]
    focal: Float[np.ndarray, " N"]
    principal: Float[np.ndarray, "N 2"]


@dataclass(frozen=True)
class Likeness:
    """Squares around points, compared between all placed photos that should show them.

    Attributes:
        alike: correlation, -1 to 1; NaN where not both show the square.
        angle_rad: angle between the photos' views of the point.
        distance: of each photo from the point.
        distinct: the square fits itself in one place only, in this photo.
        free: no point that the photo sees stands in front of the square, beside the line of sight.
    """

    alike: Float[np.ndarray, "P N N"]
    angle_rad: Float[np.ndarray, "P N N"]
    distance: Float[np.ndarray, "P N"]
    distinct: Bool[np.ndarray, "P N"]
    free: Bool[np.ndarray, "P N"]


def compare(
    state: Reconstruction,
    images: list[UInt8[np.ndarray, "H W 3"]],
    world_from_room: Float[np.ndarray, "3 3"],
    seed: int,
) -> Likeness:
    """Compare the placed photos around a sample of their points, spread over the room.

    Args:
        images: all photos, at the size that ``state`` refers to.
        world_from_room: the room's axes.
    """
    placed, bundle, lenses = state.photos, state.bundle, state.intrinsics
    R, t = state.rotation[placed], state.shift[placed]
    centre = -np.einsum("nji,nj->ni", R, t)
    reach = np.linalg.norm(bundle.xyz[bundle.point] - centre[bundle.camera], axis=1)
    unit = float(np.median(reach)) if len(reach) else 1.0
    index, shared = _sample(bundle, _VOXEL * unit, seed)
    points = bundle.xyz[index]
    view = points[:, None] - centre
    distance = np.maximum(np.linalg.norm(view, axis=2), 1e-12)
    ray = view / distance[:, :, None]
    facing = -(ray * shared[:, :, None]).sum(axis=1)
    facing /= np.maximum(np.linalg.norm(facing, axis=1, keepdims=True), 1e-12)
    normals = np.concatenate([facing[:, None], np.tile(world_from_room.T, (len(points), 1, 1))], axis=1)
    across = _across(normals, world_from_room)
    stack, sizes = _stacked([images[i] for i in placed])
    cameras = _Cameras(sizes, R, t, lenses.focal[lenses.lens[placed]].astype(float), lenses.principal[placed])
    alike = np.full((len(points), len(placed), len(placed)), np.nan)
    distinct = np.zeros((len(points), len(placed)), bool)
    chosen = _compare(stack, cameras, points, view, shared, normals, across, _STEP * unit, alike, distinct)
    normal = normals[np.arange(len(points)), chosen]
    free = _free(points, ray, distance, normal, centre, bundle, unit)
    angle = np.arccos(np.clip(ray @ ray.transpose(0, 2, 1), -1.0, 1.0))
    return Likeness(alike, angle, distance, distinct, free)


def _free(
    points: Float[np.ndarray, "P 3"],
    ray: Float[np.ndarray, "P N 3"],
    distance: Float[np.ndarray, "P N"],
    normals: Float[np.ndarray, "P 3"],
    centre: Float[np.ndarray, "N 3"],
    bundle: Bundle,
    unit: float,
) -> Bool[np.ndarray, "P N"]:
    """Where nothing that a photo sees close beside its line of sight stands out from the square towards it."""
    free = np.ones(ray.shape[:2], bool)
    radius = _BESIDE * _HALF * _STEP * unit
    for i in range(len(centre)):
        known = bundle.xyz[bundle.point[bundle.camera == i]]
        if not len(known):
            continue
        reach = np.maximum(np.linalg.norm(known - centre[i], axis=1), 1e-12)
        near = cKDTree((known - centre[i]) / reach[:, None]).query_ball_point(
            ray[:, i], radius / distance[:, i]
        )
        towards = -normals * np.sign((normals * ray[:, i]).sum(axis=1))[:, None]
        for p, rows in enumerate(near):
            out = (known[rows] - points[p]) @ towards[p]
            free[p, i] = not ((out > _STANDS_OUT * unit) & (reach[rows] < distance[p, i])).any()
    return free


def _sample(bundle: Bundle, voxel: float, seed: int) -> tuple[np.ndarray, Bool[np.ndarray, "P N"]]:
    """At most :data:`_MOST_POINTS` points, one of each voxel and set of photos, and the photos of each."""
    seen = np.zeros((len(bundle.xyz), len(bundle.rotation)), bool)
    seen[bundle.point, bundle.camera] = True
    order = np.random.default_rng(seed).permutation(len(bundle.xyz))
    key = np.concatenate([np.floor(bundle.xyz[order] / voxel), seen[order]], axis=1)
    first = np.sort(np.unique(key, axis=0, return_index=True)[1])[:_MOST_POINTS]
    chosen = order[first]
    return chosen, seen[chosen]


def _stacked(images: list[np.ndarray]) -> tuple[Stack, Int[np.ndarray, "N 2"]]:
    """Smoothed grey photos in one array, and their heights and widths."""
    sizes = np.array([image.shape[:2] for image in images])
    stack = np.zeros((len(images), *sizes.max(axis=0)), np.float32)
    for i, (image, (height, width)) in enumerate(zip(images, sizes, strict=True)):
        stack[i, :height, :width] = ndimage.gaussian_filter(image.astype(np.float32).mean(axis=2), _SMOOTH_PX)
    return stack, sizes


def _across(
    normals: Float[np.ndarray, "P K 3"], world_from_room: Float[np.ndarray, "3 3"]
) -> Float[np.ndarray, "P K 3"]:
    """A direction within each square, level where the square is not."""
    up, level = world_from_room[:, 2], world_from_room[:, 0]
    lying = np.abs(normals @ up) > _LEVEL
    across = np.cross(np.where(lying[..., None], level, up), normals)
    unit: Float[np.ndarray, "P K 3"] = across / np.maximum(np.linalg.norm(across, axis=2, keepdims=True), 1e-12)
    return unit


@kernel()
def _compare(
    stack: Stack,
    cameras: _Cameras,
    points: Float[np.ndarray, "P 3"],
    view: Float[np.ndarray, "P N 3"],
    shared: Bool[np.ndarray, "P N"],
    normals: Float[np.ndarray, "P K 3"],
    across: Float[np.ndarray, "P K 3"],
    step: float,
    alike: Float[np.ndarray, "P N N"],
    distinct: Bool[np.ndarray, "P N"],
) -> Int[np.ndarray, " P"]:
    """Fill ``alike`` and ``distinct``; the index of the chosen normal of every point."""
    n, side = len(stack), 2 * (_HALF + _SEARCH) + 1
    squares, shown = np.zeros((n, side, side)), np.zeros(n, np.bool_)
    everyone = np.ones(n, np.bool_)
    surfaces = np.zeros(len(points), np.int64)
    for p in range(len(points)):
        best, surface = _SURFACE_FOUND, -1
        for k in range(normals.shape[1]):
            plane = (points[p], normals[p, k], across[p, k])
            _sampled(stack, cameras, plane, view[p], shared[p], step, squares, shown)
            mean = _mean_likeness(squares, shown)
            if mean > best:
                best, surface = mean, k
        if surface >= 0:
            plane = (points[p], normals[p, surface], across[p, surface])
            _sampled(stack, cameras, plane, view[p], everyone, step, squares, shown)
            _relate(squares, shown, alike[p], distinct[p])
            surfaces[p] = surface
    return surfaces


@kernel()
def _mean_likeness(squares: Float[np.ndarray, "N S S"], shown: Bool[np.ndarray, " N"]) -> float:
    """Mean correlation of the photos that show a square; -1 where fewer than two do."""
    total, pairs = 0.0, 0
    for i in range(len(squares)):
        for j in range(i + 1, len(squares)):
            if shown[i] and shown[j]:
                total += _best(squares[i], squares[j], 0)
                pairs += 1
    return total / pairs if pairs else -1.0


@kernel()
def _sampled(
    stack: Stack,
    cameras: _Cameras,
    plane: tuple[Vector, Vector, Vector],
    view: Float[np.ndarray, "N 3"],
    wanted: Bool[np.ndarray, " N"],
    step: float,
    squares: Float[np.ndarray, "N S S"],
    shown: Bool[np.ndarray, " N"],
) -> None:
    """Sample the wanted photos on one square where they see it well enough; ``shown`` says which did."""
    sizes, R, t, focal, principal = cameras
    x, normal, e1 = plane
    e2 = np.cross(normal, e1)
    for i in range(len(stack)):
        reach = np.sqrt((view[i] ** 2).sum())
        cosine = abs((view[i] * normal).sum()) / reach
        shown[i] = False
        if wanted[i] and cosine > _LEAST_FACING and reach < _COARSEST * step * focal[i] * cosine:
            middle = R[i] @ x + t[i]
            steps = (R[i] @ e1 * step, R[i] @ e2 * step)
            shown[i] = _square(stack[i], sizes[i], middle, steps, step, focal[i], principal[i], squares[i])


@kernel()
def _relate(
    squares: Float[np.ndarray, "N S S"],
    shown: Bool[np.ndarray, " N"],
    alike: Float[np.ndarray, "N N"],
    distinct: Bool[np.ndarray, " N"],
) -> None:
    """Fill in how alike the photos that show a square are, and in which of them it is distinct."""
    n, low, high = len(squares), _SEARCH, _SEARCH + 2 * _HALF + 1
    for i in range(n):
        if shown[i]:
            contrast = squares[i, low:high, low:high].std()
            distinct[i] = contrast > _LEAST_CONTRAST and _best(squares[i], squares[i], _SHIFTED) < _SELF_ALIKE
        for j in range(i + 1, n):
            if shown[i] and shown[j]:
                value = _best(squares[i], squares[j], 0)
                if value < _SURE:
                    value = max(value, _best(squares[j], squares[i], 0))
                alike[i, j] = alike[j, i] = value


@kernel()
def _square(
    photo: Float32[np.ndarray, "H W"],
    size: Int[np.ndarray, "2"],
    middle: Vector,
    steps: tuple[Vector, Vector],
    least: float,
    focal: float,
    principal: Float[np.ndarray, "2"],
    out: Float[np.ndarray, "S S"],
) -> bool:
    """Sample one photo (bilinear) on a square of the room; whether all of it lies within the photo."""
    reach = _HALF + _SEARCH
    for row in range(2 * reach + 1):
        for column in range(2 * reach + 1):
            local = middle + (column - reach) * steps[0] + (row - reach) * steps[1]
            if local[2] < least:
                return False
            u = focal * local[0] / local[2] + principal[0]
            v = focal * local[1] / local[2] + principal[1]
            if not (u >= 1 and v >= 1 and u < size[1] - 2 and v < size[0] - 2):
                return False
            i, j = int(v), int(u)
            y, z = v - i, u - j
            upper = (1 - z) * photo[i, j] + z * photo[i, j + 1]
            lower = (1 - z) * photo[i + 1, j] + z * photo[i + 1, j + 1]
            out[row, column] = (1 - y) * upper + y * lower
    return True


@kernel()
def _best(first: Float[np.ndarray, "S S"], second: Float[np.ndarray, "S S"], least: int) -> float:
    """Highest correlation of the middle of one square with the other, shifted by at least ``least`` samples."""
    side = 2 * _HALF + 1
    count = side * side
    mean, energy = 0.0, 0.0
    for i in range(_SEARCH, _SEARCH + side):
        for j in range(_SEARCH, _SEARCH + side):
            mean += first[i, j]
            energy += first[i, j] ** 2
    mean /= count
    energy -= count * mean**2
    best = -1.0
    for dy in range(2 * _SEARCH + 1):
        for dx in range(2 * _SEARCH + 1):
            if max(abs(dy - _SEARCH), abs(dx - _SEARCH)) < least:
                continue
            total, squared, product = 0.0, 0.0, 0.0
            for i in range(side):
                for j in range(side):
                    value = second[dy + i, dx + j]
                    total += value
                    squared += value * value
                    product += value * (first[_SEARCH + i, _SEARCH + j] - mean)
            # a standard deviation of one grey level each keeps noise from looking like texture
            best = max(best, product / np.sqrt((squared - total**2 / count) * energy + count**2))
    return best

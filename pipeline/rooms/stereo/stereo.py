"""Measured depth of every placed photo: view selection, PatchMatch in two sizes, consistency of photos."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8
from PIL import Image
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator
from scipy.spatial import QhullError

from pipeline.machine import CPU
from pipeline.progress import Progress
from pipeline.rooms.processes import for_each
from pipeline.rooms.stereo.comparison import improve
from pipeline.rooms.stereo.consistency import count_consistent
from pipeline.rooms.stereo.views import Search, StereoViews, warp_between
from pipeline.rooms.stereo.windows import BAD_COST

#: nearest depth that is searched at least, units (about a metre); set by hand, effect not measured
_NEAREST: Final = 0.5
#: photos that confirm a depth, count, and highest cost of it; the fewer, the more alike they must be, set by
#: hand, effect not measured
_CONFIRMED: Final = ((2, 0.6), (1, 0.35))
#: photos that a photo is compared with at most, count; set by hand, effect not measured
_MOST_SOURCES: Final = 4
#: angle between two views from which shared points count in full, degrees; set by hand, effect not measured
_USEFUL_DEG: Final = 6.0
#: how they fall off below that, exponent; set by hand, effect not measured
_FALL_OFF: Final = 1.5
#: angle from which views hardly look alike, degrees; set by hand, effect not measured
_WIDE_DEG: Final = 45.0
#: what shared points count beyond that, share; set by hand, effect not measured
_WIDE_COUNTS: Final = 0.3
#: what looking the same way counts where no points are shared, shared points; set by hand, effect not measured
_SAME_WAY: Final = 0.1
#: score of a source, share of the best one's; set by hand, effect not measured
_LEAST_SCORE: Final = 0.03
#: passes: by what sides are divided, iterations, cost of a pixel of disagreement, neighbours, counts; set by
#: hand, effect not measured
_PASSES: Final = ((4, 4, 0.0, 8), (2, 2, 0.0, 8), (2, 2, 0.12, 8), (1, 2, 0.12, 4))
#: how far a confirming photo may be off, px; set by hand, effect not measured
_AGREE_PX: Final = 1.8
#: the same in depth, share; set by hand, effect not measured
_AGREE: Final = 0.025
#: smallest inverse depth that is searched, inverse units; keeps it above 0
_LEAST_W: Final = 1e-3
#: how far below the smallest inverse depth is searched, times; set by hand, effect not measured
_BELOW: Final = 0.5
#: how far above the largest inverse depth is searched, times; set by hand, effect not measured
_BEYOND: Final = 1.6
#: difference of the seeds of two passes, none; a prime, so that they differ
_PASS_SEED: Final = 1_000_003
#: difference of the seeds of two photos, none; large, so that they differ
_PHOTO_SEED: Final = 7_368_787
#: points nearer than this are no start, units; set by hand, effect not measured
_AT_CAMERA: Final = 0.05
#: inverse depth of a photo that sees too few points, inverse units; set by hand, effect not measured
_USUAL_W: Final = 0.4
#: inverse depths of points outside these quantiles are strays, shares; set by hand, effect not measured
_KEPT: Final = (0.02, 0.98)


@dataclass(frozen=True)
class StereoInput:
    """Photos, cameras and sparse points in one frame whose unit is about a metre.

    Attributes:
        images: RGB photos at the size of the maps.
        K: intrinsics at that size.
        world_from_camera: poses.
        xyz: sparse points.
        seen: for every photo the indices of the sparse points that it observes.
        device: that compares the photos: "cpu", or a device of PyTorch.
    """

    images: list[UInt8[np.ndarray, "H W 3"]]
    K: Float[np.ndarray, "N 3 3"]
    world_from_camera: Float[np.ndarray, "N 4 4"]
    xyz: Float[np.ndarray, "P 3"]
    seen: list[Int[np.ndarray, " S"]]
    device: str = CPU

    def warp(self, index: int, other: int) -> Float[np.ndarray, "3 4"]:
        """``M, b`` with pixel ~ ``M q + w b`` of photo ``other`` for pixel ``q`` and inverse depth ``w``."""
        return warp_between(self.K, np.linalg.inv(self.world_from_camera), index, other)


@dataclass(frozen=True)
class StereoDepth:
    """What stereo says about one photo.

    Attributes:
        inverse_depth: best hypothesis of every pixel, also where it is not to be trusted.
        slant: its gradient per pixel.
        cost: 0 (perfect match) to 1.
        support: number of other photos whose own depth agrees.
    """

    inverse_depth: Float32[np.ndarray, "H W"]
    slant: Float32[np.ndarray, "H W 2"]
    cost: Float32[np.ndarray, "H W"]
    support: Int[np.ndarray, "H W"]

    @property
    def measured(self) -> Bool[np.ndarray, "H W"]:
        """Pixels whose depth other photos confirm."""
        confirmed: Bool[np.ndarray, "H W"] = np.zeros(self.cost.shape, bool)
        for support, cost in _CONFIRMED:
            confirmed |= (self.support >= support) & (self.cost < cost)
        return confirmed


def choose_sources(data: StereoInput, most: int) -> list[Int[np.ndarray, " S"]]:
    """For each photo the others to match it with: many shared points, seen under a useful angle."""
    chosen = []
    for i in range(len(data.images)):
        scores = np.array([_score(data, i, j) for j in range(len(data.images))])
        order = np.argsort(-scores, kind="stable")[:most]
        least = _LEAST_SCORE * scores[order[0]]
        chosen.append(np.array([j for j in order if scores[j] > least and scores[j] >= 0], dtype=np.int64))
    return chosen


def _score(data: StereoInput, i: int, j: int) -> float:
    """How useful photo ``j`` is to photo ``i``; -1 for itself."""
    if i == j:
        return -1.0
    shared = np.intersect1d(data.seen[i], data.seen[j])
    rays = [data.xyz[shared] - data.world_from_camera[k, :3, 3] for k in (i, j)]
    lengths = np.linalg.norm(rays[0], axis=1) * np.linalg.norm(rays[1], axis=1)
    cosine = (rays[0] * rays[1]).sum(axis=1) / np.maximum(lengths, 1e-9)
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    counts = np.where(angle > _WIDE_DEG, _WIDE_COUNTS, 1.0)
    useful = np.minimum((angle / _USEFUL_DEG) ** _FALL_OFF, 1.0) * counts
    ahead = data.world_from_camera[:, :3, 2]
    return float(useful.sum() + _SAME_WAY * max(0.0, float(ahead[i] @ ahead[j])))


def measure_depth(
    data: StereoInput, seed: int, progress: Progress
) -> tuple[list[StereoDepth], list[Int[np.ndarray, " S"]]]:
    """Depth of every photo by stereo with the others.

    Args:
        data: photos and cameras.
        seed: of the random search.
        progress: reports after every photo.
    """
    sources = choose_sources(data, _MOST_SOURCES)
    states: list[np.ndarray] = []
    costs: list[np.ndarray] = []
    for number, (divide, iterations, geometric, neighbours) in enumerate(_PASSES):
        views = stereo_views(data, divide)
        states = _at_size(states, data, views)
        depths = padded([state[..., 0] for state in states], views.grey.shape)
        part = progress.part(number / len(_PASSES), (number + 1) / len(_PASSES))
        how = (iterations, neighbours, geometric, seed + number)
        costs = _run(views, sources, states, depths, how, part)
    depths = padded([state[..., 0] for state in states], views.grey.shape)
    results = [_confirmed(views, i, sources[i], states[i], depths, costs[i]) for i in range(len(states))]
    return results, sources


def _at_size(states: list[np.ndarray], data: StereoInput, views: StereoViews) -> list[np.ndarray]:
    """The states at the size of the views; those to begin with where there are none."""
    if not states:
        return [_initial(data, views, i) for i in range(len(data.images))]
    sizes = [tuple(int(side) for side in size) for size in views.sizes]
    if all(state.shape[:2] == size for state, size in zip(states, sizes, strict=True)):
        return states
    return [_upsampled(state, views.sizes[i]) for i, state in enumerate(states)]


def _confirmed(
    views: StereoViews,
    index: int,
    sources: Int[np.ndarray, " S"],
    state: Float[np.ndarray, "H W 3"],
    depths: Float32[np.ndarray, "N H W"],
    cost: Float32[np.ndarray, "H W"],
) -> StereoDepth:
    """The depth of one photo and how many others confirm it."""
    count = np.zeros(state.shape[:2], np.int64)
    warps, backs = views.warps(index, sources)
    count_consistent(index, views.sizes, sources, warps, backs, depths, _AGREE_PX, _AGREE, count)
    return StereoDepth(state[..., 0].astype(np.float32), state[..., 1:].astype(np.float32), cost, count)


def _run(
    views: StereoViews,
    sources: list[Int[np.ndarray, " S"]],
    states: list[Float[np.ndarray, "H W 3"]],
    depths: Float32[np.ndarray, "N H W"],
    how: tuple[int, int, float, int],
    progress: Progress,
) -> list[Float32[np.ndarray, "H W"]]:
    """One pass over all photos, ``how``: iterations, neighbours, cost of disagreement, seed; their costs."""

    def one(i: int) -> np.ndarray:
        cost = np.full(states[i].shape[:2], BAD_COST, np.float32)
        w = depths[i][: views.sizes[i, 0], : views.sizes[i, 1]]
        search = _search(w, len(sources[i]), i, how)
        improve(views, i, sources[i], depths, search, states[i], cost)
        return cost

    return for_each(one, len(states), progress, "depth of photo")


def _search(
    w: Float32[np.ndarray, "H W"], n_sources: int, index: int, how: tuple[int, int, float, int]
) -> Search:
    iterations, neighbours, geometric, seed = how
    return Search(
        geometric=geometric,
        keep=(n_sources + 1) // 2,
        w_range=(max(float(w.min()) * _BELOW, _LEAST_W), max(float(w.max()) * _BEYOND, 1.0 / _NEAREST)),
        iterations=iterations,
        neighbours=neighbours,
        seed=seed * _PASS_SEED + index * _PHOTO_SEED,
    )


def scaled_intrinsics(
    K: Float[np.ndarray, "3 3"], factor_x: float, factor_y: float
) -> Float[np.ndarray, "3 3"]:
    """Intrinsics after resizing (pixel centres at integers)."""
    scaled = K.copy()
    scaled[0] *= factor_x
    scaled[1] *= factor_y
    scaled[0, 2] += 0.5 * factor_x - 0.5
    scaled[1, 2] += 0.5 * factor_y - 0.5
    return scaled


def stereo_views(data: StereoInput, divide: int) -> StereoViews:
    """The grey photos with both sides divided by ``divide``."""
    greys, Ks = [], []
    for image, K in zip(data.images, data.K, strict=True):
        height, width = image.shape[:2]
        size = (max(1, width // divide), max(1, height // divide))
        grey = Image.fromarray(image).convert("L").resize(size, Image.Resampling.BOX)
        greys.append(np.asarray(grey, np.float32) / 255.0)
        Ks.append(scaled_intrinsics(K, size[0] / width, size[1] / height))
    sizes = np.array([grey.shape for grey in greys], dtype=np.int64)
    stacked = padded(greys, (len(greys), *sizes.max(axis=0)))
    return StereoViews(stacked, sizes, np.stack(Ks), np.linalg.inv(data.world_from_camera), data.device)


def padded(maps: list[np.ndarray], shape: tuple[int, ...]) -> Float32[np.ndarray, "N H W"]:
    """Maps of different sizes in one array of ``shape``, zeros at the lower right."""
    stacked = np.zeros(shape, np.float32)
    for index, one in enumerate(maps):
        stacked[index, : one.shape[0], : one.shape[1]] = one
    return stacked


def _initial(data: StereoInput, views: StereoViews, i: int) -> Float[np.ndarray, "H W 3"]:
    """Inverse depth interpolated between the sparse points that the photo sees."""
    height, width = (int(v) for v in views.sizes[i])
    state = np.zeros((height, width, 3))
    local = data.xyz[data.seen[i]] @ views.camera_from_world[i, :3, :3].T + views.camera_from_world[i, :3, 3]
    local = local[local[:, 2] > _AT_CAMERA]
    if len(local) < 4:
        state[..., 0] = _USUAL_W
        return state
    pixels = local @ views.K[i].T
    xy, w = pixels[:, :2] / pixels[:, 2:], 1.0 / local[:, 2]
    w = np.clip(w, *np.quantile(w, _KEPT))
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).reshape(-1, 2)
    nearest = NearestNDInterpolator(xy, w)(grid)
    try:
        inner = LinearNDInterpolator(xy, w)(grid)
    except QhullError:
        inner = np.full(len(grid), np.nan)
    state[..., 0] = np.where(np.isnan(inner), nearest, inner).reshape(height, width)
    return state


def _upsampled(state: np.ndarray, size: np.ndarray) -> Float[np.ndarray, "H W 3"]:
    height, width = (int(v) for v in size)
    old_height, old_width = state.shape[:2]
    ys = (np.arange(height) + 0.5) * old_height / height - 0.5
    xs = (np.arange(width) + 0.5) * old_width / width - 0.5
    iy = np.clip(np.rint(ys).astype(int), 0, old_height - 1)
    ix = np.clip(np.rint(xs).astype(int), 0, old_width - 1)
    picked: Float[np.ndarray, "H W 3"] = state[iy[:, None], ix[None, :]].copy()
    dx, dy = (xs - ix)[None, :], (ys - iy)[:, None]
    picked[..., 0] += picked[..., 1] * dx + picked[..., 2] * dy
    picked[..., 0] = np.maximum(picked[..., 0], _LEAST_W)
    picked[..., 1] *= old_width / width
    picked[..., 2] *= old_height / height
    return picked

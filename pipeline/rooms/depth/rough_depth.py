"""Rough depth where pixels cannot be measured one by one: leaves, clutter, dark things close to the camera.

A volume of matching costs over planes that face the photo (Collins 1996), in a quarter of the size, from which
a smooth depth is chosen along paths (Hirschmueller 2008). What is measured holds it in place. It is believed
where the rough depth of another photo agrees, and shown to the photos that found none there themselves.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32, Int
from numba import njit

from pipeline.progress import Progress
from pipeline.rooms.depth.labelling import label_pixels
from pipeline.rooms.depth.smooth_fill import edge_weights
from pipeline.rooms.processes import for_each
from pipeline.rooms.stereo import (
    NOT_SEEN,
    StereoDepth,
    StereoInput,
    StereoViews,
    costs_of_planes,
    count_consistent,
    padded,
    pixel_in,
    stereo_views,
)

#: how many times smaller than the maps the volume is, none; the costs come from photos of half the size, set by
#: hand, effect not measured
_DIVIDE: Final = 4
#: nearest depth that is tried, units; whoever takes a photo stands half a metre off
_NEAR = 0.45
#: farthest depth that is tried, units; set by hand, effect not measured
_FAR = 12.0
#: depths that are tried between them, count; 6 % apart, half of what two photos may differ by
_STEPS = 56
#: cost of a depth at which no photo shows the place, cost; set by hand, effect not measured
_UNKNOWN = 0.75
#: cost of a depth that a measured pixel speaks against, cost; above any matching cost
_MEASURED_COST = 1.5
#: difference from a measured depth at which it speaks so, logarithm of depth; set by hand, effect not measured
_MEASURED_STEP = 0.1
#: cost of a change of depth in a smooth region, cost; .6 with four paths, 1 with eight
_SMOOTH: Final = 1.0
#: matching cost below which a pixel is believed, cost; .65 until photos showed rough depth to each other
_MATCHED: Final = 0.5
#: another photo agrees within so many pixels of the small size, px; set by hand, effect not measured
_AGREE_PX = 2.5
#: and within this difference, share of depth; two steps between the depths that are tried
_AGREE = 0.12
#: half the window in which a pixel must be like those around, px of the small size; set by hand, effect not
#: measured
_AROUND = 4
#: difference to their median within which it is, logarithm of depth; set by hand, effect not measured
_LIKE_AROUND = 0.2
#: fewest sure pixels in that window, count; 6 until photos showed rough depth to each other
_LEAST_AROUND = 8
#: least inverse depth that is compared, 1 / units; only keeps logarithms finite
_LEAST_INVERSE = 1e-3


@dataclass(frozen=True)
class RoughDepth:
    """Rough depth of one photo, at the size of its map.

    Attributes:
        inverse_depth: everywhere, also where it is but a guess.
        cost: 0 (perfect match, or measured) to 1.
        believed: where other photos agree.
    """

    inverse_depth: Float32[np.ndarray, "H W"]
    cost: Float32[np.ndarray, "H W"]
    believed: Bool[np.ndarray, "H W"]


def rough_depths(
    data: StereoInput,
    depths: list[StereoDepth],
    sources: list[Int[np.ndarray, " S"]],
    progress: Progress,
) -> list[RoughDepth]:
    """Rough depth of every photo.

    Args:
        data: photos and cameras, unit about a metre.
        depths: stereo of every photo; its measured pixels are kept.
        sources: photos that each one is compared with.
    """
    half, quarter = stereo_views(data, _DIVIDE // 2), stereo_views(data, _DIVIDE)
    found = for_each(
        lambda index: _smooth_choice(data, half, depths[index], sources[index], index),
        len(data.images),
        progress,
        "rough depth of photo",
    )
    small = [(w[:h, :x], cost[:h, :x]) for (w, cost), (h, x) in zip(found, quarter.sizes.tolist(), strict=True)]
    stacked = padded([w for w, _ in small], quarter.grey.shape)
    believed = [_believed(quarter, sources[i], stacked, cost, i) for i, (_, cost) in enumerate(small)]
    shown = [_with_others(quarter, small, believed, index) for index in range(len(data.images))]
    return [
        RoughDepth(*(_enlarged(part, image.shape) for part in parts))
        for parts, image in zip(shown, data.images, strict=True)
    ]


def _with_others(
    views: StereoViews,
    small: list[tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]],
    believed: list[Bool[np.ndarray, "h w"]],
    index: int,
) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """Inverse depth, cost and where it is believed, of a photo with what others believe where it does not."""
    w, cost = small[index]
    there, there_cost = _shown_by_others(views, small, believed, index)
    take = ~believed[index] & (there > 0) & (cost > 0)
    return np.where(take, there, w), np.where(take, there_cost, cost), believed[index] | take


def _believed(
    views: StereoViews,
    sources: Int[np.ndarray, " S"],
    inverse_depths: Float32[np.ndarray, "N h w"],
    cost: Float32[np.ndarray, "h w"],
    index: int,
) -> Bool[np.ndarray, "h w"]:
    """Where another photo and what is sure around agree; ``inverse_depths`` are padded to the largest photo."""
    count = np.zeros(cost.shape, np.int64)
    warps, backs = views.warps(index, sources)
    count_consistent(index, views.sizes, sources, warps, backs, inverse_depths, _AGREE_PX, _AGREE, count)
    believed = np.zeros(cost.shape, np.bool_)
    own = inverse_depths[index][: cost.shape[0], : cost.shape[1]]
    _like_around(own, (cost < _MATCHED) & (count >= 1), believed)
    return believed


def _shown_by_others(
    views: StereoViews,
    small: list[tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]],
    believed: list[Bool[np.ndarray, "h w"]],
    index: int,
) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """Nearest inverse depth (0: none) and cost of what other photos believe in, at its pixel of this photo."""
    w, cost = np.zeros(believed[index].shape, np.float32), np.zeros(believed[index].shape, np.float32)
    for other, (theirs, their_cost) in enumerate(small):
        if other != index:
            _splat(theirs, their_cost, believed[other], views.warp(other, index), w, cost)
    return w, cost


@njit(cache=True, nogil=True)
def _splat(theirs, their_cost, believed, warp, w, cost):  # type: ignore[no-untyped-def]
    """Project the believed pixels of another photo, nearest first in ``w``."""
    for y in range(theirs.shape[0]):
        for x in range(theirs.shape[1]):
            here = theirs[y, x]
            iv, iu, z = pixel_in(warp, x, y, here, w.shape)
            if iv >= 0 and believed[y, x] and here / z > w[iv, iu]:
                w[iv, iu] = here / z
                cost[iv, iu] = their_cost[y, x]


def _smooth_choice(
    data: StereoInput, views: StereoViews, depth: StereoDepth, sources: Int[np.ndarray, " S"], index: int
) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """Chosen inverse depth at a quarter of the size, and its matching cost (0 where it was measured)."""
    steps = np.geomspace(1 / _FAR, 1 / _NEAR, _STEPS)
    facing = np.stack([np.zeros(_STEPS), np.zeros(_STEPS), steps], axis=1)
    costs = costs_of_planes(views, index, sources, facing)
    costs = np.where(costs >= NOT_SEEN, _UNKNOWN, np.minimum(costs, 1.0)).transpose(1, 2, 0)
    places = np.ix_(
        *(
            np.minimum(np.arange(n) * _DIVIDE + _DIVIDE // 2, full - 1)
            for n, full in zip(costs.shape[:2], depth.cost.shape, strict=True)
        )
    )
    measured, w = depth.measured[places], np.maximum(depth.inverse_depth[places], _LEAST_INVERSE)
    off = np.minimum(np.abs(np.log(steps) - np.log(w)[..., None]) / _MEASURED_STEP, 1.0)
    unary = np.where(measured[..., None], _MEASURED_COST * off, costs).astype(np.float32)
    log_depth = np.broadcast_to(-np.log(steps).astype(np.float32), unary.shape)
    edge = np.ascontiguousarray(edge_weights(data.images[index])[places])
    labels = label_pixels(np.ascontiguousarray(unary), np.ascontiguousarray(log_depth), edge, _SMOOTH)
    chosen = np.take_along_axis(costs, labels[..., None], axis=2)[..., 0]
    return steps[labels].astype(np.float32), np.where(measured, 0.0, chosen).astype(np.float32)


def _enlarged(small: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Every value repeated, the last ones up to the border."""
    rows, columns = (
        np.minimum(np.arange(n) // _DIVIDE, m - 1) for n, m in zip(shape, small.shape, strict=False)
    )
    return small[np.ix_(rows, columns)]


@njit(cache=True, nogil=True)
def _like_around(w, sure, believed):  # type: ignore[no-untyped-def]
    """Mark the sure pixels that lie near the median of those around, where there are enough of them."""
    height, width = believed.shape
    around = np.zeros((2 * _AROUND + 1) ** 2)
    for y in range(height):
        for x in range(width):
            if not sure[y, x]:
                continue
            n = 0
            for qy in range(max(y - _AROUND, 0), min(y + _AROUND + 1, height)):
                for qx in range(max(x - _AROUND, 0), min(x + _AROUND + 1, width)):
                    if sure[qy, qx]:
                        around[n] = w[qy, qx]
                        n += 1
            usual = np.median(around[:n])
            believed[y, x] = n >= _LEAST_AROUND and abs(np.log(w[y, x] / usual)) < _LIKE_AROUND

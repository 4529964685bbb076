"""How likely the depth of a pixel is right, from what its own photo and the other photos say of it.

**Definition.** The confidence of a pixel is the probability that its depth ``d`` is within 5 % of the true one,
``max(d / d*, d* / d) < 1.05``, with one scale for the room (an inlier ratio as in Schroeppel et al. 2022, at
1.05). It is a logistic model (Platt 1999), one for measured and one for inferred pixels, fitted by
``benchmarks.calibration``, which also tells how well it holds for rooms that it was not fitted on.

What it weighs is all known without truth: number of photos that measured the same (Schoenberger et al. 2016),
distance to the next edge of depth, share of measured pixels around, whether the rival guess (a plane, a smooth
surface) says the same, and above all what the other photos see where the point projects into them: the same
surface, one behind it (the point stands in their way), one in front of it, and whether patch and colour look
alike there.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8
from numba import njit
from scipy import ndimage

from pipeline.rooms.scene import View
from pipeline.rooms.stereo import StereoViews, depth_costs

#: difference of depth within which two photos see the same surface, share; near the 5 % that "right" means
_SAME = 0.04
#: difference of depth from which on one surface lies behind the other, share; set by hand, effect not measured
_BEHIND = 0.06
#: parallax from which on an agreement counts in full, radians; set by hand, effect not measured
_FULL_PARALLAX = float(np.radians(6.0))
#: neighbours whose depths differ by more are not of one surface, share; set by hand, effect not measured
_EDGE = 0.05
#: distance from an edge of depth at which it speaks 1/e, px; set by hand, effect not measured
_EDGE_PX = 4.0
#: window in which measured pixels are counted, px; set by hand, effect not measured
_AROUND_PX = 31
#: blur of the colours that are compared, px; set by hand, effect not measured
_BLUR_PX = 1.5
#: most difference of colours that counts, share of full light; set by hand, effect not measured
_MOST_DIFFERENT = 0.3
#: fewest common pixels that tell how the colours of two photos usually differ, count; set by hand, effect not
#: measured
_LEAST_COMMON = 200
#: distance off the measured part of a plane that counts as 1 before its logarithm, 1 / units; set by hand,
#: effect not measured
_PER_UNIT = 5
#: difference to the rival guess that speaks half, logarithm of depth; that which "right" means
_RIVAL_HALF = 0.05
#: least depth that is told apart, units; set by hand, effect not measured
_LEAST_DEPTH = 0.1
#: logits beyond this are cut, none; the probability differs from 0 or 1 by 2e-9 there
_MOST_LOGIT = 20
#: a point must lie so far before a photo to show in it, units; set by hand, effect not measured
_BEFORE = 0.05
#: columns that one other photo speaks in, count; by definition, see _relate
_SEEN_COLUMNS = 6


class Kind(IntEnum):
    """How a depth came about."""

    MEASURED = 0
    #: closing plane (wall, floor, ceiling) measured somewhere, and one that was not
    WALL = 1
    UNSEEN_WALL = 2
    #: plane inside the room
    INNER = 3
    #: smooth surface between measured pixels
    SMOOTH = 4
    #: contradicted by another photo and left; moved to the wall behind
    REFUTED = 5
    MOVED = 6


_INFERRED = (Kind.UNSEEN_WALL, Kind.INNER, Kind.SMOOTH, Kind.REFUTED, Kind.MOVED)


@dataclass(frozen=True)
class Grounds:
    """What a photo by itself says for the depth of each of its pixels.

    Attributes:
        kind: :class:`Kind`.
        support: photos whose own stereo depth agrees.
        off_plane: distance along its plane to the measured part of the plane (units), else 0.
        rival: absolute logarithm of the ratio to the depth of the best other guess, 0 where measured.
    """

    kind: UInt8[np.ndarray, "H W"]
    support: Int[np.ndarray, "H W"]
    off_plane: Float32[np.ndarray, "H W"]
    rival: Float32[np.ndarray, "H W"]


#: columns of :func:`features` and their logistic coefficients for measured and for inferred pixels, none;
#: fitted by benchmarks.calibration: one room left out, calibration error .42 to .09, AUROC .69 to .85
COEFFICIENTS: Final[dict[str, tuple[float, float]]] = {
    "support": (0.0, 0.179),
    "off plane": (0.0, -0.393),
    "rival": (0.0, -0.947),
    "depth edge": (-2.219, -1.864),
    "agree measured": (0.0, 0.761),
    "agree inferred": (0.586, 0.54),
    "in front of measured": (-0.587, -0.383),
    "in front of inferred": (-0.826, -0.212),
    "hidden": (-0.057, -0.056),
    "shown": (0.612, 0.0),
    "alike": (0.481, 0.976),
    "unlike": (0.0, -0.247),
    "color differs": (-12.758, -11.833),
    "measured around": (1.001, 0.438),
    "depth": (0.142, 0.318),
    "unseen wall": (0.0, -0.954),
    "inner plane": (0.0, -1.09),
    "smooth": (0.0, -1.582),
    "refuted": (0.0, -1.697),
    "moved": (0.0, -1.599),
}
#: logits where all columns are 0, measured and inferred, none; fitted by benchmarks.calibration with the rest
_BIAS: Final = (1.324, 3.162)


@dataclass(frozen=True)
class Looks:
    """The photos to compare: grey and colours (blurred, 0 to 1), and which photos each one was matched with."""

    grey: StereoViews
    colors: list[Float32[np.ndarray, "h w 3"]]
    sources: list[Int[np.ndarray, " S"]]

    @classmethod
    def of(cls, views: tuple[View, ...], grey: StereoViews, sources: list[Int[np.ndarray, " S"]]) -> Self:
        """Of the photos of these views; ``grey`` in their frame and at their size."""
        colors = [
            ndimage.gaussian_filter(view.image.astype(np.float32) / 255.0, (_BLUR_PX, _BLUR_PX, 0))
            for view in views
        ]
        return cls(grey, colors, sources)


def confidence_of(
    evidence: Float32[np.ndarray, "H W F"], measured: Bool[np.ndarray, "H W"]
) -> Float32[np.ndarray, "H W"]:
    """Probability that the depth is right, from :func:`features`."""
    weights = np.array(list(COEFFICIENTS.values()), np.float32)
    logit = evidence @ weights + np.array(_BIAS, np.float32)
    chosen = np.where(measured, logit[..., 0], logit[..., 1])
    sure: Float32[np.ndarray, "H W"] = (
        1.0 / (1.0 + np.exp(-np.clip(chosen, -_MOST_LOGIT, _MOST_LOGIT)))
    ).astype(np.float32)
    return sure


def features(
    views: tuple[View, ...], grounds: list[Grounds], looks: Looks, index: int
) -> Float32[np.ndarray, "H W F"]:
    """Evidence for every pixel of photo ``index``; columns as in :data:`COEFFICIENTS`.

    Args:
        views: all photos with their final points.
        grounds: of all photos.
        looks: what the photos look like.
        index: of the photo.
    """
    view, own = views[index], grounds[index]
    depth = view.depth_m()
    is_measured, rival = own.kind == Kind.MEASURED, np.minimum(own.rival, 0.5)
    found, differs = _others(views, grounds, looks, index, depth)
    alike = _alike(looks, depth, index)
    columns = [
        np.log1p(own.support),
        np.log1p(_PER_UNIT * own.off_plane),
        rival / (rival + _RIVAL_HALF),
        _near_edge(depth),
        *(np.log1p(found[..., k]) for k in range(_SEEN_COLUMNS)),
        alike[..., 0],
        alike[..., 1],
        differs,
        ndimage.uniform_filter(is_measured.astype(np.float32), _AROUND_PX),
        np.log(np.maximum(depth, _LEAST_DEPTH) / np.median(depth)),
        *(own.kind == kind for kind in _INFERRED),
    ]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=-1)


def _near_edge(depth: Float32[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    """1 at an edge of depth, towards 0 away from it."""
    ratio = ndimage.maximum_filter(depth, 3) / np.maximum(ndimage.minimum_filter(depth, 3), 1e-6)
    near: Float[np.ndarray, "H W"] = np.exp(-ndimage.distance_transform_edt(ratio < 1 + _EDGE) / _EDGE_PX)
    return near


def _others(
    views: tuple[View, ...], grounds: list[Grounds], looks: Looks, index: int, depth: Float32[np.ndarray, "H W"]
) -> tuple[Float32[np.ndarray, "H W 6"], Float32[np.ndarray, "H W"]]:
    """Counts of what the other photos see where the points project into them, and the difference of colours."""
    view, mine = views[index], looks.colors[index][::2, ::2]
    surest = (grounds[index].kind == Kind.MEASURED)[::2, ::2]
    found = np.zeros((*depth.shape, _SEEN_COLUMNS), np.float32)
    total, count = np.zeros(surest.shape, np.float32), np.zeros(surest.shape, np.float32)
    for other, seen in enumerate(views):
        if other == index:
            continue
        P = seen.K @ np.linalg.inv(seen.world_from_camera)[:3]
        hit = np.full(depth.shape, -1, np.int64)
        measured = grounds[other].kind == Kind.MEASURED
        _relate(view.points, view.centre, seen.centre, P, seen.depth_m(), measured, found, hit)
        place = hit[::2, ::2]
        shown = place >= 0
        if shown.sum() < _LEAST_COMMON:
            continue
        difference = looks.colors[other].reshape(-1, 3)[np.maximum(place, 0)] - mine
        both = shown & surest
        # exposure differs between photos: only what differs from their usual difference speaks
        usual = np.median(difference[both if both.sum() > _LEAST_COMMON else shown], axis=0)
        total += np.where(shown, np.minimum(np.abs(difference - usual).mean(axis=-1), _MOST_DIFFERENT), 0.0)
        count += shown
    return found, _enlarged(total / np.maximum(count, 1.0), depth.shape)


def _enlarged(half: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return np.repeat(np.repeat(half, 2, axis=0), 2, axis=1)[: shape[0], : shape[1]]


def _alike(looks: Looks, depth: Float32[np.ndarray, "H W"], index: int) -> Float32[np.ndarray, "H W 2"]:
    """Likeness and unlikeness of patches in the better half of the photos that show them; both 0 where none."""
    w = 1.0 / np.maximum(depth.astype(np.float64), 1e-6)
    slants = []
    for axis in (1, 0):
        after = np.diff(w, axis=axis, append=np.take(w, [-1], axis=axis))
        before = np.roll(after, 1, axis=axis)
        slants.append(np.where(np.abs(after) < np.abs(before), after, before))
    grey, sources = looks.grey, looks.sources[index]
    out = np.zeros(((depth.shape[0] + 1) // 2, (depth.shape[1] + 1) // 2, 2), np.float32)
    if len(sources):
        warps, _ = grey.warps(index, sources)
        depth_costs(index, grey.grey, grey.sizes, sources, warps, w, slants[0], slants[1], out)
    return _enlarged(out, depth.shape)


@njit(cache=True, nogil=True)
def _relate(points, centre, other_centre, P, depth, measured, found, hit):  # type: ignore[no-untyped-def]
    """Add what one other photo says of every point to ``found``; ``hit``: its pixel, -1 where hidden.

    Columns: seen there too (measured, inferred; as far as parallax tells), in front of what is seen there
    (measured, inferred), hidden behind it, within the picture.
    """
    height, width = depth.shape
    for y in range(points.shape[0]):
        for x in range(points.shape[1]):
            p = points[y, x]
            z = P[2, 0] * p[0] + P[2, 1] * p[1] + P[2, 2] * p[2] + P[2, 3]
            if not z > _BEFORE:
                continue
            u = (P[0, 0] * p[0] + P[0, 1] * p[1] + P[0, 2] * p[2] + P[0, 3]) / z
            v = (P[1, 0] * p[0] + P[1, 1] * p[1] + P[1, 2] * p[2] + P[1, 3]) / z
            if u < 0 or v < 0 or u > width - 1 or v > height - 1:
                continue
            iu, iv = int(u + 0.5), int(v + 0.5)
            found[y, x, 5] += 1
            ratio = z / depth[iv, iu]
            if ratio > 1 + _BEHIND:
                found[y, x, 4] += 1
                continue
            hit[y, x] = iv * width + iu
            if ratio < 1 - _BEHIND:
                found[y, x, 2 if measured[iv, iu] else 3] += 1
            elif abs(ratio - 1) < _SAME:
                a2, b2, ab = 0.0, 0.0, 0.0
                for k in range(3):
                    a, b = p[k] - centre[k], p[k] - other_centre[k]
                    a2 += a * a
                    b2 += b * b
                    ab += a * b
                angle = np.arccos(min(ab / np.sqrt(a2 * b2 + 1e-12), 1.0))
                found[y, x, 0 if measured[iv, iu] else 1] += min(angle / _FULL_PARALLAX, 1.0)

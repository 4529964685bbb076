"""Matches of placed photos to tracks, points and cameras that agree with them and with the room's axes."""

import math
from dataclasses import replace
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pipeline.rooms.sfm.bundle import Bundle, Priors, adjust, triangulate, without_outliers
from pipeline.rooms.sfm.reconstruction import LEAST_POINTS, Intrinsics, Matches, Reconstruction

#: standard deviation of a rotation that straight lines tell, radians; set by hand, effect not measured
ROTATION_SIGMA_RAD: Final = math.radians(0.5)
#: points that cameras are adjusted with, count; so that time does not grow with the photos, effect not measured
_MOST_POINTS: Final = 1200
#: of them, points that each photo keeps, count; set by hand, effect not measured
_LEAST_OF_PHOTO: Final = 300
#: how far a match may be off its epipolar line before the first adjustment, px; set by hand, effect not
#: measured
_FIRST_TRACKS_PX: Final = 5.0
#: how far matches and points may be off in each round, px, and steps of the adjustment; set by hand, effect not
#: measured
_ROUNDS_PX: Final = ((8.0, 10), (4.0, 10), (4.0, 40))
#: angle under which a point is seen before an adjustment, radians; set by hand, effect not measured
_LEAST_ANGLE_FIRST_RAD: Final = math.radians(0.7)
#: angle under which a point is seen after an adjustment, radians; set by hand, effect not measured
LEAST_ANGLE_RAD: Final = math.radians(1.0)


def adjust_together(
    state: Reconstruction,
    matches: Matches,
    upright: Float[np.ndarray, "N 3 3"],
    has_upright: Bool[np.ndarray, " N"],
    forgiving: bool = False,
) -> Reconstruction:
    """Triangulate all matches of the placed photos anew and adjust everything.

    Args:
        upright: camera-from-world rotation of every photo by its own straight lines, where ``has_upright``.
        forgiving: of a rotation by lines that points contradict: once every photo is known to be in its place.
    """
    placed, given = state.photos, state.intrinsics
    priors = Priors(
        upright[placed],
        has_upright[placed],
        ROTATION_SIGMA_RAD,
        given.focal_prior,
        given.focal_sigma,
        forgiving,
    )
    bundle = tracks(state, matches, _FIRST_TRACKS_PX)
    for limit_px, iterations in _ROUNDS_PX:
        bundle = without_outliers(triangulate(bundle), limit_px, _LEAST_ANGLE_FIRST_RAD)
        if len(bundle.xyz) < LEAST_POINTS:
            break
        state = _with_cameras(state, adjust(thinned(bundle), priors, iterations))
        bundle = triangulate(tracks(state, matches, limit_px))
        bundle = without_outliers(bundle, limit_px, LEAST_ANGLE_RAD)
    return replace(state, bundle=bundle)


def _with_cameras(state: Reconstruction, bundle: Bundle) -> Reconstruction:
    """With the cameras of a bundle of the placed photos, without its points."""
    rotation, shift = state.rotation.copy(), state.shift.copy()
    rotation[state.photos], shift[state.photos] = bundle.rotation, bundle.shift
    return replace(state.moved(rotation, shift), intrinsics=replace(state.intrinsics, focal=bundle.focal))


def thinned(bundle: Bundle) -> Bundle:
    """At most :data:`_MOST_POINTS` points, those that most photos see first, evenly among equals."""
    if len(bundle.xyz) <= _MOST_POINTS:
        return bundle
    views = np.bincount(bundle.point, minlength=len(bundle.xyz))
    spread = np.random.default_rng(0).permutation(len(bundle.xyz))
    order = spread[np.argsort(-views[spread], kind="stable")]
    keep = np.zeros(len(bundle.xyz), bool)
    keep[order[:_MOST_POINTS]] = True
    # no photo may rest on a few: what it shares with one other photo only counts, too
    rank = np.argsort(order)
    for camera in range(len(bundle.rotation)):
        mine = bundle.point[bundle.camera == camera]
        missing = _LEAST_OF_PHOTO - int(keep[mine].sum())
        if missing > 0:
            rest = mine[~keep[mine]]
            keep[rest[np.argsort(rank[rest])[:missing]]] = True
    number, rows = np.cumsum(keep) - 1, keep[bundle.point]
    return replace(
        bundle,
        xyz=bundle.xyz[keep],
        camera=bundle.camera[rows],
        point=number[bundle.point[rows]],
        xy=bundle.xy[rows],
    )


def tracks(state: Reconstruction, matches: Matches, limit_px: float) -> Bundle:
    """Matches that obey the epipolar geometry of the cameras, joined into tracks without contradictions."""
    placed, intrinsics = state.photos, state.intrinsics
    start = np.concatenate([[0], np.cumsum([len(matches.keypoints[i]) for i in placed])])
    camera = np.searchsorted(start, np.arange(start[-1]), side="right") - 1
    label = _joined(state, matches, start, limit_px)
    size = np.bincount(label)
    distinct = np.bincount(np.unique(label * len(placed) + camera) // len(placed), minlength=len(size))
    usable = ((size >= 2) & (distinct == size))[label]
    _, point = np.unique(label[usable], return_inverse=True)
    xy = np.concatenate([matches.keypoints[i] for i in placed])[usable]
    return Bundle(
        rotation=state.rotation[placed],
        shift=state.shift[placed],
        focal=intrinsics.focal,
        lens=intrinsics.lens[placed],
        principal=intrinsics.principal[placed],
        xyz=np.zeros((int(point.max()) + 1 if len(point) else 0, 3)),
        camera=camera[usable],
        point=point,
        xy=xy,
    )


def _joined(
    state: Reconstruction, matches: Matches, start: Int[np.ndarray, " P"], limit_px: float
) -> Int[np.ndarray, " K"]:
    """Number of the track of every keypoint of the placed photos; those of each begin at its ``start``."""
    number = np.full(len(state.placed), -1)
    number[state.photos] = np.arange(len(state.photos))
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for (a, b), pair in matches.pairs.items():
        if number[a] < 0 or number[b] < 0:
            continue
        good = pair[epipolar_px(state, matches, a, b, pair) < limit_px]
        left.append(start[number[a]] + good[:, 0])
        right.append(start[number[b]] + good[:, 1])
    i, j, total = np.concatenate(left), np.concatenate(right), int(start[-1])
    graph = coo_matrix((np.ones(len(i)), (i, j)), shape=(total, total))
    label: Int[np.ndarray, " K"] = connected_components(graph, directed=False)[1]
    return label


def epipolar_px(
    state: Reconstruction, matches: Matches, a: int, b: int, pair: Int[np.ndarray, "M 2"]
) -> Float[np.ndarray, " M"]:
    """Sampson distance of matches, in pixels."""
    R = state.rotation[b] @ state.rotation[a].T
    t = state.shift[b] - R @ state.shift[a]
    tx = np.array([[0, -t[2], t[1]], [t[2], 0, -t[0]], [-t[1], t[0], 0]])
    E = tx @ R
    x, y = (matched_rays(state.intrinsics, matches, p, pair[:, side]) for side, p in enumerate((a, b)))
    forward, backward = x @ E.T, y @ E
    f = 0.5 * (state.intrinsics.focal_of(a) + state.intrinsics.focal_of(b))
    scale = np.sqrt((forward[:, :2] ** 2).sum(axis=1) + (backward[:, :2] ** 2).sum(axis=1))
    distance: Float[np.ndarray, " M"] = f * np.abs((y * forward).sum(axis=1)) / np.maximum(scale, 1e-12)
    return distance


def matched_rays(
    intrinsics: Intrinsics, matches: Matches, photo: int, index: Int[np.ndarray, " M"]
) -> Float[np.ndarray, "M 3"]:
    """Rays of one photo to its keypoints, in its axes, with depth 1."""
    return intrinsics.rays(photo, matches.keypoints[photo][index])

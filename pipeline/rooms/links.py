"""Place a photo that shares points with one placed photo only, and none of them with a third.

Two photos give the rotation and the direction between them, not the distance. The distance follows from the
room: seen from the shared photo, walls, floor and furniture faces lie at the same offsets along the room's
axes, whichever of the two sets of points they are measured from.
"""

import math
from dataclasses import dataclass

import numpy as np
import poselib  # type: ignore[import-untyped, unused-ignore]
from jaxtyping import Bool, Float
from scipy import ndimage

from pipeline.rooms.bundle import Bundle
from pipeline.rooms.metrics import rotation_angle_rad
from pipeline.rooms.upright import Lenses, Matches, Placement

_LEAST_MATCHES, _LEAST_SHARE = 40, 0.6
_EPIPOLAR_PX = 3.0
_LEAST_PARALLAX_RAD = math.radians(1.5)
_DISAGREES_RAD = math.radians(10.0)
_BIN, _WIDEST = 0.02, 4.0
_CLEAR_PEAK = 1.3


@dataclass(frozen=True)
class Pair:
    """Two photos by their matches: the first at the origin, the second a unit away.

    Attributes:
        rotation, shift: second-from-first.
        inliers: matches that obey it.
        points: triangulated inliers in the axes of the first photo, those with enough parallax.
    """

    rotation: Float[np.ndarray, "3 3"]
    shift: Float[np.ndarray, "3"]
    inliers: Bool[np.ndarray, " M"]
    points: Float[np.ndarray, "K 3"]


def relate(a: int, b: int, lenses: Lenses, matches: Matches, seed: int) -> Pair | str:
    """Five-point relative pose of two photos from their matches, or the reason why there is none."""
    pair = matches.between(a, b)
    if len(pair) < _LEAST_MATCHES:
        return f"only {len(pair)} points in common with its best neighbour"
    xy = [matches.keypoints[photo][pair[:, side]] for side, photo in enumerate((a, b))]
    focal = [float(lenses.focal[lenses.lens[photo]]) for photo in (a, b)]
    cameras = [
        {"model": "SIMPLE_PINHOLE", "width": 1, "height": 1, "params": [f, *lenses.principal[photo]]}
        for f, photo in zip(focal, (a, b), strict=True)
    ]
    options = {"max_epipolar_error": _EPIPOLAR_PX, "seed": seed}
    pose, info = poselib.estimate_relative_pose(*xy, *cameras, options, {})
    inliers = np.array(info["inliers"], dtype=bool)
    if inliers.sum() < max(_LEAST_MATCHES, _LEAST_SHARE * len(pair)):
        return f"only {int(inliers.sum())} of {len(pair)} points agree on one place"
    R, t = np.asarray(pose.R), np.asarray(pose.t) / max(float(np.linalg.norm(pose.t)), 1e-12)
    rays = [
        np.concatenate([(p - lenses.principal[photo]) / f, np.ones((len(p), 1))], axis=1)
        for p, photo, f in zip(xy, (a, b), focal, strict=True)
    ]
    return Pair(R, t, inliers, _triangulated(rays[0][inliers], rays[1][inliers], R, t))


def _triangulated(
    x: Float[np.ndarray, "M 3"],
    y: Float[np.ndarray, "M 3"],
    R: Float[np.ndarray, "3 3"],
    t: Float[np.ndarray, "3"],
) -> Float[np.ndarray, "K 3"]:
    """Points along the rays ``x`` in front of both photos, where the rays meet under a sufficient angle."""
    turned = x @ R.T
    normal = np.cross(turned, y)
    size = np.linalg.norm(normal, axis=1)
    depth = -(np.cross(t, y) * normal).sum(axis=1) / np.maximum(size**2, 1e-12)
    ahead = (depth > 0) & ((depth[:, None] * turned + t)[:, 2] > 0)
    angle = np.arcsin(np.clip(size / np.linalg.norm(turned, axis=1) / np.linalg.norm(y, axis=1), 0, 1))
    good = ahead & (angle > _LEAST_PARALLAX_RAD)
    points: Float[np.ndarray, "K 3"] = depth[good, None] * x[good]
    return points


def common_scale(
    known: Float[np.ndarray, "N 3"], linked: Float[np.ndarray, "K 3"], middle: float
) -> tuple[float, float]:
    """Factor that brings the faces of ``linked`` onto those of ``known``.

    Both are given along the room's axes from one photo's centre. A face is a peak in the offsets along an axis;
    offsets are compared in logarithm, where a factor is a shift.

    Args:
        middle: a rough guess; the factor is sought within three times of it.

    Returns:
        The factor, and how many times the best one's votes exceed those of the next that differs.
    """
    bins = np.arange(-_WIDEST, _WIDEST + _BIN, _BIN)
    scaled = linked * middle
    unit = max(float(np.median(np.linalg.norm(known, axis=1))), 1e-12)
    votes = np.zeros(2 * (len(bins) - 1) - 1)
    for axis in range(3):
        for sign in (-1.0, 1.0):
            peaks = [_peaks(sign * points[:, axis] / unit, bins) for points in (known, scaled)]
            votes += np.correlate(peaks[0], peaks[1], "full")
    shift = (np.arange(len(votes)) - (len(bins) - 2)) * _BIN
    near = np.abs(shift) < math.log(3.0)
    votes, shift = ndimage.gaussian_filter1d(votes, 1.5)[near], shift[near]
    best = int(np.argmax(votes))
    apart = np.abs(shift - shift[best]) > 0.12
    return middle * math.exp(shift[best]), float(votes[best] / max(votes[apart].max(), 1e-9))


def _peaks(offsets: Float[np.ndarray, " N"], bins: np.ndarray) -> np.ndarray:
    """How much the logarithms of the positive offsets crowd in each bin above their surroundings."""
    ahead = offsets[offsets > 0.05]
    counts = np.histogram(np.log(ahead), bins)[0].astype(float)
    crowd = ndimage.gaussian_filter1d(counts, 1.0) - ndimage.gaussian_filter1d(counts, 15.0)
    peaks: np.ndarray = np.sqrt(np.maximum(crowd, 0.0))
    return peaks


def place_by_link(
    photo: int,
    rotations: list[Float[np.ndarray, "3 3"]],
    placement: Placement,
    lenses: Lenses,
    matches: Matches,
    bundle: Bundle,
    world_from_room: Float[np.ndarray, "3 3"],
    seed: int,
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]] | str:
    """Place one photo by its matches with its best placed neighbour and by the room's faces.

    Args:
        rotations: camera-from-world rotations that its straight lines allow (none: they tell nothing).
        bundle: points of the placed photos.
        world_from_room: the room's axes.

    Returns:
        Camera-from-world rotation and shift, or the reason why it cannot be placed.
    """
    placed = np.flatnonzero(placement.placed)
    near = int(max(placed, key=lambda other: len(matches.between(int(other), photo))))
    pair = relate(near, photo, lenses, matches, seed)
    if isinstance(pair, str):
        return pair
    if len(pair.points) < _LEAST_MATCHES // 2:
        return "it was taken from the same spot as its best neighbour"
    R_near = placement.rotation[near]
    R = pair.rotation @ R_near
    if rotations and min(rotation_angle_rad(R, option) for option in rotations) > _DISAGREES_RAD:
        return "its points and its straight lines disagree on how it was turned"
    centre = -R_near.T @ placement.shift[near]
    mine = bundle.point[bundle.camera == int(np.searchsorted(placed, near))]
    if len(mine) < 8:
        return "too little is known around its best neighbour"
    depth = (bundle.xyz[mine] - centre) @ R_near[2]
    middle = float(np.median(depth) / np.median(pair.points[:, 2]))
    room = world_from_room
    scale, clear = common_scale((bundle.xyz - centre) @ room, pair.points @ R_near @ room, middle)
    if clear < _CLEAR_PEAK:
        return "its distance from the others is not certain"
    return R, scale * pair.shift + pair.rotation @ placement.shift[near]

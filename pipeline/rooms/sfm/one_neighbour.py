"""Place a photo that shares points with one placed photo only, and none of them with a third.

Two photos give the rotation and the direction between them, not the distance. The distance follows from the
room (:mod:`pipeline.rooms.sfm.room_scale`), where faces and photos are sure of it.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import poselib  # type: ignore[import-untyped, unused-ignore]
from jaxtyping import Bool, Float

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.rooms.scene import rotation_angle_rad
from pipeline.rooms.sfm.reconstruction import LEAST_POINTS, Intrinsics, Matches, Reconstruction
from pipeline.rooms.sfm.room_scale import RoomPictures, certain_factor

#: matches of two photos that tell their relative pose, count; set by hand, effect not measured
_LEAST_MATCHES: Final = 40
#: of them, those that agree on it, share; set by hand, effect not measured
_LEAST_SHARE: Final = 0.6
#: how far a match may be off its epipolar line, px; set by hand, effect not measured
_EPIPOLAR_PX: Final = 3.0
#: angle under which two photos see a point that tells its distance, radians; set by hand, effect not measured
_LEAST_PARALLAX_RAD: Final = math.radians(1.5)
#: how far points and straight lines may disagree on a turn, radians; set by hand, effect not measured
_DISAGREES_RAD: Final = math.radians(10.0)


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


def relate(a: int, b: int, intrinsics: Intrinsics, matches: Matches, seed: int) -> Pair | LeftOut:
    """Five-point relative pose of two photos from their matches, or the reason why there is none."""
    pair = matches.between(a, b)
    if len(pair) < _LEAST_MATCHES:
        return LeftOut(LeftOutReason.FEW_POINTS_IN_COMMON, (len(pair),))
    xy = [matches.keypoints[photo][pair[:, side]] for side, photo in enumerate((a, b))]
    cameras = [
        {
            "model": "SIMPLE_PINHOLE",
            "width": 1,
            "height": 1,
            "params": [intrinsics.focal_of(photo), *intrinsics.principal[photo]],
        }
        for photo in (a, b)
    ]
    options = {"max_epipolar_error": _EPIPOLAR_PX, "seed": seed}
    pose, info = poselib.estimate_relative_pose(*xy, *cameras, options, {})
    inliers = np.array(info["inliers"], dtype=bool)
    if inliers.sum() < max(_LEAST_MATCHES, _LEAST_SHARE * len(pair)):
        return LeftOut(LeftOutReason.POINTS_DISAGREE, (int(inliers.sum()), len(pair)))
    R, t = np.asarray(pose.R), np.asarray(pose.t) / max(float(np.linalg.norm(pose.t)), 1e-12)
    rays = [intrinsics.rays(photo, p) for p, photo in zip(xy, (a, b), strict=True)]
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


def place_by_neighbour(
    photo: int,
    rotations: list[Float[np.ndarray, "3 3"]],
    state: Reconstruction,
    matches: Matches,
    room_from_world: Float[np.ndarray, "3 3"],
    pictures: RoomPictures,
    seed: int,
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]] | LeftOut:
    """Place one photo by its matches with its best placed neighbour and by the room's faces.

    Args:
        rotations: camera-from-world rotations that its straight lines allow (none: they tell nothing).
        room_from_world: rotation to the room's axes.
        pictures: all photos.

    Returns:
        Camera-from-world rotation and shift, or the reason why it cannot be placed.
    """
    near = int(max(state.photos, key=lambda other: len(matches.between(int(other), photo))))
    pair = relate(near, photo, state.intrinsics, matches, seed)
    if isinstance(pair, LeftOut):
        return pair
    if len(pair.points) < _LEAST_MATCHES // 2:
        return LeftOut(LeftOutReason.SAME_SPOT)
    R = pair.rotation @ state.rotation[near]
    if rotations and min(rotation_angle_rad(R, option) for option in rotations) > _DISAGREES_RAD:
        return LeftOut(LeftOutReason.POINTS_AND_LINES_DISAGREE)
    bundle = state.bundle
    seen = bundle.xyz[bundle.point[bundle.camera == int(np.searchsorted(state.photos, near))]]
    if len(seen) < LEAST_POINTS:
        return LeftOut(LeftOutReason.LITTLE_KNOWN_AROUND)
    factor = _distance_factor(state, photo, near, pair, seen, room_from_world, pictures)
    if factor is None:
        return LeftOut(LeftOutReason.DISTANCE_UNCERTAIN)
    return R, factor * pair.shift + pair.rotation @ state.shift[near]


def _distance_factor(
    state: Reconstruction,
    photo: int,
    near: int,
    pair: Pair,
    seen: Float[np.ndarray, "S 3"],
    room_from_world: Float[np.ndarray, "3 3"],
    pictures: RoomPictures,
) -> float | None:
    """How far the photo is from its neighbour, in units of the world; ``None`` where the room is not sure.

    Args:
        seen: points that the neighbour sees.
    """
    R_near, centre = state.rotation[near], state.centre(near)
    depth = (seen - centre) @ R_near[2]
    middle = float(np.median(depth) / np.median(pair.points[:, 2]))
    around, linked = state.bundle.xyz - centre, pair.points @ R_near
    R, at_near = pair.rotation @ R_near, pair.rotation @ state.shift[near]

    def placed_at(factor: float) -> Reconstruction:
        return state.with_placed(photo, R, factor * pair.shift + at_near)

    likeness = pictures.judge(placed_at, room_from_world, centre, around, linked)
    return certain_factor(around @ room_from_world.T, linked @ room_from_world.T, middle, likeness)

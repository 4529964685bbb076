"""Two photos whose rotations are known but for a quarter turn: which turn, and where is the second?

With the rotation given, two matches fix the direction of the translation (two-point RANSAC). Every quarter turn
is tried; what speaks for each is counted against chance (a contrario RANSAC, Moisan and Stival 2004).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import poselib  # type: ignore[import-untyped, unused-ignore]
from jaxtyping import Bool, Float, Int
from scipy.stats import binom

from pipeline.rooms.axes import quarter_turns
from pipeline.rooms.scene import rotation_angle_rad
from pipeline.rooms.sfm.plane_features import PlaneKeypoints, agree_on_plane, match_planes

#: angle that a ray may be off before the rotation is refined, radians; set by hand, effect not measured
_LOOSE: Final = 0.02
#: angle that a ray may be off after it, radians; set by hand, effect not measured
_TIGHT: Final = 0.005
#: how far matches of a plane may be apart on it, distances to the plane; set by hand, effect not measured
_ON_PLANE: Final = 0.02
#: area of a plane that a wrong match may hit, squares of its distance; set by hand, effect not measured
_PLANE_AREA: Final = 2.0
#: how far refining may turn a rotation by lines, radians; set by hand, effect not measured
_MOST_REFINED_RAD: Final = math.radians(4.0)
#: rounds of RANSAC, count; set by hand, effect not measured
_ROUNDS: Final = 300
#: rays that a rotation is refined with, count; set by hand, effect not measured
_LEAST_RAYS: Final = 8
#: steps of the refinement, count; set by hand, effect not measured
_STEPS: Final = 30
#: share of directions that a wrong match agrees with, per radian of tolerance; a band on the sphere and its
#: borders, effect not measured
_CHANCE_PER_RAD: Final = 1.2
#: base of the digits of evidence, none; by definition
_BASE: Final = 10


@dataclass(frozen=True)
class Baseline:
    """Direction from the first to the second centre, which rays agree with it, all in one frame."""

    direction: Float[np.ndarray, "3"]
    inliers: Bool[np.ndarray, " M"]


def baseline(x: Float[np.ndarray, "M 3"], y: Float[np.ndarray, "M 3"], limit: float, seed: int) -> Baseline:
    """Direction that most pairs of unit rays are coplanar with, points in front of both, by two-point RANSAC.

    Args:
        limit: angle in radians that a ray may be off.
    """
    normals = np.cross(x, y)
    wide = np.linalg.norm(normals, axis=1) > 2 * limit
    nothing = Baseline(np.zeros(3), np.zeros(len(x), bool))
    if wide.sum() < 3:
        return nothing
    picks = np.random.default_rng(seed).choice(np.flatnonzero(wide), (_ROUNDS, 2))
    directions = np.cross(normals[picks[:, 0]], normals[picks[:, 1]])
    length = np.linalg.norm(directions, axis=1)
    directions = directions[length > 1e-6] / length[length > 1e-6, None]
    if not len(directions):
        return nothing
    directions = np.concatenate([directions, -directions])
    swing = np.minimum(*(np.sqrt(np.maximum(1 - (directions @ rays.T) ** 2, 0)) for rays in (x, y)))
    close = np.abs(directions @ normals.T) < limit * np.maximum(swing, 1e-9)
    # depths along both rays: (d x y) . n and (d x x) . n, as products d . (y x n) and d . (x x n)
    ahead = (directions @ np.cross(y, normals).T > 0) & (directions @ np.cross(x, normals).T > 0)
    inliers = close & ahead & wide
    best = int(np.argmax(inliers.sum(axis=1)))
    return Baseline(directions[best], inliers[best])


@dataclass(frozen=True)
class PhotoRays:
    """What is known of one photo: its lens, its room axes, its keypoints and its planes."""

    focal_px: float
    principal_px: Float[np.ndarray, "2"]
    camera_from_room: Float[np.ndarray, "3 3"]
    keypoints: Float[np.ndarray, "K 2"]
    planes: list[PlaneKeypoints]

    def rays(self, xy: Float[np.ndarray, "M 2"]) -> Float[np.ndarray, "M 3"]:
        """Unit rays in camera axes."""
        rays = np.concatenate([(xy - self.principal_px) / self.focal_px, np.ones((len(xy), 1))], axis=1)
        unit: Float[np.ndarray, "M 3"] = rays / np.linalg.norm(rays, axis=1, keepdims=True)
        return unit


@dataclass(frozen=True)
class Turn:
    """One quarter turn between two photos and what speaks for it.

    Attributes:
        second_from_first: rotation between the cameras.
        evidence: decimal digits of improbability that the agreement is chance.
        xy_first, xy_second: matches that agree, pixels of both photos.
    """

    second_from_first: Float[np.ndarray, "3 3"]
    evidence: float
    xy_first: Float[np.ndarray, "M 2"]
    xy_second: Float[np.ndarray, "M 2"]


def rate_turns(first: PhotoRays, second: PhotoRays, putative: Int[np.ndarray, "M 2"], seed: int) -> list[Turn]:
    """Rate the four quarter turns, best first."""
    turns = []
    for camera_from_room in quarter_turns(second.camera_from_room):
        rotation = camera_from_room @ first.camera_from_room.T
        xy = [first.keypoints[putative[:, 0]], second.keypoints[putative[:, 1]]]
        digits = 0.0
        first_from_second = camera_from_room.T @ second.camera_from_room
        for matches in match_planes(first.planes, second.planes, first_from_second):
            agree = agree_on_plane(matches, _ON_PLANE, seed)
            digits += improbability(len(agree), int(agree.sum()), math.pi * _ON_PLANE**2 / _PLANE_AREA, 2)
            rows = matches.rows
            xy[0] = np.concatenate([xy[0], first.planes[matches.a].photo_xy[rows[:, 0]]])
            xy[1] = np.concatenate([xy[1], second.planes[matches.b].photo_xy[rows[:, 1]]])
        turn = _refined(first, second, rotation, xy[0], xy[1], seed)
        turns.append(Turn(turn.second_from_first, turn.evidence + digits, turn.xy_first, turn.xy_second))
    return sorted(turns, key=lambda turn: -turn.evidence)


def _refined(
    first: PhotoRays,
    second: PhotoRays,
    rotation: Float[np.ndarray, "3 3"],
    xy_first: Float[np.ndarray, "M 2"],
    xy_second: Float[np.ndarray, "M 2"],
    seed: int,
) -> Turn:
    """Let the rotation follow the matches a little, and count those that agree closely."""
    none = Turn(rotation, 0.0, np.zeros((0, 2)), np.zeros((0, 2)))
    x, y = first.rays(xy_first), second.rays(xy_second)
    rough = baseline(x @ rotation.T, y, _LOOSE, seed)
    if rough.inliers.sum() < _LEAST_RAYS:
        return none
    pose = poselib.CameraPose()
    pose.R, pose.t = rotation, -rough.direction
    flat = [(rays[:, :2] / rays[:, 2:])[rough.inliers] for rays in (x, y)]
    plain = {"model": "SIMPLE_PINHOLE", "width": 1, "height": 1, "params": [1.0, 0.0, 0.0]}
    options = {"loss_type": "CAUCHY", "loss_scale": _TIGHT / 2, "max_iterations": _STEPS}
    pose, _ = poselib.refine_relative_pose(*flat, pose, plain, plain, options)
    refined = np.asarray(pose.R)
    if rotation_angle_rad(refined, rotation) > _MOST_REFINED_RAD:
        return none
    fine = baseline(x @ refined.T, y, _TIGHT, seed)
    count = int(fine.inliers.sum())
    digits = improbability(len(x), count, _CHANCE_PER_RAD * _TIGHT, 3)
    return Turn(refined, digits, xy_first[fine.inliers], xy_second[fine.inliers])


def improbability(total: int, count: int, chance: float, fixed: int) -> float:
    """Decimal digits of improbability that ``count`` of ``total`` agree by chance (0 where it is likely).

    Args:
        chance: that one wrong match agrees.
        fixed: matches that the model itself was made of.
    """
    if count <= fixed:
        return 0.0
    tail = float(binom.logsf(count - fixed - 1, total - fixed, min(chance, 1.0))) / math.log(_BASE)
    return max(0.0, -tail - fixed * math.log10(max(total, 1)))

"""Two photos of one room: which quarter turn lies between them, and where does the second stand?

Each photo's straight lines tell its axes but for a quarter turn. All four are tried, each with the matches that
hold under it: plain ones, and those of walls, floor and ceiling seen straight on, which differ between turns.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import poselib  # type: ignore[import-untyped, unused-ignore]
from jaxtyping import Float, Int

from pipeline.rooms.axes import quarter_turns
from pipeline.rooms.scene import rotation_angle_rad
from pipeline.rooms.sfm.placing.chance import RAY_RAD, Place, Rays, surest
from pipeline.rooms.sfm.placing.look import Look
from pipeline.rooms.sfm.placing.plane_features import match_planes

#: matches nearer to each other than this, in both photos, are one witness, px; set by hand, effect not measured
_CROWD_PX: Final = 10.0
#: fewest matches that are asked, count; two make a direction, others must agree
_LEAST_MATCHES: Final = 4
#: how far refining may turn a rotation by lines, radians; set by hand, effect not measured
_MOST_REFINED_RAD: Final = math.radians(4.0)
#: rays that a rotation is refined with, count; set by hand, effect not measured
_LEAST_RAYS: Final = 8
#: of a first look, rays that miss each other by less are refined with, standard deviations; lines may be off by
#: a degree
_LOOSE: Final = 5.0
#: where residuals stop to count in full in the refinement, standard deviations; set by hand, effect not
#: measured
_LOSS: Final = 0.625
#: least ratio of the heights of two cameras, none; keeps a quotient finite
_LEAST_RATIO: Final = 0.1
#: steps of the refinement, count; set by hand, effect not measured
_STEPS: Final = 30


@dataclass(frozen=True)
class Standing:
    """One quarter turn between two photos: where the second stands then, and what speaks for it.

    Attributes:
        second_from_first: rotation between the cameras.
        centre: of the second camera in the axes of the first, in heights of the first camera above the floor.
        height_ratio: height of the second camera over that of the first.
        evidence: natural logarithm of how many times likelier than chance (0 and less: chance).
        xy_first, xy_second: matches that agree, pixels of both photos.
    """

    second_from_first: Float[np.ndarray, "3 3"]
    centre: Float[np.ndarray, "3"]
    height_ratio: float
    evidence: float
    xy_first: Float[np.ndarray, "M 2"]
    xy_second: Float[np.ndarray, "M 2"]

    @property
    def reversed(self) -> "Standing":
        """Where the first photo stands from the second."""
        centre = -self.second_from_first @ self.centre / self.height_ratio
        ratio = 1.0 / self.height_ratio
        return Standing(self.second_from_first.T, centre, ratio, self.evidence, self.xy_second, self.xy_first)


def rate_turns(first: Look, second: Look, putative: Int[np.ndarray, "M 2"], seed: int) -> list[Standing]:
    """Rate the four quarter turns, best first.

    Args:
        putative: keypoints of both photos that look alike.
    """
    rated = [_rated(first, second, turned, putative, seed) for turned in quarter_turns(second.camera_from_room)]
    return sorted(rated, key=lambda standing: -standing.evidence)


def _rated(
    first: Look, second: Look, turned: Float[np.ndarray, "3 3"], putative: Int[np.ndarray, "M 2"], seed: int
) -> Standing:
    """One quarter turn; the rotation follows the matches a little where that speaks for the place."""
    xy = _matches(first, second, turned, putative)
    rotation = turned @ first.camera_from_room.T
    none = Standing(rotation, np.zeros(3), 1.0, 0.0, np.zeros((0, 2)), np.zeros((0, 2)))
    if len(xy[0]) < _LEAST_MATCHES:
        return none
    place = surest(_rays(first, second, rotation, xy), seed)
    if place is None:
        return none
    refined = _refined(first, second, rotation, place, xy)
    better = surest(_rays(first, second, refined, xy), seed) if refined is not None else None
    if refined is not None and better is not None and better.evidence > place.evidence:
        rotation, place = refined, better
    centre = first.camera_from_room @ place.centre
    ratio = 1.0 + float(place.centre[2])
    agree = [pixels[place.agrees] for pixels in xy]
    return Standing(rotation, centre, max(ratio, _LEAST_RATIO), place.evidence, agree[0], agree[1])


def _matches(
    first: Look, second: Look, turned: Float[np.ndarray, "3 3"], putative: Int[np.ndarray, "M 2"]
) -> tuple[Float[np.ndarray, "N 2"], Float[np.ndarray, "N 2"]]:
    """Pixels of plain matches, and of those on planes that face the same way."""
    xy = [[first.keypoints[putative[:, 0]]], [second.keypoints[putative[:, 1]]]]
    for found in match_planes(first.planes, second.planes, turned.T @ second.camera_from_room):
        xy[0].append(first.planes[found.a].photo_xy[found.rows[:, 0]])
        xy[1].append(second.planes[found.b].photo_xy[found.rows[:, 1]])
    return np.concatenate(xy[0]), np.concatenate(xy[1])


def _rays(
    first: Look,
    second: Look,
    rotation: Float[np.ndarray, "3 3"],
    xy: tuple[Float[np.ndarray, "N 2"], Float[np.ndarray, "N 2"]],
) -> Rays:
    """The matches in the room's axes as the first photo has them."""
    local = first.rays(xy[0]), second.rays(xy[1])
    length = [np.linalg.norm(rays, axis=1) for rays in local]
    x, y = (rays / size[:, None] for rays, size in zip(local, length, strict=True))
    axes = first.camera_from_room
    distance = first.likely_depth(xy[0]) * length[0], second.likely_depth(xy[1]) * length[1]
    return Rays(x @ axes, y @ rotation @ axes, *distance, _alone(*xy))


def _alone(a: Float[np.ndarray, "N 2"], b: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, " N"]:
    """One over the number of matches that are at the same place in both photos."""
    apart = np.maximum(*(np.abs(xy[:, None] - xy[None]).max(axis=2) for xy in (a, b)))
    alone: Float[np.ndarray, " N"] = 1.0 / (apart < _CROWD_PX).sum(axis=1)
    return alone


def _refined(
    first: Look,
    second: Look,
    rotation: Float[np.ndarray, "3 3"],
    place: Place,
    xy: tuple[Float[np.ndarray, "N 2"], Float[np.ndarray, "N 2"]],
) -> Float[np.ndarray, "3 3"] | None:
    """The rotation that the matches near a place agree on, ``None`` where lines are far from it."""
    near = place.residual_rad < _LOOSE * RAY_RAD
    if near.sum() < _LEAST_RAYS:
        return None
    pose = poselib.CameraPose()
    pose.R = rotation
    pose.t = -rotation @ first.camera_from_room @ place.centre / np.linalg.norm(place.centre)
    flat = [look.rays(pixels[near])[:, :2] for look, pixels in zip((first, second), xy, strict=True)]
    plain = {"model": "SIMPLE_PINHOLE", "width": 1, "height": 1, "params": [1.0, 0.0, 0.0]}
    options = {"loss_type": "CAUCHY", "loss_scale": _LOSS * RAY_RAD, "max_iterations": _STEPS}
    pose, _ = poselib.refine_relative_pose(*flat, pose, plain, plain, options)
    refined = np.asarray(pose.R)
    return refined if rotation_angle_rad(refined, rotation) < _MOST_REFINED_RAD else None

"""Place a photo by where it stands from photos that are placed: quarter turn, direction, and distance.

Two photos do not tell their distance. Their priors do, in heights of the camera above the floor, within a fifth
or so; a second photo that stands elsewhere then makes it exact, when all are adjusted together.
"""

import math
from typing import Final

import numpy as np
from jaxtyping import Float

from pipeline.rooms.scene import rotation_angle_rad
from pipeline.rooms.sfm.placing import Standing
from pipeline.rooms.sfm.reconstruction import Reconstruction
from pipeline.rooms.sfm.second_look import SecondLook

#: how far neighbours may disagree on a turn, radians; set by hand, effect not measured
_AGREES_RAD: Final = math.radians(8.0)
#: evidence of neighbours that disagree, share of that of those that agree; set by hand, effect not measured
_MOST_AGAINST: Final = 0.5
#: a camera that stands this far from the direction that a certain pair tells is elsewhere, radians; set by
#: hand, effect not measured
_ELSEWHERE_RAD: Final = math.radians(25.0)
#: logarithm of distances up to which the room's faces may improve what the prior says; factor 1.6: beyond it
#: the faces of an open kitchen were wrong by 2.5 where the prior was right
_NEAR: Final = 0.5
#: least distance of two photos that tells the height of the cameras, heights; below it those of a lounge were
#: off by 2
_LEAST_BASELINE: Final = 0.5
#: points that tell the height of the cameras, count; set by hand, effect not measured
_LEAST_POINTS: Final = 8

#: camera-from-world rotation of a photo, and where it was taken
Pose = tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]]


def place_by_standing(
    photo: int, state: Reconstruction, again: SecondLook
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]] | None:
    """Camera-from-world rotation and shift of one more photo; ``None`` where its neighbours are not sure."""
    height = camera_height(state, again) if again.pairs else None
    if height is None:
        return None
    told: list[tuple[float, Float[np.ndarray, "3 3"], Float[np.ndarray, 3]]] = []
    for (a, b), pair in again.pairs.items():
        if photo not in (a, b) or not state.placed[a if photo == b else b]:
            continue
        near, standing = (a, pair) if photo == b else (b, pair.reversed)
        centre = state.centre(near) + state.rotation[near].T @ standing.centre * height
        told.append((pair.evidence, standing.second_from_first @ state.rotation[near], centre))
    if not told:
        return None
    rotation = max(told, key=lambda one: one[0])[1]
    agrees = [one for one in told if rotation_angle_rad(one[1], rotation) < _AGREES_RAD]
    worth = np.array([one[0] for one in agrees])
    if sum(one[0] for one in told) - worth.sum() > _MOST_AGAINST * worth.sum():
        return None
    centre = np.average([one[2] for one in agrees], axis=0, weights=worth)
    return rotation, -rotation @ centre


def surer(
    linked: tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]],
    standing: tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]],
    state: Reconstruction,
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]]:
    """Of two places of a photo the one by the room's faces, if it is near to the one by likely distances.

    Otherwise the latter. Near is told by the distance from the nearest placed photo of the latter.
    """
    away = [
        [np.linalg.norm(-R.T @ t - state.centre(near)) for near in state.photos] for R, t in (linked, standing)
    ]
    nearest = int(np.argmin(away[1]))
    ratio = max(float(away[0][nearest]), 1e-9) / max(float(away[1][nearest]), 1e-9)
    turned = rotation_angle_rad(linked[0], standing[0])
    return linked if turned < _AGREES_RAD and abs(math.log(ratio)) < _NEAR else standing


def unlikelier(changed: Reconstruction, before: Reconstruction, again: SecondLook) -> bool:
    """Whether photos stand less as far from each other as is likely than they did before, and clearly wrong."""
    height = camera_height(before, again) if again.pairs else None
    if height is None:
        return False
    return _unlikely(changed, height, again) > max(_NEAR, _unlikely(before, height, again))


def _unlikely(state: Reconstruction, height: float, again: SecondLook) -> float:
    """Largest ratio of two measures of the cameras' height, by pairs and by points; its logarithm."""
    logs = [math.log(height)]
    for (a, b), pair in again.pairs.items():
        likely = float(np.linalg.norm(pair.centre))
        if state.placed[a] and state.placed[b] and likely > _LEAST_BASELINE:
            apart = float(np.linalg.norm(state.centre(a) - state.centre(b)))
            logs.append(math.log(max(apart, 1e-9) / likely))
    return max(logs) - min(logs)


def standing_elsewhere(state: Reconstruction, again: SecondLook) -> int | None:
    """The placed photo that stands elsewhere than its neighbours are certain of, if they outweigh the others.

    Of two photos the one goes that has less evidence for its place.
    """
    return elsewhere({i: (state.rotation[i], state.centre(i)) for i in state.photos.tolist()}, again)


def elsewhere(poses: dict[int, Pose], again: SecondLook) -> int | None:
    """The same of camera-from-world rotations and centres by photo."""
    worth, against = dict.fromkeys(poses, 0.0), dict.fromkeys(poses, 0.0)
    for (a, b), pair in again.pairs.items():
        if a in poses and b in poses:
            side = worth if _stands_so(poses[a], poses[b], pair) else against
            side[a] += pair.evidence
            side[b] += pair.evidence
    doubted = [photo for photo in poses if against[photo] > worth[photo]]
    return min(doubted, key=lambda photo: worth[photo] - against[photo], default=None)


def _stands_so(first: Pose, second: Pose, pair: Standing) -> bool:
    """Whether the second of two placed photos is turned as their pair tells and stands in its direction."""
    turned = rotation_angle_rad(second[0] @ first[0].T, pair.second_from_first)
    ahead = first[0] @ (second[1] - first[1])
    length = float(np.linalg.norm(ahead) * np.linalg.norm(pair.centre))
    return turned < _AGREES_RAD and float(ahead @ pair.centre) >= math.cos(_ELSEWHERE_RAD) * length


def camera_height(state: Reconstruction, again: SecondLook) -> float | None:
    """How high the cameras stand above the floor, in units of the world, by their points and priors.

    ``None`` where too few points tell.
    """
    bundle, logs = state.bundle, []
    for number, photo in enumerate(state.photos.tolist()):
        look = again.looks[photo]
        mine = bundle.camera == number
        if look is None or not mine.any():
            continue
        xyz = bundle.xyz[bundle.point[mine]]
        depth = (xyz @ state.rotation[photo].T + state.shift[photo])[:, 2]
        ahead = depth > 0
        logs.append(np.log(depth[ahead] / look.likely_depth(bundle.xy[mine][ahead])))
    found = np.concatenate(logs) if logs else np.zeros(0)
    return float(np.exp(np.median(found))) if len(found) >= _LEAST_POINTS else None

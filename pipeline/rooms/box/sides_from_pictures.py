"""The closing sides of a room that points do not tell, from what all photos show of its edges.

Where a wall, the floor or the ceiling is too plain for stereo, its edges still show in the pictures. With the
cameras known, a box has only six numbers; each photo scores it as it does in the layout of a single photo
(boundaries, facing, colours; after Hedau et al. 2009), and the scores of all photos add up.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, UInt8

from pipeline.rooms.box.evidence import gather_evidence
from pipeline.rooms.box.hypothesis import look
from pipeline.rooms.box.planes import RoomPlane
from pipeline.rooms.box.search import Grid, ScoreWeights, make_grid, score_boxes

#: sides of a box in the order of its offsets: lower and upper side of x, y and z
SIDES: Final = tuple((axis, sign) for axis in range(3) for sign in (-1, 1))
_POOLED: Final = 4
#: room to stand that whoever holds a camera needs, and how far beyond everything seen a side may be (units)
_NEAREST, _FARTHEST = 0.5, 2.5
_CANDIDATES: Final = 90
_SWEEPS: Final = 4
_SCALES: Final = np.geomspace(0.6, 1.7, 41)
_FINEST: Final = 0.01
#: share of all evidence from which on a wall stays, and by how much the pictures must speak against one
_FIRM, _CLEARLY_BETTER = 0.1, 0.1
#: a side costs this much for each room size that it lies beyond everything seen, and that it cuts off
_EMPTY_COST, _CUT_COST = 0.3, 4.0
#: usual logarithm of ceiling above camera over camera above floor, its spread and weight
_RATIO, _RATIO_SIGMA, _RATIO_WEIGHT = -0.22, 0.4, 0.05
_BEHIND: Final = -5.0
#: share of the points that each of :data:`SIDES` holds at least; nothing ever shows beyond a ceiling, but
#: there are windows and mirrors in walls, and floors shine
_HELD: Final = (0.98, 0.98, 0.98, 0.98, 0.98, 0.995)
_CEILING: Final = 5
#: points farther than this (units) above a ceiling are not its noise
_ABOVE: Final = 0.08
#: a plane of points and one of the pictures nearer than this (units) to each other are one
_SAME: Final = 0.04


@dataclass(frozen=True)
class BoxView:
    """One photo prepared for scoring boxes.

    Attributes:
        grid: its evidence.
        centre: of the camera, room frame.
        sides: which of :data:`SIDES` are its front, left, right, floor and ceiling.
        camera_from_room: columns are right, forward and up of the box as the photo faces it, in camera axes.
    """

    grid: Grid
    centre: Float[np.ndarray, "3"]
    sides: tuple[int, int, int, int, int]
    camera_from_room: Float[np.ndarray, "3 3"]

    def distances(self, offsets: Float[np.ndarray, "... 6"]) -> Float[np.ndarray, "... 5"]:
        """From the camera to front, left, right, floor and ceiling; negative where it stands beyond."""
        axes = np.array([SIDES[side][0] for side in self.sides])
        signs = np.array([SIDES[side][1] for side in self.sides])
        distances: Float[np.ndarray, "... 5"] = (offsets[..., list(self.sides)] - self.centre[axes]) * signs
        return distances


def box_view(
    image: UInt8[np.ndarray, "H W 3"],
    K: Float[np.ndarray, "3 3"],
    world_from_camera: Float[np.ndarray, "4 4"],
    pooled: int = _POOLED,
) -> BoxView:
    """Evidence of one photo for boxes along the axes of the room frame (z up).

    Args:
        image: photo.
        K: intrinsics of it.
        world_from_camera: its pose in the room frame.
        pooled: how many times smaller than the evidence the grid is.
    """
    photo = look(image)
    ratio = photo.width_px / image.shape[1]
    K = K.copy()
    K[:2] *= ratio
    K[:2, 2] += (ratio - 1) / 2
    rotation = world_from_camera[:3, :3].T
    ahead = rotation[2, :2]
    axis = int(np.argmax(np.abs(ahead)))
    sign = 1 if ahead[axis] > 0 else -1
    forward, up = np.zeros(3), np.array([0.0, 0.0, 1.0])
    forward[axis] = sign
    right = np.cross(forward, up)
    other, turn = 1 - axis, round(float(right[1 - axis]))
    sides = (SIDES.index((axis, sign)), SIDES.index((other, -turn)), SIDES.index((other, turn)), 4, 5)
    axes = rotation @ np.stack([right, forward, up], axis=1)
    evidence = gather_evidence(photo.steps, photo.segments, axes, K)
    return BoxView(make_grid(evidence, axes, K, pooled), world_from_camera[:3, 3], sides, axes)


def picture_scores(views: list[BoxView], offsets: Float[np.ndarray, "T 6"]) -> Float[np.ndarray, " T"]:
    """Mean score of each box over the photos."""
    total = np.zeros(len(offsets))
    for view in views:
        distances = view.distances(offsets)
        closeness = 1.0 / np.maximum(distances, 0.02)
        scores = score_boxes(view.grid, closeness / closeness[:, 3:4], ScoreWeights(prior=0.0, height=0.0))
        total += np.where((distances > 0.02).all(axis=1), scores, _BEHIND) / len(views)
    return total


def box_likeness(views: list[BoxView], points: Float[np.ndarray, "N 3"]) -> float:
    """How well the best box explains all photos and holds the points (about a metre is the unit)."""
    inner = _inner_extent(views, points)
    return _searched(views, inner, inner, list(range(len(SIDES))))[1]


def close_by_pictures(
    views: list[BoxView], planes: list[RoomPlane], points: Float[np.ndarray, "N 3"], total_weight: float
) -> list[RoomPlane]:
    """The planes, with closing ones of little or no evidence put where the pictures show their edges.

    A wall that few points speak for may be furniture: it moves outwards where that explains the pictures better
    by far, and stays among the planes as an inner one. A ceiling above which points were measured, such as the
    lower edge of a cornice, is none: nothing is seen through a ceiling.

    Args:
        views: of all photos.
        planes: of the room; closing planes with enough evidence stay where they are.
        points: measured, room frame: the room holds nearly all of them and is not much larger.
        total_weight: evidence of all points (that of a plane is its ``weight``).
    """
    hull = {(p.axis, -p.sign): p for p in planes if p.hull}
    if len(hull) < len(SIDES) or not views:
        return planes
    weights = np.array([hull[key].weight for key in SIDES])
    free = [side for side in range(6) if weights[side] <= 0]
    weak = [side for side in range(6) if 0 < weights[side] < _FIRM * total_weight]
    if _CEILING in weak and _reaches_above(points, hull[2, 1].offset):
        free.append(_CEILING)
    offsets = np.array([hull[key].offset for key in SIDES])
    inner = _inner_extent(views, points)
    if free:
        offsets, _ = _searched(views, offsets, inner, free)
    walls = sorted((side for side in weak if side < 4), key=lambda side: weights[side])
    pushed = [side for side in walls if _pushed(views, offsets, side)]
    found = []
    for plane in planes:
        side = SIDES.index((plane.axis, -plane.sign))
        if not plane.hull or side not in free + pushed:
            found.append(plane)
            continue
        found.append(replace(plane, offset=float(offsets[side]), weight=0.0, distance=_nowhere(plane)))
        if side in pushed:
            found.append(replace(plane, hull=False))
    return _measured_after_all(found)


def _measured_after_all(planes: list[RoomPlane]) -> list[RoomPlane]:
    """The planes, with a closing one that the pictures put onto a measured inner plane made that plane."""
    found = list(planes)
    for closing in (plane for plane in planes if plane.hull and plane.weight <= 0):
        there = [
            plane
            for plane in found
            if not plane.hull
            and (plane.axis, plane.sign) == (closing.axis, closing.sign)
            and abs(plane.offset - closing.offset) < _SAME
        ]
        if there:
            measured = max(there, key=lambda plane: plane.weight)
            at = next(index for index, plane in enumerate(found) if plane is closing)
            found[at] = replace(measured, hull=True)
            found = [plane for plane in found if plane is not measured]
    return found


def _nowhere(plane: RoomPlane) -> Float32[np.ndarray, "A B"]:
    """Distances to the measured part of a plane without any."""
    return np.full_like(plane.distance, 10.0)


def _reaches_above(points: Float[np.ndarray, "N 3"], ceiling: float) -> bool:
    """Whether more was measured above the ceiling than there are wrong points."""
    return len(points) > 0 and float(np.quantile(points[:, 2], _HELD[_CEILING])) > ceiling + _ABOVE


def _pushed(views: list[BoxView], offsets: Float[np.ndarray, "6"], side: int) -> bool:
    """Whether a wall stands farther out for certain; ``offsets`` then says where."""
    trials = np.repeat(offsets[None], _CANDIDATES + 1, axis=0)
    trials[1:, side] += SIDES[side][1] * np.linspace(0, _FARTHEST, _CANDIDATES + 1)[1:]
    values = picture_scores(views, trials)
    best = int(values.argmax())
    if values[best] < values[0] + _CLEARLY_BETTER:
        return False
    offsets[side] = trials[best, side]
    return True


def _inner_extent(views: list[BoxView], points: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "6"]:
    """What the room holds at least on each side: the cameras with room to stand, and nearly all points."""
    centres = np.stack([view.centre for view in views])
    held = np.zeros(6)
    for side, (axis, sign) in enumerate(SIDES):
        reach = (centres[:, axis] * sign).max() + _NEAREST
        if len(points):
            reach = max(reach, float(np.quantile(points[:, axis] * sign, _HELD[side])))
        held[side] = reach * sign
    return held


def _searched(
    views: list[BoxView],
    start: Float[np.ndarray, "6"],
    inner: Float[np.ndarray, "6"],
    free: list[int],
) -> tuple[Float[np.ndarray, "6"], float]:
    """Coordinate search over the free sides, from afar and then finely: the box and its worth."""
    size = float(np.abs(inner[1::2] - inner[::2]).max())
    middle = np.median([view.centre for view in views], axis=0)
    level = float(middle[2])

    def value(offsets: Float[np.ndarray, "T 6"]) -> Float[np.ndarray, " T"]:
        beyond = (offsets - inner)[:, free] * np.array([SIDES[s][1] for s in free]) / size
        misfit = np.where(beyond > 0, _EMPTY_COST * beyond, -_CUT_COST * beyond).sum(axis=1)
        above, below = np.maximum(offsets[:, 5] - level, 0.02), np.maximum(level - offsets[:, 4], 0.02)
        unusual = (np.log(above / below) - _RATIO) / _RATIO_SIGMA
        worth: Float[np.ndarray, " T"] = picture_scores(views, offsets) - misfit
        return worth - _RATIO_WEIGHT * unusual**2 / 2

    best = start.copy()
    for side in free:
        best[side] = inner[side]
    away = np.linspace(0, _FARTHEST, _CANDIDATES)
    best, top = _best_of(value, _combined(best, inner, [s for s in free if SIDES[s][0] == 2], away[::4]))
    for _ in range(_SWEEPS):
        before = top
        for side in sorted(free, key=lambda s: -s):
            trials = _combined(best, inner, [side], away)
            best, top = _best_of(value, np.concatenate([best[None], trials]))
        best, top = _best_of(value, _scaled(best, middle, free, _SCALES))
        if top < before + 1e-5:
            break
    step = 0.1
    while step > _FINEST:
        moves = best + step * np.concatenate([np.eye(6)[free], -np.eye(6)[free]])
        sizes = _scaled(best, middle, free, 1 + step / size * np.array([-1.0, 1.0]))
        found, better = _best_of(value, np.concatenate([moves, sizes]))
        if better > top + 1e-6:
            best, top = found, better
        else:
            step /= 2
    return best, top


def _combined(
    box: Float[np.ndarray, "6"],
    inner: Float[np.ndarray, "6"],
    sides: list[int],
    away: Float[np.ndarray, " A"],
) -> Float[np.ndarray, "T 6"]:
    """The box with all combinations of distances ``away`` beyond everything seen on ``sides``."""
    trials = box[None]
    for side in sides:
        trials = np.repeat(trials, len(away), axis=0)
        trials[:, side] = inner[side] + SIDES[side][1] * np.tile(away, len(trials) // len(away))
    return trials


def _scaled(
    box: Float[np.ndarray, "6"],
    middle: Float[np.ndarray, "3"],
    sides: list[int],
    factors: Float[np.ndarray, " F"],
) -> Float[np.ndarray, "T 6"]:
    """The box and, for each factor, the box with ``sides`` that much farther from the middle of the cameras.

    All edges stay where they are in the picture of a camera in the middle: no single side can move alone.
    """
    trials = np.repeat(box[None], len(factors) + 1, axis=0)
    for side in sides:
        centre = middle[SIDES[side][0]]
        trials[1:, side] = centre + factors * (box[side] - centre)
    return trials


def _best_of(
    value: Callable[[Float[np.ndarray, "T 6"]], Float[np.ndarray, " T"]], trials: Float[np.ndarray, "T 6"]
) -> tuple[Float[np.ndarray, "6"], float]:
    values = value(trials)
    return trials[int(values.argmax())], float(values.max())

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
from pipeline.rooms.box.room_plane import NOWHERE, RoomPlane
from pipeline.rooms.box.search import Grid, ScoreWeights, make_grid, score_boxes

#: sides of a box in the order of its offsets, none; by definition lower and upper side of x, y and z
SIDES: Final = tuple((axis, sign) for axis in range(3) for sign in (-1, 1))
#: number of the floor among them, none; by definition
_FLOOR: Final = 4
#: number of the ceiling among them, none; by definition
_CEILING: Final = 5
#: how many times smaller than the evidence boxes are compared, px; came with the sides found by their edges:
#: AbsRel n4 .40 to .24, kitchen .23 to .11
_POOLED: Final = 4
#: room to stand that whoever holds a camera needs, units; .2 at first, half a metre as one is told to stand
_NEAREST = 0.5
#: how far beyond everything seen a side may be, units; set by hand, effect not measured
_FARTHEST = 2.5
#: places of a side that are tried, count; 3 cm apart, set by hand, effect not measured
_CANDIDATES: Final = 90
#: every so many of them for floor and ceiling together, count; 11 cm apart, set by hand, effect not measured
_EVERY = 4
#: rounds over all sides at most, count; set by hand, effect not measured
_SWEEPS: Final = 4
#: factors by which sides move together, ratios; set by hand, effect not measured
_SCALES: Final = np.geomspace(0.6, 1.7, 41)
#: first step of the fine search, units; set by hand, effect not measured
_FIRST_STEP: Final = 0.1
#: last step of it, units; set by hand, effect not measured
_FINEST: Final = 0.01
#: gain that makes another round worthwhile, score; only tells a gain from rounding
_ROUND_GAIN: Final = 1e-5
#: share of all evidence from which on a wall stays, share; demo: a cupboard taken for a wall moves inside
_FIRM = 0.1
#: by how much the pictures must speak against a weaker one, score; demo: a cupboard taken for a wall moves
#: inside
_CLEARLY_BETTER = 0.1
#: cost of a side that lies beyond everything seen, score for each size of the room; others without gain
_EMPTY_COST = 0.3
#: cost of a side that cuts off what was seen, score for each size of the room; came with the sides found by
#: their edges: AbsRel n4 .40 to .24, kitchen .23 to .11
_CUT_COST = 4.0
#: usual logarithm of ceiling above camera over camera above floor, none; that of a camera at 1.4 m under 2.5 m
_RATIO = -0.22
#: its spread, none; set by hand, effect not measured
_RATIO_SIGMA = 0.4
#: weight of that, score; came with the sides found by their edges: AbsRel n4 .40 to .24, kitchen .23 to .11
_RATIO_WEIGHT = 0.05
#: score of a box beyond which a camera stands, score; below any other
_BEHIND: Final = -5.0
#: least distance of a camera from a side, units; only keeps its inverse finite
_LEAST_DISTANCE: Final = 0.02
#: part of the points that each side holds at least, share; nothing ever shows beyond a ceiling, but there are
#: windows and mirrors in walls, and floors shine: demo ceilings were 13 and 15 cm too low, F .71 and .62 to .84
#: and .83
_HELD: Final = (0.98, 0.98, 0.98, 0.98, 0.98, 0.995)
#: points farther above a ceiling are not its noise, units; four times the noise of a plane, demo as above
_ABOVE: Final = 0.08
#: a plane of points and one of the pictures nearer than this to each other are one, units; twice that noise
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
    sides, axes = facing_sides(world_from_camera[:3, :3].T)
    evidence = gather_evidence(photo.steps, photo.segments, axes, K)
    return BoxView(make_grid(evidence, axes, K, pooled), world_from_camera[:3, 3], sides, axes)


def facing_sides(
    camera_from_world: Float[np.ndarray, "3 3"],
) -> tuple[tuple[int, int, int, int, int], Float[np.ndarray, "3 3"]]:
    """Front, left, right, floor and ceiling of the box as a camera faces it, and its axes in camera axes."""
    ahead = camera_from_world[2, :2]
    axis = int(np.argmax(np.abs(ahead)))
    sign = 1 if ahead[axis] > 0 else -1
    forward, up = np.zeros(3), np.array([0.0, 0.0, 1.0])
    forward[axis] = sign
    right = np.cross(forward, up)
    other, turn = 1 - axis, round(float(right[1 - axis]))
    front, left, right_side = (SIDES.index(side) for side in ((axis, sign), (other, -turn), (other, turn)))
    axes: Float[np.ndarray, "3 3"] = camera_from_world @ np.stack([right, forward, up], axis=1)
    return (front, left, right_side, _FLOOR, _CEILING), axes


def picture_scores(views: list[BoxView], offsets: Float[np.ndarray, "T 6"]) -> Float[np.ndarray, " T"]:
    """Mean score of each box over the photos."""
    total = np.zeros(len(offsets))
    for view in views:
        distances = view.distances(offsets)
        closeness = 1.0 / np.maximum(distances, _LEAST_DISTANCE)
        scores = score_boxes(view.grid, closeness / closeness[:, 3:4], ScoreWeights(prior=0.0, height=0.0))
        total += np.where((distances > _LEAST_DISTANCE).all(axis=1), scores, _BEHIND) / len(views)
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
    hull = {_side(plane): plane for plane in planes if plane.hull}
    if len(hull) < len(SIDES) or not views:
        return planes
    free, weak = _uncertain(hull, points, total_weight)
    offsets = np.array([hull[side].offset for side in range(len(SIDES))])
    if free:
        offsets, _ = _searched(views, offsets, _inner_extent(views, points), free)
    walls = sorted((side for side in weak if side < _FLOOR), key=lambda side: hull[side].weight)
    pushed = [side for side in walls if _pushed(views, offsets, side)]
    return _measured_after_all(_moved(planes, offsets, free, pushed))


def _uncertain(
    hull: dict[int, RoomPlane], points: Float[np.ndarray, "N 3"], total_weight: float
) -> tuple[list[int], list[int]]:
    """Sides that nothing measured tells, and sides that little evidence speaks for."""
    weak = [side for side in range(len(SIDES)) if 0 < hull[side].weight < _FIRM * total_weight]
    free = [side for side in range(len(SIDES)) if hull[side].weight <= 0]
    if _CEILING in weak and _reaches_above(points, hull[_CEILING].offset):
        free.append(_CEILING)
    return free, weak


def _side(plane: RoomPlane) -> int:
    """Number of the side that a plane closes or could close."""
    return SIDES.index((plane.axis, -plane.sign))


def _moved(
    planes: list[RoomPlane], offsets: Float[np.ndarray, "6"], free: list[int], pushed: list[int]
) -> list[RoomPlane]:
    """The planes, free and pushed sides at ``offsets``; a pushed one stays as an inner plane, too."""
    found = []
    for plane in planes:
        side = _side(plane)
        if not plane.hull or side not in free + pushed:
            found.append(plane)
            continue
        found.append(replace(plane, offset=float(offsets[side]), weight=0.0, distance=_nowhere(plane)))
        if side in pushed:
            found.append(replace(plane, hull=False))
    return found


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
    return np.full_like(plane.distance, NOWHERE)


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
    held = np.zeros(len(SIDES))
    for side, (axis, sign) in enumerate(SIDES):
        reach = (centres[:, axis] * sign).max() + _NEAREST
        if len(points):
            reach = max(reach, float(np.quantile(points[:, axis] * sign, _HELD[side])))
        held[side] = reach * sign
    return held


@dataclass(frozen=True)
class _Search:
    """For the free sides of a box.

    Attributes:
        views: that show the box.
        inner: what the room holds at least.
        free: numbers of the sides that move.
        middle: of the cameras.
        size: of the room (units).
    """

    views: list[BoxView]
    inner: Float[np.ndarray, "6"]
    free: list[int]
    middle: Float[np.ndarray, "3"]
    size: float

    def value(self, offsets: Float[np.ndarray, "T 6"]) -> Float[np.ndarray, " T"]:
        """Worth of each box: the score of the pictures, less what speaks against its size."""
        outward = np.array([SIDES[side][1] for side in self.free])
        beyond = (offsets - self.inner)[:, self.free] * outward / self.size
        misfit = np.where(beyond > 0, _EMPTY_COST * beyond, -_CUT_COST * beyond).sum(axis=1)
        level = float(self.middle[2])
        above = np.maximum(offsets[:, _CEILING] - level, _LEAST_DISTANCE)
        below = np.maximum(level - offsets[:, _FLOOR], _LEAST_DISTANCE)
        unusual = (np.log(above / below) - _RATIO) / _RATIO_SIGMA
        worth: Float[np.ndarray, " T"] = picture_scores(self.views, offsets) - misfit
        return worth - _RATIO_WEIGHT * unusual**2 / 2

    def from_afar(self, box: Float[np.ndarray, "6"]) -> tuple[Float[np.ndarray, "6"], float]:
        """Each free side at all places, one after the other, and all of them nearer and farther together."""
        away = np.linspace(0, _FARTHEST, _CANDIDATES)
        level = [side for side in self.free if side in (_FLOOR, _CEILING)]
        best, top = _best_of(self.value, _combined(box, self.inner, level, away[::_EVERY]))
        for _ in range(_SWEEPS):
            before = top
            for side in sorted(self.free, reverse=True):
                trials = _combined(best, self.inner, [side], away)
                best, top = _best_of(self.value, np.concatenate([best[None], trials]))
            best, top = _best_of(self.value, _scaled(best, self.middle, self.free, _SCALES))
            if top < before + _ROUND_GAIN:
                break
        return best, top

    def finely(self, best: Float[np.ndarray, "6"], top: float) -> tuple[Float[np.ndarray, "6"], float]:
        """Small steps of each free side, and of all together, as long as they help."""
        step, steps = _FIRST_STEP, np.eye(len(SIDES))[self.free]
        while step > _FINEST:
            moves = best + step * np.concatenate([steps, -steps])
            factors = 1 + step / self.size * np.array([-1.0, 1.0])
            sizes = _scaled(best, self.middle, self.free, factors)
            found, better = _best_of(self.value, np.concatenate([moves, sizes]))
            if better > top + 1e-6:
                best, top = found, better
            else:
                step /= 2
        return best, top


def _searched(
    views: list[BoxView], start: Float[np.ndarray, "6"], inner: Float[np.ndarray, "6"], free: list[int]
) -> tuple[Float[np.ndarray, "6"], float]:
    """Coordinate search over the free sides, from afar and then finely: the box and its worth."""
    middle = np.median([view.centre for view in views], axis=0)
    search = _Search(views, inner, free, middle, float(np.abs(inner[1::2] - inner[::2]).max()))
    box = start.copy()
    box[free] = inner[free]
    return search.finely(*search.from_afar(box))


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

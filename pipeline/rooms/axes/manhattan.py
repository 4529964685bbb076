"""The Manhattan frame of a photo: how it was turned against the room's three axes, and its focal length.

Straight segments are found by grouping edge pixels of like direction; every segment votes for the axis whose
vanishing point it points to (after Coughlan and Yuille 1999; consensus over yaw, pitch, roll and focal length).
Photos are taken to be upright within the limits of :data:`PITCH_RAD` and :data:`ROLL_RAD`, or rolled by up to
:data:`LARGE_ROLL_RAD` where their lines clearly say so.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numba import njit

from pipeline.machine import usable_threads
from pipeline.rooms.axes.segments import Segments

#: between focal lengths that are tried, ratio; set by hand, a parabola interpolates between them
_FOCAL_STEP = 1.09
#: focal lengths that are tried, longer sides; by definition: .42 to 1.40, 100 to 39 degrees wide
FOCAL_FACTORS = tuple(0.42 * _FOCAL_STEP**step for step in range(15))
#: turns about the vertical that are tried, radians; set by hand, effect not measured
YAW_RAD = np.deg2rad(np.arange(0.0, 90.0, 2.0))
#: tilts that are tried, radians; set by hand, effect not measured
PITCH_RAD = np.deg2rad(np.arange(-36.0, 36.1, 2.4))
#: rolls that are tried of a photo held upright, radians; set by hand, effect not measured
ROLL_RAD = np.deg2rad(np.arange(-6.0, 6.1, 2.0))
#: rolls of photos that clearly were not, radians; set by hand, effect not measured
LARGE_ROLL_RAD = np.deg2rad(np.arange(-40.0, 40.1, 4.0))
#: focal length that rolls are judged with where it is not known, longer sides; by definition: 67 degrees wide
_USUAL_FOCAL = 0.75
#: a large roll must explain so much more, ratio of scores; axes photos: 17 of 21 within 3 degrees at 1.02, 16
#: at 1.12
_CLEARLY_ROLLED = 1.06
#: segments that large rolls are judged by, the longest, count; set by hand for time, effect not measured
_ROLL_SEGMENTS = 120
#: segments that the coarse search looks at, the longest, count; set by hand for time, effect not measured
_COARSE_SEGMENTS = 180
#: a segment may miss a vanishing point by this in the coarse search, sine of 4 degrees; axes photos: median 1.2
#: degrees at 2.8 degrees, 1.0 at 5.2
_COARSE = math.sin(math.radians(4.0))
#: and by this in the fine one, sine of 2 degrees; axes photos: 14 of 21 within 3 degrees at 1.4 degrees, 16 at
#: 2.6
_FINE = math.sin(math.radians(2.0))
#: first step of the fine search of one photo, degrees; by definition: half that of the coarse search
_FIRST_STEP_DEG = 1.2
#: first step of the search for the frame of a room, degrees; by definition: that of the fine limit
_FIRST_ROOM_STEP_DEG = 2.0
#: last step of both, degrees; by definition: far below what segments tell (axes photos: 1 degree)
_LAST_STEP_DEG = 0.05
#: fewer segments tell nothing of how a photo is turned, count; set by hand, effect not measured
_LEAST_SEGMENTS = 12
#: a photo with fewer segments tells nothing of its lens, count; set by hand, effect not measured
_LENS_SEGMENTS = 40
#: share of their weight that makes a difference, share; set by hand, effect not measured
_LENS_UNIT = 0.01
#: least relative uncertainty of a focal length from lines, share; set by hand, effect not measured
_LEAST_FOCAL_SIGMA = 0.02
#: between rows that the principal point is sought in, longer sides; set by hand, a parabola interpolates
_ROW_STEP = 0.01
#: rows on either side of the middle, count; set by hand, effect not measured
_ROW_STEPS = 5
#: standard deviation of that row, longer sides; set by hand, effect not measured
_ROW_SIGMA = 0.01
#: least support of a photo's own frame that others are measured by, share; by definition: keeps a quotient
#: finite
_LEAST_OWN_SUPPORT = 1e-3


@dataclass(frozen=True)
class ManhattanFit:
    """How one photo is turned against the room.

    Attributes:
        camera_from_room: columns are the room's axes (two horizontal, then up) in camera axes. The horizontal
            ones are known up to quarter turns only.
        focal_px: focal length used, in pixels of the photo's own size.
        support: share of the segment weight that points to one of the axes, 0 to 1.
    """

    camera_from_room: Float[np.ndarray, "3 3"]
    focal_px: float
    support: float


def camera_from_room(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Float[np.ndarray, "3 3"]:
    """Room axes (columns: two horizontal, up) seen from an upright camera turned by these angles."""
    rotation: Float[np.ndarray, "3 3"] = _axes(yaw_rad, pitch_rad, roll_rad)
    return rotation


def _angles(camera_from_room: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3"]:
    """Yaw, pitch and roll, the inverse of :func:`camera_from_room`."""
    up = camera_from_room[:, 2]
    pitch, roll = math.asin(float(np.clip(-up[2], -1, 1))), math.atan2(up[0], -up[1])
    level = _axes(0.0, pitch, roll) @ _axes(0.0, 0.0, 0.0).T
    first = level.T @ camera_from_room[:, 0]
    return np.array([math.atan2(first[2], first[0]), pitch, roll])


@njit(cache=True, nogil=True)
def _axes(yaw, pitch, roll):  # type: ignore[no-untyped-def]
    cy, sy, cp, sp, cr, sr = (
        math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch), math.cos(roll), math.sin(roll),
    )  # fmt: skip
    level = np.array([[cy, -sy, 0.0], [0.0, 0.0, -1.0], [sy, cy, 0.0]])
    tilt = np.array([[1.0, 0.0, 0.0], [0.0, cp, -sp], [0.0, sp, cp]])
    turn = np.array([[cr, -sr, 0.0], [sr, cr, 0.0], [0.0, 0.0, 1.0]])
    return turn @ tilt @ level


@njit(cache=True, nogil=True)
def _score(axes, focal, mid, direction, weight, limit):  # type: ignore[no-untyped-def]
    total = 0.0
    for s in range(mid.shape[0]):
        best = 1.0
        for k in range(3):
            # direction from the midpoint to the vanishing point, finite or not
            vx = focal * axes[0, k] - mid[s, 0] * axes[2, k]
            vy = focal * axes[1, k] - mid[s, 1] * axes[2, k]
            cross = vx * direction[s, 1] - vy * direction[s, 0]
            sine2 = cross * cross / (vx * vx + vy * vy + 1e-9)
            best = min(best, sine2 / (limit * limit))
        total += weight[s] * (1.0 - best)
    return total


@njit(cache=True, nogil=True)
def _search(focal, yaws, pitches, rolls, mid, direction, weight, limit):  # type: ignore[no-untyped-def]
    best_score = 0.0
    best = np.zeros(3)
    for yaw in yaws:
        for pitch in pitches:
            for roll in rolls:
                value = _score(_axes(yaw, pitch, roll), focal, mid, direction, weight, limit)
                if value > best_score:
                    best_score = value
                    best[0], best[1], best[2] = yaw, pitch, roll
    return best


def _centred(segments: Segments) -> Float[np.ndarray, "S 2"]:
    centre = np.array([(segments.width_px - 1) / 2, (segments.height_px - 1) / 2 + segments.row_px])
    return np.ascontiguousarray(segments.midpoint - centre)


def _large_roll(factor: float, segments: Segments, mid: np.ndarray) -> float:
    """Roll of a photo that was clearly not held upright, else 0."""
    focal = factor * max(segments.width_px, segments.height_px)
    few = slice(0, _ROLL_SEGMENTS)
    lines = (np.ascontiguousarray(mid[few]), segments.direction[few], segments.weight[few], _COARSE)
    upright, rolled = (
        _search(focal, YAW_RAD[::2], PITCH_RAD[::2], rolls, *lines) for rolls in (ROLL_RAD, LARGE_ROLL_RAD)
    )
    value = [_score(_axes(*angles), focal, *lines) for angles in (upright, rolled)]
    return float(rolled[2]) if value[1] > _CLEARLY_ROLLED * value[0] else 0.0


def focal_scores(segments: Segments, factors: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Best share of weight, and its yaw, pitch and roll, for each focal length (in longer sides)."""
    focals = np.array(factors) * max(segments.width_px, segments.height_px)
    mid = _centred(segments)
    strongest = slice(0, _COARSE_SEGMENTS)
    coarse = (mid[strongest], segments.direction[strongest], segments.weight[strongest], _COARSE)
    rolls = ROLL_RAD + _large_roll(_USUAL_FOCAL if len(factors) > 1 else factors[0], segments, mid)

    def best_of(focal: float) -> tuple[float, np.ndarray]:
        angles = _search(float(focal), YAW_RAD, PITCH_RAD, rolls, *coarse)
        return _refine(segments, mid, float(focal), angles)

    with ThreadPoolExecutor(usable_threads()) as pool:
        results = list(pool.map(best_of, focals))
    scores = np.array([score for score, _ in results])
    angles = np.stack([angles for _, angles in results])
    return scores / max(float(segments.weight.sum()), 1e-9), angles


def _refine(segments: Segments, mid: np.ndarray, focal: float, angles: np.ndarray) -> tuple[float, np.ndarray]:
    """Shrinking coordinate search around the coarse angles, with the fine limit."""
    best = angles.copy()
    value = _score(_axes(*best), focal, mid, segments.direction, segments.weight, _FINE)
    step = math.radians(_FIRST_STEP_DEG)
    while step > math.radians(_LAST_STEP_DEG):
        improved = False
        for axis in range(3):
            for sign in (-1.0, 1.0):
                trial = best.copy()
                trial[axis] += sign * step
                score = _score(_axes(*trial), focal, mid, segments.direction, segments.weight, _FINE)
                if score > value:
                    best, value, improved = trial, score, True
        if not improved:
            step /= 2
    return float(value), best


def fit_manhattan(
    segments: Segments, focal_px: float | None = None, near: ManhattanFit | None = None
) -> ManhattanFit | None:
    """Fit one photo; ``None`` where it has too few straight segments to tell.

    Args:
        segments: of the photo.
        focal_px: focal length in pixels of the photo, searched for where ``None``.
        near: a fit of the same photo to start from, instead of searching everywhere.
    """
    if len(segments.weight) < _LEAST_SEGMENTS:
        return None
    if near is not None:
        focal = near.focal_px if focal_px is None else focal_px
        value, found = _refine(segments, _centred(segments), focal, _angles(near.camera_from_room))
        return ManhattanFit(camera_from_room(*found), focal, value / max(float(segments.weight.sum()), 1e-9))
    longer = max(segments.width_px, segments.height_px)
    factors = FOCAL_FACTORS if focal_px is None else (focal_px / longer,)
    scores, angles = focal_scores(segments, factors)
    best = int(np.argmax(scores))
    return ManhattanFit(camera_from_room(*angles[best]), factors[best] * longer, float(scores[best]))


def shared_focal_factor(photos: list[Segments]) -> tuple[float, float] | None:
    """Focal length (in units of the longer side) that explains the segments of all photos of one camera.

    Returns:
        The factor and its relative uncertainty, or ``None`` where the photos cannot tell.
    """
    usable = [segments for segments in photos if len(segments.weight) >= _LENS_SEGMENTS]
    if not usable:
        return None
    total = np.zeros(len(FOCAL_FACTORS))
    for segments in usable:
        total += focal_scores(segments, FOCAL_FACTORS)[0]
    total /= len(usable)
    best = int(np.argmax(total))
    near = np.flatnonzero(total > total[best] - _LENS_UNIT / math.sqrt(len(usable)))
    low, high = FOCAL_FACTORS[near[0]], FOCAL_FACTORS[near[-1]]
    step = 0.0
    if 0 < best < len(total) - 1:
        left, middle, right = total[best - 1 : best + 2]
        step = 0.5 * (left - right) / (left - 2 * middle + right)
    factor = FOCAL_FACTORS[best] * _FOCAL_STEP**step
    return float(factor), max(_LEAST_FOCAL_SIGMA, 0.5 * math.log(high / low))


def principal_row(photos: list[Segments], fits: list[ManhattanFit]) -> float:
    """How far below the middle of the photos of one camera its principal point lies, in longer sides.

    A crop, a shifted lens or verticals made upright afterwards move the horizon without moving the vanishing
    point of the verticals to match, which the middle of the photo would have to explain by a tilt (Caprile and
    Torre, "Using vanishing points for camera calibration", 1990). Sideways, photos of level cameras tell
    nothing. The middle is what is expected, and stays where lines say little.

    Args:
        photos: segments of each.
        fits: of each, with the focal length to use, for the middle of the photo.
    """
    usable = [(s, fit) for s, fit in zip(photos, fits, strict=True) if len(s.weight) >= _LENS_SEGMENTS]
    if not usable:
        return 0.0
    start = [_angles(fit.camera_from_room) for _, fit in usable]
    middle, _ = _row_score(usable, 0.0, start)
    scores = {0: middle}
    for sign in (-1, 1):
        angles = start
        for step in range(1, _ROW_STEPS + 1):
            scores[sign * step], angles = _row_score(usable, sign * step * _ROW_STEP, angles)
    steps = np.array(sorted(scores))
    unit = _LENS_UNIT / math.sqrt(len(usable))
    total = np.array([scores[k] for k in steps]) / unit - 0.5 * (steps * _ROW_STEP / _ROW_SIGMA) ** 2
    best = int(np.argmax(total))
    row = float(steps[best])
    if 0 < best < len(steps) - 1:
        before, at, after = total[best - 1 : best + 2]
        row += 0.5 * (before - after) / min(before - 2 * at + after, -1e-9)
    return row * _ROW_STEP


def _row_score(
    photos: list[tuple[Segments, ManhattanFit]], row: float, near: list[np.ndarray]
) -> tuple[float, list[np.ndarray]]:
    """Mean share of weight that points to the axes for a principal point that low, and the angles."""
    total, found = 0.0, []
    for (segments, fit), angles in zip(photos, near, strict=True):
        lowered = segments.lowered(row * max(segments.width_px, segments.height_px))
        mid, tilt = _centred(lowered), np.array([0.0, _ROW_STEP * lowered.width_px / fit.focal_px, 0.0])
        tries = [_refine(lowered, mid, fit.focal_px, angles + side * tilt) for side in (0.0, 1.0, -1.0)]
        value, best = max(tries, key=lambda tried: tried[0])
        total += value / max(float(segments.weight.sum()), 1e-9)
        found.append(best)
    return total / len(photos), found


def quarter_turns(camera_from_room: Float[np.ndarray, "3 3"]) -> list[Float[np.ndarray, "3 3"]]:
    """The four frames that straight lines cannot tell apart: turned about the vertical by quarter turns."""
    turns = []
    for c, s in ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)):
        turns.append(camera_from_room @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]))
    return turns


@dataclass(frozen=True)
class RoomAxes:
    """The one Manhattan frame of a whole room.

    Attributes:
        world_from_room: columns are the room's axes (two horizontal, then up) in the world frame.
        support: share of all segment weight that points to its axes.
        photo_support: the same of each photo, divided by the best that any frame reaches in that photo.
    """

    world_from_room: Float[np.ndarray, "3 3"]
    support: float
    photo_support: Float[np.ndarray, " N"]


def _turned(rotation: np.ndarray, axis: int, angle_rad: float) -> np.ndarray:
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turn = np.eye(3)
    turn[i, i], turn[j, j], turn[i, j], turn[j, i] = c, c, -s, s
    turned: np.ndarray = rotation @ turn
    return turned


def fit_room_axes(
    photos: list[Segments],
    focals_px: list[float],
    camera_from_world: list[Float[np.ndarray, "3 3"]],
    fits: list[ManhattanFit | None],
) -> RoomAxes | None:
    """Fit one Manhattan frame to all photos of a room whose relative rotations are known.

    Args:
        photos: segments of every placed photo.
        focals_px: focal length of each, in pixels of the photo its segments were found in.
        camera_from_world: rotation of each.
        fits: Manhattan frame of each photo by itself (candidates for the common frame).
    """
    mids = [_centred(segments) for segments in photos]

    def scores(world_from_room: np.ndarray, limit: float) -> np.ndarray:
        return np.array(
            [
                _score(np.ascontiguousarray(R @ world_from_room), f, mid, s.direction, s.weight, limit)
                for s, f, R, mid in zip(photos, focals_px, camera_from_world, mids, strict=True)
            ]
        )

    candidates = [
        R.T @ fit.camera_from_room for R, fit in zip(camera_from_world, fits, strict=True) if fit is not None
    ]
    if not candidates:
        return None
    best = max(candidates, key=lambda frame: float(scores(frame, _COARSE).sum()))
    value, step = float(scores(best, _FINE).sum()), math.radians(_FIRST_ROOM_STEP_DEG)
    while step > math.radians(_LAST_STEP_DEG):
        trials = [_turned(best, axis, sign * step) for axis in range(3) for sign in (-1.0, 1.0)]
        values = [float(scores(trial, _FINE).sum()) for trial in trials]
        top = int(np.argmax(values))
        if values[top] > value:
            best, value = trials[top], values[top]
        else:
            step /= 2
    weight = np.array([max(float(s.weight.sum()), 1e-9) for s in photos])
    share = scores(best, _FINE) / weight
    own = np.array([fit.support if fit else 0.0 for fit in fits])
    return RoomAxes(
        best, float((share * weight).sum() / weight.sum()), share / np.maximum(own, _LEAST_OWN_SUPPORT)
    )

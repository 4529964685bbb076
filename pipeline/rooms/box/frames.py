"""Candidate Manhattan frames of one photo: furniture may stand askew, so the strongest need not be the room's.

Every frame has its focal length. The layout decides between them (:mod:`pipeline.rooms.box.search`).
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Bool, Float
from numba import njit
from scipy.spatial.transform import Rotation

from pipeline.rooms.axes import Segments, camera_from_room

#: focal lengths that are tried, longer sides of the photo; 15 to 46 mm on 35 mm film, set by hand, effect not
#: measured
FOCAL_FACTORS = tuple(0.42 * 1.15**step for step in range(9))
#: usual focal length, longer sides of the photo; 26 mm on 35 mm film: phones and wide-angle listing photos
USUAL_FACTOR = 0.72
#: spread of its logarithm, none; set by hand, effect not measured
USUAL_SPREAD = 0.28
#: turns about the vertical that are tried, radians; all, up to quarter turns
_YAW_RAD = np.deg2rad(np.arange(-45.0, 45.0, 2.5))
#: tilts up and down that are tried, radians; set by hand, effect not measured
_PITCH_RAD = np.deg2rad(np.arange(-36.0, 36.1, 3.0))
#: tilts to the side that are tried, radians; photos are upright, set by hand, effect not measured
_ROLL_RAD = np.deg2rad(np.arange(-6.0, 6.1, 3.0))
#: sine of the angle within which a line supports a frame while frames are tried, sine; above half their step
_COARSE = math.sin(math.radians(4.0))
#: and while one is adjusted, sine; set by hand, effect not measured
_FINE = math.sin(math.radians(1.8))
#: lines that are looked at while frames are tried, count; set by hand, effect not measured
_STRONGEST = 220
#: fewest lines that tell a frame, count; two for each axis
_LEAST_LINES = 6
#: power of its weight by which a long line weighs more, none; set by hand, effect not measured
_LONG = 1.5
#: how sharp the limit of eye level is, heights of the photo; set by hand, effect not measured
_EYE_LEVEL_SPREAD = 0.05
#: frames that the layout is asked about, count; among lines of patterns and furniture those of the walls can be
#: few: 12 at first; of 41 single photos, 40 are within 3 degrees with 28 and the ridge, 37 before
MOST_FRAMES = 28
#: best turns of which frames are made, count; set by hand, effect not measured
_LOOKED_AT = 4000
#: weight of an unusual focal length, score; .03 at first, with .08 all 41 single photos together are better,
#: but the short lens of demo's bedroom is pulled longer (walls within 10 % by distance 8 of 8 to 4 of 8)
_PRIOR_WEIGHT = 0.08
#: first and least step of the turns that follow a change of focal length, radians; set by hand, effect not
#: measured
_ALIGN_RAD = (0.03, 0.001)
#: first and least step of the adjustment of a frame, radians; set by hand, effect not measured
_REFINE_RAD = (math.radians(1.5), math.radians(0.08))
#: number of the first trial of that adjustment that changes the focal length, none; by definition
_FOCAL_TRIAL = 6
#: angle from which on two frames are apart, radians; set by hand, effect not measured
_APART_RAD = math.radians(6.0)
#: logarithm of focal lengths from which on they are, none; set by hand, effect not measured
_FOCAL_APART = 0.25


@dataclass(frozen=True)
class Frame:
    """One way the camera may be turned against the room.

    Attributes:
        camera_from_room: columns are the room's right, forward (towards the front wall) and up, in camera axes.
        focal_px: in pixels of the photo whose segments were given.
        support: share of the segment weight that points to one of the axes, 0 to 1.
    """

    camera_from_room: Float[np.ndarray, "3 3"]
    focal_px: float
    support: float


def structural(segments: Segments) -> Segments:
    """The same segments with long ones, and those above eye level, weighing more: furniture stands below it."""
    height = segments.midpoint[:, 1] / segments.height_px
    upper = 1.0 + 1.0 / (1.0 + np.exp((height - 0.5) / _EYE_LEVEL_SPREAD))
    weight = segments.weight**_LONG * upper
    order = np.argsort(-weight, kind="stable")
    midpoint, direction = segments.midpoint[order], segments.direction[order]
    return Segments(midpoint, direction, weight[order], segments.width_px, segments.height_px)


@njit(cache=True, nogil=True)
def _support(axes, focal, mid, direction, weight, limit):  # type: ignore[no-untyped-def]
    """Weight of the segments that point to an axis, less with growing angle, 0 beyond the limit (a sine)."""
    total = 0.0
    for s in range(mid.shape[0]):
        best = 1.0
        for k in range(3):
            vx = focal * axes[0, k] - mid[s, 0] * axes[2, k]
            vy = focal * axes[1, k] - mid[s, 1] * axes[2, k]
            cross = vx * direction[s, 1] - vy * direction[s, 0]
            best = min(best, cross * cross / ((vx * vx + vy * vy + 1e-9) * limit * limit))
        total += weight[s] * (1.0 - best)
    return total


@njit(cache=True, nogil=True)
def _supports(rotations, focal, mid, direction, weight, limit):  # type: ignore[no-untyped-def]
    """Support of every rotation."""
    value = np.zeros(len(rotations))
    for n in range(len(rotations)):
        value[n] = _support(rotations[n], focal, mid, direction, weight, limit)
    return value


def frame_rotation(angles: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3 3"]:
    """Room axes (right, forward, up) in camera axes for yaw, pitch and roll; forward is ahead at yaw 0."""
    rotation: Float[np.ndarray, "3 3"] = np.ascontiguousarray(camera_from_room(*angles))
    return rotation


@cache
def _turns() -> tuple[Float[np.ndarray, "T 3"], Float[np.ndarray, "T 3 3"]]:
    """Yaw, pitch and roll of every way to hold the camera that is tried, and their rotations."""
    angles = np.array([[y, p, r] for y in _YAW_RAD for p in _PITCH_RAD for r in _ROLL_RAD])
    return angles, np.stack([frame_rotation(row) for row in angles])


def candidate_frames(segments: Segments, focal_px: float | None = None, most: int = MOST_FRAMES) -> list[Frame]:
    """The most plausible frames, best first; fewer where the photo has few straight segments.

    Args:
        segments: of the photo.
        focal_px: focal length in pixels of the photo, searched for where ``None``.
        most: at most this many.
    """
    if len(segments.weight) < _LEAST_LINES:
        return []
    mid = _centred(segments)
    longer = max(segments.width_px, segments.height_px)
    factors = FOCAL_FACTORS if focal_px is None else (focal_px / longer,)
    strongest = np.s_[:_STRONGEST]
    lines = (mid[strongest], segments.direction[strongest], segments.weight[strongest], _COARSE)
    angles, rotations = _turns()
    score = np.stack([_supports(rotations, factor * longer, *lines) for factor in factors])
    score /= float(lines[2].sum())
    if focal_px is None:
        score -= np.array([focal_cost(factor) for factor in factors])[:, None]
    best = np.argsort(-score, axis=None, kind="stable")[:_LOOKED_AT]
    which, turn = np.divmod(best, len(angles))
    focals = np.array(factors)[which] * longer
    kept: list[Frame] = []
    while len(best) and len(kept) < most:
        frame = _refined(segments, mid, float(focals[0]), angles[turn[0]], focal_px is None)
        if not any(
            _alike(frame.camera_from_room[None], np.array([frame.focal_px]), other)[0] for other in kept
        ):
            kept.append(frame)
        # the next peak is the best of what is unlike this one, wherever refinement took this one
        apart = ~_alike(rotations[turn], focals, Frame(rotations[turn[0]], float(focals[0]), 0.0))
        best, turn, focals = best[apart], turn[apart], focals[apart]
    return kept


def _centred(segments: Segments) -> Float[np.ndarray, "S 2"]:
    centre = np.array([(segments.width_px - 1) / 2, (segments.height_px - 1) / 2])
    return np.ascontiguousarray(segments.midpoint - centre)


def focal_cost(factor: float) -> float:
    """What an unusual focal length (in longer sides) costs."""
    return _PRIOR_WEIGHT * 0.5 * (math.log(factor / USUAL_FACTOR) / USUAL_SPREAD) ** 2


def _alike(
    rotations: Float[np.ndarray, "N 3 3"], focals: Float[np.ndarray, " N"], other: Frame
) -> Bool[np.ndarray, " N"]:
    """Which frames are almost the other one, up to quarter turns about the vertical."""
    between = np.swapaxes(rotations, 1, 2) @ other.camera_from_room
    turned = np.maximum(
        np.abs(between[:, 0, 0] + between[:, 1, 1]), np.abs(between[:, 0, 1] - between[:, 1, 0])
    )
    cosine = (turned + between[:, 2, 2] - 1) / 2
    near: Bool[np.ndarray, " N"] = (cosine > math.cos(_APART_RAD)) & (
        np.abs(np.log(focals / other.focal_px)) < _FOCAL_APART
    )
    return near


def turned(segments: Segments, frame: Frame, move: Float[np.ndarray, "4"]) -> Frame:
    """The frame turned by the rotation vector ``move[:3]``, its log focal length ``move[3]`` longer."""
    rotation = Rotation.from_rotvec(move[:3]).as_matrix() @ frame.camera_from_room
    focal = frame.focal_px * math.exp(move[3])
    support = _support(
        np.ascontiguousarray(rotation), focal, _centred(segments), segments.direction, segments.weight, _FINE
    )
    return Frame(rotation, focal, float(support / segments.weight.sum()))


def zoomed(segments: Segments, frame: Frame, change: float) -> Frame:
    """The frame with its log focal length ``change`` longer whose front wall has the same vanishing point."""
    ahead = frame.camera_from_room[:, 1]
    kept = ahead * np.array([1.0, 1.0, math.exp(change)])
    turn, _ = Rotation.align_vectors(kept[None] / np.linalg.norm(kept), ahead[None])
    rotation = turn.as_matrix() @ frame.camera_from_room
    return turned(segments, Frame(rotation, frame.focal_px, 0.0), np.array([0.0, 0.0, 0.0, change]))


def aligned(segments: Segments, frame: Frame, change: float) -> Frame:
    """The frame with its log focal length ``change`` longer, turned so that most lines point to its axes."""
    best = turned(segments, frame, np.array([0.0, 0.0, 0.0, change]))
    step = _ALIGN_RAD[0]
    while step > _ALIGN_RAD[1]:
        moves = [sign * step * np.eye(4)[k] for k in range(3) for sign in (-1, 1)]
        top = max((turned(segments, best, move) for move in moves), key=lambda tried: tried.support)
        if top.support > best.support:
            best = top
        else:
            step /= 2
    return best


def _refined(
    segments: Segments, mid: Float[np.ndarray, "S 2"], focal: float, angles: Float[np.ndarray, "3"], free: bool
) -> Frame:
    """Shrinking coordinate search over yaw, pitch, roll and, where it is free, the log focal length."""
    longer = max(segments.width_px, segments.height_px)
    total = max(float(segments.weight.sum()), 1e-9)

    def value(x: Float[np.ndarray, "4"]) -> float:
        focal = math.exp(x[3])
        support = _support(frame_rotation(x[:3]), focal, mid, segments.direction, segments.weight, _FINE)
        return float(support) / total - (focal_cost(focal / longer) if free else 0.0)

    best = np.array([*angles, math.log(focal)])
    top, step = value(best), _REFINE_RAD[0]
    while step > _REFINE_RAD[1]:
        trials = np.repeat(best[None], _FOCAL_TRIAL + 2 * free, axis=0)
        for row in range(len(trials)):
            trials[row, row // 2] += (1 - 2 * (row % 2)) * step * (2.0 if row >= _FOCAL_TRIAL else 1.0)
        values = [value(trial) for trial in trials]
        if max(values) > top:
            top = max(values)
            best = trials[int(np.argmax(values))]
        else:
            step /= 2
    rotation, focal = frame_rotation(best[:3]), math.exp(best[3])
    support = _support(rotation, focal, mid, segments.direction, segments.weight, _FINE)
    return Frame(rotation, focal, float(support) / total)

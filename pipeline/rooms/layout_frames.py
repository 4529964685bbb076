"""Candidate Manhattan frames of one photo: furniture may stand askew, so the strongest need not be the room's.

Every frame has its focal length. The layout decides between them (:mod:`pipeline.rooms.layout_search`).
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numba import njit
from scipy.spatial.transform import Rotation

from pipeline.rooms.manhattan import Segments, camera_from_room, quarter_turns

#: Focal lengths tried, in units of the longer side, and what is usual: phones and wide-angle listing photos.
FOCAL_FACTORS = tuple(0.42 * 1.15**step for step in range(9))
USUAL_FACTOR, USUAL_SPREAD = 0.72, 0.28
_YAW_RAD = np.deg2rad(np.arange(-45.0, 45.0, 2.5))
_PITCH_RAD = np.deg2rad(np.arange(-36.0, 36.1, 3.0))
_ROLL_RAD = np.deg2rad(np.arange(-6.0, 6.1, 3.0))
_COARSE, _FINE = math.sin(math.radians(4.0)), math.sin(math.radians(1.8))
_STRONGEST = 220
_PRIOR_WEIGHT = 0.03
_APART_RAD = math.radians(6.0)


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
    upper = 1.0 + 1.0 / (1.0 + np.exp((height - 0.5) / 0.05))
    weight = segments.weight**1.5 * upper
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
def _best_per_yaw(rotations, focal, mid, direction, weight, limit):  # type: ignore[no-untyped-def]
    """For every yaw, the best tilt (index) and its support; ``rotations`` is (yaws, tilts, 3, 3)."""
    yaws, tilts = rotations.shape[:2]
    value, chosen = np.zeros(yaws), np.zeros(yaws, np.int64)
    for y in range(yaws):
        for t in range(tilts):
            support = _support(rotations[y, t], focal, mid, direction, weight, limit)
            if support > value[y]:
                value[y], chosen[y] = support, t
    return value, chosen


def frame_rotation(angles: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3 3"]:
    """Room axes (right, forward, up) in camera axes for yaw, pitch and roll; forward is ahead at yaw 0."""
    rotation: Float[np.ndarray, "3 3"] = np.ascontiguousarray(camera_from_room(*angles))
    return rotation


def candidate_frames(segments: Segments, focal_px: float | None = None, most: int = 7) -> list[Frame]:
    """The most plausible frames, best first; fewer where the photo has few straight segments.

    Args:
        segments: of the photo.
        focal_px: focal length in pixels of the photo, searched for where ``None``.
        most: at most this many.
    """
    if len(segments.weight) < 6:
        return []
    mid = _centred(segments)
    longer = max(segments.width_px, segments.height_px)
    factors = FOCAL_FACTORS if focal_px is None else (focal_px / longer,)
    strongest = np.s_[:_STRONGEST]
    coarse = (mid[strongest], segments.direction[strongest], segments.weight[strongest], _COARSE)
    tilts = [(pitch, roll) for pitch in _PITCH_RAD for roll in _ROLL_RAD]
    rotations = np.array([[frame_rotation(np.array([y, *tilt])) for tilt in tilts] for y in _YAW_RAD])
    found = []
    for factor in factors:
        value, tilt = _best_per_yaw(rotations, factor * longer, *coarse)
        prior = focal_cost(factor) if focal_px is None else 0.0
        score = value / float(coarse[2].sum()) - prior
        found += [(score[y], factor, np.array([_YAW_RAD[y], *tilts[tilt[y]]])) for y in range(len(_YAW_RAD))]
    found.sort(key=lambda row: -row[0])
    kept: list[Frame] = []
    for _, factor, angles in found:
        if len(kept) == most:
            break
        frame, focal = _refined(segments, mid, factor * longer, angles, focal_px is None)
        if not any(_alike(frame, focal, other) for other in kept):
            support = _support(frame, focal, mid, segments.direction, segments.weight, _FINE)
            kept.append(Frame(frame, focal, float(support / segments.weight.sum())))
    return kept


def _centred(segments: Segments) -> Float[np.ndarray, "S 2"]:
    centre = np.array([(segments.width_px - 1) / 2, (segments.height_px - 1) / 2])
    return np.ascontiguousarray(segments.midpoint - centre)


def focal_cost(factor: float) -> float:
    """What an unusual focal length (in longer sides) costs."""
    return _PRIOR_WEIGHT * 0.5 * (math.log(factor / USUAL_FACTOR) / USUAL_SPREAD) ** 2


def _alike(rotation: Float[np.ndarray, "3 3"], focal: float, other: Frame) -> bool:
    between = rotation.T @ other.camera_from_room
    cosine = max((float(np.trace(between @ turn)) - 1) / 2 for turn in quarter_turns(np.eye(3)))
    turned = math.acos(min(max(cosine, -1.0), 1.0))
    return turned < _APART_RAD and abs(math.log(focal / other.focal_px)) < 0.25


def turned(segments: Segments, frame: Frame, move: Float[np.ndarray, "4"]) -> Frame:
    """The frame turned by the rotation vector ``move[:3]``, its log focal length ``move[3]`` longer."""
    rotation = Rotation.from_rotvec(move[:3]).as_matrix() @ frame.camera_from_room
    focal = frame.focal_px * math.exp(move[3])
    support = _support(
        np.ascontiguousarray(rotation), focal, _centred(segments), segments.direction, segments.weight, _FINE
    )
    return Frame(rotation, focal, float(support / segments.weight.sum()))


def _refined(
    segments: Segments, mid: Float[np.ndarray, "S 2"], focal: float, angles: Float[np.ndarray, "3"], free: bool
) -> tuple[Float[np.ndarray, "3 3"], float]:
    """Shrinking coordinate search over yaw, pitch, roll and, where it is free, the log focal length."""
    longer = max(segments.width_px, segments.height_px)
    total = max(float(segments.weight.sum()), 1e-9)

    def value(x: Float[np.ndarray, "4"]) -> float:
        focal = math.exp(x[3])
        support = _support(frame_rotation(x[:3]), focal, mid, segments.direction, segments.weight, _FINE)
        return float(support) / total - (focal_cost(focal / longer) if free else 0.0)

    best = np.array([*angles, math.log(focal)])
    top, step = value(best), math.radians(1.5)
    while step > math.radians(0.08):
        trials = np.repeat(best[None], 8 if free else 6, axis=0)
        for row in range(len(trials)):
            trials[row, row // 2] += (1 - 2 * (row % 2)) * step * (2.0 if row >= 6 else 1.0)
        values = [value(trial) for trial in trials]
        if max(values) > top:
            top = max(values)
            best = trials[int(np.argmax(values))]
        else:
            step /= 2
    return frame_rotation(best[:3]), math.exp(best[3])

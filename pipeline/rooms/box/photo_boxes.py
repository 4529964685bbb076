"""The boxes that explain a photo best: searched for in every candidate frame, the best of them adjusted finely.

Where a camera looks straight at a wall, a longer focal length and a deeper room give almost the same picture:
the best boxes lie along a ridge on which focal length, rotation and depth change together. A search that
changes one of them at a time stops anywhere on it, so the fine adjustment walks along the ridge.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from pipeline.machine import usable_threads
from pipeline.progress import Progress
from pipeline.rooms.box.frames import Frame, aligned, candidate_frames, structural, turned, zoomed
from pipeline.rooms.box.hypothesis import Hypothesis, PhotoEvidence, Scoring
from pipeline.rooms.box.search import ScoreWeights, fit_far, fit_near, search_box

#: fine adjustment looks at every so many pixels only, px; set by hand, effect not measured
_ROUGHLY = 2
#: frames of which it is asked whether a wall stands elsewhere, count; set by hand, effect not measured
_LOOKED_INTO = 6
#: frames that are adjusted finely, count; set by hand, effect not measured
_POLISHED = 3
#: how close to the best a hypothesis must come to be adjusted in each round, score; set by hand, effect not
#: measured
_CLOSE = (0.25, 0.1, 0.05)
#: gain that makes another round worthwhile, score; set by hand, effect not measured
_LEAST_GAIN = 0.004
#: gain of a turn that counts, score; set by hand, effect not measured
_TURN_GAIN = 1e-4
#: steps by which a frame is turned, radians; set by hand, effect not measured
_TURNS_RAD = (0.012, 0.005)
#: turns of each step at most, count; set by hand, effect not measured
_STEPS = 3
#: logarithms of the factors by which the focal length is changed along the ridge, none; 41 single photos: with
#: ridge and more frames 40 are within 3 degrees, 37 before
_RIDGE = (-0.45, -0.3, -0.2, -0.1, -0.04, 0.04, 0.1, 0.2, 0.3)
#: logarithm of focal lengths from which on one is another, none; set by hand, effect not measured
_OTHER_FOCAL = 0.15
#: how close to the best such a hypothesis must come to be kept, score; set by hand, effect not measured
_COMES_CLOSE = 0.15


def hypotheses(
    photo: PhotoEvidence, focal_px: float | None, weights: ScoreWeights, progress: Progress
) -> list[Hypothesis]:
    """All boxes worth comparing, best first; the first few are adjusted finely. Empty where lines are missing.

    Args:
        photo: from :func:`pipeline.rooms.box.hypothesis.look`.
        focal_px: at the size of the evidence, searched for where ``None``.
        weights: of the score.
    """
    scoring = Scoring(photo, structural(photo.segments), weights, focal_px is None)
    frames = candidate_frames(scoring.segments, focal_px)

    def search(frame: Frame) -> list[Hypothesis]:
        fits = search_box(
            scoring.evidence(frame), frame.camera_from_room, photo.intrinsics(frame.focal_px), weights
        )
        return [scoring.judged(frame, fit) for fit in fits]

    found: list[Hypothesis] = []
    with ThreadPoolExecutor(usable_threads()) as pool:
        for index, some in enumerate(pool.map(search, frames)):
            progress(0.5 * index / len(frames), f"layout: {index + 1} of {len(frames)} ways to hold the camera")
            found += some
        found.sort(key=lambda h: -h.score)
        firsts = _first_of_frames(found)[:_LOOKED_INTO]
        found += pool.map(lambda start: _elsewhere(scoring, start), firsts)
    found.sort(key=lambda h: -h.score)
    found += polished(scoring, _first_of_frames(found)[:_POLISHED], progress.part(0.55, 1.0))
    found.sort(key=lambda h: -h.score)
    return found


def _first_of_frames(found: list[Hypothesis]) -> list[Hypothesis]:
    """The best hypothesis of each frame, in order."""
    first: dict[int, Hypothesis] = {}
    for hypothesis in found:
        first.setdefault(id(hypothesis.frame), hypothesis)
    return list(first.values())


def polished(scoring: Scoring, starts: list[Hypothesis], progress: Progress | None = None) -> list[Hypothesis]:
    """Frames and boxes adjusted together, so that boundaries count as lines of the frame.

    After every round only those are adjusted further that come close to the best. How surfaces seem to face is
    told by the frame at the start: it changes by leaps with the lines that fit, which would be climbed for.
    """
    progress = progress or Progress()
    judges = [replace(scoring, facing=scoring.evidence(start.frame).facing) for start in starts]
    now = list(starts)
    active = list(range(len(now)))
    for turn, close in enumerate(_CLOSE):
        progress(turn / len(_CLOSE), "layout: fine adjustment")
        top = max((hypothesis.score for hypothesis in now), default=0.0)
        active = [index for index in active if now[index].score > top - close]
        better = {index: _adjusted(judges[index], now[index]) for index in active}
        active = [index for index in active if better[index].score > now[index].score + _LEAST_GAIN]
        now = [better.get(index, hypothesis) for index, hypothesis in enumerate(now)]
    return now


def _adjusted(scoring: Scoring, start: Hypothesis) -> Hypothesis:
    """One round of adjustment: focal length, rotation, walls."""
    on_ridge = _along_ridge(scoring, start) if scoring.free else [start]
    turned_ones = [_turned(scoring, one) for one in on_ridge]
    ends = [_near(scoring, one.frame, one.fit.closeness, 1) for one in turned_ones]
    return _better(start, [*ends, _elsewhere(scoring, max(ends, key=lambda end: end.score))])


def _better(best: Hypothesis, others: Sequence[Hypothesis]) -> Hypothesis:
    return max([best, *others], key=lambda hypothesis: hypothesis.score)


def _all(work: Callable[[float], Hypothesis], values: Sequence[float]) -> list[Hypothesis]:
    with ThreadPoolExecutor(usable_threads()) as pool:
        return list(pool.map(work, values))


def _elsewhere(scoring: Scoring, start: Hypothesis) -> Hypothesis:
    """The same frame with a wall elsewhere."""
    frame = start.frame
    K = scoring.photo.intrinsics(frame.focal_px)
    axes, closeness = frame.camera_from_room, start.fit.closeness
    return scoring.judged(frame, fit_far(scoring.evidence(frame), axes, K, closeness, scoring.weights))


def _near(
    scoring: Scoring, frame: Frame, closeness: Float[np.ndarray, "5"], every: int = _ROUGHLY
) -> Hypothesis:
    K = scoring.photo.intrinsics(frame.focal_px)
    fit = fit_near(scoring.evidence(frame, every), frame.camera_from_room, K, closeness, scoring.weights)
    return scoring.judged(frame, fit)


def _along_ridge(scoring: Scoring, start: Hypothesis) -> list[Hypothesis]:
    """Almost the same picture by other focal lengths, with the box deeper or less deep to match.

    The frame follows either the lines or, where lines are few among the grain of surfaces, the picture itself.

    Returns:
        The best, and the best of those of clearly another focal length if it comes close.
    """
    segments, closeness = scoring.segments, start.fit.closeness

    def tried(change: float) -> Hypothesis:
        box = deeper(closeness, start.frame.camera_from_room, float(np.exp(change)))
        frames = (aligned(segments, start.frame, change), zoomed(segments, start.frame, change))
        first, second = (_near(scoring, frame, box) for frame in frames)
        return _better(first, [second])

    found = [_near(scoring, start.frame, closeness), *_all(tried, _RIDGE)]
    best = max(found, key=lambda hypothesis: hypothesis.score)
    other = [h for h in found if abs(np.log(h.frame.focal_px / best.frame.focal_px)) > _OTHER_FOCAL]
    second = max(other, key=lambda hypothesis: hypothesis.score)
    return [best, second] if second.score > best.score - _COMES_CLOSE else [best]


def deeper(
    closeness: Float[np.ndarray, "5"], camera_from_room: Float[np.ndarray, "3 3"], factor: float
) -> Float[np.ndarray, "5"]:
    """Closenesses (floor 1) of a box after everything moved along the camera's axis to ``factor`` its depth."""
    right, forward, up = camera_from_room.T
    normals = np.stack([forward, -right, right, -up, up])
    moved = closeness * np.linalg.norm(normals / np.array([1.0, 1.0, factor]), axis=1)
    stretched: Float[np.ndarray, 5] = moved / moved[3]
    return stretched


def _turned(scoring: Scoring, best: Hypothesis) -> Hypothesis:
    """The frame turned by small steps."""
    best = _near(scoring, best.frame, best.fit.closeness)
    moves = [sign * np.eye(4)[k] for k in range(3) for sign in (-1, 1)]
    for step in _TURNS_RAD:
        for _ in range(_STEPS):
            start = best

            def tried(index: int, start: Hypothesis = start, step: float = step) -> Hypothesis:
                frame = turned(scoring.segments, start.frame, step * moves[index])
                return _near(scoring, frame, start.fit.closeness)

            best = _better(best, _all(tried, range(len(moves))))  # type: ignore[arg-type]
            if best.score <= start.score + _TURN_GAIN:
                break
    return best

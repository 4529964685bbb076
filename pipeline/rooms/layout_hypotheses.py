"""Boxes that may explain a photo: candidate frames, the best boxes of each, the best of all adjusted finely."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from pipeline.progress import Progress
from pipeline.rooms.layout_evidence import EVIDENCE_PX, Steps, colour_steps, gather_evidence
from pipeline.rooms.layout_frames import Frame, candidate_frames, focal_cost, structural, turned
from pipeline.rooms.layout_search import BoxFit, ScoreWeights, fit_far, fit_near, search_box
from pipeline.rooms.manhattan import Segments, find_segments

_SEGMENT_PX = 640
_SUPPORT_WEIGHT = 1.0
_THREADS = 2
_POLISH_RAD = (0.012, 0.005)
_POLISHED, _CLOSE = 3, 0.1


@dataclass(frozen=True)
class Hypothesis:
    """A frame with its box; ``score`` compares hypotheses of one photo."""

    frame: Frame
    fit: BoxFit
    score: float


@dataclass(frozen=True)
class PhotoEvidence:
    """What is gathered once from a photo, at the size that hypotheses refer to."""

    steps: Steps
    segments: Segments
    width_px: int
    height_px: int

    def intrinsics(self, focal_px: float) -> Float[np.ndarray, "3 3"]:
        """K with the principal point in the middle."""
        return np.array(
            [[focal_px, 0, (self.width_px - 1) / 2], [0, focal_px, (self.height_px - 1) / 2], [0, 0, 1.0]]
        )


def look(image: UInt8[np.ndarray, "H W 3"]) -> PhotoEvidence:
    """Segments and colour steps of a photo at working size."""
    height, width = image.shape[:2]
    sharp = _resized(image, min(1.0, _SEGMENT_PX / max(height, width)))
    small = _resized(image, EVIDENCE_PX / max(height, width))
    found = find_segments(sharp)
    ratio = small.shape[1] / sharp.shape[1]
    segments = Segments(
        (found.midpoint + 0.5) * ratio - 0.5,
        found.direction,
        found.weight * np.sqrt(ratio),
        small.shape[1],
        small.shape[0],
    )
    return PhotoEvidence(colour_steps(small), segments, small.shape[1], small.shape[0])


def _resized(image: UInt8[np.ndarray, "H W 3"], factor: float) -> UInt8[np.ndarray, "h w 3"]:
    size = tuple(max(16, round(s * factor)) for s in image.shape[1::-1])
    if size == image.shape[1::-1]:
        return image
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def hypotheses(
    photo: PhotoEvidence, focal_px: float | None, weights: ScoreWeights, progress: Progress
) -> list[Hypothesis]:
    """All boxes worth comparing, best first; the first few are adjusted finely. Empty where lines are missing.

    Args:
        photo: from :func:`look`.
        focal_px: at the size of the evidence, searched for where ``None``.
        weights: of the score.
    """
    segments = structural(photo.segments)
    frames = candidate_frames(segments, focal_px)
    free = focal_px is None

    def search(frame: Frame) -> list[Hypothesis]:
        K = photo.intrinsics(frame.focal_px)
        evidence = gather_evidence(photo.steps, photo.segments, frame.camera_from_room, K)
        fits = search_box(evidence, frame.camera_from_room, K, weights)
        return [Hypothesis(frame, fit, _total(photo, frame, fit, free)) for fit in fits]

    found: list[Hypothesis] = []
    with ThreadPoolExecutor(_THREADS) as pool:
        for index, some in enumerate(pool.map(search, frames)):
            progress(0.6 * index / len(frames), f"layout: {index + 1} of {len(frames)} ways to hold the camera")
            found += some
    found.sort(key=lambda h: -h.score)
    for turn, index in enumerate(_worth_polishing(found)):
        progress(0.6 + 0.12 * turn, "layout: fine adjustment")
        starts = (found[index], _moved(photo, found[index], free, weights))
        polished = [_polished(photo, segments, start, free, weights) for start in starts]
        found[index] = max(polished, key=lambda h: h.score)
    found.sort(key=lambda h: -h.score)
    return found


def _moved(photo: PhotoEvidence, start: Hypothesis, free: bool, weights: ScoreWeights) -> Hypothesis:
    """The same frame with a wall elsewhere."""
    frame = start.frame
    K = photo.intrinsics(frame.focal_px)
    evidence = gather_evidence(photo.steps, photo.segments, frame.camera_from_room, K)
    fit = fit_far(evidence, frame.camera_from_room, K, start.fit.closeness, weights)
    return Hypothesis(frame, fit, _total(photo, frame, fit, free))


def _worth_polishing(found: list[Hypothesis]) -> list[int]:
    """The best hypothesis, and those of other frames that come close to it."""
    frames: list[Frame] = []
    kept: list[int] = []
    for index, hypothesis in enumerate(found):
        close = hypothesis.score > found[0].score - _CLOSE
        if close and len(kept) < _POLISHED and not any(hypothesis.frame is frame for frame in frames):
            frames.append(hypothesis.frame)
            kept.append(index)
    return kept


def _total(photo: PhotoEvidence, frame: Frame, fit: BoxFit, free: bool) -> float:
    longer = max(photo.width_px, photo.height_px)
    usual = focal_cost(frame.focal_px / longer) if free else 0.0
    return fit.score + _SUPPORT_WEIGHT * frame.support - usual


def _polished(
    photo: PhotoEvidence, segments: Segments, start: Hypothesis, free: bool, weights: ScoreWeights
) -> Hypothesis:
    """Frame and box adjusted together, so that boundaries count as lines of the frame."""
    best, frame = start, start.frame
    K = photo.intrinsics(frame.focal_px)
    facing = gather_evidence(photo.steps, photo.segments, frame.camera_from_room, K).facing

    def tried(move: Float[np.ndarray, " 4"]) -> Hypothesis:
        frame = turned(segments, best.frame, move)
        K = photo.intrinsics(frame.focal_px)
        evidence = gather_evidence(photo.steps, photo.segments, frame.camera_from_room, K, facing)
        fit = fit_near(evidence, frame.camera_from_room, K, best.fit.closeness, weights)
        return Hypothesis(frame, fit, _total(photo, frame, fit, free))

    with ThreadPoolExecutor(_THREADS) as pool:
        for step in _POLISH_RAD:
            for _ in range(3):
                top = max(pool.map(tried, _moves(step, free)), key=lambda h: h.score)
                if top.score <= best.score + 1e-4:
                    break
                best = top
    return best


def _moves(step: float, free: bool) -> list[Float[np.ndarray, "4"]]:
    scales = [1.0, 1.0, 1.0, 3.0 if free else 0.0]
    return [sign * step * scale * np.eye(4)[k] for k, scale in enumerate(scales) if scale for sign in (-1, 1)]

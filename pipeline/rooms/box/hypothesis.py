"""What is gathered from a photo to tell its layout, and what is supposed: a frame with a box, and a score."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, UInt8
from PIL import Image

from pipeline.rooms.axes import Segments, find_segments
from pipeline.rooms.box.evidence import EVIDENCE_PX, Evidence, Steps, colour_steps, gather_evidence
from pipeline.rooms.box.frames import Frame, focal_cost
from pipeline.rooms.box.search import BoxFit, ScoreWeights

#: longer side at which lines are looked for, px; twice that of the evidence, set by hand, effect not measured
_SEGMENT_PX = 640
#: least side of a photo at working size, px; set by hand, effect not measured
_LEAST_SIDE_PX = 16
#: weight of the share of lines along the axes of the room, score; set by hand, effect not measured
_SUPPORT_WEIGHT = 1.0


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
    size = tuple(max(_LEAST_SIDE_PX, round(s * factor)) for s in image.shape[1::-1])
    if size == image.shape[1::-1]:
        return image
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


@dataclass(frozen=True)
class Scoring:
    """What hypotheses of one photo are judged by.

    Attributes:
        photo: from :func:`look`.
        segments: of the photo, weighed by :func:`pipeline.rooms.box.frames.structural`.
        weights: of the score.
        free: whether the focal length is unknown, so that an unusual one costs.
        facing: how surfaces seem to face, of one frame for all; of each frame itself where ``None``.
    """

    photo: PhotoEvidence
    segments: Segments
    weights: ScoreWeights
    free: bool
    facing: Float32[np.ndarray, "3 H W"] | None = None

    def evidence(self, frame: Frame, every: int = 1) -> Evidence:
        """Evidence of the photo for a frame, at every so many pixels."""
        K = self.photo.intrinsics(frame.focal_px)
        return gather_evidence(
            self.photo.steps, self.photo.segments, frame.camera_from_room, K, self.facing, every
        )

    def judged(self, frame: Frame, fit: BoxFit) -> Hypothesis:
        """A frame with a box and the score of both."""
        usual = (
            focal_cost(frame.focal_px / max(self.photo.width_px, self.photo.height_px)) if self.free else 0.0
        )
        return Hypothesis(frame, fit, fit.score + _SUPPORT_WEIGHT * frame.support - usual)

"""Layout of one photo without weights, by vanishing points, boundaries and colours."""

import numpy as np
from jaxtyping import Float, UInt8

from pipeline.progress import Progress
from pipeline.rooms.box import Hypothesis, PhotoEvidence, ScoreWeights, estimate_scale, hypotheses, look
from pipeline.rooms.layout.classes import box_classes, homography_of
from pipeline.rooms.layout.confidence import Found, judge
from pipeline.rooms.layout.layout import Layout, LayoutBox, NoLayout
from pipeline.rooms.layout.open_air import open_air_share

NAME = "geometric"
#: least side of a photo whose layout is looked for, px; by definition: lines of 20 px, the shortest that
#: are looked for, would fill a smaller one
_LEAST_PX = 48
#: least confidence of a layout, probability; low, so that hardly a right one is lost: of 34 photos of made
#: rooms (tools.fit_layout_confidence) 21 of 23 right and 9 of 11 wrong layouts pass; .14 and .26 let 21 and 21
#: right, 10 and 8 wrong ones pass
_LEAST_CONFIDENCE = 0.2
#: part of the photo from which on a face is in view, share; set by hand, effect not measured
IN_VIEW = 0.004
#: least depth of a corner of the front wall, distances of that wall; keeps corners beside the camera finite
_LEAST_DEPTH = 0.05


def estimate_geometric(
    image: UInt8[np.ndarray, "H W 3"], focal_px: float | None = None, progress: Progress | None = None
) -> Layout | NoLayout:
    """Layout of one photo by vanishing points, boundaries and colours; no weights.

    Args:
        image: upright photo.
        focal_px: focal length in its pixels, searched for where ``None``.
        progress: of the whole.

    Raises:
        ValueError: the picture is no RGB picture, or the focal length is not positive.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError("a photo is an array of shape (height, width, 3) of numbers 0 to 255 (uint8)")
    if focal_px is not None and not (np.isfinite(focal_px) and focal_px > 0):
        raise ValueError("focal_px must be positive, or None where it is not known")
    progress = progress or Progress()
    progress(0.0, "layout: lines")
    height, width = image.shape[:2]
    if min(height, width) < _LEAST_PX:
        return NoLayout(f"The photo is too small ({width} x {height} pixels) to tell its layout.", NAME)
    photo = look(image)
    ratio = photo.width_px / width
    found = hypotheses(photo, None if focal_px is None else focal_px * ratio, ScoreWeights(), progress)
    if not found:
        return NoLayout("There are too few straight lines in the photo: no walls can be told.", NAME)
    confidence, why = judge([found_layout(photo, h) for h in found], open_air_share(image))
    layout = layout_of(photo, found[0], width, height, confidence, why)
    progress(1.0, "layout")
    if confidence < _LEAST_CONFIDENCE:
        return NoLayout(f"No box-shaped room can be told in this photo: {why}.", NAME, layout)
    return layout


def found_layout(photo: PhotoEvidence, hypothesis: Hypothesis) -> Found:
    """What the confidence of a hypothesis is judged by."""
    frame = hypothesis.frame
    K = photo.intrinsics(frame.focal_px)
    classes = box_classes(
        hypothesis.fit.closeness, frame.camera_from_room, K, photo.width_px, photo.height_px
    )  # fmt: skip
    return Found(classes, hypothesis.score, hypothesis.fit.terms, frame.support, hypothesis.fit.closeness)


def layout_of(
    photo: PhotoEvidence, best: Hypothesis, width: int, height: int, confidence: float, why: str
) -> Layout:
    """The hypothesis at the size of the photo, in metres as far as they can be guessed."""
    ratio = photo.width_px / width
    focal = best.frame.focal_px / ratio
    K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
    distance = 1.0 / best.fit.closeness
    classes = box_classes(best.fit.closeness, best.frame.camera_from_room, K, width, height)
    seen = tuple(bool((classes == number).mean() > IN_VIEW) for number in range(1, 6))
    ceiling = float(distance[3] + distance[4]) if seen[4] else None
    scale, sigma = estimate_scale(distance[3:4], ceiling)
    box = LayoutBox(best.frame.camera_from_room, K, scale * distance, seen, sigma)  # type: ignore[arg-type]
    homography = homography_of(classes, front_corners(box, width, height))
    return Layout(classes, confidence, homography, box, NAME, why)


def front_corners(box: LayoutBox, width: int, height: int) -> Float[np.ndarray, "4 2"]:
    """Corners of the front wall on [-1, 1] x [-1, 1] of the photo, from the upper left clockwise."""
    front, left, right, floor, ceiling = box.distance_m
    room = np.array(
        [[-left, front, ceiling], [right, front, ceiling], [right, front, -floor], [-left, front, -floor]]
    )
    at = room @ box.camera_from_room.T @ box.K.T
    pixels = at[:, :2] / np.maximum(at[:, 2:], _LEAST_DEPTH * front)
    corners: Float[np.ndarray, "4 2"] = 2 * pixels / np.array([width - 1, height - 1]) - 1
    return corners

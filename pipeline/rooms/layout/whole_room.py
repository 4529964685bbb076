"""Layout of all photos of a room at once: one box for all, from their points and their pictures together."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from pipeline.progress import Progress
from pipeline.rooms.box import SIDES, BoxView, box_view, close_by_pictures, find_planes, picture_scores
from pipeline.rooms.layout.classes import homography_of
from pipeline.rooms.layout.geometric import IN_VIEW, front_corners
from pipeline.rooms.layout.layout import Layout, LayoutBox, NoLayout
from pipeline.rooms.scene import PointMaps, Source, SurfaceSamples, View, collect

NAME = "geometric, all photos"
#: confidence from which on a point is looked at, share; that of the planes of the finished maps (room_ends.py)
_CONFIDENT = 0.05
#: fewest points that tell a box, count; set by hand, effect not measured
_LEAST_POINTS = 500
#: most points that are looked at, count; keeps one evaluation of a box within some milliseconds
_MOST_POINTS = 60_000
#: weight of the points on a side (root of their share) beside the score of the pictures, none; set by hand,
#: effect not measured
_POINTS_WEIGHT = 2.0
#: weight of the share of points beyond the box, none; set by hand, effect not measured
_OUTSIDE_WEIGHT = 6.0
#: first step of the search for the box, sizes of the room; set by hand, effect not measured
_STEP = 0.06
#: last step of it, sizes of the room; set by hand, effect not measured
_FINEST = 0.002
#: rounds of it at most, count; set by hand, effect not measured
_ROUNDS = 24
#: gain of a step that counts, scores; only tells a gain from rounding
_LEAST_GAIN = 1e-5
#: how many times smaller than the evidence the pictures are compared, px; finer than while sides are searched
#: for
_POOLED = 2
#: least confidence of a layout, probability; that of a single photo's
_LEAST_CONFIDENCE = 0.2
#: a point so near to a side lies on it, sizes of the room; set by hand, effect not measured
_ON_SIDE = 0.012
#: least cosine of a point's normal and the side it lies on, cosine; set by hand, effect not measured
_FACING = 0.8
#: share of the points from which on a side is supported, share; set by hand, effect not measured
_SUPPORTED = 0.005
#: share of confidence that each share of points beyond the box costs, none; set by hand, effect not measured
_OUTSIDE_DOUBT = 3
#: numbers of the five classes, none; by definition
_CLASSES = range(1, 6)


@dataclass(frozen=True)
class RoomBox:
    """The one box of a room.

    Attributes:
        low, high: corners in the room frame.
        supported: share of the measured points that lie on each of :data:`SIDES`.
        outside: share of the measured points beyond the box.
    """

    low: Float[np.ndarray, "3"]
    high: Float[np.ndarray, "3"]
    supported: Float[np.ndarray, "6"]
    outside: float


def room_layouts(
    maps: PointMaps, progress: Progress | None = None
) -> tuple[RoomBox | None, list[Layout | NoLayout]]:
    """The box of the room and the layout of every view that follows from it.

    Args:
        maps: of the room, its axes along the walls and z up.

    Returns:
        The box, ``None`` where the points are too few, and one layout for each view, in order.
    """
    progress = progress or Progress()
    progress(0.0, "layout: points of all photos")
    samples = collect(maps, _CONFIDENT)
    measured = samples.source == Source.MEASURED
    if measured.sum() < _LEAST_POINTS:
        measured = np.ones(len(samples.points), bool)
    if measured.sum() < _LEAST_POINTS:
        reason = "There are too few points to tell the room's box."
        return None, [NoLayout(reason, NAME) for _ in maps.views]
    points = _thinned(samples, measured)
    seen = _looked_at(maps, progress.part(0.1, 0.7))
    progress(0.7, "layout: one box for all photos")
    offsets = _adjusted(_first_box(maps, seen, points), seen, points, progress.part(0.7, 0.95))
    box = _room_box(offsets, points)
    layouts = [_layout(*pair, offsets, box, maps.scale_sigma) for pair in zip(maps.views, seen, strict=True)]
    progress(1.0, "layout")
    return box, layouts


def _looked_at(maps: PointMaps, progress: Progress) -> list[BoxView]:
    """The evidence of every photo for boxes."""
    seen = []
    for index, view in enumerate(maps.views):
        progress(index / len(maps.views), f"layout: looking at photo {index + 1}")
        seen.append(box_view(view.image, view.K, view.world_from_camera, _POOLED))
    return seen


def _first_box(maps: PointMaps, seen: list[BoxView], points: SurfaceSamples) -> Float[np.ndarray, "6"]:
    """Offsets of the sides by planes of points and, where those say little, by the pictures."""
    centres = np.stack([view.centre for view in maps.views])
    planes = find_planes(points.points, points.normals, points.weight, centres)
    offsets = np.zeros(len(SIDES))
    for plane in close_by_pictures(seen, planes, points.points, float(points.weight.sum())):
        if plane.hull:
            offsets[SIDES.index((plane.axis, -plane.sign))] = plane.offset
    return offsets


def _thinned(samples: SurfaceSamples, kept: np.ndarray, most: int = _MOST_POINTS) -> SurfaceSamples:
    index = np.flatnonzero(kept)
    index = index[:: max(1, len(index) // most)]
    return SurfaceSamples(*(column[index] for column in vars(samples).values()))


def _adjusted(
    start: Float[np.ndarray, "6"],
    seen: list[BoxView],
    points: SurfaceSamples,
    progress: Progress,
) -> Float[np.ndarray, "6"]:
    """Shrinking search over the six offsets: pictures of all views and points together."""
    best = start.copy()
    value, step = float(_value(best[None], seen, points)[0]), _STEP
    size = np.abs(start[1::2] - start[::2]).mean()
    for turn in range(_ROUNDS):
        progress(turn / _ROUNDS, "layout: one box for all photos")
        trials = np.concatenate([best + sign * step * size * np.eye(len(best)) for sign in (-1, 1)])
        values = _value(trials, seen, points)
        top = int(np.argmax(values))
        if values[top] > value + _LEAST_GAIN:
            best, value = trials[top], float(values[top])
        else:
            step /= 2
            if step < _FINEST:
                break
    return best


def _value(
    offsets: Float[np.ndarray, "T 6"], seen: list[BoxView], points: SurfaceSamples
) -> Float[np.ndarray, " T"]:
    total = picture_scores(seen, offsets)
    for row, box in enumerate(offsets):
        supported, outside = _support(box, points)
        total[row] += _POINTS_WEIGHT * np.sqrt(supported).sum() - _OUTSIDE_WEIGHT * outside
    return total


def _support(box: Float[np.ndarray, "6"], points: SurfaceSamples) -> tuple[Float[np.ndarray, "6"], float]:
    """Share of the points on each side, and beyond the box."""
    size = float(np.abs(box[1::2] - box[::2]).mean())
    tolerance = _ON_SIDE * size
    weight = points.weight / max(float(points.weight.sum()), 1e-12)
    supported = np.zeros(len(SIDES))
    beyond = np.zeros(len(weight), bool)
    for side, (axis, sign) in enumerate(SIDES):
        gap = (points.points[:, axis] - box[side]) * sign
        facing = points.normals[:, axis] * -sign > _FACING
        supported[side] = float((weight * np.maximum(1 - (gap / tolerance) ** 2, 0) * facing).sum())
        beyond |= gap > 2 * tolerance
    return supported, float(weight[beyond].sum())


def _room_box(offsets: Float[np.ndarray, "6"], points: SurfaceSamples) -> RoomBox:
    supported, outside = _support(offsets, points)
    return RoomBox(offsets[::2].copy(), offsets[1::2].copy(), supported, outside)


def _layout(
    view: View, one: BoxView, offsets: Float[np.ndarray, "6"], room: RoomBox, scale_sigma: float | None
) -> Layout | NoLayout:
    distances = one.distances(offsets)
    if not (distances > 0).all():
        return NoLayout("The camera stands outside the box of the room.", NAME)
    height, width = view.image.shape[:2]
    box = LayoutBox(one.camera_from_room, view.K, distances, (True,) * 5, scale_sigma or 0.0)
    classes = box.classes(width, height)
    shares = [float((classes == number).mean()) for number in _CLASSES]
    seen = tuple(share > IN_VIEW for share in shares)
    box = LayoutBox(one.camera_from_room, view.K, distances, seen, box.scale_sigma)  # type: ignore[arg-type]
    explained = sum(s for s, side in zip(shares, one.sides, strict=True) if room.supported[side] > _SUPPORTED)
    confidence = float(np.clip(explained * (1 - _OUTSIDE_DOUBT * room.outside), 0, 1))
    why = f"points support {explained:.0%} of the faces in view, {room.outside:.0%} of the points lie outside"
    homography = homography_of(classes, front_corners(box, width, height))
    layout = Layout(classes, confidence, homography, box, NAME, why)
    if confidence < _LEAST_CONFIDENCE:
        return NoLayout(f"The room is no box: {why}.", NAME, layout)
    return layout

"""Bodies in a room of several photos: where nothing was measured, things stand before the walls.

Each photo is looked at as a single one is (:mod:`pipeline.rooms.single_photo.bodies`), with two differences:
the box is that of the whole room, and the eye's depth goes through what was measured. Then the photos talk: a
body that several of them see is one.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from pipeline.progress import Progress
from pipeline.rooms.box import closing_planes, corners, facing_sides
from pipeline.rooms.joint_bodies.agreement import Seen, agreed, refuted
from pipeline.rooms.layout import LayoutBox
from pipeline.rooms.prior import DepthPrior, EyePrior, Measured, Prior
from pipeline.rooms.scene import PointMaps, Source, View, pixel_rays
from pipeline.rooms.single_photo import bodies_of

#: confidence of points on bodies, probability; just above the .3 from which on points are meshed. Not
#: calibrated: within 5 % were .28 on icl, .14 on kitchen_n6, .05 on n4
BODY_CONFIDENCE = 0.32
#: that of bodies which another photo looks through, share; below the .3 of a surface, so that they make none
REFUTED_CONFIDENCE = 0.1
#: what was inferred nearer to the room's box than this is painted on it, metres; that of what stands before
#: the box of one photo (bodies.py)
_PAINTED_M = 0.1
#: rooms of which so much was measured stay as they are, share; bodies help with .06 and .13 measured (icl,
#: kitchen_n6) and harm with .26 (dining_n8: its carpet is a thing to the eye, accuracy .054 to .073 m)
_WELL_MEASURED = 0.15
#: painted points as sure as this stay, probability; on five sets their depth was off by .06, the eye's by .12
_SURE = 0.9
#: a camera nearer to a side of the box than this stands in no room, metres; set by hand, effect not measured
_INSIDE_M = 0.1


@dataclass(frozen=True)
class _Room:
    """The box of the room: lower and upper corner."""

    low: Float[np.ndarray, "3"]
    high: Float[np.ndarray, "3"]

    def in_view(self, view: View) -> LayoutBox | None:
        """The box as a photo faces it; none if its camera stands outside."""
        sides, axes = facing_sides(view.world_from_camera[:3, :3].T)
        ends = np.stack([self.low, self.high], axis=1).ravel()
        centre = np.repeat(view.centre, 2)
        away = np.abs(ends - centre)
        inside = (view.centre > self.low + _INSIDE_M).all() and (view.centre < self.high - _INSIDE_M).all()
        return LayoutBox(axes, view.K, away[list(sides)], (True,) * 5, 0.0) if inside else None

    def clearance(self, points: Float[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W"]:
        """Distance of points to the nearest side, inwards."""
        clear: Float[np.ndarray, "H W"] = np.minimum(points - self.low, self.high - points).min(axis=-1)
        return clear


def furnished(maps: PointMaps, prior: DepthPrior, progress: Progress | None = None) -> PointMaps:
    """The maps with bodies where their photos measured nothing and what stands there was painted on the box.

    Args:
        maps: of several photos in the room frame, its axes along the walls, the floor at z = 0.
        prior: what guesses the depth of a photo.

    Returns:
        The same photos and cameras. What was measured, and what was inferred in front of the box, stays.
    """
    progress = progress or Progress()
    if np.mean([(view.source == Source.MEASURED).mean() for view in maps.views]) >= _WELL_MEASURED:
        return maps
    room = _Room(*corners(closing_planes(maps)))
    seen = []
    for index, view in enumerate(maps.views):
        progress(0.8 * index / len(maps.views), f"what stands in photo {index + 1} of {len(maps.views)}")
        seen.append(_seen(view, room, prior, maps.supported(view)))
    progress(0.8, "bodies that several photos see")
    seen = agreed(seen)
    lost = refuted(seen)
    views = tuple(_with_bodies(one, gone) for one, gone in zip(seen, lost, strict=True))
    progress(1.0, "bodies")
    return replace(maps, views=views)


def _seen(view: View, room: _Room, prior: DepthPrior, shown: Bool[np.ndarray, "H W"]) -> Seen:
    """A photo with the depth of its bodies, and which pixels show one that was not measured.

    On walls only what is ``shown`` moves: where even the wall is doubtful, the eye was no better (.30 to .35).
    """
    depth = view.depth_m().astype(np.float64)
    height, width = depth.shape
    box = room.in_view(view)
    nothing = np.zeros(depth.shape, bool)
    if box is None or not EyePrior.takes(width, height):
        return Seen(view, depth, nothing)
    measured = np.where(view.source == Source.MEASURED, depth, np.nan)
    empty = box.depth_m(width, height)
    bodies = bodies_of(view.image, box, _guess(view, prior, measured, empty), measured)
    painted = (view.source == Source.INFERRED) & (room.clearance(view.points) < _PAINTED_M)
    on_floor = view.points[..., 2] - room.low[2] < _PAINTED_M
    body = painted & bodies.standing & (view.confidence < _SURE) & (shown | on_floor)
    return Seen(view, np.where(body, bodies.depth_m, depth), body)


def _guess(
    view: View, prior: DepthPrior, measured: Float[np.ndarray, "H W"], empty: Float[np.ndarray, "H W"]
) -> Prior:
    """What the prior sees; the eye is told what is known."""
    if not isinstance(prior, EyePrior):
        return prior.predict(view.image, view.K)
    up = float(view.centre[2])
    return prior.predict(view.image, view.K, Measured(measured / up, view.confidence, empty / up))


def _with_bodies(seen: Seen, lost: Bool[np.ndarray, "H W"]) -> View:
    view = seen.view
    rays = pixel_rays(view.K, *seen.depth_m.shape) @ view.world_from_camera[:3, :3].T
    points = rays * seen.depth_m[..., None] + view.centre
    sure = np.where(lost, REFUTED_CONFIDENCE, BODY_CONFIDENCE)
    return replace(
        view,
        points=np.where(seen.body[..., None], points, view.points).astype(np.float32),
        confidence=np.where(seen.body, sure, view.confidence).astype(np.float32),
    )

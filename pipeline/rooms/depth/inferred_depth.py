"""A depth for the pixels that stereo could not measure: room planes where they fit, else smooth surfaces."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8
from scipy import ndimage

from pipeline.rooms.box import RoomPlane, inside_hull
from pipeline.rooms.depth.confidence import Grounds, Kind
from pipeline.rooms.depth.edges import Ground, sides_by_color
from pipeline.rooms.depth.looked_through import looked_through
from pipeline.rooms.depth.offered_planes import FAR, NEAR, OfferedPlanes, match_cost, offered_planes
from pipeline.rooms.depth.photo_consistency import FirstDepth
from pipeline.rooms.depth.rough_depth import RoughDepth
from pipeline.rooms.depth.smooth_fill import edge_weights, fill_smoothly, gradients
from pipeline.rooms.depth.surface_choice import SNAP, PhotoFacts, Surfaces, goes_on
from pipeline.rooms.scene import Source, points_at
from pipeline.rooms.stereo import StereoDepth, StereoInput

#: distance from what was measured at which a guess is trusted 1/e, px; set by hand, effect not measured
_TRUSTED_REACH_PX = 12.0
#: mean gradient around a pixel from which on it does not show a plain wall, levels of 255; set by hand, effect
#: not measured
_WALL_GRADIENT = 80.0
#: what lies farther behind a wall, less densely measured, is not kept as measured, units; set by hand, effect
#: not measured
_PANE_BEHIND = 0.5
#: window in which the density of measured pixels is looked at, px; set by hand, effect not measured
_PANE_PX = 31
#: share of measured pixels from which on a place behind a wall (an open door) stands, share; set by hand,
#: effect not measured
_PANE_DENSE = 0.8
#: distance of a rough depth from all planes from which on it is off them, logarithm of depth; set by hand,
#: effect not measured
_ROUGHLY = 0.2
#: how much better than on any plane it must match, cost; set by hand, effect not measured
_ROUGH_BETTER = 0.1
#: window in which such pixels must be many, px; set by hand, effect not measured
_CROWD_PX = 41
#: share of the pixels not measured from which on they are many, share; n4 and kitchen: others without gain
_CROWDED = 0.1
#: weight of a rough depth beside a measured one, share; set by hand, effect not measured
_ROUGH_WEIGHT = 0.1
#: a plane this close to a neighbour's depth is the neighbour's surface, share of depth; set by hand, effect not
#: measured
_SAME_SURFACE = 0.1
#: trust in the depth of a closing plane by whether it was measured somewhere, share; a measured one above a
#: guess, an unseen one below
_WALL_TRUST = {True: 0.45, False: 0.25}
#: trust in a guess right beside what was measured, share; set by hand, effect not measured
_GUESS_TRUST = 0.4
#: most other photos that may look through a point that was measured, count; one may be wrong
_LOOKED_THROUGH = 1
#: window of the median that tells a lonely pixel, px; set by hand, effect not measured
_MEDIAN_PX = 7
#: and how far from it a lonely pixel is, share of depth; set by hand, effect not measured
_LONELY = 0.08
#: fewest pixels of an island that is kept, count; set by hand, effect not measured
_ISLAND = 25


@dataclass(frozen=True)
class FilledPhoto:
    """What one photo says of every pixel.

    Attributes:
        inverse_depth: chosen for it.
        source: measured or inferred.
        trust: how sure the depth is beside that of other photos.
        closing: inverse depth of the closing plane behind it, NaN where that is unlikely to show.
        grounds: what the photo by itself says for the depth.
    """

    inverse_depth: Float[np.ndarray, "H W"]
    source: UInt8[np.ndarray, "H W"]
    trust: Float32[np.ndarray, "H W"]
    closing: Float[np.ndarray, "H W"]
    grounds: Grounds


@dataclass(frozen=True)
class ViewSurfaces:
    """One photo before it is filled.

    Attributes:
        planes: that it may show.
        surfaces: that its pixels may show.
    """

    planes: list[RoomPlane]
    surfaces: Surfaces


def view_surfaces(
    data: StereoInput,
    depths: list[StereoDepth],
    rough: RoughDepth,
    planes: list[RoomPlane],
    sources: np.ndarray,
    index: int,
) -> ViewSurfaces:
    """What one photo may show.

    Args:
        data: photos and cameras in the room frame.
        depths: stereo result of every photo.
        rough: rough depth of this one.
        planes: of the room.
        sources: photos that this one was matched with.
        index: of the photo.
    """
    offered = offered_planes(data, planes, sources, index)
    facts = _facts(data, depths, rough, planes, offered, index)
    return ViewSurfaces(offered.planes, Surfaces.of(data, depths, planes, offered, index, facts))


@dataclass(frozen=True)
class _Filled:
    """Depth and plane (or own surface) chosen for every pixel, and which stayed as measured."""

    inverse_depth: Float[np.ndarray, "H W"]
    labels: Int[np.ndarray, "H W"]
    measured: Bool[np.ndarray, "H W"]


def first_depth(data: StereoInput, depths: list[StereoDepth], view: ViewSurfaces, index: int) -> FirstDepth:
    """What one photo by itself says of its depth; arguments as for :func:`complete_view`."""
    filled = _filled(data, depths, view, index)
    return FirstDepth(filled.inverse_depth, _trust(view.planes, filled.labels, filled.measured))


def complete_view(
    data: StereoInput, depths: list[StereoDepth], planes: list[RoomPlane], view: ViewSurfaces, index: int
) -> FilledPhoto:
    """Fill one photo.

    Args:
        data: photos and cameras in the room frame.
        depths: stereo result of every photo.
        planes: of the room.
        view: what the photo may show.
        index: of the photo.
    """
    filled = _filled(data, depths, view, index)
    final, labels, measured = filled.inverse_depth, filled.labels, filled.measured
    closing = _closing(planes, data.K[index], data.world_from_camera[index], final)
    # what has texture and yet was not measured is hardly a plain wall: leaves, cables, reflections
    closing[gradients(data.images[index])[1] > _WALL_GRADIENT] = np.nan
    candidate = view.surfaces.candidate
    return FilledPhoto(
        inverse_depth=final,
        source=np.where(measured, Source.MEASURED, Source.INFERRED).astype(np.uint8),
        trust=_trust(view.planes, labels, measured),
        closing=closing,
        grounds=_grounds(data, depths, index, view.planes, labels, candidate, final, measured),
    )


def _filled(data: StereoInput, depths: list[StereoDepth], view: ViewSurfaces, index: int) -> _Filled:
    """The cheapest surfaces, what was measured kept, and pixels beside jumps on their side."""
    w = depths[index].inverse_depth.astype(np.float64)
    chosen, facts = view.surfaces.choose(), view.surfaces.facts
    on_wall = np.array([goes_on(plane) for plane in view.planes] + [False])[chosen.labels]
    measured = facts.measured & ~(facts.ground.borrowed & on_wall)
    snaps = chosen.on_plane & (np.abs(chosen.inverse_depth / w - 1.0) < SNAP)
    final = np.where(measured & ~snaps, w, chosen.inverse_depth)
    final, labels, moved = _on_right_side(final, chosen.labels, chosen.candidate, data.images[index])
    return _Filled(final, labels, measured & ~moved)


def _facts(
    data: StereoInput,
    depths: list[StereoDepth],
    rough: RoughDepth,
    planes: list[RoomPlane],
    offered: OfferedPlanes,
    index: int,
) -> PhotoFacts:
    depth, image = depths[index], data.images[index]
    w = depth.inverse_depth.astype(np.float64)
    measured = depth.measured & ~_speckles(depth) & (looked_through(data, depths, index, w) <= _LOOKED_THROUGH)
    measured &= ~_behind_panes(data, planes, index, w, measured)
    edge, ground = edge_weights(image), Ground.of(image)
    unseen_through = looked_through(data, depths, index, rough.inverse_depth.astype(np.float64)) == 0
    alone = _crowded(_off_planes(rough, offered) & ~measured & unseen_through, ~measured)
    sure = np.where(measured, 1.0 * ~ground.borrowed, _ROUGH_WEIGHT * alone)
    own = np.where(measured, w, fill_smoothly(np.where(measured, w, rough.inverse_depth), sure, edge))
    return PhotoFacts(own, measured, alone, edge, ground)


def _off_planes(rough: RoughDepth, offered: OfferedPlanes) -> Bool[np.ndarray, "H W"]:
    """Where rough depth is believed, is on none of the planes, and matches better than any of them."""
    on_planes = np.clip(offered.inverse_depth, 1 / FAR, 1 / NEAR)
    off = np.abs(np.log(on_planes / rough.inverse_depth[..., None])).min(axis=2, initial=1.0)
    best = offered.match.min(axis=0, initial=1.0)
    better = match_cost(rough.cost) < best - _ROUGH_BETTER
    alone: Bool[np.ndarray, "H W"] = rough.believed & (off > _ROUGHLY) & better
    return alone


def _crowded(chosen: Bool[np.ndarray, "H W"], among: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """The chosen pixels that make up a fair share of those ``among`` which they are, around them."""
    share, most = (ndimage.uniform_filter(part.astype(np.float32), _CROWD_PX) for part in (chosen, among))
    crowded: Bool[np.ndarray, "H W"] = chosen & (share > _CROWDED * most)
    return crowded


def _trust(
    planes: list[RoomPlane], labels: Int[np.ndarray, "H W"], measured: Bool[np.ndarray, "H W"]
) -> Float32[np.ndarray, "H W"]:
    """How sure depths are beside those of other photos."""
    walls = np.array([_WALL_TRUST[plane.weight > 0] if plane.hull else 0.0 for plane in planes] + [0.0])
    guess = _GUESS_TRUST * np.exp(-ndimage.distance_transform_edt(~measured) / _TRUSTED_REACH_PX)
    trust = np.where(measured, 1.0, np.where(walls[labels] > 0, walls[labels], guess))
    return np.asarray(trust, np.float32)


def _on_right_side(
    inverse_depth: Float[np.ndarray, "H W"],
    labels: Int[np.ndarray, "H W"],
    candidate: Float[np.ndarray, "H W L"],
    image: UInt8[np.ndarray, "H W 3"],
) -> tuple[Float[np.ndarray, "H W"], Int[np.ndarray, "H W"], Bool[np.ndarray, "H W"]]:
    """Inverse depths and labels with pixels beside jumps on the side of their colours, and which have moved."""
    side = sides_by_color(inverse_depth, image)
    moved = side != np.arange(side.size).reshape(side.shape)
    theirs, beside = labels.ravel()[side], inverse_depth.ravel()[side]
    on_theirs = np.take_along_axis(candidate, theirs[..., None], axis=2)[..., 0]
    own_surface = candidate.shape[2] - 1
    on_plane = (theirs < own_surface) & (np.abs(on_theirs / beside - 1.0) < _SAME_SURFACE)
    chosen = np.where(moved, np.where(on_plane, on_theirs, beside), inverse_depth)
    return chosen, np.where(moved, np.where(on_plane, theirs, own_surface), labels), moved


def _grounds(
    data: StereoInput,
    depths: list[StereoDepth],
    index: int,
    planes: list[RoomPlane],
    labels: Int[np.ndarray, "H W"],
    candidate: Float[np.ndarray, "H W L"],
    final: Float[np.ndarray, "H W"],
    measured: Bool[np.ndarray, "H W"],
) -> Grounds:
    """Where the depth ``final`` of a photo comes from, and how far the other hypotheses are from it."""
    wall = {True: Kind.WALL, False: Kind.UNSEEN_WALL}
    kinds = [wall[plane.weight > 0] if plane.hull else Kind.INNER for plane in planes]
    points = points_at(final, data.K[index], data.world_from_camera[index])
    off = np.zeros(final.shape)
    for label, plane in enumerate(planes):
        mine = (labels == label) & ~measured
        off[mine] = plane.distance_at(points[mine])
    rival = np.where(measured, 0.0, np.abs(np.log(candidate[..., -1] / final)))
    smooth = (labels == len(planes)) & ~measured
    rival[smooth] = np.abs(np.log(candidate[smooth][:, :-1] / final[smooth, None])).min(axis=1, initial=1.0)
    return Grounds(
        kind=np.where(measured, Kind.MEASURED, np.array([*kinds, Kind.SMOOTH])[labels]).astype(np.uint8),
        support=depths[index].support,
        off_plane=off.astype(np.float32),
        rival=rival.astype(np.float32),
    )


def _closing(
    planes: list[RoomPlane],
    K: Float[np.ndarray, "3 3"],
    pose: Float[np.ndarray, "4 4"],
    nearest: Float[np.ndarray, "H W"],
) -> Float[np.ndarray, "H W"]:
    """Inverse depth at which every pixel's ray leaves the room, at most ``nearest``."""
    ys, xs = np.mgrid[: nearest.shape[0], : nearest.shape[1]]
    leaving = np.full(nearest.shape, 1 / FAR)
    for plane in planes:
        if plane.hull and (pose[plane.axis, 3] - plane.offset) * plane.sign > 0:
            a, b, c = plane.inverse_depth_row(K, pose)
            leaving = np.maximum(leaving, a * xs + b * ys + c)
    behind: Float[np.ndarray, "H W"] = np.minimum(leaving, nearest)
    return behind


def _behind_panes(
    data: StereoInput,
    planes: list[RoomPlane],
    index: int,
    w: Float[np.ndarray, "H W"],
    measured: Bool[np.ndarray, "H W"],
) -> Bool[np.ndarray, "H W"]:
    """Scattered measurements well behind a seen outer wall: reflections in, and views through, a window pane.

    Where nearly every pixel is measured there (an open door), they stand.
    """
    walls = [plane for plane in planes if plane.hull and plane.axis < 2 and plane.weight > 0]
    points = points_at(w, data.K[index], data.world_from_camera[index])
    dense = ndimage.uniform_filter(measured.astype(np.float32), _PANE_PX) > _PANE_DENSE
    behind: Bool[np.ndarray, "H W"] = ~inside_hull(walls, points, _PANE_BEHIND) & ~dense
    return behind


def _speckles(depth: StereoDepth) -> Bool[np.ndarray, "H W"]:
    """Measured pixels in small islands or far from the median of their neighbourhood."""
    w = depth.inverse_depth
    lonely = np.abs(w / np.maximum(ndimage.median_filter(w, _MEDIAN_PX), 1e-6) - 1.0) > _LONELY
    labels, count = ndimage.label(depth.measured & ~lonely)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    speckles: Bool[np.ndarray, "H W"] = lonely | (sizes[labels] < _ISLAND)
    return speckles

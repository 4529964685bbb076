"""A depth for the pixels that stereo could not measure: room planes where they fit, else smooth surfaces."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8
from numba import njit
from scipy import ndimage

from pipeline.rooms.confidence import Grounds, Kind
from pipeline.rooms.patchmatch import NOT_SEEN, StereoViews, plane_costs
from pipeline.rooms.pixel_rays import pixel_rays
from pipeline.rooms.planes import RoomPlane, inside_hull, label_pixels
from pipeline.rooms.point_maps import Source
from pipeline.rooms.rough_depth import RoughDepth
from pipeline.rooms.smooth_fill import edge_weights, fill_smoothly, gradients, is_textured
from pipeline.rooms.stereo import StereoDepth, StereoInput, stereo_views

_SNAP = 0.015
_TRUSTED_REACH_PX = 12.0
_NEAR, _FAR = 0.05, 60.0
#: mean gradient around a pixel from which on it does not show a plain wall
_WALL_GRADIENT = 80.0
#: steps of lightness in the colour models, their weight, and the measured pixels that one needs
_COLORS, _COLOR_WEIGHT, _LEAST_COLORED = 12, 0.2, 150
#: share of measured pixels from which on the colour models are trusted in full
_WELL_MEASURED = 0.2
#: what lies farther (units) behind a wall, less densely measured, is not kept as measured
_PANE_BEHIND, _PANE_PX, _PANE_DENSE = 0.5, 31, 0.8
#: cost of a plane where photos cannot be compared, and where they contradict it
_UNKNOWN_MATCH = 0.45
_MISMATCH = 0.7
#: rough depth off a plane: how far (logarithm of depth) and how much better matched, what the plane then costs
_ROUGHLY, _ROUGH_BETTER, _ROUGH_COST = 0.2, 0.1, 0.5
#: window and share from which on such pixels are believed
_CROWD_PX, _CROWDED = 41, 0.1
#: weight of a rough depth beside a measured one, and of the distance to it
_ROUGH_WEIGHT, _ROUGH_REACH = 0.1, 0.2
#: how sure the depth of a closing plane is by whether it was measured somewhere, and of a guess beside points
_WALL_TRUST, _GUESS_TRUST = {True: 0.45, False: 0.25}, 0.4


@dataclass(frozen=True)
class Completed:
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


def complete_view(
    data: StereoInput,
    depths: list[StereoDepth],
    rough: RoughDepth,
    planes: list[RoomPlane],
    sources: np.ndarray,
    index: int,
) -> Completed:
    """Fill one photo.

    Args:
        data: photos and cameras in the room frame.
        depths: stereo result of every photo.
        rough: rough depth of this one.
        planes: of the room.
        sources: photos that this one was matched with.
        index: of the photo.
    """
    depth = depths[index]
    w = depth.inverse_depth.astype(np.float64)
    measured = depth.measured & ~_speckles(depth) & (_occludes(data, depths, index, w) < 2)
    measured &= ~_behind_panes(data, planes, index, w, measured)
    edge = edge_weights(data.images[index])
    offered = _offered(data, planes, sources, index)
    looked_through = _occludes(data, depths, index, rough.inverse_depth.astype(np.float64))
    alone = _crowded(_off_planes(rough, offered) & ~measured & (looked_through == 0), ~measured)
    sure = np.where(measured, 1.0, _ROUGH_WEIGHT * alone)
    own = np.where(measured, w, fill_smoothly(np.where(measured, w, rough.inverse_depth), sure, edge))
    labels, candidate = _choose(data, depths, planes, offered, index, own, measured, alone, edge)
    planes_seen = offered.planes
    chosen = np.take_along_axis(candidate, labels[..., None], axis=2)[..., 0]
    on_plane = labels < candidate.shape[2] - 1
    near = np.abs(chosen / w - 1.0) < _SNAP
    final = np.where(measured & ~(on_plane & near), w, chosen)
    source = np.where(measured, Source.MEASURED, Source.INFERRED).astype(np.uint8)
    walls = np.array([_WALL_TRUST[plane.weight > 0] if plane.hull else 0.0 for plane in planes_seen] + [0.0])
    reach = ndimage.distance_transform_edt(~measured)
    guess = _GUESS_TRUST * np.exp(-reach / _TRUSTED_REACH_PX)
    sure = np.where(measured, 1.0, np.where(walls[labels] > 0, walls[labels], guess))
    closing = _closing(planes, data.K[index], data.world_from_camera[index], final)
    # what has texture and yet was not measured is hardly a plain wall: leaves, cables, reflections
    closing[gradients(data.images[index])[1] > _WALL_GRADIENT] = np.nan
    grounds = _grounds(data, depths, index, planes_seen, labels, candidate, own, final, measured)
    return Completed(final, source, sure.astype(np.float32), closing, grounds)


def _grounds(
    data: StereoInput,
    depths: list[StereoDepth],
    index: int,
    planes: list[RoomPlane],
    labels: Int[np.ndarray, "H W"],
    candidate: Float[np.ndarray, "H W L"],
    own: Float[np.ndarray, "H W"],
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
    rival = np.where(measured, 0.0, np.abs(np.log(own / final)))
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
    leaving = np.full(nearest.shape, 1 / _FAR)
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
    lonely = np.abs(w / np.maximum(ndimage.median_filter(w, 7), 1e-6) - 1.0) > 0.08
    labels, count = ndimage.label(depth.measured & ~lonely)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    speckles: Bool[np.ndarray, "H W"] = lonely | (sizes[labels] < 25)
    return speckles


@dataclass(frozen=True)
class _Offered:
    """Planes that a photo may show, their inverse depth at every pixel, and how the photos match there."""

    planes: list[RoomPlane]
    inverse_depth: Float[np.ndarray, "H W P"]
    match: Float32[np.ndarray, "P H W"]


def _offered(data: StereoInput, planes: list[RoomPlane], sources: np.ndarray, index: int) -> _Offered:
    height, width = data.images[index].shape[:2]
    K, pose = data.K[index], data.world_from_camera[index]
    planes = [plane for plane in planes if _in_sight(plane, planes, K, pose, (height, width))]
    rows = np.array([plane.inverse_depth_row(K, pose) for plane in planes]).reshape(-1, 3)
    xs, ys = np.meshgrid(np.arange(width), np.arange(height))
    inverse_depth = np.einsum("pk,khw->hwp", rows, np.stack([xs, ys, np.ones_like(xs)]))
    return _Offered(planes, inverse_depth, _photometric(data, sources, index, rows, (height, width)))


def _off_planes(rough: RoughDepth, offered: _Offered) -> Bool[np.ndarray, "H W"]:
    """Where rough depth is believed, is on none of the planes, and matches better than any of them."""
    on_planes = np.clip(offered.inverse_depth, 1 / _FAR, 1 / _NEAR)
    off = np.abs(np.log(on_planes / rough.inverse_depth[..., None])).min(axis=2, initial=1.0)
    best = offered.match.min(axis=0, initial=1.0)
    alone: Bool[np.ndarray, "H W"] = (
        rough.believed & (off > _ROUGHLY) & (_match_cost(rough.cost) < best - _ROUGH_BETTER)
    )
    return alone


def _crowded(chosen: Bool[np.ndarray, "H W"], among: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """The chosen pixels that make up a fair share of those ``among`` which they are, around them."""
    share, most = (ndimage.uniform_filter(part.astype(np.float32), _CROWD_PX) for part in (chosen, among))
    crowded: Bool[np.ndarray, "H W"] = chosen & (share > _CROWDED * most)
    return crowded


def _choose(
    data: StereoInput,
    depths: list[StereoDepth],
    planes: list[RoomPlane],
    offered: _Offered,
    index: int,
    own: Float[np.ndarray, "H W"],
    measured: Bool[np.ndarray, "H W"],
    alone: Bool[np.ndarray, "H W"],
    edge: Float32[np.ndarray, "H W"],
) -> tuple[np.ndarray, Float[np.ndarray, "H W L"]]:
    """Label of every pixel (a plane, or last: its own surface) and the inverse depths to choose from."""
    height, width = own.shape
    K, pose = data.K[index], data.world_from_camera[index]
    closing = [plane for plane in planes if plane.hull]
    planes = offered.planes
    candidate = np.concatenate([offered.inverse_depth, own[..., None]], axis=2)
    visible = (candidate > 1 / _FAR) & (candidate < 1 / _NEAR)
    candidate = np.clip(candidate, 1 / _FAR, 1 / _NEAR)
    unary = np.full(candidate.shape, 5.0, np.float32)
    stuck = depths[index].inverse_depth
    far = ndimage.distance_transform_edt(~measured)
    if alone.any():
        near = np.minimum(far, _ROUGH_REACH * ndimage.distance_transform_edt(~alone))
        far = np.where(is_textured(data.images[index]), near, far)
    colors = _color_cells(data.images[index])
    trust = min(1.0, float(measured.mean()) / _WELL_MEASURED)
    rays = pixel_rays(K, height, width) @ pose[:3, :3].T
    for label in range(candidate.shape[2]):
        w = candidate[..., label]
        points = rays / w[..., None] + pose[:3, 3]
        if label < len(planes):
            away = np.minimum(planes[label].distance_at(points), 1.0 if planes[label].hull else 2.0)
            cost = (0.12 if planes[label].hull else 0.45) * away + offered.match[label]
            cost += 1.0 * (~inside_hull(closing, points, 0.03))
            cost += 0.5 * np.minimum(_occludes(data, depths, index, w), 2)
            cost += trust * _color_cost(colors, measured & (np.abs(w / stuck - 1.0) < _SNAP))
            cost += _ROUGH_COST * alone
            differs = np.minimum(np.abs(np.log(w / stuck)) / 0.02, 1.0)
            cost = np.where(measured, 1.5 * differs + 0.1 * away, cost)
        else:
            cost = np.where(measured, 0.25, 0.3 + np.minimum(far / 30.0, 0.7))
            cost += 1.0 * (~inside_hull(closing, points, 0.05) & ~measured)
        unary[..., label] = np.where(visible[..., label], cost, 5.0)
    # planes that win hardly anywhere only cost time
    wins = np.bincount(np.argmin(unary, axis=2).ravel(), minlength=unary.shape[2])
    useful = np.flatnonzero((wins > 0.002 * height * width) | (np.arange(unary.shape[2]) == len(planes)))
    unary, useful_depth = np.ascontiguousarray(unary[..., useful]), candidate[..., useful]
    labels = useful[label_pixels(unary, -np.log(useful_depth).astype(np.float32), edge)]
    return labels, candidate


def _color_cells(image: UInt8[np.ndarray, "H W 3"]) -> Int[np.ndarray, "H W"]:
    """Cell of every pixel in a coarse grid of lightness and two opponent colours."""
    r, g, b = (ndimage.gaussian_filter(image[..., k].astype(np.float32), 1.0) for k in range(3))
    lightness = np.clip((r + g + b) / 768.0 * _COLORS, 0, _COLORS - 1).astype(np.int64)
    opponents = [
        np.clip(((a + 128.0) / 256.0) * 2 * _COLORS, 0, 2 * _COLORS - 1).astype(np.int64)
        for a in (r - g, (r + g) / 2 - b)
    ]
    cells: Int[np.ndarray, "H W"] = (lightness * 2 * _COLORS + opponents[0]) * 2 * _COLORS + opponents[1]
    return cells


def _color_cost(cells: Int[np.ndarray, "H W"], on: Bool[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    """Cost of a plane from its colours: below 0 where they are those of its measured part, above where not.

    Colour models of surfaces as in Gallup et al. 2010, as a ratio to the colours of the whole photo.
    """
    if on.sum() < _LEAST_COLORED:
        return np.zeros(cells.shape)
    grid = (_COLORS, 2 * _COLORS, 2 * _COLORS)
    whole, mine = (
        ndimage.gaussian_filter(np.bincount(c, minlength=grid[0] * grid[1] * grid[2]).reshape(grid) * 1.0, 0.7)
        for c in (cells.reshape(-1), cells[on])
    )
    ratio = (mine / mine.sum() + 1e-4) / (whole / whole.sum() + 1e-4)
    cost: Float[np.ndarray, "H W"] = -_COLOR_WEIGHT * np.clip(np.log(ratio), -2.0, 1.0).reshape(-1)[cells]
    return cost


def _in_sight(
    plane: RoomPlane,
    planes: list[RoomPlane],
    K: Float[np.ndarray, "3 3"],
    pose: Float[np.ndarray, "4 4"],
    size: tuple[int, ...],
) -> bool:
    """Whether the photo can show a worthwhile piece of the plane's seen part, or of a closing plane."""
    if (pose[plane.axis, 3] - plane.offset) * plane.sign <= 0:
        return False
    ys, xs = np.meshgrid(np.arange(0, size[0], 8), np.arange(0, size[1], 8), indexing="ij")
    w = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ plane.inverse_depth_row(K, pose)
    ahead = (w > 1 / _FAR) & (w < 1 / _NEAR)
    rays = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ np.linalg.inv(K).T
    points = rays / np.where(ahead, w, 1.0)[..., None] @ pose[:3, :3].T + pose[:3, 3]
    near = ahead & inside_hull(planes, points, 0.05)
    if not plane.hull:
        near &= plane.distance_at(points) < 0.5
    return bool(near.mean() > 0.002)


def points_at(
    w: Float[np.ndarray, "H W"], K: Float[np.ndarray, "3 3"], pose: Float[np.ndarray, "4 4"]
) -> Float[np.ndarray, "H W 3"]:
    """World points of every pixel at inverse depth ``w``."""
    rays = pixel_rays(K, *w.shape)
    points: Float[np.ndarray, "H W 3"] = (rays / w[..., None]) @ pose[:3, :3].T + pose[:3, 3]
    return points


def _match_cost(cost: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    scaled: Float32[np.ndarray, ...] = _MISMATCH * np.clip((cost - 0.2) / 0.6, 0, 1)
    return scaled


def _photometric(
    data: StereoInput, sources: np.ndarray, index: int, rows: Float[np.ndarray, "P 3"], size: tuple[int, int]
) -> Float32[np.ndarray, "P H W"]:
    height, width = size
    views: StereoViews = stereo_views(data, 1)
    warps = np.ascontiguousarray(np.stack([views.warp(index, int(s)) for s in sources]))
    half = np.full((len(rows), (height + 1) // 2, (width + 1) // 2), NOT_SEEN, np.float32)
    plane_costs(index, views.grey, views.sizes, sources, warps, rows, half)
    half = np.where(half >= NOT_SEEN, _UNKNOWN_MATCH, _match_cost(half)).astype(np.float32)
    full: Float32[np.ndarray, "P H W"] = np.repeat(np.repeat(half, 2, axis=1), 2, axis=2)[:, :height, :width]
    return full


def _occludes(
    data: StereoInput, depths: list[StereoDepth], index: int, w: Float[np.ndarray, "H W"]
) -> Float32[np.ndarray, "H W"]:
    """How many other photos measured a surface behind the point, that is, looked through it."""
    through = np.zeros(w.shape, np.float32)
    camera_from_world = np.linalg.inv(data.world_from_camera)
    to_world = data.world_from_camera[index]
    for other, depth in enumerate(depths):
        if other == index:
            continue
        relative = camera_from_world[other] @ to_world
        M = data.K[other] @ relative[:3, :3] @ np.linalg.inv(data.K[index])
        warp = np.concatenate([M, (data.K[other] @ relative[:3, 3])[:, None]], axis=1)
        add_looked_through(w, warp, depth.inverse_depth, depth.measured, through)
    return through


@njit(cache=True, nogil=True, fastmath=True)
def add_looked_through(w, warp, other, measured, through):  # type: ignore[no-untyped-def]
    """Add 1 to ``through`` where the other photo measured something at least 6 % behind the point."""
    for y in range(w.shape[0]):
        for x in range(w.shape[1]):
            here = w[y, x]
            z = warp[2, 0] * x + warp[2, 1] * y + warp[2, 2] + warp[2, 3] * here
            if z <= 0.05 * here:
                continue
            u = (warp[0, 0] * x + warp[0, 1] * y + warp[0, 2] + warp[0, 3] * here) / z
            v = (warp[1, 0] * x + warp[1, 1] * y + warp[1, 2] + warp[1, 3] * here) / z
            if u < -0.5 or v < -0.5 or u >= other.shape[1] - 0.5 or v >= other.shape[0] - 0.5:
                continue
            iu, iv = int(u + 0.5), int(v + 0.5)
            if measured[iv, iu] and z * other[iv, iu] < 0.94 * here:
                through[y, x] += 1

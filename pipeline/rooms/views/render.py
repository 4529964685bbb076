"""A room seen from a camera that no photo was taken with, and which pixels of it nobody knows.

The surface gives depth and order; colours come from the photos that really saw the point (their own depth
agrees), so nothing is smeared over what was hidden from all of them.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8
from scipy import ndimage

from pipeline.machine import usable_threads
from pipeline.rooms.scene import PointMaps, Source, View, Viewpoint
from pipeline.rooms.surface import Surface

#: a photo saw a point if its depth there agrees to this, share of the depth; set by hand, effect not measured
_AGREES: Final = 0.03
#: or to this, metres; set by hand, effect not measured
_AGREES_M: Final = 0.04
#: photos that see a point at a flatter angle do not colour it, cosine; set by hand, effect not measured
_GRAZING: Final = 0.08
#: how much better photos outweigh others, exponent; set by hand: the best one decides almost alone
_SHARPNESS: Final = 4.0
#: smaller islands of known pixels are edges that a photo half saw, px; set by hand, effect not measured
_SPECK_PX: Final = 12
#: a photo taken so near to a view was taken at its place, metres; by definition
_SAME_PLACE_M: Final = 1e-4
#: nearer to a camera than this nothing is in the picture, metres; by definition
_NEAR_M: Final = 0.05
#: least depth that a quality is divided by, metres; by definition
_LEAST_DEPTH_M: Final = 1e-3


@dataclass(frozen=True)
class NewView:
    """What is known of the picture at a viewpoint.

    Attributes:
        image: sRGB, black where unknown.
        depth_m: z-depth of the surface, NaN where the ray meets none.
        known: pixels whose colour a photo showed.
        facing: pixels whose ray meets the front of a surface, known or not.
        source: :class:`Source` of the known pixels, ``NONE`` elsewhere.
    """

    viewpoint: Viewpoint
    image: UInt8[np.ndarray, "H W 3"]
    depth_m: Float32[np.ndarray, "H W"]
    known: Bool[np.ndarray, "H W"]
    facing: Bool[np.ndarray, "H W"]
    source: UInt8[np.ndarray, "H W"]

    @property
    def unknown(self) -> Bool[np.ndarray, "H W"]:
        """What is to be inpainted."""
        return ~self.known

    @property
    def known_share(self) -> float:
        """Share of the pixels that some photo showed."""
        return float(self.known.mean())


def scene_of(surface: Surface) -> Any:
    """Open3D's ray casting scene of the surface."""
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene(nthreads=usable_threads())
    scene.add_triangles(
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(surface.vertices, np.float32)),
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(surface.faces, np.uint32)),
    )
    return scene


Box = tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]


def render_view(surface: Surface, maps: PointMaps, viewpoint: Viewpoint, box: Box | None = None) -> NewView:
    """Render the room from ``viewpoint``.

    Args:
        surface: of the room; what is nearer hides what is behind.
        maps: the photos with their depths, for the colours.
        box: lower and upper corner of the room: rays that meet no surface end at its far side.
    """
    import open3d as o3d

    rays = viewpoint.rays()
    origins = np.broadcast_to(viewpoint.centre, rays.shape)
    packed = np.concatenate([origins, rays], axis=-1).astype(np.float32)
    hits = scene_of(surface).cast_rays(o3d.core.Tensor.from_numpy(packed), nthreads=usable_threads())
    depth = hits["t_hit"].numpy()
    normals = hits["primitive_normals"].numpy()
    missed = ~np.isfinite(depth)
    if box is not None:
        exit_depth, exit_normals = leave_box(viewpoint.centre, rays, box)
        missed |= depth > exit_depth
        depth = np.where(missed, exit_depth, depth)
        normals = np.where(missed[..., None], exit_normals, normals)
    facing = np.isfinite(depth) & ((normals * rays).sum(axis=-1) < 0)
    depth = np.where(np.isfinite(depth), depth, np.nan).astype(np.float32)
    points = viewpoint.centre + rays * np.nan_to_num(depth, nan=1.0)[..., None]
    image, weight, source = _colours(points, normals, facing, maps)
    known = (weight > 0) & facing
    for view in maps.views:
        if np.linalg.norm(view.centre - viewpoint.centre) < _SAME_PLACE_M:
            turned = _turned(view, rays)
            known = np.where(turned.valid, True, known)
            facing = np.where(turned.valid, True, facing)
            image = np.where(turned.valid[..., None], turned.image, image)
            depth = np.where(turned.valid, turned.depth_m, depth).astype(np.float32)
            source = np.where(turned.valid, turned.source, source)
    known &= ~_specks(known)
    return NewView(
        viewpoint=viewpoint,
        image=np.where(known[..., None], image, 0).astype(np.uint8),
        depth_m=depth,
        known=known,
        facing=facing,
        source=np.where(known, source, Source.NONE).astype(np.uint8),
    )


@dataclass(frozen=True)
class _Turned:
    """A photo as seen from its own place in another direction: no depth is needed to know its colours."""

    valid: Bool[np.ndarray, "H W"]
    image: Float[np.ndarray, "H W 3"]
    depth_m: Float[np.ndarray, "H W"]
    source: UInt8[np.ndarray, "H W"]


def _turned(view: View, rays: Float[np.ndarray, "H W 3"]) -> _Turned:
    local = rays @ view.world_from_camera[:3, :3]
    ahead = np.maximum(local[..., 2], 1e-6)
    x = view.K[0, 0] * local[..., 0] / ahead + view.K[0, 2]
    y = view.K[1, 1] * local[..., 1] / ahead + view.K[1, 2]
    height, width = view.image.shape[:2]
    inside = (local[..., 2] > _LEAST_DEPTH_M) & (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    column, row = (np.rint(np.where(inside, v, 0)).astype(int) for v in (x, y))
    image = np.zeros(rays.shape)
    image[inside] = _sampled(view, x[inside], y[inside])
    depth = depth_at(view, row, column) / ahead
    return _Turned(inside & view.valid[row, column], image, depth, view.source[row, column])


def _sampled(
    view: View, x: Float[np.ndarray, "..."], y: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "... 3"]:
    """Colours of the photo at (x, y), bilinear."""
    channels = [view.image[..., c].astype(np.float32) for c in range(3)]
    found = [ndimage.map_coordinates(channel, [y, x], order=1, mode="nearest") for channel in channels]
    return np.stack(found, axis=-1)


def leave_box(
    centre: Float[np.ndarray, "3"], rays: Float[np.ndarray, "H W 3"], box: Box
) -> tuple[Float[np.ndarray, "H W"], Float[np.ndarray, "H W 3"]]:
    """Where rays from inside a box leave it (in lengths of the ray) and the inward normal of the side."""
    low, high = box
    with np.errstate(divide="ignore", invalid="ignore"):
        exits = np.where(rays > 0, (high - centre) / rays, (low - centre) / rays)
    exits = np.where((rays == 0) | np.isnan(exits), np.inf, exits)
    side = exits.argmin(axis=-1)
    length = np.take_along_axis(exits, side[..., None], axis=-1)[..., 0]
    normals = -np.sign(rays) * (side[..., None] == np.arange(3))
    return np.where(length > 0, length, np.inf), normals


def depth_at(
    view: View, row: Int[np.ndarray, "..."], column: Int[np.ndarray, "..."]
) -> Float32[np.ndarray, "..."]:
    """z-depth of single pixels, NaN where there is none (:meth:`View.depth_m` gives it for all)."""
    ahead = view.world_from_camera[:3, 2]
    depth: Float32[np.ndarray, ...] = ((view.points[row, column] - view.centre) @ ahead).astype(np.float32)
    return depth


def seen_by(
    view: View, points: Float[np.ndarray, "... 3"]
) -> tuple[Bool[np.ndarray, "..."], Float[np.ndarray, "... 2"], Float[np.ndarray, "..."]]:
    """Whether a photo saw each point (its own depth agrees), where (x, y), and the point's z-depth."""
    local = (points - view.centre) @ view.world_from_camera[:3, :3]
    z = local[..., 2]
    safe = np.maximum(z, 1e-6)
    x = view.K[0, 0] * local[..., 0] / safe + view.K[0, 2]
    y = view.K[1, 1] * local[..., 1] / safe + view.K[1, 2]
    height, width = view.image.shape[:2]
    inside = (z > _NEAR_M) & (x > -0.5) & (y > -0.5) & (x < width - 0.5) & (y < height - 0.5)
    column = np.clip(np.rint(np.where(inside, x, 0)).astype(int), 0, width - 1)
    row = np.clip(np.rint(np.where(inside, y, 0)).astype(int), 0, height - 1)
    own = np.nan_to_num(depth_at(view, row, column), nan=-1.0)
    agrees = np.abs(own - z) <= np.maximum(_AGREES * z, _AGREES_M)
    return inside & agrees, np.stack([x, y], axis=-1), z


def _colours(
    points: Float[np.ndarray, "H W 3"],
    normals: Float[np.ndarray, "H W 3"],
    wanted: Bool[np.ndarray, "H W"],
    maps: PointMaps,
) -> tuple[Float[np.ndarray, "H W 3"], Float[np.ndarray, "H W"], UInt8[np.ndarray, "H W"]]:
    """Blend of the photos that saw each point; the one that saw it best decides almost alone."""
    points, normals = points[wanted], normals[wanted]
    total, best = np.zeros(len(points)), np.zeros(len(points))
    colour, source = np.zeros(points.shape), np.zeros(len(points), np.uint8)
    for view in maps.views:
        seen, where, z = seen_by(view, points)
        index = np.flatnonzero(seen)
        towards = view.centre - points[index]
        distance = np.maximum(np.linalg.norm(towards, axis=-1), 1e-6)
        cosine = np.abs((towards * normals[index]).sum(axis=-1)) / distance
        index, cosine = index[cosine > _GRAZING], cosine[cosine > _GRAZING]
        x, y = where[index].T
        quality = cosine * view.K[0, 0] / np.maximum(z[index], _LEAST_DEPTH_M)
        weight = quality**_SHARPNESS
        colour[index] += weight[:, None] * _sampled(view, x, y)
        total[index] += weight
        column = np.clip(np.rint(x).astype(int), 0, view.image.shape[1] - 1)
        row = np.clip(np.rint(y).astype(int), 0, view.image.shape[0] - 1)
        better = quality > best[index]
        source[index[better]] = view.source[row, column][better]
        best[index] = np.maximum(best[index], quality)
    blended, quality = np.zeros((*wanted.shape, 3)), np.zeros(wanted.shape)
    sources = np.zeros(wanted.shape, np.uint8)
    blended[wanted] = np.rint(colour / np.maximum(total, 1e-12)[:, None])
    quality[wanted], sources[wanted] = total, source
    return blended, quality, sources


def _specks(known: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Tiny islands of known pixels: edges that a photo half saw."""
    labels, count = ndimage.label(known)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    specks: Bool[np.ndarray, "H W"] = known & (sizes[labels] < _SPECK_PX)
    return specks

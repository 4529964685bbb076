"""Meshes from outside: rays go through the backs of walls, so that one looks into the room."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int, UInt8

from pipeline.rooms.scene import PointMaps, View, Viewpoint
from pipeline.rooms.surface import Surface
from pipeline.rooms.views.render import scene_of

#: surfaces that are looked through at most, and how far behind each a ray goes on (metres)
_LAYERS: Final = 12
_ON_M: Final = 2e-3
_BACKGROUND: Final = 255
#: a photo shows a point if its own depth there is the same up to this share
_SAME_DEPTH: Final = 0.04


@dataclass(frozen=True)
class Hits:
    """What every ray of a picture meets from in front.

    Attributes:
        vertices, weights: of the triangle; -1 where there is none.
        cosine: to the surface.
    """

    vertices: Int[np.ndarray, "H W 3"]
    weights: Float[np.ndarray, "H W 3"]
    cosine: Float[np.ndarray, "H W"]


def from_outside(surface: Surface, turn_deg: float, height_deg: float, size_px: tuple[int, int]) -> Viewpoint:
    """A camera that sees the whole room from this side and height, upright and with a long lens."""
    low, high = (np.quantile(surface.vertices, q, axis=0) for q in (0.01, 0.99))
    middle, reach = (low + high) / 2, float(np.linalg.norm(high - low))
    turn, height = np.radians(turn_deg), np.radians(height_deg)
    back = np.array([np.cos(turn) * np.cos(height), np.sin(turn) * np.cos(height), np.sin(height)])
    fov = np.radians(28.0)
    return Viewpoint.looking(middle + back * 0.62 * reach / np.tan(fov / 2), -back, fov, size_px)


def look(surface: Surface, viewpoint: Viewpoint) -> Hits:
    """The first surface of every ray that faces the camera."""
    import open3d as o3d

    scene, rays = scene_of(surface), viewpoint.rays()
    origin = np.broadcast_to(viewpoint.centre, rays.shape).copy()
    found = np.full(rays.shape[:2], -1)
    weights, cosine = np.zeros(rays.shape), np.zeros(rays.shape[:2])
    length = np.linalg.norm(rays, axis=-1)
    for _ in range(_LAYERS):
        packed = np.concatenate([origin, rays], axis=-1).astype(np.float32)
        hits = scene.cast_rays(o3d.core.Tensor.from_numpy(packed))
        face = hits["primitive_ids"].numpy().astype(np.int64)
        along = hits["t_hit"].numpy()
        facing = -(hits["primitive_normals"].numpy() * rays).sum(axis=-1) / length
        new = np.isfinite(along) & (facing > 0) & (found < 0)
        u, v = np.moveaxis(hits["primitive_uvs"].numpy(), -1, 0)
        found[new], cosine[new] = face[new], facing[new]
        weights[new] = np.stack([1 - u - v, u, v], axis=-1)[new]
        origin = origin + rays * (np.nan_to_num(along, posinf=1e3) + _ON_M / length)[..., None]
    corners = np.where(found[..., None] < 0, -1, surface.faces[np.maximum(found, 0)])
    return Hits(corners, weights, cosine)


def coloured(hits: Hits, colors: UInt8[np.ndarray, "V 3"], shaded: bool = False) -> UInt8[np.ndarray, "H W 3"]:
    """The picture with a colour for each vertex; ``shaded`` darkens what is seen at an angle."""
    picture = (colors[np.maximum(hits.vertices, 0)] * hits.weights[..., None]).sum(axis=2)
    if shaded:
        picture *= (0.45 + 0.55 * hits.cosine)[..., None]
    picture[hits.vertices[..., 0] < 0] = _BACKGROUND
    shown: UInt8[np.ndarray, "H W 3"] = np.clip(picture, 0, 255).astype(np.uint8)
    return shown


def photographed(
    hits: Hits, surface: Surface, maps: PointMaps, photos: Sequence[UInt8[np.ndarray, "H W 3"]]
) -> UInt8[np.ndarray, "H W 3"]:
    """The picture with the colours of the photo that sees each place best; elsewhere those of the vertices."""
    picture = coloured(hits, surface.colors)
    points = (surface.vertices[np.maximum(hits.vertices, 0)] * hits.weights[..., None]).sum(axis=2)
    normals = surface.normals[np.maximum(hits.vertices[..., 0], 0)]
    best = np.zeros(picture.shape[:2])
    for view, photo in zip(maps.views, photos, strict=True):
        quality, at = _seen(view, points, normals, photo.shape[1] / view.image.shape[1])
        better = (quality > best) & (hits.vertices[..., 0] >= 0)
        picture[better] = photo[at[better][:, 1], at[better][:, 0]]
        best = np.where(better, quality, best)
    return picture


def _seen(
    view: View, points: Float[np.ndarray, "H W 3"], normals: Float[np.ndarray, "H W 3"], zoom: float
) -> tuple[Float[np.ndarray, "H W"], Int[np.ndarray, "H W 2"]]:
    """How well a photo shows each point (0: not at all), and at which of its pixels, ``zoom`` times finer."""
    local = (points - view.centre) @ view.world_from_camera[:3, :3]
    xy = (local @ view.K.T)[..., :2] / np.maximum(local[..., 2:], 1e-6)
    height, width = view.source.shape
    inside = (local[..., 2] > 0) & (xy > 0).all(axis=-1) & (xy < (width - 1, height - 1)).all(axis=-1)
    near = np.rint(np.where(inside[..., None], xy, 0)).astype(int)
    depth = view.depth_m()[near[..., 1], near[..., 0]]
    same = np.abs(depth / np.maximum(local[..., 2], 1e-6) - 1) < _SAME_DEPTH
    distance = np.linalg.norm(local, axis=-1)
    facing = -((points - view.centre) * normals).sum(axis=-1) / np.maximum(distance, 1e-6)
    quality = np.where(inside & same, np.maximum(facing, 0) / np.maximum(distance, 0.3) ** 2, 0)
    at = np.where(inside[..., None], (xy + 0.5) * zoom, 0).astype(int)
    return quality, at

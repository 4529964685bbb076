"""What one sees of a mesh from a place in the room: colours, depth, torn edges and holes."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32, UInt8
from scipy import ndimage

from pipeline.machine import usable_threads
from pipeline.rooms.scene import Source, Viewpoint
from pipeline.rooms.surface import Surface

#: cosine to the ray below which a face is seen from its side and its colours are smeared, none; set by hand,
#: effect not measured
_GRAZING = 0.08
#: so near to a jump of depth a smeared face is torn (elsewhere it is a wall seen along), px; set by hand,
#: effect not measured
_BESIDE_PX = 3
#: relative step of depth between neighbouring pixels that is a jump, share; set by hand, effect not measured
_JUMP = 0.05


@dataclass(frozen=True)
class Picture:
    """A mesh seen from a viewpoint.

    Attributes:
        image: sRGB by the colours of the vertices, black where there is nothing.
        depth_m: z-depth, infinite where the ray meets nothing.
        source: :class:`Source` of what is seen, ``NONE`` where there is nothing.
        hole: pixels whose ray meets nothing.
        torn: pixels that show the back of a face, or one smeared along the ray beside a jump of depth.
    """

    image: UInt8[np.ndarray, "H W 3"]
    depth_m: Float32[np.ndarray, "H W"]
    source: UInt8[np.ndarray, "H W"]
    hole: Bool[np.ndarray, "H W"]
    torn: Bool[np.ndarray, "H W"]


def picture_of(surface: Surface, viewpoint: Viewpoint, *, cull: bool = False) -> Picture:
    """The picture of a mesh, as a viewer draws it without light.

    Args:
        cull: leave faces out that look away, so that one sees into a closed room from outside.
    """
    if cull:
        surface = replace(surface, faces=_facing(surface, viewpoint.centre))
    hits = _cast(surface, viewpoint.centre, viewpoint.rays())
    depth = hits["t_hit"]
    hole = ~np.isfinite(depth)
    corners = surface.faces[np.where(hole, 0, hits["primitive_ids"])]
    uv = hits["primitive_uvs"]
    weights = np.stack([1.0 - uv.sum(axis=-1), uv[..., 0], uv[..., 1]], axis=-1)
    colors = (surface.colors[corners].astype(np.float32) * weights[..., None]).sum(axis=-2)
    nearest = np.take_along_axis(corners, weights.argmax(axis=-1)[..., None], axis=-1)[..., 0]
    towards = _towards(hits["primitive_normals"], viewpoint.rays())
    smeared = (towards < _GRAZING) & _beside_jump(np.where(hole, 0.0, depth))
    return Picture(
        image=np.where(hole[..., None], 0, np.rint(colors)).astype(np.uint8),
        depth_m=depth.astype(np.float32),
        source=np.where(hole, Source.NONE, surface.source[nearest]).astype(np.uint8),
        hole=hole,
        torn=~hole & ((towards < 0) | smeared),
    )


def _facing(surface: Surface, centre: Float[np.ndarray, "3"]) -> Int32[np.ndarray, "F 3"]:
    """Faces whose front looks towards a place."""
    corner = surface.vertices[surface.faces].astype(np.float64)
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    facing: Int32[np.ndarray, "F 3"] = surface.faces[(normal * (centre - corner[:, 0])).sum(axis=1) > 0]
    return facing


def _cast(
    surface: Surface, centre: Float[np.ndarray, "3"], rays: Float[np.ndarray, "H W 3"]
) -> dict[str, np.ndarray]:
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene(nthreads=usable_threads())
    scene.add_triangles(
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(surface.vertices, np.float32)),
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(surface.faces, np.uint32)),
    )
    packed = np.concatenate([np.broadcast_to(centre, rays.shape), rays], axis=-1).astype(np.float32)
    hits = scene.cast_rays(o3d.core.Tensor.from_numpy(packed))
    return {name: tensor.numpy() for name, tensor in hits.items()}


def _towards(normals: Float[np.ndarray, "H W 3"], rays: Float[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W"]:
    """Cosine between the front of the face and the way back to the camera; negative: the back is seen."""
    cosine: Float[np.ndarray, "H W"] = -(normals * rays).sum(axis=-1) / np.linalg.norm(rays, axis=-1)
    return cosine


def _beside_jump(depth: Float[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    most, least = ndimage.maximum_filter(depth, 3), ndimage.minimum_filter(depth, 3)
    jump = most > (1 + _JUMP) * np.maximum(least, 1e-6)
    beside: Bool[np.ndarray, "H W"] = ndimage.binary_dilation(jump, iterations=_BESIDE_PX)
    return beside

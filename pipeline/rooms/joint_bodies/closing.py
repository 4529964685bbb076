"""The mesh of a room of several photos: bodies are closed, walls and floor go on behind them."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pipeline.progress import Progress
from pipeline.rooms.box import closing_planes, corners
from pipeline.rooms.joint_bodies.hidden import Sight, hidden_sides, sight
from pipeline.rooms.scene import PointMaps, Source, View
from pipeline.rooms.single_photo import Part, bodies_mesh, extent_within
from pipeline.rooms.surface import Surface, SurfaceSettings, reconstruct_surface

#: what stands less in front of the box lies on it, metres; as where bodies are found (bodies.py)
_STANDING_M = 0.1
#: a piece of which less was inferred needs no sides, share: stereo saw it from several; set by hand, effect not
#: measured
_INFERRED = 0.3
#: smaller pieces get no sides, share of the photo; as where bodies are found
_LEAST_AREA = 0.003
#: a piece of whose sides and back photos look through more is left open, share: what is left would show its
#: inside; set by hand, effect not measured
_MOST_OPEN = 0.3
#: a back nearer to the box than this is left out, metres; the wall is there
_AT_WALL_M = 0.03
#: share of the stage that the surface of the photos takes, share; for the bar of progress
_SURFACE_PART = 0.9


def closed_surface(
    maps: PointMaps, progress: Progress | None = None, settings: SurfaceSettings | None = None
) -> Surface:
    """The surface of the maps with closed bodies, and the box behind them; both are marked as generated.

    No photo looks through what is added.

    Raises:
        EmptySurface: too few confident points.
    """
    progress = progress or Progress()
    surface = reconstruct_surface(maps, settings, progress.part(0.0, _SURFACE_PART))
    photos = maps.of_cameras()
    low, high = corners(closing_planes(photos))
    parts = [_behind(photos, view, low, high) for view in photos.views]
    parts.append(hidden_sides(photos.views, surface, low, high))
    faces = sum(len(part.faces) for part in parts)
    progress(1.0, f"{faces:,} faces behind what stands there")
    return _joined(surface, parts) if faces else surface


def _behind(maps: PointMaps, view: View, low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"]) -> Part:
    """Sides and backs of the bodies of one photo."""
    extent = extent_within(view, low, high)
    standing = _inferred_pieces(view, extent.standing & maps.supported(view))
    part = bodies_mesh(view, replace(extent, standing=standing))
    if not len(part.faces):
        return part
    made = (part.source == Source.GENERATED)[part.faces].all(axis=1)
    through = (sight(part.vertices, maps.views) == Sight.THROUGH)[part.faces].any(axis=1)
    at_wall = np.minimum(part.vertices - low, high - part.vertices).min(axis=1) < _AT_WALL_M
    kept = made & ~through & ~at_wall[part.faces].all(axis=1)
    kept &= ~_mostly(through & made, part)[part.faces[:, 0]]
    used, faces = np.unique(part.faces[kept], return_inverse=True)
    return Part(
        part.vertices[used], faces.reshape(-1, 3), part.colors[used], part.source[used], part.pixel[used]
    )


def _inferred_pieces(view: View, standing: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Connected pieces that are large enough and of which enough was inferred."""
    label, count = ndimage.label(standing)
    numbers = np.arange(count + 1)
    inferred = np.asarray(ndimage.mean(view.source == Source.INFERRED, label, numbers))
    wanted = (np.bincount(label.ravel(), minlength=count + 1) > _LEAST_AREA * label.size) & (
        inferred > _INFERRED
    )
    wanted[0] = False
    pieces: Bool[np.ndarray, "H W"] = wanted[label]
    return pieces


def _mostly(through: Bool[np.ndarray, " F"], part: Part) -> Bool[np.ndarray, " V"]:
    """Vertices of pieces of whose sides and back too much is looked through."""
    made = (part.source == Source.GENERATED)[part.faces].all(axis=1)
    ends = np.concatenate([part.faces[:, [0, 1]], part.faces[:, [1, 2]]])
    edges = coo_matrix((np.ones(len(ends)), ends.T), shape=(len(part.vertices),) * 2)
    _, piece = connected_components(edges, directed=False)
    of_face = piece[part.faces[:, 0]]
    share = np.bincount(of_face, through, piece.max() + 1) / np.maximum(
        np.bincount(of_face, made, piece.max() + 1), 1
    )
    mostly: Bool[np.ndarray, " V"] = (share > _MOST_OPEN)[piece]
    return mostly


def _joined(surface: Surface, parts: list[Part]) -> Surface:
    more = Part.joined(parts)
    faces = more.faces + len(surface.vertices)
    return replace(
        surface,
        vertices=np.concatenate([surface.vertices, more.vertices]).astype(np.float32),
        faces=np.concatenate([surface.faces, faces]).astype(np.int32),
        normals=np.concatenate([surface.normals, _normals(more)]),
        colors=np.concatenate([surface.colors, more.colors]),
        source=np.concatenate([surface.source, more.source]),
    )


def _normals(part: Part) -> Float32[np.ndarray, "V 3"]:
    """Normal of every vertex, the mean of its faces by their area."""
    corner = part.vertices[part.faces]
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    index: Int[np.ndarray, " N"] = part.faces.ravel()
    total = np.stack(
        [np.bincount(index, np.repeat(cross[:, k], 3), len(part.vertices)) for k in range(3)], axis=1
    )
    length = np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    normals: Float32[np.ndarray, "V 3"] = (total / length).astype(np.float32)
    return normals

"""A coloured surface from point maps: confidence-weighted points, Screened Poisson, trimming and clean-up.

Screened Poisson: :mod:`pipeline.rooms.surface.poisson`. Faces look into the room (towards the cameras).
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int32, UInt8
from scipy.spatial import cKDTree

from pipeline.machine import usable_threads
from pipeline.progress import Progress
from pipeline.rooms.scene import EmptySurface, PointMaps, Source, SurfaceSamples, collect, merge
from pipeline.rooms.surface.poisson import screened_poisson
from pipeline.rooms.surface.side_patches import hull_patches, side_patches
from pipeline.rooms.surface.simplify import compacted, components, simplify, vertex_normals

#: fewer confident points make no surface, count; set by hand, effect not measured
_MIN_POINTS = 200
#: tails of the points that do not tell how large the room is, quantiles; set by hand, effect not measured
_TAILS = (0.002, 0.998)
#: points may lie this far outside what the others span, share of its size; set by hand, effect not measured
_BEYOND = 0.15
#: a room has at most so many voxels along its longest side, count; set by hand for time, effect not measured
_MOST_VOXELS = 400
#: voxels grow by this as long as there are too many points, ratio; set by hand, effect not measured
_VOXEL_GROWTH = 1.2
#: cell of the Poisson grid, voxels; set by hand: cells below the spacing of the points only cost time
_CELL_VOXELS = 1.25
#: and not below this, spacings of the points; set by hand: cells below the spacing of the points only cost time
_CELL_SPACING = 0.8
#: room around the points in the grid, ratio; by definition: cells beyond the outermost points
_GRID_MARGIN = 1.1
#: distance of the fourth neighbour of points spread at random, for a density of 1, none; by definition: a
#: circle of that radius holds four, sqrt(4 / pi)
_FOURTH_NEIGHBOUR = 1.13
#: neighbours asked for to have a fourth, count; by definition: a point is its own first
_ITSELF_AND_FOUR = 5
#: points that the spacing is measured at, count; set by hand for time, effect not measured
_SPACING_SAMPLES = 5000
#: keeps the weight of a point finite that lies on a vertex, square metres; by definition: 3 mm
_TOUCHING_M2 = 1e-5
#: from sRGB to linear light and back, none; by definition: gamma of scene.surface_samples
_GAMMA = 2.2
#: cosine to the normals of its points below which a face is the back of a sheet seen from in front, cosine; set
#: by hand with 'Backs that Poisson gives to sheets are left out', by pictures of the demo, effect not measured
_BACK = -0.2
#: a piece cut loose from a surface must be as large to stay, square metres; set by hand, effect not measured
_CRUMB_M2 = 0.02
#: what was generated is mostly flat: its points may lie farther apart, voxels; set by hand, effect not measured
_GENERATED_VOXELS = 1.5
#: points of the photos so near to generated ones say how the generated surface goes on, metres; set by hand,
#: effect not measured
_JOINED_M = 0.3
#: nearer to the surface of the photos than this, another surface has nothing to add, voxels; set by hand,
#: effect not measured
_COVERED_VOXELS = 0.3
#: parts of the stage on the bar of progress, shares; set by hand: closing, Poisson, colours, what was generated
_PARTS = (0.1, 0.15, 0.6, 0.65)
#: share of Poisson's part until trimming, share; set by hand, for the bar of progress
_POISSON_PART = 0.8


_Wanted = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class SurfaceSettings:
    """Settings of the surface stage (lengths in metres of the room frame).

    Attributes:
        voxel_m: spacing of the points that Poisson gets; grows for big rooms.
        max_points: most points that Poisson gets.
        depth: the Poisson grid has at most 2**depth cells along the longest side.
        min_confidence: points below it are not used.
        trim_voxels: faces farther than this many voxels from every point are cut away.
        max_faces: faces are decimated to this number; those of generated views to a third of it.
        min_piece: pieces with a smaller share of the faces of the biggest one are dropped.
    """

    voxel_m: float = 0.022
    max_points: int = 400_000
    depth: int = 9
    min_confidence: float = 0.05
    trim_voxels: float = 3.0
    max_faces: int = 150_000
    min_piece: float = 0.004


@dataclass(frozen=True)
class Surface:
    """A triangle mesh with colours.

    Attributes:
        vertices: room frame.
        faces: vertex indices, counter-clockwise seen from inside the room.
        normals: per vertex, into the room.
        colors: per vertex, sRGB.
        source: per vertex :class:`Source` of the nearest points.
        stats: numbers worth showing (``area_m2``, ``faces``, ``seconds``...).
    """

    vertices: Float32[np.ndarray, "V 3"]
    faces: Int32[np.ndarray, "F 3"]
    normals: Float32[np.ndarray, "V 3"]
    colors: UInt8[np.ndarray, "V 3"]
    source: UInt8[np.ndarray, " V"]
    stats: dict[str, float] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write ``surface.npz`` and ``surface.json`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(
            folder / "surface.npz",
            vertices=self.vertices,
            faces=self.faces,
            normals=self.normals,
            colors=self.colors,
            source=self.source,
        )
        (folder / "surface.json").write_text(json.dumps(self.stats, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        stats = json.loads((folder / "surface.json").read_text(encoding="utf-8"))
        with np.load(folder / "surface.npz", allow_pickle=False) as arrays:
            return cls(**{name: arrays[name] for name in arrays.files}, stats=stats)

    def distance_to(self, points: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, " N"]:
        """Distance of points to the nearest face, metres."""
        import open3d as o3d

        scene = o3d.t.geometry.RaycastingScene(nthreads=usable_threads())
        scene.add_triangles(
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(self.vertices, np.float32)),
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(self.faces, np.uint32)),
        )
        queried = o3d.core.Tensor.from_numpy(np.ascontiguousarray(points, np.float32))
        distance: Float[np.ndarray, " N"] = scene.compute_distance(queried, nthreads=usable_threads()).numpy()
        return distance


def reconstruct_surface(
    maps: PointMaps, settings: SurfaceSettings | None = None, progress: Progress | None = None
) -> Surface:
    """Mesh of the room.

    What cameras saw is meshed by itself: generated views add to it and change nothing of it.

    Raises:
        EmptySurface: too few confident points.
    """
    settings, progress, started = settings or SurfaceSettings(), progress or Progress(), time.monotonic()
    progress(0.0, "collecting points")
    photos = maps.of_cameras()
    samples = collect(photos, settings.min_confidence)
    if len(samples.points) < _MIN_POINTS:
        raise EmptySurface(
            f"Only {len(samples.points)} confident points, too few for a surface.",
            "Add photos that show the same parts of the room from other places.",
        )
    merged, voxel = _thinned(samples, settings)
    closing, meshing, painting, adding = _PARTS
    progress(closing, "closing floor, ceiling and walls")
    merged = hull_patches(photos, merged, voxel)
    progress(meshing, f"surface through {len(merged.points):,} points")
    vertices, faces = mesh_of_samples(merged, voxel, settings, progress.part(meshing, painting))
    progress(painting, "colours")
    surface = painted(vertices, faces, merged)
    if len(photos.views) < len(maps.views):
        progress(adding, "adding what was generated")
        surface = _extended(
            surface, merged, maps, voxel * _GENERATED_VOXELS, settings, progress.part(adding, 1.0)
        )
    surface.stats.update(_statistics(surface), views=float(len(maps.views)), seconds=time.monotonic() - started)
    progress(1.0, f"{len(surface.faces):,} faces")
    return surface


def _thinned(samples: SurfaceSamples, settings: SurfaceSettings) -> tuple[SurfaceSamples, float]:
    """One sample for each voxel of the room, and the side of the voxels (metres)."""
    low, high = np.quantile(samples.points, _TAILS, axis=0)
    samples = samples.within(low - _BEYOND * (high - low), high + _BEYOND * (high - low))
    voxel = max(settings.voxel_m, float((high - low).max()) / _MOST_VOXELS)
    merged = merge(samples, voxel)
    while len(merged.points) > settings.max_points:
        voxel *= _VOXEL_GROWTH
        merged = merge(samples, voxel)
    return merged, voxel


def _extended(
    surface: Surface,
    of_photos: SurfaceSamples,
    maps: PointMaps,
    voxel: float,
    settings: SurfaceSettings,
    progress: Progress,
) -> Surface:
    """The surface of the photos, untouched, with a mesh of the generated points where it has none."""
    generated, both = _generated_samples(of_photos, maps, voxel, settings.min_confidence)
    if len(generated.points) < _MIN_POINTS:
        return surface
    budget = replace(settings, max_faces=max(1, settings.max_faces // 3))

    def missing(found: np.ndarray, nearest: np.ndarray) -> np.ndarray:
        return (nearest < len(generated.points)) | (surface.distance_to(found) > _COVERED_VOXELS * voxel)

    try:
        vertices, faces = mesh_of_samples(both, voxel, budget, progress, missing)
    except EmptySurface:  # the photos show it all
        return surface
    return _joined(surface, painted(vertices, faces, both))


def _generated_samples(
    of_photos: SurfaceSamples, maps: PointMaps, voxel: float, min_confidence: float
) -> tuple[SurfaceSamples, SurfaceSamples]:
    """What was generated where the photos have nothing, by itself and with what it joins on to."""
    views = tuple(view for view in maps.views if view.generated)
    generated = collect(replace(maps, views=views), min_confidence)
    if len(generated.points) == 0:
        return generated, generated
    generated = merge(generated, voxel)
    known = cKDTree(of_photos.points)
    near = known.query(generated.points, distance_upper_bound=voxel, workers=usable_threads())[0]
    generated = _kept(generated, ~np.isfinite(near))
    if len(generated.points) < _MIN_POINTS:
        return generated, generated
    generated = SurfaceSamples.joined(
        [generated, side_patches(maps, SurfaceSamples.joined([of_photos, generated]), voxel)]
    )
    tree = cKDTree(generated.points)
    around = tree.query(of_photos.points, distance_upper_bound=_JOINED_M, workers=usable_threads())[0]
    if not np.isfinite(around).any():
        return generated, generated
    return generated, SurfaceSamples.joined([generated, merge(_kept(of_photos, np.isfinite(around)), voxel)])


def _joined(surface: Surface, more: Surface) -> Surface:
    """The surface, and a generated one beside it."""
    return Surface(
        np.concatenate([surface.vertices, more.vertices]),
        np.concatenate([surface.faces, more.faces + np.int32(len(surface.vertices))]),
        np.concatenate([surface.normals, more.normals]),
        np.concatenate([surface.colors, more.colors]),
        np.concatenate([surface.source, np.full(len(more.vertices), Source.GENERATED, np.uint8)]),
    )


def _kept(samples: SurfaceSamples, which: Bool[np.ndarray, " N"]) -> SurfaceSamples:
    return SurfaceSamples(*(column[which] for column in vars(samples).values()))


def mesh_of_samples(
    samples: SurfaceSamples,
    voxel: float,
    settings: SurfaceSettings,
    progress: Progress | None = None,
    wanted: _Wanted | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and faces of the surface through oriented samples, trimmed to where there are any.

    Args:
        voxel: spacing of the samples, metres.
        wanted: which vertices (places, index of the nearest sample) are wanted, if not all; faces with one
            of them are kept.

    Raises:
        EmptySurface: nothing is left.
    """
    progress = progress or Progress()
    extent = float(np.ptp(samples.points, axis=0).max())
    spacing = _spacing(samples.points)
    cell = max(_CELL_VOXELS * voxel, _CELL_SPACING * spacing, _GRID_MARGIN * extent / 2**settings.depth)
    vertices, faces = screened_poisson(
        samples.points,
        samples.normals,
        cell,
        settings.trim_voxels * voxel,
        progress.part(0.0, _POISSON_PART),
    )
    progress(_POISSON_PART, "trimming")
    vertices, faces = _trimmed(vertices, faces, samples, voxel, settings, wanted)
    return simplify(vertices, faces, settings.max_faces, cell)


def _spacing(points: Float[np.ndarray, "N 3"]) -> float:
    """Usual distance between points of the surface: 1 / sqrt(density), from the fourth neighbours of some."""
    some = points[:: max(1, len(points) // _SPACING_SAMPLES)]
    fourth = cKDTree(points).query(some, k=[_ITSELF_AND_FOUR])[0]
    return float(np.median(fourth)) / _FOURTH_NEIGHBOUR


def _trimmed(
    vertices: np.ndarray,
    faces: np.ndarray,
    samples: SurfaceSamples,
    voxel: float,
    settings: SurfaceSettings,
    wanted: _Wanted | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Cut what no point supports or what is not wanted, drop small pieces."""
    reach = settings.trim_voxels * voxel
    tree = cKDTree(samples.points)
    distance, nearest = tree.query(vertices, workers=usable_threads(), distance_upper_bound=reach)
    faces = faces[np.isfinite(distance)[faces].all(axis=1)]
    if wanted is not None:
        faces = faces[wanted(vertices, nearest)[faces].any(axis=1)]
    if len(faces) == 0:
        raise EmptySurface("The surface has no faces.", "Add photos of the same parts of the room.")
    piece = components(faces, len(vertices))
    counts = np.bincount(piece)
    return compacted(vertices, faces[counts[piece] >= settings.min_piece * counts.max()])


def painted(vertices: np.ndarray, faces: np.ndarray, samples: SurfaceSamples) -> Surface:
    """The mesh with colours and sources from the nearest points, normals into the room.

    Backs of sheets are left out: faces whose points were all seen from the other side.
    """
    tree = cKDTree(samples.points)
    distance, index = tree.query(vertices, k=4, workers=usable_threads())
    weight = samples.weight[index] / (distance**2 + _TOUCHING_M2)
    weight /= weight.sum(axis=1, keepdims=True)
    linear = (samples.colors[index] * weight[..., None]).sum(axis=1)
    colors = np.clip(np.rint(255.0 * linear ** (1 / _GAMMA)), 0, 255).astype(np.uint8)
    corner = vertices[faces]
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    # about 1 where a face looks the way its points were seen from, -1 on the back that Poisson gave to a sheet
    wanted = samples.normals[index].sum(axis=1)[faces].sum(axis=1)
    size = np.linalg.norm(cross, axis=1) * np.linalg.norm(wanted, axis=1)
    agrees = (cross * wanted).sum(axis=1) / np.maximum(size, 1e-12)
    if (agrees < 0).sum() > len(faces) / 2:
        faces, agrees = faces[:, ::-1], -agrees
    used, renamed = np.unique(faces[without_crumbs(vertices, faces, agrees > _BACK)], return_inverse=True)
    return Surface(
        vertices[used].astype(np.float32),
        renamed.reshape(-1, 3).astype(np.int32),
        vertex_normals(vertices, faces)[used].astype(np.float32),
        colors[used],
        samples.source[index[used, 0]],
    )


def without_crumbs(
    vertices: Float[np.ndarray, "V 3"], faces: np.ndarray, kept: Bool[np.ndarray, " F"]
) -> Bool[np.ndarray, " F"]:
    """The faces ``kept`` but for small pieces that were part of something larger before the others were cut."""
    area = face_areas(vertices, faces)
    before, after = components(faces, len(vertices)), components(faces[kept], len(vertices))
    whole = np.bincount(before, area)[before[kept]]
    left = np.bincount(after, area[kept])[after]
    held = kept.copy()
    held[kept] = (left >= _CRUMB_M2) | (left > 0.5 * whole)
    return held


def _statistics(surface: Surface) -> dict[str, float]:
    return {
        "vertices": float(len(surface.vertices)),
        "faces": float(len(surface.faces)),
        "area_m2": float(face_areas(surface.vertices, surface.faces).sum()),
    }


def face_areas(vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"]) -> Float[np.ndarray, " F"]:
    """Area of each face, in the square of the unit of ``vertices``."""
    corner = vertices[faces].astype(float)
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    areas: Float[np.ndarray, " F"] = 0.5 * np.linalg.norm(cross, axis=1)
    return areas


def face_sources(faces: Int[np.ndarray, "F 3"], source: UInt8[np.ndarray, " V"]) -> UInt8[np.ndarray, " F"]:
    """The :class:`Source` of each face: the middle one of its corners'."""
    sources: UInt8[np.ndarray, " F"] = np.sort(source[faces], axis=1)[:, 1]
    return sources

"""Oriented, coloured, weighted points taken from point maps."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float, UInt8

from pipeline.rooms.scene.point_maps import PointMaps, Source, View

#: linear light of an sRGB level, share; by definition: gamma 2.2 for the piecewise curve of IEC 61966-2-1
_LINEAR = (np.arange(256) / 255.0) ** 2.2
#: measured points seen at a steeper angle are left out, cosine; set by hand, effect not measured
_STEEPEST_MEASURED = 0.08
#: and inferred or generated ones, cosine; set by hand, effect not measured
_STEEPEST_OTHER = 0.15
#: nearer to its camera than this a point has no more weight, metres; set by hand, effect not measured
_NEAR_M = 0.5
#: directions that a point may face: voxels keep one point for each, count; by definition
_FACINGS = 6
#: mean normals shorter than this say nothing, share of a unit normal; set by hand (points that face each
#: other), effect not measured
_LEAST_NORMAL = 0.3


@dataclass(frozen=True)
class SurfaceSamples:
    """Surface samples: position, unit normal towards the camera, linear colour, weight, source."""

    points: Float[np.ndarray, "N 3"]
    normals: Float[np.ndarray, "N 3"]
    colors: Float[np.ndarray, "N 3"]
    weight: Float[np.ndarray, " N"]
    source: UInt8[np.ndarray, " N"]

    @classmethod
    def empty(cls) -> Self:
        """No samples."""
        nothing = np.zeros((0, 3))
        return cls(nothing, nothing, nothing, np.zeros(0), np.zeros(0, np.uint8))

    def within(self, low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"]) -> Self:
        """The samples inside an axis-aligned box."""
        inside = ((self.points >= low) & (self.points <= high)).all(axis=1)
        return type(self)(*(column[inside] for column in _fields(self)))

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """All samples of the parts, in order."""
        return cls(*(np.concatenate(columns) for columns in zip(*map(_fields, parts), strict=True)))


def _fields(samples: SurfaceSamples) -> tuple[np.ndarray, ...]:
    return samples.points, samples.normals, samples.colors, samples.weight, samples.source


def view_normals(view: View) -> Float[np.ndarray, "H W 3"]:
    """Unit normals towards the camera from differences to the closer of two neighbours, NaN where undefined."""
    points = np.where(view.valid[..., None], view.points, np.nan).astype(np.float64)
    tangents = []
    for axis in (1, 0):
        step = np.diff(points, axis=axis)
        pad = [(0, 0)] * 3
        pad[axis] = (0, 1)
        after = np.pad(step, pad, constant_values=np.nan)
        pad[axis] = (1, 0)
        before = np.pad(step, pad, constant_values=np.nan)
        long_after = np.nan_to_num(_length2(after), nan=np.inf)
        long_before = np.nan_to_num(_length2(before), nan=np.inf)
        tangents.append(np.where((long_after < long_before)[..., None], after, before))
    normals = np.cross(tangents[0], tangents[1])
    normals /= np.maximum(np.sqrt(_length2(normals)), 1e-12)[..., None]
    away = ((points - view.centre) * normals).sum(axis=2) > 0
    normals[away] *= -1
    result: Float[np.ndarray, "H W 3"] = normals
    return result


def _length2(vectors: Float[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W"]:
    squared: Float[np.ndarray, "H W"] = np.einsum("...k,...k", vectors, vectors)
    return squared


def collect(maps: PointMaps, min_confidence: float) -> SurfaceSamples:
    """All points of the maps that are confident and not seen at a grazing angle."""
    parts: list[tuple[np.ndarray, ...]] = []
    for view in maps.views:
        normals = view_normals(view)
        rays = view.centre - view.points
        distance = np.sqrt(_length2(rays))
        cosine = (normals * rays).sum(axis=2) / np.maximum(distance, 1e-6)
        good = maps.supported(view, min_confidence) & np.isfinite(normals).all(axis=2)
        steepest = np.where(view.source == Source.MEASURED, _STEEPEST_MEASURED, _STEEPEST_OTHER)
        good &= (cosine > steepest) & (distance > 1e-6)
        weight = view.confidence * cosine / np.maximum(distance, _NEAR_M)
        rows = (view.points, normals, view.image, weight, view.source)
        parts.append(tuple(row[good] for row in rows))
    if not parts:
        return SurfaceSamples.empty()
    points, normals, colors, weight, source = (np.concatenate(column) for column in zip(*parts, strict=True))
    return SurfaceSamples(
        points.astype(np.float64), normals, _LINEAR[colors], weight.astype(np.float64), source
    )


def merge(samples: SurfaceSamples, voxel: float) -> SurfaceSamples:
    """One weighted mean point for each voxel and facing; its source is that of most weight."""
    cells = np.floor(samples.points / voxel).astype(np.int64)
    cells -= cells.min(axis=0)
    facing = np.argmax(np.abs(samples.normals), axis=1)
    facing = 2 * facing + (np.take_along_axis(samples.normals, facing[:, None], axis=1)[:, 0] > 0)
    shape = cells.max(axis=0) + 1
    key = ((cells[:, 0] * shape[1] + cells[:, 1]) * shape[2] + cells[:, 2]) * _FACINGS + facing
    _, index = np.unique(key, return_inverse=True)
    n = int(index.max()) + 1
    total = np.bincount(index, samples.weight, n)

    def mean(values: np.ndarray) -> np.ndarray:
        columns = [np.bincount(index, samples.weight * values[:, k], n) / total for k in range(values.shape[1])]
        return np.stack(columns, axis=1)

    normals = mean(samples.normals)
    length = np.linalg.norm(normals, axis=1)
    kinds = (Source.MEASURED, Source.INFERRED, Source.GENERATED)
    share = np.stack([np.bincount(index, samples.weight * (samples.source == kind), n) for kind in kinds])
    source = np.array(kinds, np.uint8)[np.argmax(share, axis=0)]
    keep = length > _LEAST_NORMAL
    merged = SurfaceSamples(mean(samples.points), normals, mean(samples.colors), total, source)
    return SurfaceSamples(
        merged.points[keep],
        merged.normals[keep] / length[keep, None],
        merged.colors[keep],
        merged.weight[keep],
        merged.source[keep],
    )

"""How many points, and how deep? Poisson surfaces of made rooms: time, size, and how near to the truth.

The original varied points (100k to 800k) and depth (7 to 12) and measured time and vertices only. Made rooms
have a truth: F-score at 5 cm of points of the mesh against points of views that it was not made of.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree

from pipeline.distill.data.made import HELD_OUT_SEED
from pipeline.distill.rooms import View, random_room
from pipeline.distill.studies.plots import plot
from pipeline.distill.studies.reports import Row, write_report

POINTS: Final = (100_000, 200_000, 400_000, 800_000)
DEPTHS: Final = (7, 8, 9, 10, 11, 12)
_NEAR_M: Final = 0.05
_SAMPLES: Final = 50_000
#: share of vertices with the fewest points around them, which close holes far from any point
_SPARSE: Final = 0.02
#: millimetres of noise that a good reconstruction has
_NOISE_M: Final = 0.005
#: of the views that the points are taken from
_WIDTH_PX, _HEIGHT_PX = 256, 192
Cloud = tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"]]


def surface_study(
    folder: Path,
    *,
    points: Sequence[int] = POINTS,
    depths: Sequence[int] = DEPTHS,
    room: int = 0,
    seed: int = 0,
    report: Callable[[str], None] = lambda line: None,
) -> Path:
    """Mesh one made room in all combinations and write ``surface.md`` and a plot.

    Args:
        folder: gets the report.
        points, depths: what is combined.
        room: number of the room.
        seed: of points and noise.

    Raises:
        ValueError: nothing to combine, or numbers that make no surface.
    """
    if not points or not depths or min(points) < 100 or min(depths) < 2:
        raise ValueError("at least 100 points and a depth of at least 2 are needed")
    views, other = _views(room, max(points))
    truth = _some(cloud_of(other), _SAMPLES, seed)[0]
    whole = cloud_of(views)
    rows: list[Row] = []
    for count in points:
        before = 0
        for depth in depths:
            row = _one(_some(whole, count, seed), depth, truth, seed)
            row["growth"] = row["vertices"] / before if before else ""
            before = row["vertices"]
            rows.append({"points": count, "depth": depth} | row)
            report(str(rows[-1]))
    lines = {
        f"{count:,} points": [(row["depth"], row["f_score"]) for row in rows if row["points"] == count]
        for count in points
    }
    plot(folder / "surface.png", "F-score at 5 cm", ("depth", "F-score"), lines)
    return write_report(folder, "surface", "Screened Poisson of a made room.", rows, room=room, seed=seed)


def _views(room: int, points: int) -> tuple[list[View], list[View]]:
    """Views with enough pixels, and four more that show the truth."""
    made = random_room(HELD_OUT_SEED + room)
    needed = 2 + points // (_WIDTH_PX * _HEIGHT_PX)
    views = list(made.views(needed + 4, _WIDTH_PX, _HEIGHT_PX))
    return views[:needed], views[needed:]


def cloud_of(views: Sequence[View]) -> Cloud:
    """Points and world normals of all pixels with a depth."""
    points, normals = [], []
    for view in views:
        known = np.isfinite(view.depth_m) & (view.depth_m > 0)
        points.append(view.points[known])
        normals.append((view.normal @ view.camera.world_from_camera[:3, :3].T)[known])
    return np.concatenate(points), np.concatenate(normals)


def _some(cloud: Cloud, count: int, seed: int) -> Cloud:
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(cloud[0]), min(count, len(cloud[0])), replace=False)
    return cloud[0][chosen] + rng.normal(0, _NOISE_M, (len(chosen), 3)), cloud[1][chosen]


def _one(cloud: Cloud, depth: int, truth: Float[np.ndarray, "N 3"], seed: int) -> Row:
    import open3d as o3d

    given = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(cloud[0]))
    given.normals = o3d.utility.Vector3dVector(cloud[1])
    began = time.perf_counter()
    mesh, density = o3d.geometry.TriangleMesh.create_from_point_cloud_poisson(given, depth=depth, n_threads=1)
    seconds = time.perf_counter() - began
    vertices, thin = len(mesh.vertices), np.asarray(density)
    mesh.remove_vertices_by_mask(thin < np.quantile(thin, _SPARSE))
    o3d.utility.random.seed(seed)
    told = np.asarray(mesh.sample_points_uniformly(_SAMPLES).points)
    return {
        "s": round(seconds, 2),
        "vertices": vertices,
        "vertices_per_s": round(vertices / seconds),
        "f_score": f_score(told, truth),
    }


def f_score(told: Float[np.ndarray, "N 3"], truth: Float[np.ndarray, "M 3"]) -> float:
    """Harmonic mean of the shares within 5 cm; precision counts only where the truth was looked at.

    Points of the mesh outside the box of the true points are nobody's fault: no true view shows them.
    """
    low, high = truth.min(axis=0) - _NEAR_M, truth.max(axis=0) + _NEAR_M
    told = told[((told > low) & (told < high)).all(axis=1)]
    if not len(told):
        return 0.0
    precision = float((cKDTree(truth).query(told)[0] < _NEAR_M).mean())
    recall = float((cKDTree(told).query(truth)[0] < _NEAR_M).mean())
    return 2 * precision * recall / max(precision + recall, 1e-9)

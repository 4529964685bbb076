"""Surface stage beside the seed system's on the same points: ``python -m benchmarks.surface --mesh MESH.ply``.

The seed system estimates normals from k = 10 neighbours and runs Screened Poisson at depth 9 twice (the second
time on the vertices of the first) in PyMeshLab. Points are drawn from a true mesh and get noise; ours also gets
rough normals, because point maps know from where each point was seen. Both run once on a few points before
their time is taken, so that neither pays for loading or compiling its code. PyMeshLab is GPL and needed by this
benchmark only (``pip install pymeshlab``).
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from scipy.spatial import cKDTree

from benchmarks.metrics import point_errors
from benchmarks.records.recorder import Recorder, add_options
from pipeline import machine
from pipeline.rooms.scene import Source, SurfaceSamples, merge
from pipeline.rooms.surface.surface import SurfaceSettings, mesh_of_samples

#: wall and CPU seconds
Seconds = tuple[float, float]

_PEER = """
import sys, time, numpy as np, pymeshlab

def made(points, depth):
    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(pymeshlab.Mesh(vertex_matrix=points))
    meshes.compute_normal_for_point_clouds(k=10)
    for _ in range(2):
        meshes.generate_surface_reconstruction_screened_poisson(depth=depth, threads=int(sys.argv[3]))
    return meshes.current_mesh().vertex_matrix(), meshes.current_mesh().face_matrix()

points = np.load(sys.argv[1])["points"]
made(points[:: max(1, len(points) // 2000)], 5)
started, cpu = time.perf_counter(), time.process_time()
vertices, faces = made(points, 9)
seconds = [time.perf_counter() - started, time.process_time() - cpu]
np.savez(sys.argv[2], vertices=vertices, faces=faces, seconds=seconds)
"""


def read_mesh(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a PLY file."""
    import open3d as o3d

    mesh = o3d.io.read_triangle_mesh(path)
    if len(mesh.triangles) == 0:
        raise SystemExit(f"{path} holds no triangles; give a mesh as PLY.")
    return np.asarray(mesh.vertices), np.asarray(mesh.triangles)


def draw(
    vertices: np.ndarray, faces: np.ndarray, count: int, noise_m: float, seed: int
) -> tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"]]:
    """Noisy points on the triangles, uniform by area, and unit normals towards the mesh's middle."""
    rng = np.random.default_rng(seed)
    corner = vertices[faces]
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    area = np.linalg.norm(cross, axis=1)
    picked = rng.choice(len(faces), count, p=area / area.sum())
    a, b = np.sqrt(rng.random(count)), rng.random(count)
    weights = np.stack([1 - a, a * (1 - b), a * b], axis=1)
    points = (corner[picked] * weights[..., None]).sum(axis=1)
    normals = cross[picked] / area[picked, None]
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    normals[((middle - points) * normals).sum(axis=1) < 0] *= -1
    return points + noise_m * rng.standard_normal(points.shape), normals


def noisy_normals(normals: Float[np.ndarray, "N 3"], seed: int, sigma: float = 0.1) -> Float[np.ndarray, "N 3"]:
    """Normals as a depth map would give them: turned at random by about ``sigma`` radians."""
    turned = normals + sigma * np.random.default_rng(seed).standard_normal(normals.shape)
    unit: Float[np.ndarray, "N 3"] = turned / np.linalg.norm(turned, axis=1, keepdims=True)
    return unit


def ours(
    points: Float[np.ndarray, "N 3"], normals: Float[np.ndarray, "N 3"], threads: int
) -> tuple[np.ndarray, np.ndarray, Seconds]:
    """Vertices, faces and seconds of our surface stage."""
    every = max(1, len(points) // 2000)
    _ours(points[::every], normals[::every], threads)
    started, cpu = time.perf_counter(), time.process_time()
    vertices, faces = _ours(points, normals, threads)
    return vertices, faces, (time.perf_counter() - started, time.process_time() - cpu)


def _ours(
    points: Float[np.ndarray, "N 3"], normals: Float[np.ndarray, "N 3"], threads: int
) -> tuple[np.ndarray, np.ndarray]:
    machine.use(threads)
    settings = SurfaceSettings()
    n = len(points)
    source: UInt8[np.ndarray, " N"] = np.full(n, Source.MEASURED, np.uint8)
    samples = SurfaceSamples(points, normals, np.full((n, 3), 0.5), np.ones(n), source)
    voxel = max(settings.voxel_m, float(np.ptp(points, axis=0).max()) / 400)
    return mesh_of_samples(merge(samples, voxel), voxel, settings)


def peer(points: Float[np.ndarray, "N 3"], threads: int) -> tuple[np.ndarray, np.ndarray, Seconds]:
    """The same of the seed system's stage (in a process of its own)."""
    with tempfile.TemporaryDirectory() as work:
        given, made = Path(work) / "points.npz", Path(work) / "mesh.npz"
        np.savez(given, points=points)
        command = [sys.executable, "-c", _PEER, str(given), str(made), str(threads)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=3600, check=False)
        if done.returncode:
            raise SystemExit(f"PyMeshLab failed (pip install pymeshlab?):\n{done.stderr[-800:]}")
        with np.load(made) as arrays:
            wall, cpu = arrays["seconds"].tolist()
            return arrays["vertices"], arrays["faces"], (wall, cpu)


def scores(
    vertices: np.ndarray, faces: np.ndarray, true: Float[np.ndarray, "M 3"], spacing_points: int = 200_000
) -> dict[str, float]:
    """Accuracy, completeness (mean, metres) and F-scores of points drawn from the mesh."""
    drawn, _ = draw(vertices, faces, spacing_points, 0.0, 1)
    errors = point_errors(drawn, true, 0.05)
    near = cKDTree(true).query(drawn, workers=2)[0] < 0.01
    found = cKDTree(drawn).query(true, workers=2)[0] < 0.02
    fine = 2 * near.mean() * found.mean() / max(near.mean() + found.mean(), 1e-9)
    return {
        "acc_m": errors.accuracy_mean_m,
        "comp_m": errors.completeness_mean_m,
        "f5cm": errors.f_score,
        "f_fine": float(fine),
    }


def compare(mesh: Path, count: int, noise_m: float, threads: int, with_peer: bool) -> list[dict[str, Any]]:
    """A row for ours and one for the peer."""
    vertices, faces = read_mesh(mesh)
    points, normals = draw(vertices, faces, count, noise_m, 0)
    true, _ = draw(vertices, faces, 400_000, 0.0, 2)
    rows = []
    for name in ("ours", "seed") if with_peer else ("ours",):
        if name == "ours":
            made, triangles, seconds = ours(points, noisy_normals(normals, 3), threads)
        else:
            made, triangles, seconds = peer(points, threads)
        row: dict[str, Any] = {"stage": name, "points": count, "s": seconds[0], "cpu_s": seconds[1]}
        row["faces"] = len(triangles)
        rows.append(row | scores(made, triangles, true))
    return rows


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mesh", type=Path, required=True, help="true mesh (PLY, metres)")
    parser.add_argument("--points", type=int, nargs="+", default=[200_000, 400_000, 800_000])
    parser.add_argument("--noise-m", type=float, default=0.005)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-peer", action="store_true", help="ours only")
    add_options(parser)
    arguments = parser.parse_args()
    recorder = Recorder.of("surface", ["stage", "points"], arguments)
    for count in arguments.points:
        if count < 1000:
            raise SystemExit("--points: give at least 1000")
        for row in compare(arguments.mesh, count, arguments.noise_m, arguments.threads, not arguments.no_peer):
            print("  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))
            recorder.add(row)


if __name__ == "__main__":
    main()

"""Ground truth of a room: point maps of its photos, and points on its true mesh with who sees them.

A folder holds a ``cameras.json`` (``frames`` with ``image``, ``depth``, ``K``, ``c2w``) and a mesh:
``gt_mesh.ply`` or ``mesh.ply``, in it or above it. Worlds with y up are turned to z up.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image

from pipeline.rooms.scene import PointMaps, Source, View, Viewpoint, pixel_rays

_Z_UP_FROM_Y_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
_SAMPLES = 40_000
_LONGER_PX = 400


def z_up(folder: Path) -> Float[np.ndarray, "4 4"]:
    """Turns the folder's world so that z is up."""
    document = json.loads((folder / "cameras.json").read_text(encoding="utf-8"))
    up = -np.mean([np.array(frame["c2w"])[:3, 1] for frame in document["frames"]], axis=0)
    return np.eye(4) if int(np.argmax(np.abs(up))) == 2 else _Z_UP_FROM_Y_UP


def mesh_file(folder: Path) -> Path:
    """The true mesh; ``FileNotFoundError`` if there is none."""
    for path in (folder / "gt_mesh.ply", folder / "mesh.ply", folder.parent / "gt_mesh.ply"):
        if path.is_file():
            return path
    raise FileNotFoundError(f"{folder} has no gt_mesh.ply or mesh.ply")


def true_maps(folder: Path) -> PointMaps:
    """Point maps of the ground truth (every few pixels), z up."""
    document = json.loads((folder / "cameras.json").read_text(encoding="utf-8"))
    turn = z_up(folder)
    views = []
    for frame in document["frames"]:
        with Image.open(folder / frame["image"]) as image, Image.open(folder / frame["depth"]) as depth_image:
            step = max(1, round(max(image.size) / _LONGER_PX))
            pixels = np.asarray(image.convert("RGB"))[::step, ::step]
            depth = np.asarray(depth_image)[::step, ::step] / float(document["depth_scale"])
        K = np.array(frame["K"]) / step
        K[2, 2] = 1.0
        pose = turn @ np.array(frame["c2w"])
        height, width = depth.shape
        points = (pixel_rays(K, height, width) * depth[..., None]) @ pose[:3, :3].T + pose[:3, 3]
        valid = depth > 0
        views.append(
            View(
                photo_id=frame["name"],
                image=pixels.astype(np.uint8),
                world_from_camera=pose,
                K=K,
                points=np.where(valid[..., None], points, np.nan).astype(np.float32),
                confidence=valid.astype(np.float32),
                source=np.where(valid, Source.MEASURED, Source.NONE).astype(np.uint8),
            )
        )
    return PointMaps(tuple(views), "ground truth", metric=True)


class TrueRoom:
    """Points on the true mesh, each standing for the same area, and who sees them."""

    def __init__(self, folder: Path, samples: int = _SAMPLES) -> None:
        import open3d as o3d

        mesh = o3d.io.read_triangle_mesh(mesh_file(folder))
        mesh.transform(z_up(folder))
        self._scene: Any = o3d.t.geometry.RaycastingScene(nthreads=2)
        self._scene.add_triangles(o3d.t.geometry.TriangleMesh.from_legacy(mesh))
        o3d.utility.random.seed(0)
        self.points = np.asarray(mesh.sample_points_uniformly(samples).points)
        self.cell_m2 = mesh.get_surface_area() / samples

    def seen(self, viewpoint: Viewpoint) -> Bool[np.ndarray, " P"]:
        """Points that the camera sees."""
        import open3d as o3d

        away = self.points - viewpoint.centre
        local = away @ viewpoint.world_from_camera[:3, :3]
        z = np.maximum(local[:, 2], 1e-6)
        x = viewpoint.K[0, 0] * local[:, 0] / z + viewpoint.K[0, 2]
        y = viewpoint.K[1, 1] * local[:, 1] / z + viewpoint.K[1, 2]
        rays = np.concatenate([np.broadcast_to(viewpoint.centre, away.shape), away], axis=1)
        hit = self._scene.cast_rays(o3d.core.Tensor.from_numpy(rays.astype(np.float32)))["t_hit"].numpy()
        inside = (x > -0.5) & (y > -0.5) & (x < viewpoint.width_px - 0.5) & (y < viewpoint.height_px - 0.5)
        seen: Bool[np.ndarray, " P"] = (local[:, 2] > 0.02) & inside & (hit > 0.99)
        return seen

    def visible(self, centre: Float[np.ndarray, "3"]) -> Bool[np.ndarray, " P"]:
        """Points that somebody at ``centre`` who turns round would see."""
        import open3d as o3d

        away = self.points - centre
        rays = np.concatenate([np.broadcast_to(centre, away.shape), away], axis=1).astype(np.float32)
        hit = self._scene.cast_rays(o3d.core.Tensor.from_numpy(rays))["t_hit"].numpy()
        visible: Bool[np.ndarray, " P"] = hit > 0.99
        return visible

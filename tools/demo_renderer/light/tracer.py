"""Ray casting in a finished scene: Embree through Open3D, shading through numba."""

import math
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Bool, Float32, UInt32

from tools.demo_renderer.jit import in_rows
from tools.demo_renderer.materials.materials import shade_rows
from tools.demo_renderer.scene import Scene

NO_FACE = np.uint32(0xFFFFFFFF)
_CHUNK = 1_500_000


@dataclass(frozen=True)
class Hits:
    """First hits of rays: distance in ray lengths (inf where none), face (``NO_FACE``) and barycentrics."""

    t: Float32[np.ndarray, "N"]
    face: UInt32[np.ndarray, "N"]
    bary: Float32[np.ndarray, "N 2"]


@dataclass(frozen=True)
class Shaded:
    """Surface properties at hits: smooth normal towards the viewer, normal with relief, linear albedo."""

    normal: Float32[np.ndarray, "N 3"]
    bumped: Float32[np.ndarray, "N 3"]
    albedo: Float32[np.ndarray, "N 3"]


class Tracer:
    """A scene ready for rays; rays are (origin, direction) rows of six numbers."""

    def __init__(self, scene: Scene) -> None:
        import open3d as o3d

        self.scene = scene
        self._tensor = cast(Any, o3d.core.Tensor)
        self._embree = o3d.t.geometry.RaycastingScene()
        self._embree.add_triangles(self._tensor(scene.vertices), self._tensor(scene.faces.astype(np.uint32)))

    def hits(self, rays: Float32[np.ndarray, "N 6"]) -> Hits:
        """First hit of every ray."""
        found = self._embree.cast_rays(self._tensor(rays))
        return Hits(found["t_hit"].numpy(), found["primitive_ids"].numpy(), found["primitive_uvs"].numpy())

    def faces(self, rays: Float32[np.ndarray, "N 6"]) -> UInt32[np.ndarray, "N"]:
        """Only the face that every ray meets first."""
        return np.asarray(self._embree.cast_rays(self._tensor(rays))["primitive_ids"].numpy(), np.uint32)

    def blocked(self, rays: Float32[np.ndarray, "N 6"], reach: float = 0.999) -> Bool[np.ndarray, "N"]:
        """Whether something lies on the ray before ``reach`` ray lengths."""
        parts = [
            self._embree.test_occlusions(self._tensor(rays[k : k + _CHUNK]), 0.0, reach).numpy()
            for k in range(0, len(rays), _CHUNK)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, bool)

    def shade(self, rays: Float32[np.ndarray, "N 6"], hits: Hits, pixel_rad: float) -> Shaded:
        """Evaluate the materials at hits; ``pixel_rad`` is the angle that one sample stands for."""
        scene = self.scene
        out = Shaded(*(np.zeros((len(rays), 3), np.float32) for _ in range(3)))

        def work(start: int, stop: int) -> None:
            shade_rows(
                start, stop, rays, hits.t, hits.face, hits.bary, pixel_rad,
                scene.faces, scene.normals, scene.uv, scene.material_of_face, scene.tangent_u, scene.tangent_v,
                scene.materials, scene.texels, scene.mips, out.normal, out.bumped, out.albedo,
            )  # fmt: skip

        in_rows(work, len(rays))
        return out


def hemisphere_rule(count: int, turn: int) -> Float32[np.ndarray, "N 2"]:
    """``count`` well spread points of the unit square (Roberts' R2 sequence), shifted by ``turn``."""
    golden = 1.3247179572447460
    k = np.arange(count) + 0.5
    shift = np.array([(turn * 0.381966) % 1.0, (turn * 0.2360679) % 1.0])
    points: Float32[np.ndarray, "N 2"] = ((np.stack([k / count, k / golden**2], -1) + shift) % 1.0).astype(
        np.float32
    )
    return points


def pixel_angle(focal_px: float, samples_per_side: int) -> float:
    """Angle (rad) between neighbouring samples at the centre of a photo."""
    return math.atan(1.0 / (focal_px * samples_per_side))

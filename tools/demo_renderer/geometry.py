"""Triangle meshes from parameters: sheets, rounded boxes, turned and swept shapes, soft cushions.

Meshes live in metres with z up. Texture coordinates ``uv`` are metres on the surface too (u along the grain of
wood), except where a shape is made for a picture or a leaf, which use [0, 1].
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from jaxtyping import Float, Int

from tools.demo_renderer.noise import noise_map

#: places along a line, metres
Path = Sequence[Sequence[float]] | Sequence[Float[np.ndarray, "3"]] | Float[np.ndarray, "N 3"]


@dataclass(frozen=True)
class Mesh:
    """Triangles with shading normals (unit, on the outside) and texture coordinates per vertex."""

    vertices: Float[np.ndarray, "V 3"]
    normals: Float[np.ndarray, "V 3"]
    uv: Float[np.ndarray, "V 2"]
    faces: Int[np.ndarray, "F 3"]

    def at(self, x: float, y: float, z: float) -> Self:
        """Moved by (x, y, z) metres."""
        return replace(self, vertices=self.vertices + np.array([x, y, z]))

    def rotated(self, rotation: Float[np.ndarray, "3 3"]) -> Self:
        """Turned about the origin."""
        return replace(self, vertices=self.vertices @ rotation.T, normals=self.normals @ rotation.T)

    def turned(self, yaw_deg: float) -> Self:
        """Turned about the vertical axis."""
        return self.rotated(rotation(yaw_deg, 2))

    def tilted(self, angle_deg: float, axis: int) -> Self:
        """Turned about the x (0) or y (1) axis."""
        return self.rotated(rotation(angle_deg, axis))

    def with_uv(self, uv: Float[np.ndarray, "V 2"]) -> Self:
        """The same shape with other texture coordinates."""
        return replace(self, uv=uv)


def rotation(angle_deg: float, axis: int) -> Float[np.ndarray, "3 3"]:
    """Right-handed turn about a coordinate axis."""
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    a, b = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = np.eye(3)
    matrix[a, a] = matrix[b, b] = c
    matrix[a, b], matrix[b, a] = -s, s
    return matrix


def join(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of all."""
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.uv for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]),
    )


def smooth_normals(
    vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"]
) -> Float[np.ndarray, "V 3"]:
    """Area-weighted vertex normals by the right-hand rule of the faces."""
    corners = vertices[faces]
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], face_normals)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    unit: Float[np.ndarray, "V 3"] = normals / np.maximum(length, 1e-12)
    return unit


def _grid_faces(rows: int, columns: int) -> Int[np.ndarray, "F 3"]:
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b = index[:-1, :-1].ravel(), index[:-1, 1:].ravel()
    c, d = index[1:, 1:].ravel(), index[1:, :-1].ravel()
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])


def sheet(points: Float[np.ndarray, "R C 3"], uv: Float[np.ndarray, "R C 2"]) -> Mesh:
    """A surface through a grid of points; its outside is columns x rows (right-hand rule)."""
    rows, columns = points.shape[:2]
    vertices = np.asarray(points, np.float64).reshape(-1, 3)
    faces = _grid_faces(rows, columns)
    corners = vertices[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    faces = faces[area > 1e-10]
    return Mesh(vertices, smooth_normals(vertices, faces), np.asarray(uv, np.float64).reshape(-1, 2), faces)


def _lines(length: float, cell_m: float) -> Float[np.ndarray, "N"]:
    return np.linspace(0.0, length, max(math.ceil(length / cell_m), 1) + 1)


def panel(
    width: float,
    height: float,
    cell_m: float = 0.12,
    holes: Sequence[tuple[float, float, float, float]] = (),
) -> Mesh:
    """A rectangle in the xz-plane from the origin, outside towards -y; ``holes`` are (x0, z0, x1, z1)."""
    xs = np.unique(np.concatenate([_lines(width, cell_m), *[[h[0], h[2]] for h in holes]]).round(6))
    zs = np.unique(np.concatenate([_lines(height, cell_m), *[[h[1], h[3]] for h in holes]]).round(6))
    x, z = np.meshgrid(xs, zs)
    flat = sheet(np.stack([x, np.zeros_like(x), z], -1), np.stack([x, z], -1))
    centre = flat.vertices[flat.faces].mean(1)
    keep = np.ones(len(centre), bool)
    for x0, z0, x1, z1 in holes:
        keep &= ~((centre[:, 0] > x0) & (centre[:, 0] < x1) & (centre[:, 2] > z0) & (centre[:, 2] < z1))
    return replace(
        flat, faces=flat.faces[keep], normals=np.broadcast_to([0.0, -1.0, 0.0], flat.normals.shape).copy()
    )


def picture_plane(width: float, height: float) -> Mesh:
    """An upright rectangle about the origin in the xz-plane, outside towards -y, uv from (0, 0) top left."""
    flat = panel(width, height, max(width, height) / 3).at(-width / 2, 0, -height / 2)
    return flat.with_uv(np.stack([flat.vertices[:, 0] / width + 0.5, 0.5 - flat.vertices[:, 2] / height], -1))


def _bevel_lines(length: float, radius: float, cell_m: float) -> Float[np.ndarray, "N"]:
    inner = length - 2 * radius
    middle = _lines(inner, cell_m) - inner / 2
    if radius <= 0:
        return middle
    step = np.array([1.0, 0.6]) if radius > 0.004 else np.array([1.0])
    return np.concatenate([-inner / 2 - radius * step, middle, inner / 2 + radius * step[::-1]])


def box(x: float, y: float, z: float, radius: float = 0.004, cell_m: float = 0.12) -> Mesh:
    """A box with rounded edges, centred in x and y, standing on z = 0; u runs along its longer sides."""
    size = np.array([x, y, z])
    radius = min(radius, 0.499 * float(size.min()))
    half = size / 2
    parts = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            a, b = (axis + 1) % 3, (axis + 2) % 3
            if sign < 0:
                a, b = b, a
            s, t = np.meshgrid(_bevel_lines(size[a], radius, cell_m), _bevel_lines(size[b], radius, cell_m))
            cube = np.empty((*s.shape, 3))
            cube[..., a], cube[..., b], cube[..., axis] = s, t, sign * half[axis]
            core = np.clip(cube, -(half - radius), half - radius)
            normal = cube - core
            normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
            uv = np.stack([s, t], -1) if size[a] >= size[b] else np.stack([t, s], -1)
            side = sheet(core + radius * normal if radius > 0 else cube, uv + 3.7 * (2 * axis + (sign > 0)))
            if radius > 0:
                side = replace(side, normals=normal.reshape(-1, 3))
            parts.append(side)
    return join(parts).at(0, 0, z / 2)


def turned_shape(profile: Sequence[tuple[float, float]], segments: int = 28, smooth: bool = True) -> Mesh:
    """A body of revolution about z from (radius, height) pairs, listed from bottom to top of its outside."""
    points = np.asarray(profile, np.float64)
    if not smooth:
        points = np.repeat(points, 2, axis=0)[1:-1]
        strips = [turned_shape([(a[0], a[1]), (b[0], b[1])], segments) for a, b in points.reshape(-1, 2, 2)]
        return join(strips)
    angle = np.linspace(0, 2 * math.pi, segments + 1)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    radius, height = points[:, :1], points[:, 1:]
    grid = np.stack(
        [radius * np.cos(angle), radius * np.sin(angle), np.broadcast_to(height, (len(points), len(angle)))], -1
    )
    uv = np.stack(np.broadcast_arrays(angle[None] * max(points[:, 0].max(), 1e-3), along[:, None]), -1)
    body = sheet(grid, uv)
    normals = body.normals.reshape(len(points), len(angle), 3)
    seam = normals[:, 0] + normals[:, -1]
    seam /= np.maximum(np.linalg.norm(seam, axis=1, keepdims=True), 1e-12)
    normals[:, 0] = normals[:, -1] = seam
    return replace(body, normals=normals.reshape(-1, 3))


def tube(path: Path, radius_m: float, segments: int = 10, end_radius_m: float | None = None) -> Mesh:
    """A round bar along a polyline, tapering to ``end_radius_m``."""
    points = np.asarray(path, np.float64)
    tangent = np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    helper = np.array([0.31, 0.95, 0.05]) if abs(tangent[0, 2]) > 0.7 else np.array([0.05, 0.1, 0.99])
    side = np.cross(tangent, helper)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(tangent, side)
    radii = np.linspace(radius_m, radius_m if end_radius_m is None else end_radius_m, len(points))
    angle = np.linspace(0, 2 * math.pi, segments + 1)[:, None, None]
    rings = points + radii[:, None] * (np.cos(angle) * side + np.sin(angle) * up)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    uv = np.stack(np.broadcast_arrays(along[None], angle[..., 0] * radius_m), -1)
    bar = sheet(rings, uv)
    outward = (rings - points).reshape(-1, 3)
    if np.mean(np.sum(bar.normals * outward, 1)) < 0:
        bar = replace(bar, normals=-bar.normals, faces=bar.faces[:, ::-1])
    return bar


def smooth_path(knots: Path, count: int = 16) -> Float[np.ndarray, "N 3"]:
    """Catmull-Rom curve through the knots."""
    p = np.asarray(knots, np.float64)
    p = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    s = np.linspace(0, len(p) - 3 - 1e-9, count)
    i = s.astype(int)
    t = (s - i)[:, None]
    a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
    curve: Float[np.ndarray, "N 3"] = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return curve


def cushion(
    width: float, height: float, thickness: float, seed: int, cells: int = 26, plump: float = 0.42
) -> Mesh:
    """A filled pillow lying in the xy-plane about the origin: pointed corners, drawn-in edges, creases."""
    line = np.sin(np.linspace(-1, 1, cells) * math.pi / 2)
    s, t = np.meshgrid(line, line)
    inside = np.clip((1 - s**4) * (1 - t**4), 0, 1)
    crease = noise_map(s * 2.2 + seed * 3.1, t * 2.2, 3, seed) * (
        0.35 + 0.65 * np.maximum(np.abs(s), np.abs(t))
    )
    dome = inside**plump * (1 + 0.30 * crease)
    x = width / 2 * s * (1 - 0.07 * (1 - t**2) * np.abs(s))
    y = height / 2 * t * (1 - 0.07 * (1 - s**2) * np.abs(t))
    uv = np.stack([width / 2 * s, height / 2 * t], -1)
    top = sheet(np.stack([x, y, thickness / 2 * dome], -1), uv)
    bottom = sheet(np.stack([x, y, -thickness / 2 * dome], -1)[::-1], uv[::-1] + 2.3)
    return join([top, bottom])

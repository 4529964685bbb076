"""What is exactly known about rendered photos: cameras, depth, the planes of the room, and the mesh.

``cameras.json`` (paths relative to it) holds ``depth_scale``, ``room_box_min`` and ``room_box_max``,
``layout_labels`` and per photo ``name``, ``image``, ``depth``, ``layout``, ``width``, ``height``, ``K`` and
``c2w``. Depth is z-depth as 16-bit PNG, metres = value / depth_scale, 0 where a photo looks out of the window.
Layout masks show the empty box: for every pixel the plane behind all furniture.
"""

import json
from pathlib import Path

import numpy as np
from jaxtyping import UInt8, UInt16
from PIL import Image

from tools.demo_renderer.cameras import Camera
from tools.demo_renderer.light.tracer import NO_FACE, Tracer
from tools.demo_renderer.rooms.shell import WALL_THICKNESS_M
from tools.demo_renderer.scene import Kind, Scene

DEPTH_SCALE = 1000
LAYOUT_LABELS = {
    "1": "floor", "2": "ceiling", "3": "wall x=min", "4": "wall x=max", "5": "wall y=min", "6": "wall y=max"
}  # fmt: skip
CONVENTION = (
    "OpenCV camera axes (x right, y down, z forward); c2w 4x4 camera-to-world, metres; world z up, floor at "
    "z=0; K 3x3 pixels, pixel centres at integers; depth uint16 PNG z-depth, metres = value / depth_scale, "
    "0 = invalid"
)


def depth_mm(tracer: Tracer, camera: Camera) -> UInt16[np.ndarray, "H W"]:
    """z-depth at the pixel centres in millimetres; 0 beyond the outer face of the window wall."""
    rays = camera.rays(1, (0, camera.height))
    hits = tracer.hits(rays)
    depth = np.where(hits.face == NO_FACE, 0.0, hits.t)
    beyond = rays[:, 1] + depth * rays[:, 4] > tracer.scene.size_m[1] + WALL_THICKNESS_M + 0.01
    depth[beyond] = 0.0
    return np.round(depth * DEPTH_SCALE).astype(np.uint16).reshape(camera.height, camera.width)


def layout_labels(size_m: tuple[float, float, float], camera: Camera) -> UInt8[np.ndarray, "H W"]:
    """Which plane of the empty box every pixel looks at, numbered as in :data:`LAYOUT_LABELS`."""
    rays = camera.rays(1, (0, camera.height)).astype(np.float64)
    eye, direction = rays[:, :3], rays[:, 3:]
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(direction > 0, (np.array(size_m) - eye) / direction, -eye / direction)
    axis = np.argmin(np.where(direction == 0, np.inf, reach), axis=1)
    upper = np.take_along_axis(direction, axis[:, None], 1)[:, 0] > 0
    number = np.array([[3, 4], [5, 6], [1, 2]], np.uint8)[axis, upper.astype(int)]
    labels: UInt8[np.ndarray, "H W"] = number.reshape(camera.height, camera.width)
    return labels


def write_mesh(scene: Scene, path: Path) -> None:
    """The room's surfaces, without the view outside, as binary PLY."""
    inside = scene.materials[scene.material_of_face, 14] != Kind.BACKDROP
    kept = scene.faces[inside]
    used, faces = np.unique(kept, return_inverse=True)
    vertices = scene.vertices[used].astype("<f4")
    table = np.empty(len(kept), dtype=[("n", "u1"), ("i", "<i4", 3)])
    table["n"], table["i"] = 3, faces.reshape(-1, 3)
    header = (
        "ply\nformat binary_little_endian 1.0\ncomment synthetic room, metres, z up\n"
        f"element vertex {len(vertices)}\nproperty float x\nproperty float y\nproperty float z\n"
        f"element face {len(table)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    path.write_bytes(header.encode("ascii") + vertices.tobytes() + table.tobytes())


def write_view(tracer: Tracer, camera: Camera, name: str, image: str, folder: Path) -> dict[str, object]:
    """Write depth and layout of one photo and return its entry of ``cameras.json``."""
    for sub in ("depth", "layout"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    depth, layout = f"depth/{name}.png", f"layout/{name}.png"
    Image.fromarray(depth_mm(tracer, camera)).save(folder / depth)
    Image.fromarray(layout_labels(tracer.scene.size_m, camera)).save(folder / layout)
    return {
        "name": name,
        "image": image,
        "depth": depth,
        "layout": layout,
        "width": camera.width,
        "height": camera.height,
        "K": camera.K.tolist(),
        "c2w": camera.world_from_camera.tolist(),
    }


def write_cameras(scene: Scene, frames: list[dict[str, object]], folder: Path) -> None:
    """Write ``cameras.json``."""
    head = {
        "convention": CONVENTION,
        "depth_scale": DEPTH_SCALE,
        "room_box_min": [0.0, 0.0, 0.0],
        "room_box_max": list(scene.size_m),
        "layout_labels": LAYOUT_LABELS,
        "mesh": "mesh.ply",
        "note": "synthetic: rendered by ShowRoom",
        "frames": frames,
    }
    (folder / "cameras.json").write_text(json.dumps(head, indent=1), encoding="utf-8")

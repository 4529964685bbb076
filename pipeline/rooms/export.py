"""Files that other programs open: GLB, PLY, cameras.json, COLMAP text, nerfstudio transforms.json.

glTF has y up, so GLB positions are ``(x, z, -y)`` of the room frame; all other formats keep the room frame
(z up). glTF vertex colours are linear; photos carry their own light, so materials are unlit.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pygltflib as gltf
from jaxtyping import Float, UInt8, UInt16
from scipy.spatial.transform import Rotation

from pipeline.rooms.point_maps import PointMaps, Source
from pipeline.rooms.surface import Surface

_CONVENTION = (
    "OpenCV camera axes (x right, y down, z forward); c2w 4x4 camera-to-world, z up, metres if metric; "
    "K 3x3 pixels (pixel centres at integers)"
)
_GENERATOR = "ShowRoom"


def write_mesh_glb(surface: Surface, path: Path, provenance: Mapping[str, object] | None = None) -> None:
    """Write the mesh as GLB: positions, normals, linear vertex colours, unlit, seen from inside only.

    Args:
        surface: to write.
        path: of the file.
        provenance: JSON-serialisable facts that go into ``asset.extras``.
    """
    builder = _Glb(provenance)
    attributes = gltf.Attributes(
        POSITION=builder.positions(_y_up(surface.vertices)),
        NORMAL=builder.vectors(_y_up(surface.normals)),
        COLOR_0=builder.colors(surface.colors),
    )
    indices = builder.indices(surface.faces)
    primitive = gltf.Primitive(attributes=attributes, indices=indices, material=0, mode=gltf.TRIANGLES)
    builder.write(primitive, path, dict(surface.stats))


def write_points_glb(
    maps: PointMaps, path: Path, max_points: int = 200_000, provenance: Mapping[str, object] | None = None
) -> None:
    """Write the points as GLB of points (at most ``max_points``, evenly thinned out)."""
    points, colors, _, _ = flat_points(maps, max_points)
    builder = _Glb(provenance)
    attributes = gltf.Attributes(POSITION=builder.positions(_y_up(points)), COLOR_0=builder.colors(colors))
    primitive = gltf.Primitive(attributes=attributes, material=0, mode=gltf.POINTS)
    builder.write(primitive, path, {"points": len(points)})


def _y_up(vectors: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
    return np.stack([vectors[:, 0], vectors[:, 2], -vectors[:, 1]], axis=1)


def linear_u16(colors: UInt8[np.ndarray, "N 3"]) -> UInt16[np.ndarray, "N 4"]:
    """sRGB bytes to linear, normalised 16-bit RGBA, as glTF vertex colours are meant."""
    values = colors.astype(np.float64) / 255.0
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    rgba = np.full((len(colors), 4), 65535, np.uint16)
    rgba[:, :3] = np.rint(linear * 65535).astype(np.uint16)
    return rgba


class _Glb:
    """Collects buffers and writes one mesh of one primitive."""

    def __init__(self, provenance: Mapping[str, object] | None) -> None:
        self.extras = dict(provenance or {})
        self.blob = bytearray()
        self.views: list[gltf.BufferView] = []
        self.accessors: list[gltf.Accessor] = []

    def _add(self, data: np.ndarray, target: int | None, accessor: gltf.Accessor) -> int:
        self.blob.extend(b"\0" * (-len(self.blob) % 4))
        raw = np.ascontiguousarray(data).tobytes()
        stride = data.strides[0] if target == gltf.ARRAY_BUFFER else None
        self.views.append(
            gltf.BufferView(buffer=0, byteOffset=len(self.blob), byteLength=len(raw), byteStride=stride, target=target)
        )
        self.blob.extend(raw)
        accessor.bufferView = len(self.views) - 1
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def positions(self, values: Float[np.ndarray, "N 3"]) -> int:
        data = np.ascontiguousarray(values, dtype="<f4")
        accessor = gltf.Accessor(
            componentType=gltf.FLOAT,
            count=len(data),
            type=gltf.VEC3,
            min=data.min(axis=0).tolist(),
            max=data.max(axis=0).tolist(),
        )
        return self._add(data, gltf.ARRAY_BUFFER, accessor)

    def vectors(self, values: Float[np.ndarray, "N 3"]) -> int:
        packed = np.zeros((len(values), 4), np.int8)
        packed[:, :3] = np.rint(values * 127)
        accessor = gltf.Accessor(componentType=gltf.BYTE, normalized=True, count=len(values), type=gltf.VEC3)
        return self._add(packed, gltf.ARRAY_BUFFER, accessor)

    def colors(self, values: UInt8[np.ndarray, "N 3"]) -> int:
        accessor = gltf.Accessor(
            componentType=gltf.UNSIGNED_SHORT, normalized=True, count=len(values), type=gltf.VEC4
        )
        return self._add(linear_u16(values), gltf.ARRAY_BUFFER, accessor)

    def indices(self, faces: np.ndarray) -> int:
        data = faces.astype("<u4").reshape(-1)
        accessor = gltf.Accessor(componentType=gltf.UNSIGNED_INT, count=len(data), type=gltf.SCALAR)
        return self._add(data, gltf.ELEMENT_ARRAY_BUFFER, accessor)

    def write(self, primitive: gltf.Primitive, path: Path, facts: Mapping[str, object]) -> None:
        quantised = ["KHR_mesh_quantization"] if primitive.attributes.NORMAL is not None else []
        material = gltf.Material(
            doubleSided=False,
            pbrMetallicRoughness=gltf.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=1.0),
            extensions={"KHR_materials_unlit": {}},
        )
        document = gltf.GLTF2(
            asset=gltf.Asset(version="2.0", generator=_GENERATOR, extras={**self.extras, **facts}),
            scene=0,
            scenes=[gltf.Scene(nodes=[0])],
            nodes=[gltf.Node(mesh=0)],
            meshes=[gltf.Mesh(primitives=[primitive])],
            materials=[material],
            accessors=self.accessors,
            bufferViews=self.views,
            buffers=[gltf.Buffer(byteLength=len(self.blob))],
            extensionsUsed=["KHR_materials_unlit", *quantised],
            extensionsRequired=quantised,
        )
        document.set_binary_blob(bytes(self.blob))
        path.parent.mkdir(parents=True, exist_ok=True)
        document.save_binary(str(path))


def flat_points(
    maps: PointMaps, max_points: int, min_confidence: float = 0.05
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Points, colours, confidence and source of all views, evenly thinned out to ``max_points``."""
    parts = []
    for view in maps.views:
        good = view.valid & (view.confidence >= min_confidence) & np.isfinite(view.points).all(axis=2)
        parts.append((view.points[good], view.image[good], view.confidence[good], view.source[good]))
    if not parts:
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8), np.zeros(0, np.float32), np.zeros(0, np.uint8)
    points, colors, confidence, source = (np.concatenate(column) for column in zip(*parts, strict=True))
    if len(points) > max_points:
        pick = np.linspace(0, len(points) - 1, max_points).astype(np.int64)
        points, colors, confidence, source = points[pick], colors[pick], confidence[pick], source[pick]
    return points, colors, confidence, source


def _write_ply(path: Path, elements: list[tuple[str, np.ndarray]], comments: list[str]) -> None:
    names = {"<f4": "float", "|u1": "uchar", "<i4": "int"}
    lines = ["ply", "format binary_little_endian 1.0", *(f"comment {comment}" for comment in comments)]
    for name, rows in elements:
        lines.append(f"element {name} {len(rows)}")
        if name == "face":
            lines.append("property list uchar int vertex_indices")
            continue
        fields = rows.dtype.fields or {}
        lines += [f"property {names[kind[0].str]} {field}" for field, kind in fields.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        out.write(("\n".join([*lines, "end_header"]) + "\n").encode("ascii"))
        for _, rows in elements:
            out.write(np.ascontiguousarray(rows).tobytes())


def write_mesh_ply(surface: Surface, path: Path) -> None:
    """Write the mesh as binary PLY (room frame, sRGB colours, ``source`` per vertex)."""
    xyz = [(name, "<f4") for name in ("x", "y", "z", "nx", "ny", "nz")]
    rows = np.zeros(len(surface.vertices), [*xyz, *[(c, "u1") for c in ("red", "green", "blue", "source")]])
    columns = np.concatenate([surface.vertices, surface.normals], axis=1).T
    for (name, _), column in zip(xyz, columns, strict=True):
        rows[name] = column
    for k, name in enumerate(("red", "green", "blue")):
        rows[name] = surface.colors[:, k]
    rows["source"] = surface.source
    faces = np.zeros(len(surface.faces), [("n", "u1"), ("v", "<i4", (3,))])
    faces["n"], faces["v"] = 3, surface.faces
    _write_ply(path, [("vertex", rows), ("face", faces)], [_source_legend()])


def write_points_ply(maps: PointMaps, path: Path, max_points: int = 1_000_000) -> None:
    """Write the points as binary PLY (room frame, sRGB colours, ``confidence`` and ``source``)."""
    points, colors, confidence, source = flat_points(maps, max_points)
    kinds = [*[(n, "<f4") for n in "xyz"], *[(c, "u1") for c in ("red", "green", "blue")]]
    rows = np.zeros(len(points), [*kinds, ("confidence", "<f4"), ("source", "u1")])
    for k, name in enumerate("xyz"):
        rows[name] = points[:, k]
    for k, name in enumerate(("red", "green", "blue")):
        rows[name] = colors[:, k]
    rows["confidence"], rows["source"] = confidence, source
    _write_ply(path, [("vertex", rows)], [_source_legend()])


def _source_legend() -> str:
    return "source: " + ", ".join(f"{kind.value} {kind.name.lower()}" for kind in Source)


def write_cameras_json(maps: PointMaps, path: Path) -> None:
    """Write the cameras: ``{"convention", "metric", "scale_sigma", "frames": [{name, width, height, K, c2w}]}``."""
    frames = [
        {
            "name": view.photo_id,
            "width": view.image.shape[1],
            "height": view.image.shape[0],
            "K": view.K.tolist(),
            "c2w": view.world_from_camera.tolist(),
        }
        for view in maps.views
    ]
    document = {
        "convention": _CONVENTION,
        "metric": maps.metric,
        "scale_sigma": maps.scale_sigma,
        "left_out": maps.left_out,
        "frames": frames,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")


def write_colmap_text(maps: PointMaps, folder: Path, names: Mapping[str, str] | None = None) -> None:
    """Write ``cameras.txt``, ``images.txt`` and an empty ``points3D.txt`` (COLMAP's text model).

    Args:
        names: photo id to file name, where the files are named otherwise than ``<id>.jpg``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cameras, images = [], []
    for number, view in enumerate(maps.views, start=1):
        height, width = view.image.shape[:2]
        fx, fy, cx, cy = view.K[0, 0], view.K[1, 1], view.K[0, 2] + 0.5, view.K[1, 2] + 0.5
        cameras.append(f"{number} PINHOLE {width} {height} {fx:.9g} {fy:.9g} {cx:.9g} {cy:.9g}")
        inverse = np.linalg.inv(view.world_from_camera)
        x, y, z, w = Rotation.from_matrix(inverse[:3, :3]).as_quat()
        pose = " ".join(f"{value:.12g}" for value in (w, x, y, z, *inverse[:3, 3]))
        name = (names or {}).get(view.photo_id, f"{view.photo_id}.jpg")
        images += [f"{number} {pose} {number} {name}", ""]
    (folder / "cameras.txt").write_text("\n".join(cameras) + "\n", encoding="utf-8")
    (folder / "images.txt").write_text("\n".join(images) + "\n", encoding="utf-8")
    (folder / "points3D.txt").write_text("", encoding="utf-8")


def write_transforms_json(maps: PointMaps, path: Path, names: Mapping[str, str] | None = None) -> None:
    """Write nerfstudio's ``transforms.json`` (OpenGL camera axes: x right, y up, z backward)."""
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    frames = []
    for view in maps.views:
        height, width = view.image.shape[:2]
        frames.append(
            {
                "file_path": (names or {}).get(view.photo_id, f"{view.photo_id}.jpg"),
                "w": width,
                "h": height,
                "fl_x": float(view.K[0, 0]),
                "fl_y": float(view.K[1, 1]),
                "cx": float(view.K[0, 2]) + 0.5,
                "cy": float(view.K[1, 2]) + 0.5,
                "transform_matrix": (view.world_from_camera @ flip).tolist(),
            }
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"camera_model": "OPENCV", "frames": frames}, indent=1), encoding="utf-8")

"""Files that other programs open: GLB, PLY, cameras.json, COLMAP text, nerfstudio transforms.json.

All cameras are pinholes of the pictures in ``images/``: the photos at the size of the cameras, straightened
where their lens bends lines. glTF has y up, so GLB positions are ``(x, z, -y)`` of the room frame; all other
formats keep the room frame (z up). glTF vertex colours are linear; photos carry their own light, so materials
are unlit.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib as gltf
from jaxtyping import Float, UInt8, UInt16
from PIL import Image
from scipy.spatial.transform import Rotation

from pipeline.left_out import in_words
from pipeline.rooms.photos import Lens
from pipeline.rooms.scene import PointMaps, Source, View
from pipeline.rooms.surface.glb import GlbBuilder
from pipeline.rooms.surface.surface import Surface, face_sources
from pipeline.rooms.surface.texture import TexturedSurface, encode_jpeg

#: points of the GLB at most, count; by definition of the file's size: no room is changed
_GLB_POINTS = 200_000
#: points of the PLY at most, count; by definition of the file's size: no room is changed
_PLY_POINTS = 1_000_000
#: largest number of 16 bits, none; by definition
_U16 = 65535
#: from metres to millimetres, ratio; by definition
_MILLI = 1000
#: quality of the pictures as JPEG, Pillow's scale; by definition above that of listing photos, 75 to 90
_JPEG_QUALITY = 95
#: end of the straight part of sRGB, its slope, its offset and its exponent, none; IEC 61966-2-1
_SRGB = (0.04045, 12.92, 0.055, 2.4)
_CONVENTION = (
    "OpenCV camera axes (x right, y down, z forward); c2w 4x4 camera-to-world, z up, metres if metric; "
    "K 3x3 pixels (pixel centres at integers) of the pinhole pictures in images/"
)
_LENS = {
    "division": "u = d / (1 + radial d^2)",
    "polynomial": "d = u (1 + radial u^2)",
}
_LENS_UNITS = "d, u: distance from the centre in the photo and in the picture, half diagonals; picture = zoom u"


def write_mesh_glb(surface: Surface, path: Path, provenance: Mapping[str, object] | None = None) -> None:
    """Write the mesh as GLB: positions, normals, linear vertex colours, unlit, seen from inside only.

    Args:
        surface: to write.
        path: of the file.
        provenance: JSON-serialisable facts that go into ``asset.extras``.
    """
    builder = GlbBuilder(provenance)
    attributes = gltf.Attributes(
        POSITION=builder.positions(_y_up(surface.vertices)),
        NORMAL=builder.vectors(_y_up(surface.normals)),
        COLOR_0=builder.colors(linear_u16(surface.colors)),
        _SOURCE=builder.bytes_attribute(surface.source),
    )
    for name, faces in _by_source(surface.faces, surface.source):
        builder.primitive(attributes, faces, source=name)
    builder.write(path, dict(surface.stats))


def write_textured_glb(
    surface: TexturedSurface, path: Path, provenance: Mapping[str, object] | None = None
) -> None:
    """Write the mesh with the photos as texture; faces that no photo shows have vertex colours.

    Faces of each source are a primitive of their own: ``measured``, ``inferred`` or ``generated`` (material
    name and ``extras["source"]``); the vertex attribute ``_SOURCE`` says it for every vertex.
    """
    builder = GlbBuilder(provenance)
    shared = {
        "POSITION": builder.positions(_y_up(surface.vertices)),
        "NORMAL": builder.vectors(_y_up(surface.normals)),
        "_SOURCE": builder.bytes_attribute(surface.source),
    }
    if len(surface.textured_faces):
        uv, texture = builder.coordinates(surface.uv), builder.image(encode_jpeg(surface.atlas), "image/jpeg")
        attributes = gltf.Attributes(**shared, TEXCOORD_0=uv)
        for name, part in _by_source(surface.textured_faces, surface.source):
            builder.primitive(attributes, part, texture=texture, source=name)
    if len(surface.plain_faces):
        attributes = gltf.Attributes(**shared, COLOR_0=builder.colors(linear_u16(surface.colors)))
        for name, part in _by_source(surface.plain_faces, surface.source):
            builder.primitive(attributes, part, source=name)
    faces = len(surface.textured_faces) + len(surface.plain_faces)
    builder.write(path, {"faces": faces, "textured_faces": len(surface.textured_faces)})


def _by_source(faces: np.ndarray, source: UInt8[np.ndarray, " V"]) -> list[tuple[str, np.ndarray]]:
    """The faces of each :class:`Source` that occurs; a face has the middle one of its corners' sources."""
    middle = face_sources(faces, source)
    return [(kind.name.lower(), faces[middle == kind]) for kind in Source if (middle == kind).any()]


def write_points_glb(
    maps: PointMaps, path: Path, max_points: int = _GLB_POINTS, provenance: Mapping[str, object] | None = None
) -> None:
    """Write the points as GLB (at most ``max_points``, evenly thinned out), one primitive per source."""
    points, colors, _, source = flat_points(maps, max_points)
    builder = GlbBuilder(provenance)
    for kind in Source:
        mine = source == kind
        if mine.any():
            attributes = gltf.Attributes(
                POSITION=builder.positions(_y_up(points[mine])),
                COLOR_0=builder.colors(linear_u16(colors[mine])),
            )
            builder.primitive(attributes, None, source=kind.name.lower())
    builder.write(path, {"points": len(points)})


def _y_up(vectors: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
    return np.stack([vectors[:, 0], vectors[:, 2], -vectors[:, 1]], axis=1)


def linear_u16(colors: UInt8[np.ndarray, "N 3"]) -> UInt16[np.ndarray, "N 4"]:
    """sRGB bytes to linear, normalised 16-bit RGBA, as glTF vertex colours are meant."""
    values = colors.astype(np.float64) / 255.0
    end, slope, offset, exponent = _SRGB
    linear = np.where(values <= end, values / slope, ((values + offset) / (1 + offset)) ** exponent)
    rgba = np.full((len(colors), 4), _U16, np.uint16)
    rgba[:, :3] = np.rint(linear * _U16).astype(np.uint16)
    return rgba


def flat_points(maps: PointMaps, max_points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Points, colours, confidence and source of all views, evenly thinned out to ``max_points``."""
    parts = []
    for view in maps.views:
        good = maps.supported(view) & np.isfinite(view.points).all(axis=2)
        parts.append((view.points[good], view.image[good], view.confidence[good], view.source[good]))
    if not parts:
        return (
            np.zeros((0, 3), np.float32),
            np.zeros((0, 3), np.uint8),
            np.zeros(0, np.float32),
            np.zeros(0, np.uint8),
        )
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
        fields: dict[str, Any] = dict(rows.dtype.fields or {})
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


def write_points_ply(maps: PointMaps, path: Path, max_points: int = _PLY_POINTS) -> None:
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


def write_depth_maps(maps: PointMaps, folder: Path) -> None:
    """Write a 16-bit PNG of each view's z-depth (millimetres of the room frame, 0 where there is none)."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, view in enumerate(maps.views):
        depth = np.where(view.valid, np.nan_to_num(view.depth_m()), 0.0)
        millimetres = np.clip(np.rint(depth * _MILLI), 0, _U16).astype(np.uint16)
        Image.fromarray(millimetres).save(folder / f"depth_{index:03d}.png")


def _source_legend() -> str:
    return "source: " + ", ".join(f"{kind.value} {kind.name.lower()}" for kind in Source)


def write_images(maps: PointMaps, folder: Path) -> None:
    """Write the picture that each camera sees as ``<id>.jpg``: what the camera files refer to."""
    folder.mkdir(parents=True, exist_ok=True)
    for view in maps.views:
        Image.fromarray(view.image).save(folder / f"{view.photo_id}.jpg", quality=_JPEG_QUALITY)


def write_cameras_json(maps: PointMaps, path: Path, lenses: Mapping[str, Lens] | None = None) -> None:
    """Write the cameras: ``convention``, ``metric``, ``scale_sigma``, ``left_out`` and ``frames``, each with
    ``name``, ``image``, ``width``, ``height``, ``K``, ``c2w`` and (where the photo was straightened) ``lens``.

    Args:
        lenses: by photo id, those that were taken out of the photos.
    """
    frames = [_frame(view, (lenses or {}).get(view.photo_id)) for view in maps.views]
    document = {
        "convention": _CONVENTION,
        "metric": maps.metric,
        "scale_sigma": maps.scale_sigma,
        "left_out": {photo_id: in_words(why) for photo_id, why in maps.left_out.items()},
        "frames": frames,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")


def _frame(view: View, lens: Lens | None) -> dict[str, Any]:
    height, width = view.image.shape[:2]
    frame: dict[str, Any] = {
        "name": view.photo_id,
        "image": f"images/{view.photo_id}.jpg",
        "width": width,
        "height": height,
        "K": view.K.tolist(),
        "c2w": view.world_from_camera.tolist(),
    }
    if lens is not None:
        meaning = f"{_LENS[lens.model]}; {_LENS_UNITS}"
        frame["lens"] = {**asdict(lens), "zoom": lens.zoom(width, height), "meaning": meaning}
    return frame


def write_colmap_text(maps: PointMaps, folder: Path, names: Mapping[str, str] | None = None) -> None:
    """Write ``cameras.txt``, ``images.txt`` and an empty ``points3D.txt`` (COLMAP's text model).

    Args:
        names: photo id to file name, where they are not those of :func:`write_images`.
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
    """Write nerfstudio's ``transforms.json`` (OpenGL camera axes: x right, y up, z backward).

    Args:
        names: photo id to file, seen from ``path``, where they are not ``images/<id>.jpg``.
    """
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    frames = []
    for view in maps.views:
        height, width = view.image.shape[:2]
        frames.append(
            {
                "file_path": (names or {}).get(view.photo_id, f"images/{view.photo_id}.jpg"),
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

"""Mesh and texture of true points with noise, against the true points."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from benchmarks.sensitivity.made_room import MadeRoom, made_room, true_maps, true_points
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import PointMaps, Source
from pipeline.rooms.surface import Surface, SurfaceSettings, reconstruct_surface, texture_surface

_PHOTOS, _SIZE_PX, _NOISE, _HIDDEN = 3, (160, 120), 0.01, 0.3
_SETTINGS = SurfaceSettings(voxel_m=0.06, depth=6, max_faces=12_000)
_NEAR_M, _EVERY = 0.05, 3


@dataclass(frozen=True, eq=False)
class _Mapped:
    room: MadeRoom
    maps: PointMaps


def _maps() -> _Mapped:
    """Point maps with noise, a part of them without points, one view of them made up."""
    room = made_room(_PHOTOS, *_SIZE_PX)
    maps = true_maps(room.photos, _NOISE)
    dice = np.random.default_rng(1)
    views = []
    for number, view in enumerate(maps.views):
        height, width = view.source.shape
        gone = np.zeros((height, width), bool)
        top, left = (int(dice.integers(0, side // 2)) for side in (height, width))
        gone[top : top + int(_HIDDEN * height), left : left + int(_HIDDEN * width)] = True
        kind = Source.GENERATED if number == len(maps.views) - 1 else Source.MEASURED
        source = np.where(gone, Source.NONE, kind).astype(np.uint8)
        points = np.where(gone[..., None], np.nan, view.points).astype(np.float32)
        sure = np.where(gone, 0.0, view.confidence).astype(np.float32)
        views.append(type(view)(**{**vars(view), "source": source, "points": points, "confidence": sure}))
    return _Mapped(room, PointMaps(tuple(views), "truth", metric=True))


def _mesh(mapped: _Mapped) -> Figures:
    surface = reconstruct_surface(mapped.maps, _SETTINGS)
    true = true_points(mapped.room.photos, _EVERY)
    middles = surface.vertices[surface.faces].mean(axis=1)
    to_true, to_mesh = cKDTree(true).query(middles)[0], cKDTree(middles).query(true)[0]
    return {
        "faces to truth, m": float(np.median(to_true)),
        "truth to faces, m": float(np.median(to_mesh)),
        "faces": float(len(surface.faces)),
    }


@dataclass(frozen=True, eq=False)
class _Meshed:
    mapped: _Mapped
    surface: Surface


def _meshed() -> _Meshed:
    mapped = _maps()
    return _Meshed(mapped, reconstruct_surface(mapped.maps, _SETTINGS))


def _texture(meshed: _Meshed) -> Figures:
    maps, room = meshed.mapped.maps, meshed.mapped.room
    with TemporaryDirectory() as folder:
        photos = [_file(Path(folder), number, photo.rgb) for number, photo in enumerate(room.photos)]
        textured = texture_surface(meshed.surface, maps, photos)
    share = len(textured.textured_faces) / max(len(textured.textured_faces) + len(textured.plain_faces), 1)
    height, width = textured.atlas.shape[:2]
    middle = textured.uv[textured.textured_faces].mean(axis=1)
    at = np.clip((middle * (width, height)).astype(int), 0, (width - 1, height - 1))
    shown = textured.atlas[at[:, 1], at[:, 0]].astype(float)
    points = textured.vertices[textured.textured_faces].mean(axis=1)
    true = np.concatenate([photo.rgb.reshape(-1, 3) for photo in room.photos]).astype(float)
    nearest = cKDTree(true_points(room.photos)).query(points)[1]
    return {
        "colour off, levels": float(np.abs(shown - true[nearest]).mean()),
        "share of faces with a photo": float(share),
    }


def _file(folder: Path, number: int, rgb: np.ndarray) -> RoomPhoto:
    path = folder / f"{number}.png"
    Image.fromarray(rgb).save(path)
    return RoomPhoto(f"photo {number + 1}", path, rgb.shape[1], rgb.shape[0])


_DATA = f"a made room, {_PHOTOS} photos with true depth, 1 % noise and holes"
PARTS = (
    Part(
        "mesh",
        _DATA,
        _maps,
        _mesh,
        {"faces to truth, m": True, "truth to faces, m": True, "faces": True},
    ),
    Part(
        "texture",
        _DATA,
        _meshed,
        _texture,
        {"colour off, levels": True, "share of faces with a photo": False},
    ),
)

"""Several photos of one made room with their true cameras, as the wings hand them on."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from benchmarks.sensitivity.made import Z_UP, MadePhoto, photos_of_room
from pipeline.distill.rooms import random_room
from pipeline.rooms.scene import Cameras, PlacedCamera, PointMaps, Source, SparsePoints, View, points_at
from pipeline.rooms.stereo import StereoInput
from pipeline.rooms.surface import Surface, SurfaceSettings, reconstruct_surface

#: made rooms whose photos overlap well; the second is for the numbers that look better on the first
SEEDS: Final = (8_300_007, 8_300_010)
_EVERY_PX: Final = 6
_SPARSE_NOISE: Final = 0.004
_SEES: Final = 0.02
_LEAST_M: Final = 0.1


@dataclass(frozen=True, eq=False)
class MadeRoom:
    """Photos of one room, the room as stereo gets it, and the corners of its main part."""

    photos: list[MadePhoto]
    data: StereoInput
    box_m: Float[np.ndarray, "2 3"]


def made_room(count: int, width_px: int, height_px: int, seed: int = SEEDS[0]) -> MadeRoom:
    """So many overlapping photos of a made room; sparse points are true ones with a little noise."""
    photos = photos_of_room(seed, count, width_px, height_px)
    dice = np.random.default_rng(seed)
    points = np.concatenate([_sparse(photo, dice) for photo in photos])
    data = StereoInput(
        images=[photo.rgb for photo in photos],
        K=np.stack([photo.K for photo in photos]),
        world_from_camera=np.stack([photo.world_from_camera for photo in photos]),
        xyz=points,
        seen=[_seen(photo, points) for photo in photos],
    )
    corners = random_room(seed).box_m @ Z_UP[:3, :3].T
    return MadeRoom(photos, data, np.stack([corners.min(axis=0), corners.max(axis=0)]))


def as_cameras(room: MadeRoom) -> Cameras:
    """The true cameras with the sparse points, as structure from motion hands them on."""
    tracks = [np.stack([seen, np.full(len(seen), index)]) for index, seen in enumerate(room.data.seen)]
    point, camera = np.concatenate(tracks, axis=1)
    placed = tuple(
        PlacedCamera(f"photo {number + 1}", *photo.size, photo.K, photo.world_from_camera, len(seen), 0.5)
        for number, (photo, seen) in enumerate(zip(room.photos, room.data.seen, strict=True))
    )
    xyz = room.data.xyz
    points = SparsePoints(
        xyz, np.zeros(xyz.shape, np.uint8), np.full(len(xyz), 0.5), point, camera, np.zeros((len(point), 2))
    )
    return Cameras(placed, points)


@dataclass(frozen=True, eq=False)
class Meshed:
    """A made room with the mesh of true points."""

    room: MadeRoom
    maps: PointMaps
    surface: Surface


def meshed_room(photos: int, size_px: tuple[int, int], noise: float, settings: SurfaceSettings) -> Meshed:
    """So many photos (width, height) of a made room, meshed from their true depth; noise is a share of it."""
    room = made_room(photos, *size_px)
    maps = true_maps(room.photos, noise)
    return Meshed(room, maps, reconstruct_surface(maps, settings))


def sides_off_m(low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"], room: MadeRoom) -> float:
    """Mean distance of the six sides of a box from the true ones; one that is farther off counts as 1 m."""
    off = np.abs(np.stack([low, high]) - room.box_m)
    return float(np.minimum(off, 1.0).mean())


def true_maps(photos: list[MadePhoto], noise: float = 0.0, seed: int = 0) -> PointMaps:
    """Point maps of the truth, measured everywhere; noise is a share of the depth."""
    dice, views = np.random.default_rng(seed), []
    for number, photo in enumerate(photos):
        depth = photo.depth_m * (1.0 + noise * dice.standard_normal(photo.depth_m.shape))
        views.append(
            View(
                photo_id=f"photo {number + 1}",
                image=photo.rgb,
                world_from_camera=photo.world_from_camera,
                K=photo.K,
                points=points_at(1.0 / depth, photo.K, photo.world_from_camera).astype(np.float32),
                confidence=np.full(depth.shape, 0.9, np.float32),
                source=np.full(depth.shape, Source.MEASURED, np.uint8),
            )
        )
    return PointMaps(tuple(views), "truth", metric=True)


def true_points(photos: list[MadePhoto], every: int = 1) -> Float[np.ndarray, "N 3"]:
    """World points of every so many pixels of all photos."""
    maps = true_maps(photos)
    points: Float[np.ndarray, "N 3"] = np.concatenate(
        [view.points[::every, ::every].reshape(-1, 3) for view in maps.views]
    ).astype(float)
    return points


def _sparse(photo: MadePhoto, dice: np.random.Generator) -> Float[np.ndarray, "N 3"]:
    """Points where the photo has texture, as features would lie."""
    grey = photo.rgb.mean(axis=2)
    busy = np.abs(np.gradient(grey, axis=0)) + np.abs(np.gradient(grey, axis=1))
    chosen = busy > np.quantile(busy, 1.0 - 1.0 / _EVERY_PX**2)
    depth = photo.depth_m * (1.0 + _SPARSE_NOISE * dice.standard_normal(photo.depth_m.shape))
    points: Float[np.ndarray, "N 3"] = points_at(1.0 / depth, photo.K, photo.world_from_camera)[chosen]
    return points


def _seen(photo: MadePhoto, points: Float[np.ndarray, "N 3"]) -> Int[np.ndarray, " S"]:
    pose, (width, height) = photo.world_from_camera, photo.size
    local = (points - pose[:3, 3]) @ pose[:3, :3]
    xy = local @ photo.K.T
    at = np.rint(xy[:, :2] / np.maximum(local[:, 2:], _LEAST_M)).astype(int)
    inside = (local[:, 2] > _LEAST_M) & (at >= 0).all(axis=1) & (at < (width, height)).all(axis=1)
    column, row = np.clip(at, 0, (width - 1, height - 1)).T
    near = np.abs(photo.depth_m[row, column] / np.maximum(local[:, 2], _LEAST_M) - 1.0) < _SEES
    return np.flatnonzero(inside & near)

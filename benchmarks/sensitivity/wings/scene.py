"""Samples of a surface from noisy point maps: where they lie and how they face."""

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.sensitivity.made_room import MadeRoom, made_room, true_maps, true_points
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.scene import collect, merge

_PHOTOS, _SIZE_PX, _NOISE, _VOXEL_M = 3, (160, 120), 0.002, 0.05


def _room() -> MadeRoom:
    return made_room(_PHOTOS, *_SIZE_PX)


def _merged(room: MadeRoom) -> Figures:
    merged = merge(collect(true_maps(room.photos, _NOISE), 0.05), _VOXEL_M)
    world = [photo.normal.reshape(-1, 3) @ photo.world_from_camera[:3, :3].T for photo in room.photos]
    true, normals = true_points(room.photos), np.concatenate(world)
    away, nearest = cKDTree(true).query(merged.points)
    cosine = np.clip((merged.normals * normals[nearest]).sum(axis=1), -1, 1)
    return {
        "points off, m": float(away.mean()),
        "normals off, degrees": float(np.degrees(np.arccos(cosine)).mean()),
        "samples": float(len(away)),
    }


PARTS = (
    Part(
        "samples",
        f"a made room, {_PHOTOS} photos with true depth and 0.2 % noise",
        _room,
        _merged,
        {"points off, m": True, "normals off, degrees": True, "samples": False},
    ),
)

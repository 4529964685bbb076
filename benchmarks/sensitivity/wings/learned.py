"""Cameras and the room frame from point maps as a network predicts them: true ones with noise and strays."""

from dataclasses import dataclass

import numpy as np

from benchmarks.sensitivity.made import turn_deg
from benchmarks.sensitivity.made_room import MadeRoom, made_room, true_maps
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.box import closing_planes, corners
from pipeline.rooms.learned.frame import to_room_frame
from pipeline.rooms.learned.geometry import confident, fit_similarity, pnp_pose, weiszfeld_focal
from pipeline.rooms.scene import PointMaps, rotation_angle_rad

_PHOTOS, _SIZE_PX, _NOISE, _STRAY = 3, (160, 120), 0.02, 0.15
_POSE_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class _Predicted:
    room: MadeRoom
    points: list[np.ndarray]
    confidence: list[np.ndarray]
    maps: PointMaps


def _predicted() -> _Predicted:
    room = made_room(_PHOTOS, *_SIZE_PX)
    dice = np.random.default_rng(2)
    points, sure = [], []
    for view in true_maps(room.photos, _NOISE).views:
        stray = dice.random(view.source.shape) < _STRAY
        moved = view.points + np.where(stray[..., None], dice.normal(0, 0.8, view.points.shape), 0.0)
        points.append(moved.astype(np.float32))
        sure.append(np.clip(0.7 - 0.3 * stray + 0.2 * dice.standard_normal(stray.shape), 0.01, 1.0))
    turn = np.eye(4)
    c, s = np.cos(0.4), np.sin(0.4)
    turn[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return _Predicted(room, points, sure, true_maps(room.photos, _NOISE).transformed(0.37, turn))


def _placed(given: _Predicted) -> Figures:
    focal, turns, shifts = [], [], []
    for photo, points, sure in zip(given.room.photos, given.points, given.confidence, strict=True):
        pose = photo.world_from_camera
        own = (points.astype(float) - pose[:3, 3]) @ pose[:3, :3]
        found_focal = weiszfeld_focal(own, sure)
        focal.append(1.0 if found_focal is None else abs(np.log(found_focal / photo.K[0, 0])))
        found = pnp_pose(points.astype(float), confident(sure, _POSE_SHARE), photo.K)
        turns.append(180.0 if found is None else np.degrees(rotation_angle_rad(found[0][:3, :3], pose[:3, :3])))
        fit = fit_similarity(own[::5, ::5].reshape(-1, 3), points[::5, ::5].reshape(-1, 3).astype(float))
        shifts.append(1.0 if fit is None else float(np.linalg.norm(fit.shift - pose[:3, 3])))
        shifts.append(1.0 if found is None else float(np.linalg.norm(found[0][:3, 3] - pose[:3, 3])))
    return {
        "focal length off, logarithm": float(np.mean(focal)),
        "turn, degrees": float(np.mean(turns)),
        "camera off, m": float(np.mean(shifts)),
    }


def _framed(given: _Predicted) -> Figures:
    found = to_room_frame(given.maps)
    true = given.room.photos[0].world_from_camera[:3, :3]
    turn = found.views[0].world_from_camera[:3, :3] @ true.T
    low, high = corners(closing_planes(found))
    size = given.room.box_m[1] - given.room.box_m[0]
    return {
        "turn, degrees": turn_deg(turn, np.eye(3)),
        "height off, m": float(abs((high - low)[2] - size[2])),
    }


_DATA = f"a made room, {_PHOTOS} photos, true points with 2 % noise"
PARTS = (
    Part(
        "cameras",
        f"{_DATA} and 15 % strays",
        _predicted,
        _placed,
        {"focal length off, logarithm": True, "turn, degrees": True, "camera off, m": True},
    ),
    Part(
        "frame",
        f"{_DATA}, turned and shrunk",
        _predicted,
        _framed,
        {"turn, degrees": True, "height off, m": True},
    ),
)

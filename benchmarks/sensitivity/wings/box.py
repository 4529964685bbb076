"""Boxes of single photos with the true axes, ways to hold the camera, and the planes that close a room."""

from dataclasses import dataclass

import numpy as np

from benchmarks.sensitivity.made import MadePhoto, depth_off, photos_alone, turn_deg
from benchmarks.sensitivity.made_room import MadeRoom, made_room, sides_off_m, true_maps
from benchmarks.sensitivity.part import Figures, Part
from benchmarks.sensitivity.true_box import true_axes
from benchmarks.sensitivity.wings.layout import layout_box
from pipeline.progress import Progress
from pipeline.rooms.axes import Segments
from pipeline.rooms.box import (
    BoxView,
    ScoreWeights,
    box_view,
    close_by_pictures,
    closing_planes,
    corners,
    estimate_scale,
    find_planes,
    gather_evidence,
    hypotheses,
    look,
)
from pipeline.rooms.box.frames import Frame, candidate_frames, structural
from pipeline.rooms.box.hypothesis import Hypothesis, PhotoEvidence, Scoring
from pipeline.rooms.box.photo_boxes import polished
from pipeline.rooms.box.search import search_box
from pipeline.rooms.depth.dense import _samples
from pipeline.rooms.scene import PointMaps
from pipeline.rooms.stereo import StereoDepth, measure_depth, sweep_planes

_HEIGHTS, _SEARCHED = 400, 2
_PHOTOS, _FRAMED, _SIZE_PX = 4, 3, (320, 240)
_ROOM_PHOTOS, _MAPS_PX, _NOISE = 3, (160, 120), 0.01
_WORST_DEG, _TURNED_RAD, _LONGER = 20.0, 0.02, 1.08


def _photos() -> list[MadePhoto]:
    return photos_alone(_PHOTOS, *_SIZE_PX)


def _true_frames(photos: list[MadePhoto]) -> Figures:
    off = []
    for photo in photos:
        seen = look(photo.rgb)
        axes, K = true_axes(photo), photo.K
        fits = search_box(
            gather_evidence(seen.steps, seen.segments, axes, K), axes, K, ScoreWeights(prior=0.03, height=0.15)
        )
        best = Hypothesis(Frame(axes, float(K[0, 0]), 1.0), fits[0], fits[0].score)
        off.append(depth_off(layout_box(seen, best), photo.box_depth_m))
    return {"depth error of the box": float(np.mean(off)), "best": float(np.min(off))}


@dataclass(frozen=True, eq=False)
class _Framed:
    photo: MadePhoto
    segments: Segments


def _framed() -> list[_Framed]:
    return [_Framed(photo, look(photo.rgb).segments) for photo in photos_alone(_FRAMED, *_SIZE_PX)]


def _frames(framed: list[_Framed]) -> Figures:
    nearest, first = [], []
    for one in framed:
        turns = [
            turn_deg(frame.camera_from_room, true_axes(one.photo))
            for frame in candidate_frames(structural(one.segments), None)
        ]
        nearest.append(min([*turns, _WORST_DEG]))
        first.append(min(*turns[:3], _WORST_DEG) if len(turns) > 2 else _WORST_DEG)
    return {
        "turn of the nearest frame, degrees": float(np.mean(nearest)),
        "of the first three": float(np.mean(first)),
    }


@dataclass(frozen=True, eq=False)
class _Start:
    photo: MadePhoto
    seen: PhotoEvidence
    start: Hypothesis


def _starts() -> list[_Start]:
    """One photo, a little turned and with too long a lens: what the fine adjustment must find back."""
    photo = photos_alone(2, *_SIZE_PX)[1]
    seen = look(photo.rgb)
    scoring = Scoring(seen, structural(seen.segments), ScoreWeights(), True)
    c, s = np.cos(_TURNED_RAD), np.sin(_TURNED_RAD)
    axes = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ true_axes(photo)
    frame = Frame(axes, _LONGER * float(photo.K[0, 0]), 0.5)
    fits = search_box(scoring.evidence(frame), axes, seen.intrinsics(frame.focal_px), scoring.weights)
    return [_Start(photo, seen, scoring.judged(frame, fits[0]))]


def _adjusted(starts: list[_Start]) -> Figures:
    off, turns = [], []
    for one in starts:
        scoring = Scoring(one.seen, structural(one.seen.segments), ScoreWeights(), True)
        best = max(polished(scoring, [one.start]), key=lambda found: found.score)
        off.append(depth_off(layout_box(one.seen, best), one.photo.box_depth_m))
        turns.append(turn_deg(best.frame.camera_from_room, true_axes(one.photo)))
    return {"depth error of the box": float(np.mean(off)), "turn, degrees": float(np.mean(turns))}


@dataclass(frozen=True, eq=False)
class _Sampled:
    room: MadeRoom
    depths: list[StereoDepth]
    columns: tuple[np.ndarray, ...]
    swept: tuple[np.ndarray, ...]
    looked: list[BoxView]


def _sampled() -> _Sampled:
    room = made_room(_ROOM_PHOTOS, *_MAPS_PX)
    depths, _ = measure_depth(room.data, 0, Progress())
    columns = _samples(room.data, depths)
    swept = sweep_planes(room.data, depths, np.concatenate([columns[0], room.data.xyz]), Progress())
    looked = [box_view(photo.rgb, photo.K, photo.world_from_camera) for photo in room.photos]
    return _Sampled(room, depths, columns, (swept.points, swept.normals, swept.area), looked)


def _closed(sampled: _Sampled) -> Figures:
    points, normals, weights, seen_from = sampled.columns
    more, facing, area = sampled.swept
    per_area = float(np.median(sampled.room.data.K[:, 0, 0])) ** 2
    everything = np.concatenate([weights, area * per_area])
    planes = find_planes(
        np.concatenate([points, more]),
        np.concatenate([normals, facing]),
        everything,
        sampled.room.data.world_from_camera[:, :3, 3],
        seen_from=np.concatenate([seen_from, more]),
    )
    planes = close_by_pictures(sampled.looked, planes, points, float(everything.sum()))
    hull = {(plane.axis, plane.sign): plane.offset for plane in planes if plane.hull}
    low, high = (np.array([hull[axis, sign] for axis in range(3)]) for sign in (1, -1))
    return {"sides off, m": sides_off_m(low, high, sampled.room), "planes": float(len(planes))}


@dataclass(frozen=True, eq=False)
class _Mapped:
    room: MadeRoom
    maps: PointMaps


def _maps() -> _Mapped:
    room = made_room(_ROOM_PHOTOS, *_MAPS_PX)
    return _Mapped(room, true_maps(room.photos, _NOISE))


def _ends(mapped: _Mapped) -> Figures:
    planes = closing_planes(mapped.maps)
    return {"sides off, m": sides_off_m(*corners(planes), mapped.room)}


def _heights() -> np.ndarray:
    """Camera and ceiling heights as photographers and flats have them: 1.0 to 1.7 m, 2.3 to 3.0 m."""
    dice = np.random.default_rng(0)
    return np.stack([dice.uniform(1.0, 1.7, _HEIGHTS), dice.uniform(2.3, 3.0, _HEIGHTS)], axis=1)


def _scale(heights: np.ndarray) -> Figures:
    found = np.array([estimate_scale(np.array([camera]), ceiling) for camera, ceiling in heights])
    off = np.log(found[:, 0])
    return {
        "scale off, logarithm": float(np.mean(np.abs(off))),
        "share within 2 of its own deviations": float(np.mean(np.abs(off) < 2 * found[:, 1])),
    }


def _whole(photos: list[MadePhoto]) -> Figures:
    off = []
    for photo in photos[:_SEARCHED]:
        seen = look(photo.rgb)
        best = hypotheses(seen, float(photo.K[0, 0]), ScoreWeights(), Progress())[0]
        off.append(depth_off(layout_box(seen, best), photo.box_depth_m))
    return {"depth error of the box": float(np.mean(off))}


_ROOM = f"a made room, {_ROOM_PHOTOS} photos with true cameras"
PARTS = (
    Part(
        "true axes",
        f"{_PHOTOS} photos of made rooms with their true axes",
        _photos,
        _true_frames,
        {"depth error of the box": True, "best": True},
    ),
    Part("ends", f"{_ROOM} and true depth with 1 % noise", _maps, _ends, {"sides off, m": True}),
    Part("closing", f"{_ROOM}, measured by stereo", _sampled, _closed, {"sides off, m": True, "planes": True}),
    Part(
        "frames",
        f"{_FRAMED} photos of made rooms, focal length unknown",
        _framed,
        _frames,
        {"turn of the nearest frame, degrees": True, "of the first three": True},
    ),
    Part(
        "adjusting",
        "a photo of a made room, started 1.1 degrees and 8 % of the focal length off",
        _starts,
        _adjusted,
        {"depth error of the box": True, "turn, degrees": True},
    ),
    Part(
        "scale",
        f"{_HEIGHTS} drawn heights (cameras 1.0 to 1.7 m, ceilings 2.3 to 3.0 m)",
        _heights,
        _scale,
        {"scale off, logarithm": True, "share within 2 of its own deviations": False},
    ),
    Part(
        "whole search",
        f"{_SEARCHED} photos of made rooms",
        _photos,
        _whole,
        {"depth error of the box": True},
    ),
)

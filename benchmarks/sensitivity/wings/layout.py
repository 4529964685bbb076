"""How sure layouts are of themselves, and the one box of a room of several photos."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from benchmarks.sensitivity.made import depth_off, photos_alone
from benchmarks.sensitivity.made_room import SEEDS, MadeRoom, made_room, sides_off_m, true_maps
from benchmarks.sensitivity.part import Figures, Part
from pipeline.progress import Progress
from pipeline.rooms.box import Hypothesis, PhotoEvidence, ScoreWeights, gather_evidence, look
from pipeline.rooms.box.frames import candidate_frames, structural
from pipeline.rooms.box.hypothesis import Scoring
from pipeline.rooms.box.search import search_box
from pipeline.rooms.layout.confidence import judge
from pipeline.rooms.layout.geometric import found_layout, layout_of
from pipeline.rooms.layout.open_air import open_air_share
from pipeline.rooms.layout.whole_room import room_layouts
from pipeline.rooms.scene import PointMaps

_PHOTOS, _SIZE_PX, _FRAMES, _WARPED = 8, (320, 240), 3, 2
_RIGHT = 0.1
_ROOM_PHOTOS, _MAPS_PX, _NOISE = 3, (160, 120), 0.01


@dataclass(frozen=True, eq=False)
class _Judged:
    """A photo, its boxes (best first), and the depth of the true one; none for open air."""

    rgb: UInt8[np.ndarray, "H W 3"]
    photo: PhotoEvidence
    found: list[Hypothesis]
    box_depth_m: np.ndarray | None


def _found() -> list[_Judged]:
    photos = photos_alone(_PHOTOS, *_SIZE_PX)
    rooms = [_hypotheses(photo.rgb, photo.box_depth_m, float(photo.K[0, 0])) for photo in photos]
    return [one for one in (*rooms, *(_hypotheses(_outdoors(k), None, 230.0) for k in range(2))) if one.found]


def _hypotheses(rgb: UInt8[np.ndarray, "H W 3"], box_depth_m: np.ndarray | None, focal_px: float) -> _Judged:
    photo = look(rgb)
    scoring = Scoring(photo, structural(photo.segments), ScoreWeights(), False)
    found: list[Hypothesis] = []
    for frame in candidate_frames(scoring.segments, focal_px)[:_FRAMES]:
        K = photo.intrinsics(frame.focal_px)
        evidence = gather_evidence(photo.steps, photo.segments, frame.camera_from_room, K)
        fits = search_box(evidence, frame.camera_from_room, K, scoring.weights)
        found += [scoring.judged(frame, fit) for fit in fits]
    return _Judged(rgb, photo, sorted(found, key=lambda one: -one.score), box_depth_m)


def _outdoors(seed: int) -> UInt8[np.ndarray, "H W 3"]:
    """A made picture of a lawn, a house front and the sky."""
    dice, (width, height) = np.random.default_rng(seed), _SIZE_PX
    rows = np.linspace(0, 1, height)[:, None, None]
    picture = np.where(rows < 0.6, [120, 165, 225], [70, 120, 50]) + 40 * rows * np.array([1, 1, 0.5])
    picture = np.broadcast_to(picture, (height, width, 3)).copy()
    picture[height // 3 : int(0.65 * height), width // 4 : width // 2 + 30 * seed] = (190, 175, 160)
    grain = dice.normal(0, 14, picture.shape[:2])[..., None] * (rows > 0.6)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def _confidence(judged: list[_Judged]) -> Figures:
    scores, warped = [], []
    for number, one in enumerate(judged):
        sure, why = judge([found_layout(one.photo, each) for each in one.found], open_air_share(one.rgb))
        right = False
        layout = None
        if one.box_depth_m is not None:
            height, width = one.box_depth_m.shape
            layout = layout_of(one.photo, one.found[0], width, height, sure, why) if number < _WARPED else None
            right = depth_off(layout_box(one.photo, one.found[0]), one.box_depth_m) <= _RIGHT
        if layout is not None:
            warped.append(float(layout.homography is not None) + 0.01 * len(layout.polygons()))
        scores.append((sure - float(right)) ** 2)
    return {"Brier score": float(np.mean(scores)), "homographies found": float(np.mean(warped))}


def layout_box(photo: PhotoEvidence, best: Hypothesis) -> np.ndarray:
    """Depth of a hypothesis at the size of its evidence."""
    from pipeline.rooms.layout import LayoutBox

    K = photo.intrinsics(best.frame.focal_px)
    box = LayoutBox(best.frame.camera_from_room, K, 1.0 / best.fit.closeness, (True,) * 5, 0.0)
    return box.depth_m(photo.width_px, photo.height_px)


@dataclass(frozen=True, eq=False)
class _Mapped:
    room: MadeRoom
    maps: PointMaps


def _maps() -> list[_Mapped]:
    rooms = [made_room(_ROOM_PHOTOS, *_MAPS_PX, seed) for seed in SEEDS[:1]]
    return [_Mapped(room, true_maps(room.photos, _NOISE)) for room in rooms]


def _whole(mapped: list[_Mapped]) -> Figures:
    off, wrong = [], []
    for one in mapped:
        box, layouts = room_layouts(one.maps, Progress())
        off.append(1.0 if box is None else sides_off_m(box.low, box.high, one.room))
        wrong += [1.0 - getattr(layout, "confidence", 0.0) for layout in layouts]
    return {"sides off, m": float(np.mean(off)), "mean doubt": float(np.mean(wrong))}


PARTS = (
    Part(
        "confidence",
        f"{_PHOTOS} photos of made rooms and 2 made pictures of open air",
        _found,
        _confidence,
        {"Brier score": True, "homographies found": False},
    ),
    Part(
        "whole room",
        f"a made room, {_ROOM_PHOTOS} photos with true depth",
        _maps,
        _whole,
        {"sides off, m": True, "mean doubt": True},
    ),
)

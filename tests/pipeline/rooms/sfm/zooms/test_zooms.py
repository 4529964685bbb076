"""Photos of one camera that were zoomed are told by lines and matches; where nothing was zoomed, none is."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rooms.axes import Segments
from pipeline.rooms.sfm.zooms import LensView, zooms
from pipeline.rooms.sfm.zooms.evidence import Pairs
from tests.pipeline.rooms.textured_box import SIZE_M, looking

WIDTH_PX, HEIGHT_PX, FOCAL_PX = 720, 480, 400.0
MIDDLE = np.array([(WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2])
POSES = [
    looking((0.4, 0.4, 1.4), (3.2, 2.6, 1.1)),
    looking((3.7, 0.3, 1.5), (1.2, 2.9, 1.2)),
    looking((0.3, 2.2, 1.4), (4.0, 2.0, 1.2)),
]


def _seen(pose: np.ndarray, focal_px: float, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels of points, and which of them the photo shows."""
    local = (points - pose[:3, 3]) @ pose[:3, :3]
    xy = focal_px * local[:, :2] / np.maximum(local[:, 2:], 1e-6) + MIDDLE
    inside = (xy >= 0).all(axis=1) & (xy < [WIDTH_PX, HEIGHT_PX]).all(axis=1)
    return xy, inside & (local[:, 2] > 0.2)


def _segments(pose: np.ndarray, focal_px: float, rng: np.random.Generator) -> Segments:
    """Edges of things that stand along the walls."""
    middle = rng.uniform(0, 1, (240, 3)) * SIZE_M
    along = np.eye(3)[rng.integers(0, 3, 240)] * 0.1
    (first, sees), (second, sees_too) = (_seen(pose, focal_px, middle + side * along) for side in (-1, 1))
    ends = [end[sees & sees_too] + rng.normal(0, 0.3, end[sees & sees_too].shape) for end in (first, second)]
    long = np.linalg.norm(ends[1] - ends[0], axis=1)
    clear = long > 8
    direction = ((ends[1] - ends[0]) / long[:, None])[clear]
    return Segments(((ends[0] + ends[1]) / 2)[clear], direction, np.sqrt(long[clear]), WIDTH_PX, HEIGHT_PX)


def _room(ratios: list[float]) -> tuple[list[LensView], Pairs]:
    """Three photos that are taken to share one focal length, and their matches, a tenth of them wrong."""
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 1, (500, 3)) * SIZE_M
    points[np.arange(500), rng.integers(0, 2, 500)] *= 0.02
    points = np.where(rng.random((500, 1)) < 0.5, points, SIZE_M - points)
    views = [
        LensView(_segments(pose, FOCAL_PX * ratio, rng), 1.0, FOCAL_PX, MIDDLE, True)
        for pose, ratio in zip(POSES, ratios, strict=True)
    ]
    seen = [_seen(pose, FOCAL_PX * ratio, points) for pose, ratio in zip(POSES, ratios, strict=True)]
    pairs = {}
    for a, b in ((0, 1), (0, 2), (1, 2)):
        both = np.flatnonzero(seen[a][1] & seen[b][1])
        first, second = (seen[photo][0][both] + rng.normal(0, 0.4, (len(both), 2)) for photo in (a, b))
        wrong = rng.random(len(both)) < 0.1
        second[wrong] = rng.permutation(second[wrong])
        pairs[a, b] = (first, second)
    return views, pairs


def test_photos_of_one_focal_length_share_it() -> None:
    assert zooms(*_room([1.0, 1.0, 1.0]), seed=0) == {}


@pytest.mark.parametrize("ratio", [1.5, 2.0])
def test_a_zoomed_photo_is_found_with_its_ratio(ratio: float) -> None:
    views, pairs = _room([1.0, ratio, 1.0])
    assert min(len(first) for first, _ in pairs.values()) >= 20
    assert zooms(views, pairs, seed=0) == {1: pytest.approx(ratio, rel=0.1)}


def test_what_its_camera_told_is_not_doubted() -> None:
    views, pairs = _room([1.0, 1.5, 1.0])
    assert zooms([replace(view, may_zoom=False) for view in views], pairs, seed=0) == {}


def test_photos_that_share_next_to_nothing_say_nothing() -> None:
    views, pairs = _room([1.0, 1.5, 1.0])
    few = {pair: (first[:15], second[:15]) for pair, (first, second) in pairs.items()}
    assert zooms(views, few, seed=0) == {}

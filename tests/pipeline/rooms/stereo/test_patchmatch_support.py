"""Which photos confirm a measured depth."""

import numpy as np
from numpy.testing import assert_array_equal

from pipeline.rooms.stereo.consistency import count_consistent
from pipeline.rooms.stereo.views import StereoViews

_SIZE, _FOCAL_PX, _DEPTH = 32, 40.0, 4.0


def _support(baseline: float) -> np.ndarray:
    """Confirmations in photo 0 of a wall in front of two photos ``baseline`` apart that both measured right."""
    K = np.array([[_FOCAL_PX, 0, 15.5], [0, _FOCAL_PX, 15.5], [0, 0, 1]])
    camera_from_world = np.stack([np.eye(4), np.eye(4)])
    camera_from_world[1, 0, 3] = -baseline
    sizes = np.full((2, 2), _SIZE, dtype=np.int64)
    grey = np.zeros((2, _SIZE, _SIZE), np.float32)
    views = StereoViews(grey, sizes, np.stack([K, K]), camera_from_world)
    depths = np.full((2, _SIZE, _SIZE), 1 / _DEPTH, np.float32)
    count = np.zeros((_SIZE, _SIZE), np.int64)
    warps, backs = views.warp(0, 1)[None], views.warp(1, 0)[None]
    count_consistent(0, sizes, np.array([1]), warps, backs, depths, 1.8, 0.025, count)
    return count


def test_a_photo_from_the_side_confirms_a_depth_where_it_sees_it() -> None:
    count = _support(baseline=1.6)  # 16 pixels between the two photos
    assert_array_equal(count[:, 17:], 1)
    assert_array_equal(count[:, :15], 0)


def test_a_photo_from_nearly_the_same_place_confirms_nothing() -> None:
    assert_array_equal(_support(baseline=0.4), 0)
    assert_array_equal(_support(baseline=0.0), 0)

"""Metrics: zero where equal, known values where known, invariant where they should be."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from benchmarks.metrics import (
    auc,
    coverage,
    depth_errors,
    flatness_m,
    pair_errors_rad,
    point_errors,
    pose_auc,
    umeyama,
)
from benchmarks.rooms import DataSet, camera_row
from pipeline.rooms.scene.rotations import rotation_angle_rad


def _pose(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    pose = np.eye(4)
    pose[:3, :3] = Rotation.random(rng=rng).as_matrix()
    pose[:3, 3] = rng.normal(size=3)
    return pose


@given(st.floats(1e-6, np.pi - 1e-6), st.integers(0, 1000))
def test_rotation_angle_is_that_of_the_relative_rotation(angle: float, seed: int) -> None:
    base = _pose(seed)[:3, :3]
    turn = Rotation.from_rotvec(np.array([0.0, 0.6, 0.8]) * angle).as_matrix()
    assert rotation_angle_rad(base, base @ turn) == pytest.approx(angle, abs=1e-6)


@given(st.integers(0, 200), st.floats(0.1, 10))
def test_pair_errors_do_not_see_a_change_of_world_frame_or_scale(seed: int, scale: float) -> None:
    true = [_pose(seed + k) for k in range(4)]
    world = _pose(seed + 99)
    moved = []
    for pose in true:
        scaled = pose.copy()
        scaled[:3, 3] *= scale
        moved.append(world @ scaled)
    rotation, translation = pair_errors_rad(moved, true)
    assert len(rotation) == 6
    assert rotation.max() < 1e-6
    assert translation.max() < 1e-6


def test_auc_is_one_without_errors_and_counts_unplaced_pairs_as_nothing() -> None:
    assert auc(np.zeros(5), 10) == 1
    assert auc(np.array([5.0, 180.0]), 10) == pytest.approx(0.25)
    assert auc(np.array([]), 10) == 0
    with pytest.raises(ValueError, match="positive"):
        auc(np.zeros(1), 0)


@given(st.integers(0, 200), st.floats(0.05, 20))
def test_umeyama_recovers_a_similarity(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    source, pose = rng.normal(size=(30, 3)), _pose(seed)
    target = scale * source @ pose[:3, :3].T + pose[:3, 3]
    s, R, t = umeyama(source, target)
    assert s == pytest.approx(scale, rel=1e-6)
    assert np.allclose(R, pose[:3, :3], atol=1e-6)
    assert np.allclose(t, pose[:3, 3], atol=1e-6)


def test_umeyama_never_mirrors() -> None:
    source = np.random.default_rng(0).normal(size=(50, 3))
    _, R, _ = umeyama(source, source * [1, 1, -1])
    assert np.linalg.det(R) == pytest.approx(1)


def test_depth_errors_forgive_scale_and_ignore_invalid_pixels() -> None:
    true = np.linspace(1, 5, 100).reshape(10, 10)
    estimated = true / 3
    estimated[0, 0], true[0, 1] = np.nan, 0
    errors = depth_errors(estimated, true)
    assert errors.abs_rel == pytest.approx(0, abs=1e-9)
    assert errors.within_125 == 1
    assert errors.scale == pytest.approx(3)
    with pytest.raises(ValueError, match="no pixel"):
        depth_errors(estimated, np.zeros_like(true))


def test_points_in_part_of_the_room_are_accurate_but_not_complete() -> None:
    true = np.random.default_rng(0).uniform(0, 4, size=(4000, 3))
    half = true[true[:, 0] < 2]
    errors = point_errors(half, true)
    assert errors.accuracy_mean_m == 0
    assert errors.completeness_mean_m > 0.3
    assert 0.5 < errors.f_score < 0.85


def test_photos_without_a_camera_count_in_the_auc() -> None:
    true = {str(k): _pose(k) for k in range(4)}
    assert pose_auc(true, true) == dict.fromkeys((3, 5, 10, 30), pytest.approx(1))
    three = {name: true[name] for name in ("0", "1", "2")}
    assert pose_auc(three, true)[5] == pytest.approx(3 / 6)
    assert pose_auc({}, true)[30] == 0


def test_auc_of_known_errors() -> None:
    """Three cameras on a line; the last is 4 degrees aside for the second, and turned by 2 the other way."""
    true = {name: np.eye(4) for name in "abc"}
    for k, name in enumerate("abc"):
        true[name][0, 3] = k
    found = {name: pose.copy() for name, pose in true.items()}
    angle = math.radians(4.0)
    found["c"][:3, 3] = found["b"][:3, 3] + np.array([math.cos(angle), math.sin(angle), 0])
    found["c"][:3, :3] = Rotation.from_euler("z", -2, degrees=True).as_matrix()
    # seen from the third camera the second lies 4 + 2 degrees aside, the first, twice as far, 2 + 2
    areas = pose_auc(found, true)
    assert areas[3] == pytest.approx((1 + 0 + 0) / 3, abs=1e-6)
    assert areas[10] == pytest.approx((1 + 0.4 + 0.6) / 3, abs=1e-6)
    assert areas[30] == pytest.approx((1 + 24 / 30 + 26 / 30) / 3, abs=1e-6)


def test_a_set_of_which_nothing_is_placed_has_an_auc_of_nothing() -> None:
    frames = {name: {"c2w": np.eye(4).tolist()} for name in "abc"}
    row = camera_row(DataSet("set", [], frames, 1000.0), None)
    assert row == dict.fromkeys(("auc3", "auc5", "auc10", "auc30"), 0.0)


def test_coverage_counts_every_pixel_of_every_photo_once() -> None:
    found = coverage([np.array([[0, 1], [1, 2]], np.uint8), np.array([[3, 3, 3, 3]], np.uint8)])
    assert (found.none, found.measured, found.inferred, found.generated) == (0.125, 0.25, 0.125, 0.5)
    assert found.any == 0.875
    with pytest.raises(ValueError, match="no photo"):
        coverage([])


@given(st.integers(0, 200))
def test_flatness_is_the_noise_across_a_plane_whatever_its_place(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-2, 2, size=(3000, 3)) * [1, 1, 0] + rng.normal(size=(3000, 3)) * [0, 0, 0.02]
    pose = _pose(seed)
    assert flatness_m(points @ pose[:3, :3].T + pose[:3, 3]) == pytest.approx(0.02, rel=0.1)


def test_tight_and_loose_inliers_are_told_apart() -> None:
    true = np.ones((10, 10))
    estimated = np.where(np.arange(10) < 3, 1.1, 1.0) * true
    errors = depth_errors(estimated, true)
    assert errors.within_125 == 1
    assert errors.within_103 == pytest.approx(0.7)

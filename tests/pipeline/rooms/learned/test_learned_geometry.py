"""Focal length, pose and alignment come back from the points of known cameras."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from pipeline.rooms.learned.geometry import confident, fit_similarity, pinhole, pnp_pose, weiszfeld_focal
from tests.pipeline.rooms.box_room import look, points_of

HEIGHT, WIDTH, FOCAL = 96, 128, 90.0
K = pinhole(FOCAL, WIDTH, HEIGHT)
POSE = look((1.0, 0.6, 1.4), (3.2, 4.5, 1.1))


@pytest.fixture
def local() -> np.ndarray:
    return points_of(POSE, K, HEIGHT, WIDTH)


@pytest.mark.parametrize("scale", [0.01, 1.0, 500.0])
def test_the_focal_length_is_found_whatever_the_scale(local: np.ndarray, scale: float) -> None:
    assert weiszfeld_focal(local * scale) == pytest.approx(FOCAL, rel=1e-6)


def test_the_focal_length_survives_outliers_that_a_mean_does_not(local: np.ndarray) -> None:
    spoilt = local.copy()
    spoilt[::3, ::2, :2] *= 3.0
    found = weiszfeld_focal(spoilt)
    assert found == pytest.approx(FOCAL, rel=0.02)


def test_the_least_confident_tenth_does_not_count(local: np.ndarray) -> None:
    confidence = np.ones((HEIGHT, WIDTH))
    confidence[:9] = 0.1
    spoilt = local.copy()
    spoilt[:9, :, :2] += 5.0
    assert weiszfeld_focal(spoilt, confidence) == pytest.approx(FOCAL, rel=1e-6)


@pytest.mark.parametrize(
    "points", [np.zeros((32, 32, 3)), np.full((32, 32, 3), np.nan), np.ones((32, 32, 3)) * [1, 1, -1]]
)
def test_no_picture_no_focal_length(points: np.ndarray) -> None:
    assert weiszfeld_focal(points) is None


def test_the_most_confident_share_is_kept() -> None:
    confidence = np.arange(10_000.0).reshape(100, 100)
    assert confident(confidence, 0.15).sum() == 1500
    assert confident(confidence, 0.15)[85:].all()
    assert confident(np.ones((20, 20)), 0.15).all()
    confidence[0] = np.nan
    assert not confident(confidence, 1.0)[0].any()
    assert confident(np.arange(400.0).reshape(20, 20), 0.01).sum() == 64


def test_the_pose_is_found_among_wrong_points(local: np.ndarray) -> None:
    world = local @ POSE[:3, :3].T + POSE[:3, 3]
    rng = np.random.default_rng(0)
    wrong = rng.random((HEIGHT, WIDTH)) < 0.4
    world[wrong] = rng.uniform(-3, 3, (int(wrong.sum()), 3))
    found = pnp_pose(world, np.ones((HEIGHT, WIDTH), bool), K)
    assert found is not None
    np.testing.assert_allclose(found[0], POSE, atol=1e-3)
    assert found[1] == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_pose_scales_with_the_points_and_repeats(local: np.ndarray, scale: float) -> None:
    world = scale * (local @ POSE[:3, :3].T + POSE[:3, 3])
    use = np.ones((HEIGHT, WIDTH), bool)
    found, again = pnp_pose(world, use, K, seed=4), pnp_pose(world, use, K, seed=4)
    assert found is not None
    assert again is not None
    np.testing.assert_allclose(found[0][:3, 3], scale * POSE[:3, 3], atol=1e-3 * scale)
    assert np.array_equal(found[0], again[0])


def test_noise_or_too_few_points_have_no_pose(local: np.ndarray) -> None:
    use = np.ones((HEIGHT, WIDTH), bool)
    noise = np.random.default_rng(1).normal(size=(HEIGHT, WIDTH, 3))
    assert pnp_pose(noise, use, K) is None
    assert pnp_pose(np.ones((HEIGHT, WIDTH, 3)), use, K) is None
    assert pnp_pose(np.full((HEIGHT, WIDTH, 3), np.nan), use, K) is None
    use[1:] = False
    use[0, 60:] = False
    assert pnp_pose(local, use, K) is None


def test_a_similarity_is_found_among_outliers() -> None:
    rng = np.random.default_rng(2)
    rotation = Rotation.random(rng=rng).as_matrix()
    source = rng.normal(size=(500, 3))
    target = 1.7 * source @ rotation.T + [1.0, -2.0, 3.0]
    target[:40] += rng.normal(size=(40, 3)) * 5
    target[40] = np.nan
    fit = fit_similarity(source, target)
    assert fit is not None
    assert fit.scale == pytest.approx(1.7, rel=1e-6)
    np.testing.assert_allclose(fit.rotation, rotation, atol=1e-6)
    np.testing.assert_allclose(fit(source[50:]), target[50:], atol=1e-6)
    np.testing.assert_allclose(fit.pose()[:3, 3], [1.0, -2.0, 3.0], atol=1e-6)


def test_a_similarity_never_mirrors() -> None:
    source = np.random.default_rng(3).normal(size=(100, 3))
    fit = fit_similarity(source, source * [1, 1, -1])
    assert fit is None or np.linalg.det(fit.rotation) > 0


@pytest.mark.parametrize("source", [np.zeros((50, 3)), np.arange(50.0)[:, None] * [1, 2, 3], np.zeros((2, 3))])
def test_points_on_a_line_determine_no_similarity(source: np.ndarray) -> None:
    assert fit_similarity(source, source + 1) is None

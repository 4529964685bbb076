"""Evidence about a pair of photos means what it says."""

import numpy as np
import pytest

from pipeline.rooms.grouping.pair_evidence import (
    NO_EVIDENCE,
    Features,
    coherent,
    extent,
    global_descriptors,
    log_false_alarms,
    match_features,
    pair_score,
    pairs_to_try,
    without_overlay,
)

SIZE = (800, 600)


def _features(seed: int, count: int = 200) -> Features:
    rng = np.random.default_rng(seed)
    descriptors = rng.random((count, 128)).astype(np.float32) ** 4
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    return Features(rng.uniform((0, 0), SIZE, (count, 2)), descriptors, SIZE)


def test_the_score_grows_with_inliers_and_falls_with_matches_that_do_not_fit() -> None:
    scores = [pair_score(100, inliers, 0, SIZE, 3.0) for inliers in (15, 25, 40, 80)]
    assert scores == sorted(scores)
    assert scores[0] < 0 < scores[-1]
    assert pair_score(30, 25, 0, SIZE, 3.0) > pair_score(300, 25, 0, SIZE, 3.0)
    assert log_false_alarms(50, 7, 7, 0.01) == NO_EVIDENCE


def test_matches_by_chance_score_nothing() -> None:
    rng = np.random.default_rng(0)
    chance = 2 * 3.0 * np.hypot(*SIZE) / (SIZE[0] * SIZE[1])
    by_chance = rng.binomial(80, chance, 1000) + 7
    assert max(pair_score(80, int(inliers), 4, SIZE, 3.0) for inliers in by_chance) < 5


def test_features_find_themselves_and_not_strangers() -> None:
    a = _features(1)
    order = np.random.default_rng(2).permutation(len(a.xy))
    shuffled = Features(a.xy[order], a.descriptors[order], SIZE)
    pairs = match_features(a, shuffled)
    assert len(pairs) > 0.9 * len(a.xy)
    assert (order[pairs[:, 1]] == pairs[:, 0]).all()
    assert len(match_features(a, _features(3))) < 0.1 * len(a.xy)
    assert len(match_features(a, _features(3, 4))) == 0


def test_a_spot_with_two_orientations_counts_once() -> None:
    a = _features(1, 60)
    twice = Features(np.repeat(a.xy, 2, axis=0), np.repeat(a.descriptors, 2, axis=0), SIZE)
    pairs = match_features(twice, twice)
    assert len(pairs) > 50
    assert len(np.unique(pairs[:, 0] // 2)) == len(pairs)


def test_a_watermark_does_not_count_but_a_camera_that_stood_still_does() -> None:
    rng = np.random.default_rng(0)
    logo = rng.uniform((700, 560), (780, 590), (40, 2))
    scene = rng.uniform((0, 0), SIZE, (30, 2))
    moved = scene + np.array([60, 5])
    a, b = np.concatenate([logo, scene]), np.concatenate([logo + 1, moved])
    assert without_overlay(a, b, SIZE, SIZE).tolist() == [False] * 40 + [True] * 30
    assert without_overlay(scene, scene + 1, SIZE, SIZE).all()
    half = (400, 300)
    assert not without_overlay(logo, logo / 2, SIZE, half).any()


def test_what_moves_together_is_coherent_and_chance_inliers_are_not() -> None:
    rng = np.random.default_rng(0)
    thing = rng.uniform((100, 100), (180, 160), (20, 2))
    strays = rng.uniform((0, 0), SIZE, (8, 2))
    a = np.concatenate([thing, strays])
    b = np.concatenate([thing * 1.2 + np.array([300, 50]), rng.uniform((0, 0), SIZE, (8, 2))])
    kept = coherent(a, b)
    assert kept[:20].mean() > 0.8
    assert kept[20:].mean() < 0.3
    assert not coherent(a[:3], b[:3]).any()


def test_extent_is_the_share_of_the_photo() -> None:
    corners = np.array([[0, 0], [400, 0], [400, 300], [0, 300]], dtype=float)
    assert extent(corners, SIZE) == pytest.approx(0.25)
    assert extent(corners[:2], SIZE) == 0
    assert extent(np.array([[0.0, 0], [1, 1], [2, 2], [3, 3]]), SIZE) == 0


def test_photos_with_the_same_features_look_alike() -> None:
    a, b = _features(1), _features(5)
    half = Features(a.xy[:120], a.descriptors[:120], SIZE)
    nothing = Features(np.zeros((0, 2)), np.zeros((0, 128), np.float32), SIZE)
    vectors = global_descriptors([a, half, b, nothing], 8, seed=0)
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > likeness[0, 2]
    assert likeness[0, 3] == 0
    assert np.array_equal(vectors, global_descriptors([a, half, b, nothing], 8, seed=0))


def test_the_number_of_pairs_grows_with_the_photos_not_with_its_square() -> None:
    rng = np.random.default_rng(0)
    few, many = (pairs_to_try(rng.random((n, n)), partners=10) for n in (8, 200))
    assert len(few) == 8 * 7 // 2
    assert len(many) <= 200 * 12
    assert all(a < b for a, b in many)
    assert {(k, k + 1) for k in range(199)} <= set(many)

"""Photos that show a place say whether it has the colour of a surface put there; the others say nothing."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rooms.depth.photo_consistency import FirstDepth, PhotoConsistency
from pipeline.rooms.depth.surface_choice import Surfaces
from pipeline.rooms.stereo.stereo import StereoInput
from tests.pipeline.rooms.depth.test_surface_choice import facts_of
from tests.pipeline.rooms.textured_box import as_stereo, shots

TAKEN = shots(240)
CUSHION = np.s_[70:110, 100:150]


def agreement(data: StereoInput, trust: float = 0.5) -> PhotoConsistency:
    first = [FirstDepth(1.0 / shot.depth_m, np.full(shot.depth_m.shape, trust, np.float32)) for shot in TAKEN]
    return PhotoConsistency.of(data, first)


def with_cushion(data: StereoInput) -> StereoInput:
    """The first photo shows something red where the others show the wall."""
    image = data.images[0].copy()
    image[CUSHION] = [200, 20, 20]
    return replace(data, images=[image, *data.images[1:]])


@pytest.fixture(scope="module")
def box() -> StereoInput:
    return as_stereo(TAKEN)


def test_true_surfaces_have_the_colours_that_the_others_show_there(box: StereoInput) -> None:
    for index, shot in enumerate(TAKEN):
        cost = agreement(box).cost(index, 1.0 / shot.depth_m)
        assert np.median(cost) < -0.1
        assert (cost <= 0).mean() > 0.97


def test_what_has_another_colour_is_not_on_the_wall_that_the_others_see(box: StereoInput) -> None:
    data = with_cushion(box)
    cost = agreement(data).cost(0, 1.0 / TAKEN[0].depth_m)
    assert np.median(cost[CUSHION]) > 0.2
    cost[CUSHION] = 0.0
    assert (cost <= 0).mean() > 0.97


def test_exposure_and_white_balance_are_no_difference(box: StereoInput) -> None:
    data = with_cushion(box)
    warm = np.clip(data.images[0] * np.array([0.85, 0.7, 0.55]), 0, 255).astype(np.uint8)
    cost = agreement(replace(data, images=[warm, *data.images[1:]])).cost(0, 1.0 / TAKEN[0].depth_m)
    assert np.median(cost[CUSHION]) > 0.2
    cost[CUSHION] = 0.0
    assert (cost <= 0).mean() > 0.95


def test_places_that_no_other_photo_shows_are_not_judged(box: StereoInput) -> None:
    w = 1.0 / TAKEN[0].depth_m
    assert not agreement(box).cost(0, 0.8 * w).any(), "behind what they see"
    assert not agreement(box).cost(0, 1.25 * w).any(), "in front of it"
    alone = StereoInput(box.images[:1], box.K[:1], box.world_from_camera[:1], box.xyz, box.seen[:1])
    first = [FirstDepth(w, np.ones(w.shape, np.float32))]
    assert not PhotoConsistency.of(alone, first).cost(0, w).any()


def test_a_surer_photo_says_more(box: StereoInput) -> None:
    data = with_cushion(box)
    costs = [
        agreement(data, trust).cost(0, 1.0 / TAKEN[0].depth_m)[CUSHION].mean() for trust in (0.1, 0.5, 1.0)
    ]
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]


def test_the_verdict_moves_pixels_to_another_surface_but_not_the_measured_ones(box: StereoInput) -> None:
    shape = box.images[0].shape[:2]
    measured = np.zeros(shape, bool)
    measured[: shape[0] // 2] = True
    facts = replace(facts_of(box, 0), measured=measured)
    candidate = np.stack([np.full(shape, 0.3), np.full(shape, 0.5)], axis=2)
    surfaces = Surfaces(candidate, np.tile(np.array([0.0, 0.5], np.float32), (*shape, 1)), facts)
    assert (surfaces.choose().labels == 0).all()
    judged = surfaces.judged(lambda w: np.where(w < 0.4, 1.0, 0.0).astype(np.float32)).choose()
    assert (judged.labels[: shape[0] // 2 - 4] == 0).all()
    assert (judged.labels[shape[0] // 2 + 4 :] == 1).all()

"""Made measurements have the faults of our own stereo, and leave most views without any."""

import numpy as np
import pytest
from jaxtyping import Float32

from pipeline.distill.eye.samples import Drawn, draw_bundle
from pipeline.distill.eye.stereo import measured
from pipeline.distill.rooms.photo import develop

Told = list[tuple[Drawn, np.ndarray, Float32[np.ndarray, "H W 4"]]]


@pytest.fixture(scope="module")
def told() -> Told:
    """Views, their photos and what was measured, many times over."""
    bundle = draw_bundle(4, 6, 64 * 48, seed=9, per_room=2)
    found = []
    for k in range(60):
        drawn = bundle[k % len(bundle)]
        photo = develop(drawn.radiance, k)
        found.append((drawn, photo, measured(drawn.view, photo, k)))
    return found


def _errors(told: Told) -> tuple[np.ndarray, np.ndarray]:
    off, sure = [], []
    for drawn, _, maps in told:
        true = np.log(drawn.view.depth_m / drawn.view.camera.height_m)
        known = maps[..., 1] > 0
        off.append(np.abs(maps[..., 0] - true)[known])
        sure.append(maps[..., 1][known])
    return np.concatenate(off), np.concatenate(sure)


def test_a_seed_gives_the_same_measurements(told: Told) -> None:
    drawn, photo, maps = told[7]
    assert np.array_equal(maps, measured(drawn.view, photo, 7))


def test_two_views_in_three_have_none_and_nothing_is_zero(told: Told) -> None:
    assert 0.15 < np.mean([maps.any() for _, _, maps in told]) < 0.55
    for _, _, maps in told:
        assert (maps[..., 0][maps[..., 1] == 0] == 0).all()
        assert set(np.unique(maps[..., 3])) <= {0.0, 1.0}


def test_most_depths_are_near_and_some_are_wrong(told: Told) -> None:
    off, _ = _errors(told)
    assert np.median(off) < 0.06
    assert 0.01 < (off > 0.25).mean() < 0.25


def test_confidence_tells_in_part_what_is_wrong(told: Told) -> None:
    off, sure = _errors(told)
    assert sure[off < 0.1].mean() > sure[off > 0.25].mean() + 0.1
    assert (sure[off > 0.25] > sure[off < 0.1].mean()).any()


def test_plain_surfaces_are_seldom_matched(told: Told) -> None:
    contrast, known = [], []
    for _, photo, maps in told:
        if (maps[..., 1] > 0).any():
            grey = photo.mean(axis=-1)
            contrast.append(np.hypot(*np.gradient(grey)).ravel())
            known.append((maps[..., 1] > 0).ravel())
    steep, hit = np.concatenate(contrast), np.concatenate(known)
    assert hit[steep > 10].mean() > 1.5 * hit[steep < 2].mean()

"""A GPU finds what the CPU finds. PyTorch stands in for it on the CPU, or only follows shapes and devices."""

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.progress import Progress
from pipeline.rooms.depth.dense import DenseSettings
from pipeline.rooms.stereo import patchmatch_torch
from pipeline.rooms.stereo.comparison import costs_of_planes, improve
from pipeline.rooms.stereo.stereo import measure_depth, stereo_views
from pipeline.rooms.stereo.views import Search, StereoViews
from pipeline.rooms.stereo.windows import BAD_COST, NOT_SEEN
from tests.pipeline.rooms.textured_box import as_stereo, shots

_WIDTH = 120
_OTHERS = np.array([1, 2, 3])
#: PyTorch's name of the processor; ShowRoom takes it for any other device of PyTorch
_TORCH = "cpu:0"
_PHOTOMETRIC = Search(geometric=0.0, keep=2, w_range=(0.05, 2.0), iterations=2, neighbours=8, seed=7)
_GEOMETRIC = replace(_PHOTOMETRIC, geometric=0.12, neighbours=4)
#: facing the photo, slanted, beside it, and behind it
_PLANES = np.array([[0, 0, 0.3], [0, 0, 0.6], [1e-3, 5e-4, 0.3], [0.01, 0, -0.5], [0, 0, -0.3]])


@pytest.fixture(name="views", scope="module")
def _views() -> StereoViews:
    """Four photos of a textured room, one of them cut on two sides, with a flat grey corner in the first."""
    data = as_stereo(shots(_WIDTH))
    data.images[0][:30, :30] = 128
    data.images[2] = data.images[2][:70, :100]
    return stereo_views(data, 1)


def _start(views: StereoViews) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hypotheses and costs of photo 0 before the search, a tenth wrong, and the true depths of all."""
    depths = np.stack([1 / shot.depth_m for shot in shots(_WIDTH)]).astype(np.float32)
    state = np.zeros((*views.sizes[0], 3))
    state[..., 0] = 1.1 * depths[0]
    return state, np.full(state.shape[:2], BAD_COST, np.float32), depths


def _found(views: StereoViews, search: Search) -> tuple[np.ndarray, np.ndarray]:
    state, cost, depths = _start(views)
    improve(views, 0, _OTHERS, depths, search, state, cost)
    return state, cost


@pytest.mark.parametrize("search", [_PHOTOMETRIC, _GEOMETRIC], ids=["photometric", "geometric"])
def test_in_double_precision_the_search_is_the_same(
    views: StereoViews, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patchmatch_torch, "_AT_ONCE", 1000)
    state, cost, depths = (torch.tensor(values) for values in _start(views))
    shown = patchmatch_torch.Comparison.of(views, 0, _OTHERS, depths.numpy(), torch.float64)
    patchmatch_torch.improve(shown, search, state, cost)
    expected, expected_cost = _found(views, search)
    assert np.abs(expected[..., 0] / _start(views)[0][..., 0] - 1).max() > 0.1
    assert_allclose(state.numpy(), expected, atol=1e-9)
    assert_allclose(cost.numpy(), expected_cost, atol=1e-6)


@pytest.mark.parametrize("search", [_PHOTOMETRIC, _GEOMETRIC], ids=["photometric", "geometric"])
def test_in_single_precision_nearly_all_matched_pixels_choose_the_same(
    views: StereoViews, search: Search
) -> None:
    state, cost = _found(replace(views, device=_TORCH), search)
    expected, expected_cost = _found(views, search)
    matched = expected_cost < 0.8
    assert matched.mean() > 0.6
    assert (np.abs(state[..., 0] / expected[..., 0] - 1) < 1e-3)[matched].mean() > 0.98
    assert cost.mean() == pytest.approx(expected_cost.mean(), abs=1e-3)


def test_planes_cost_the_same(views: StereoViews) -> None:
    expected = costs_of_planes(views, 0, _OTHERS, _PLANES)
    found = costs_of_planes(replace(views, device=_TORCH), 0, _OTHERS, _PLANES)
    assert_array_equal(found >= NOT_SEEN, expected >= NOT_SEEN)
    assert_allclose(found, expected, atol=2e-3)
    assert (expected[:3] < NOT_SEEN).mean() > 0.5
    assert_array_equal(expected[4], NOT_SEEN)


def test_planes_cost_nothing_known_where_there_is_no_texture(views: StereoViews) -> None:
    for device in ("cpu", _TORCH):
        assert_array_equal(
            costs_of_planes(replace(views, device=device), 0, _OTHERS, _PLANES)[:, :12, :12], NOT_SEEN
        )


def test_depth_of_a_room_is_as_good() -> None:
    taken = shots(_WIDTH)
    data = as_stereo(taken)
    right = {}
    for device in ("cpu", _TORCH):
        depths, _ = measure_depth(replace(data, device=device), 0, Progress())
        off = [np.abs(d.inverse_depth * shot.depth_m - 1) for d, shot in zip(depths, taken, strict=True)]
        right[device] = np.mean([(o < 0.02)[d.measured].mean() for o, d in zip(off, depths, strict=True)])
    assert right["cpu"] > 0.9
    assert right[_TORCH] == pytest.approx(right["cpu"], abs=0.01)


def test_all_tensors_are_on_the_device(views: StereoViews) -> None:
    """On the "meta" device nothing is calculated, but tensors of two devices don't go together."""
    state, cost, depths = _start(views)
    shown = patchmatch_torch.Comparison.of(replace(views, device="meta"), 0, _OTHERS, depths)
    on_meta = [patchmatch_torch.tensor(values, "meta") for values in (state, cost, _PLANES)]
    patchmatch_torch.improve(shown, _GEOMETRIC, on_meta[0], on_meta[1])
    patchmatch_torch.match_planes(shown, on_meta[2], torch.zeros(5, 45, 60, device="meta"))
    with pytest.raises((RuntimeError, NotImplementedError)):
        patchmatch_torch.improve(shown, _GEOMETRIC, on_meta[0], torch.tensor(cost))


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, torch.AcceleratorError])
def test_the_processor_takes_over_from_a_gpu_that_fails(
    views: StereoViews,
    error: type[RuntimeError],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise error("no memory")

    monkeypatch.setattr(patchmatch_torch, "improve", fail)
    with caplog.at_level(logging.WARNING):
        state, cost = _found(replace(views, device=_TORCH), _PHOTOMETRIC)
    expected, expected_cost = _found(views, _PHOTOMETRIC)
    assert_array_equal(state, expected)
    assert_array_equal(cost, expected_cost)
    assert "the CPU takes over: no memory" in caplog.text


def test_a_device_that_compares_no_photos_is_refused() -> None:
    with pytest.raises(ValueError, match='"cpu" or "cuda"'):
        DenseSettings(device="gpu")

"""Rough depth is believed where photos agree only, is right there, and shown to photos that saw nothing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pipeline.progress import Cancelled, Progress
from pipeline.rooms.depth.rough_depth import RoughDepth, rough_depths
from pipeline.rooms.stereo.stereo import StereoInput
from tests.pipeline.rooms.textured_box import Shot, as_stereo, shots, unmeasured

TAKEN = shots(320)
OTHERS = [np.array([j for j in range(len(TAKEN)) if j != i]) for i in range(len(TAKEN))]


def rough(data: StereoInput) -> list[RoughDepth]:
    return rough_depths(data, unmeasured(data), OTHERS, Progress())


def nearly_right(found: RoughDepth, shot: Shot) -> float:
    """Share of the believed pixels whose depth is within a sixth of the true one."""
    ratio = found.inverse_depth[found.believed] * shot.depth_m[found.believed]
    return float((np.abs(np.log(ratio)) < np.log(7 / 6)).mean())


@pytest.fixture(scope="module")
def box() -> StereoInput:
    return as_stereo(TAKEN)


def test_what_photos_agree_on_is_right(box: StereoInput) -> None:
    for found, shot in zip(rough(box), TAKEN, strict=True):
        assert found.believed.mean() > 0.25
        assert nearly_right(found, shot) > 0.85


def test_a_photo_without_any_texture_is_shown_what_the_others_believe(box: StereoInput) -> None:
    blank = replace(box, images=[np.full_like(box.images[0], 128), *box.images[1:]])
    first = rough(blank)[0]
    assert first.believed.mean() > 0.05
    assert nearly_right(first, TAKEN[0]) > 0.8


def test_photos_of_nothing_in_common_believe_nothing(box: StereoInput) -> None:
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, image.shape).astype(np.uint8) for image in box.images]
    assert max(found.believed.mean() for found in rough(replace(box, images=noise))) < 0.02


def test_photos_without_texture_believe_nothing(box: StereoInput) -> None:
    plain = replace(box, images=[np.full_like(image, 200) for image in box.images])
    assert not any(found.believed.any() for found in rough(plain))


def test_rough_depth_is_the_same_for_any_number_of_threads(
    box: StereoInput, use_threads: Callable[[int], None]
) -> None:
    use_threads(1)
    one = rough(box)
    use_threads(2)
    two = rough(box)
    for first, second in zip(one, two, strict=True):
        assert np.array_equal(first.inverse_depth, second.inverse_depth)
        assert np.array_equal(first.believed, second.believed)


def test_rough_depth_can_be_cancelled(box: StereoInput) -> None:
    def sink(fraction: float, message: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        rough_depths(box, unmeasured(box), OTHERS, Progress(sink))

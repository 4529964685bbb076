"""The plane sweep finds walls by what photos agree on, also where stereo measured nothing."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.progress import Cancelled, Progress
from pipeline.rooms.stereo.plane_sweep import sweep_planes
from pipeline.rooms.stereo.stereo import StereoInput
from tests.pipeline.rooms.textured_box import SIZE_M, as_stereo, shots, unmeasured


@pytest.fixture(scope="module")
def box() -> StereoInput:
    return as_stereo(shots(320))


def test_planes_are_found_where_the_walls_are(box: StereoInput) -> None:
    found = sweep_planes(box, unmeasured(box), box.xyz, Progress())
    sides = 0
    for axis in range(3):
        for sign, true in ((1, 0.0), (-1, SIZE_M[axis])):
            mine = found.normals[:, axis] * sign > 0.9
            if found.area[mine].sum() > 0.3:
                sides += 1
                near = np.abs(found.points[mine, axis] - true) < 0.03
                assert found.area[mine][near].sum() > 0.7 * found.area[mine].sum()
    assert sides >= 2


def test_photos_without_texture_agree_on_nothing(box: StereoInput) -> None:
    plain = replace(box, images=[np.full_like(image, 200) for image in box.images])
    assert len(sweep_planes(plain, unmeasured(plain), plain.xyz, Progress()).area) == 0


def test_one_photo_has_nothing_to_compare_with(box: StereoInput) -> None:
    alone = StereoInput(box.images[:1], box.K[:1], box.world_from_camera[:1], box.xyz, box.seen[:1])
    assert len(sweep_planes(alone, unmeasured(alone), alone.xyz, Progress()).area) == 0


def test_the_sweep_can_be_cancelled(box: StereoInput) -> None:
    def sink(fraction: float, message: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        sweep_planes(box, unmeasured(box), box.xyz, Progress(sink))

"""Pixels show the plane that photos agree on; what is roughly known reaches no farther than its colours."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rooms.box.room_plane import RoomPlane
from pipeline.rooms.depth.edges import Ground
from pipeline.rooms.depth.offered_planes import offered_planes
from pipeline.rooms.depth.smooth_fill import edge_weights
from pipeline.rooms.depth.surface_choice import PhotoFacts, Surfaces, _Costs
from pipeline.rooms.stereo.stereo import StereoInput
from tests.pipeline.rooms.textured_box import SIZE_M, as_stereo, shots, unmeasured

TAKEN = shots(240)
CLOSING = [
    RoomPlane(axis, 1 - 2 * upper, upper * SIZE_M[axis], 1e5, True, np.zeros((80, 80), np.float32), np.zeros(2))
    for axis in range(3)
    for upper in (0, 1)
]


def facts_of(data: StereoInput, index: int, alone: np.ndarray | None = None) -> PhotoFacts:
    image = data.images[index]
    nothing = np.zeros(image.shape[:2], bool)
    own = np.full(image.shape[:2], 0.5)
    return PhotoFacts(own, nothing, nothing if alone is None else alone, edge_weights(image), Ground.of(image))


@pytest.fixture(scope="module")
def box() -> StereoInput:
    return as_stereo(TAKEN)


def test_without_any_measured_pixel_the_sides_of_the_room_are_told_apart_by_their_likeness(
    box: StereoInput,
) -> None:
    for index, shot in enumerate(TAKEN):
        others = np.array([k for k in range(len(TAKEN)) if k != index])
        offered = offered_planes(box, CLOSING, others, index)
        chosen = Surfaces.of(box, unmeasured(box), CLOSING, offered, index, facts_of(box, index)).choose()
        off = np.abs(np.log(chosen.inverse_depth * shot.depth_m))
        assert chosen.on_plane.mean() > 0.95
        assert (off < 0.02).mean() > 0.9


def test_a_rough_depth_reaches_pixels_of_its_colours_and_no_others(box: StereoInput) -> None:
    height, width = box.images[0].shape[:2]
    noise = np.random.default_rng(0).integers(-40, 40, (height, width, 1))
    bright = np.arange(width)[None, :, None] >= width // 2
    image = np.clip(np.where(bright, [200, 150, 90], [60, 70, 60]) + noise, 0, 255).astype(np.uint8)
    data = replace(box, images=[image, *box.images[1:]])
    alone = np.zeros((height, width), bool)
    alone[:, width // 2 - 12 : width // 2 - 4] = True
    cost = _Costs.of(data, unmeasured(data), [], 0, facts_of(data, 0, alone)).on_own()
    dark, light = cost[:, width // 2 - 40 : width // 2 - 12], cost[:, width // 2 + 6 : width // 2 + 34]
    assert np.median(light) > np.median(dark) + 0.3


def test_only_large_inner_planes_go_on_farther_than_others(box: StereoInput) -> None:
    costs = _Costs.of(box, unmeasured(box), CLOSING, 0, facts_of(box, 0))
    per_area = float(np.median(box.K[:, 0, 0])) ** 2
    inner = [replace(CLOSING[0], hull=False, weight=area * per_area) for area in (0.1, 1.0, 4.0, 16.0)]
    assert [costs.largeness(plane) for plane in inner[:2]] == [1.0, pytest.approx(1.0)]
    assert 1.0 < costs.largeness(inner[2]) < costs.largeness(inner[3])
    assert costs.largeness(CLOSING[0]) == 1.0


def test_plain_ground_is_a_wall_rather_than_an_upright_piece_of_furniture(box: StereoInput) -> None:
    facts = facts_of(box, 0)
    nowhere = np.zeros(facts.measured.shape, bool)
    on_plain, on_texture = (
        _Costs.of(box, unmeasured(box), CLOSING, 0, replace(facts, ground=Ground(plain, nowhere)))
        for plain in (~nowhere, nowhere)
    )
    w, match = np.full(nowhere.shape, 0.5), np.full(nowhere.shape, 0.45, np.float32)
    wall, floor = CLOSING[0], CLOSING[4]
    for plane in (replace(wall, hull=False), replace(floor, hull=False), wall):
        dearer = on_plain.on_plane(plane, w, match) - on_texture.on_plane(plane, w, match)
        assert (dearer > 0).all() == (plane.axis < 2 and not plane.hull)

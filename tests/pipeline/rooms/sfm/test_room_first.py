"""A photo is placed by where it stands from photos that are placed, though no point of it is known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from pipeline.rooms.scene import Cameras, NotEnoughViews, PlacedCamera, SparsePoints
from pipeline.rooms.scene.rotations import rotation_angle_rad
from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.place import _better
from pipeline.rooms.sfm.placing import Look, Standing, rate_turns
from pipeline.rooms.sfm.reconstruction import Intrinsics, Reconstruction
from pipeline.rooms.sfm.room_first import (
    camera_height,
    place_by_standing,
    standing_elsewhere,
    surer,
    unlikelier,
)
from pipeline.rooms.sfm.second_look import SecondLook
from tests.pipeline.rooms.known_look import CENTRE, FOCAL, look_of, seen, wall_points
from tests.pipeline.rooms.textured_box import looking

#: all 1.4 m high; the last is to be placed
POSES = [looking((x, y, 1.4), (3.6, 1.6, 1.1)) for x, y in ((0.5, 0.5), (0.7, 2.6), (1.3, 1.2))]
#: metres of a unit of the world
UNIT_M = 2.0


def placed_two(points: np.ndarray) -> Reconstruction:
    """The first two photos and points that they share, in a world twice as small."""
    inverse = np.linalg.inv(np.stack(POSES))
    inverse[:, :3, 3] /= UNIT_M
    n = len(points)
    lens = np.zeros(3, np.int64)
    intrinsics = Intrinsics(lens, np.array([FOCAL]), np.array([FOCAL]), 0.04, np.tile(CENTRE, (3, 1)))
    xy = np.concatenate([seen(points, pose) for pose in POSES[:2]])
    bundle = Bundle(
        inverse[:2, :3, :3],
        inverse[:2, :3, 3],
        np.array([FOCAL]),
        lens[:2],
        np.tile(CENTRE, (2, 1)),
        points / UNIT_M,
        np.repeat([0, 1], n),
        np.tile(np.arange(n), 2),
        xy,
    )
    return Reconstruction(
        inverse[:, :3, :3], inverse[:, :3, 3], np.array([True, True, False]), intrinsics, bundle
    )


def in_view(points: np.ndarray) -> np.ndarray:
    pixels = np.stack([seen(points, pose) for pose in POSES])
    return points[((pixels > 0) & (pixels < [399, 299])).all(axis=(0, 2))]


def second_look(of: tuple[int, ...] = (0, 1)) -> SecondLook:
    """Where the third photo stands from others, by points that only it and one other share."""
    points = [in_view(wall_points(400, seed)) for seed in (1, 2)]
    looks: list[Look] = [look_of(pose, points[0]) for pose in POSES]
    rows = np.stack([np.arange(len(points[0]))] * 2, axis=1)
    pairs = {(a, 2): rate_turns(looks[a], looks[2], rows, seed=0)[0] for a in of}
    return SecondLook(tuple(looks), pairs)


def error_m(found: tuple[np.ndarray, np.ndarray]) -> float:
    return float(np.linalg.norm(-found[0].T @ found[1] * UNIT_M - POSES[2][:3, 3]))


def test_the_height_of_cameras_is_told_in_units_of_the_world() -> None:
    state = placed_two(in_view(wall_points(400, 3)))
    height = camera_height(state, second_look())
    assert height is not None
    assert abs(math.log(height * UNIT_M / 1.4)) < 0.05
    assert camera_height(placed_two(wall_points(2)), second_look()) is None


def test_a_photo_that_knows_no_point_is_placed_from_one_neighbour_or_two() -> None:
    state = placed_two(in_view(wall_points(400, 3)))
    for of in ((0,), (1,), (0, 1)):
        found = place_by_standing(2, state, second_look(of))
        assert found is not None
        assert rotation_angle_rad(found[0], POSES[2][:3, :3].T) < math.radians(1.0)
        assert error_m(found) < 0.3


def test_pairs_are_read_either_way_round() -> None:
    state, again = placed_two(in_view(wall_points(400, 3))), second_look((0,))
    swapped = replace(again, pairs={(2, 0): again.pairs[0, 2].reversed})
    one, other = place_by_standing(2, state, again), place_by_standing(2, state, swapped)
    assert one is not None
    assert other is not None
    assert_allclose(one[1], other[1], atol=1e-9)


def test_neighbours_that_disagree_place_nothing() -> None:
    state, again = placed_two(in_view(wall_points(400, 3))), second_look()
    quarter = Rotation.from_euler("y", 90, degrees=True).as_matrix()
    wrong: Standing = again.pairs[1, 2]
    wrong = replace(wrong, second_from_first=quarter @ wrong.second_from_first)
    assert place_by_standing(2, state, replace(again, pairs={**again.pairs, (1, 2): wrong})) is None


def test_a_photo_without_a_certain_neighbour_is_not_placed() -> None:
    state, again = placed_two(in_view(wall_points(400, 3))), second_look()
    assert place_by_standing(2, state, replace(again, pairs={})) is None
    assert place_by_standing(2, state, SecondLook()) is None


def test_a_photo_that_stands_elsewhere_than_its_neighbours_are_certain_of_is_named() -> None:
    state, again = placed_two(in_view(wall_points(400, 3))), second_look()
    known = state.only(np.ones(3, bool))
    assert standing_elsewhere(known, again) is None
    away = known.shift.copy()
    away[2] = -known.rotation[2] @ np.array([-1.0, 1.2, 1.4]) / UNIT_M
    assert standing_elsewhere(known.moved(known.rotation, away), again) == 2
    assert standing_elsewhere(state, again) is None


def test_faces_of_the_room_may_improve_a_likely_distance_but_not_replace_it() -> None:
    state = placed_two(in_view(wall_points(400, 3)))
    rotation, shift = state.rotation[2], state.shift[2]
    middle = state.centre(0)

    def at(factor: float) -> tuple[np.ndarray, np.ndarray]:
        return rotation, -rotation @ (middle + factor * (state.centre(2) - middle))

    likely = rotation, shift
    assert surer(at(1.2), likely, state)[1] is not shift
    assert_allclose(surer(at(0.3), likely, state)[1], shift)
    assert_allclose(surer(at(3.0), likely, state)[1], shift)


def test_a_part_of_the_room_is_not_resized_against_likely_distances() -> None:
    state, again = placed_two(in_view(wall_points(400, 3))), second_look((0,))
    known = replace(state, placed=np.ones(3, bool))
    shift = known.shift.copy()
    shift[2] = -known.rotation[2] @ (known.centre(0) + 0.4 * (known.centre(2) - known.centre(0)))
    smaller = known.moved(known.rotation, shift)
    assert unlikelier(smaller, state.with_placed(2, known.rotation[2], known.shift[2]), SecondLook()) is False
    before = replace(known, bundle=state.bundle)
    assert unlikelier(smaller, replace(before, placed=state.placed), again)
    assert not unlikelier(known, replace(before, placed=state.placed), again)


def cameras(poses: dict[int, np.ndarray]) -> Cameras:
    none = np.zeros(0, np.int64)
    points = SparsePoints(
        np.zeros((0, 3)), np.zeros((0, 3), np.uint8), np.zeros(0), none, none, np.zeros((0, 2))
    )
    placed = [PlacedCamera(str(i), 400, 300, np.eye(3), pose, 20, 0.5) for i, pose in poses.items()]
    return Cameras(tuple(placed), points)


def test_cameras_that_certain_pairs_contradict_give_way_and_others_stay() -> None:
    again, names = second_look((0,)), ["0", "1", "2"]
    wrong = POSES[2].copy()
    wrong[:3, 3] = [-1.0, 1.2, 1.4]
    right, contradicted = cameras({0: POSES[0], 2: POSES[2]}), cameras({0: POSES[0], 2: wrong})
    assert _better(right, contradicted, names, again) is right
    assert _better(contradicted, right, names, again) is right
    nothing = NotEnoughViews("nothing", "advice", {})
    assert _better(right, nothing, names, again) is right
    with pytest.raises(NotEnoughViews):
        _better(contradicted, nothing, names, again)

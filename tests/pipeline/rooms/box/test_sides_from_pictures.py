"""Sides of a room without points are found by the edges that the photos show of them."""

import numpy as np
import pytest

from pipeline.rooms.box.room_plane import RoomPlane
from pipeline.rooms.box.sides_from_pictures import SIDES, BoxView, box_view, close_by_pictures
from tests.pipeline.rooms.drawn_rooms import DISTANCES_M, draw, drawn_box

FRONT, LEFT, RIGHT, FLOOR, CEILING = DISTANCES_M
#: lower and upper side of x (right), y (forward) and z (up) as seen from the camera; nobody looks back
TRUE = np.array([-LEFT, RIGHT, -1.0, FRONT, -FLOOR, CEILING])
#: what the points hold: all but the last half metre before the walls
INSIDE = np.array([[x, y, z] for x in (-1.2, 1.6) for y in (0.0, 3.1) for z in (-1.45, 0.6)])

#: evidence of all points, when a well-seen side has a tenth of it
ALL = 10.0


@pytest.fixture(scope="module")
def views() -> list[BoxView]:
    found = []
    for yaw in (12.0, -25.0, 40.0):
        box = drawn_box(yaw)
        pose = np.eye(4)
        pose[:3, :3] = box.camera_from_room.T
        found.append(box_view(draw(box), box.K, pose))
    return found


def plane(side: int, offset: float, weight: float) -> RoomPlane:
    axis, sign = SIDES[side]
    return RoomPlane(axis, -sign, offset, weight, True, np.full((2, 2), 10.0, np.float32), np.zeros(2))


def offsets(planes: list[RoomPlane]) -> np.ndarray:
    return np.array([next(p.offset for p in planes if (p.axis, -p.sign) == side) for side in SIDES])


def test_sides_without_evidence_move_to_their_edges(views: list[BoxView]) -> None:
    guessed = TRUE * np.array([2.0, 1.8, 1.0, 1.5, 1.0, 2.2])
    planes = [plane(side, guessed[side], float(side in (2, 4))) for side in range(6)]
    found = offsets(close_by_pictures(views, planes, INSIDE, ALL))
    for side in (0, 1, 3, 5):
        assert found[side] == pytest.approx(TRUE[side], rel=0.08)


def test_sides_with_evidence_and_other_planes_stay(views: list[BoxView]) -> None:
    table = RoomPlane(2, 1, -0.7, 0.0, False, np.zeros((2, 2), np.float32), np.zeros(2))
    guessed = TRUE * 1.3
    planes = [*(plane(side, guessed[side], float(side != 5)) for side in range(6)), table]
    found = close_by_pictures(views, planes, INSIDE, ALL)
    assert np.array_equal(offsets(found)[:5], guessed[:5])
    assert found[-1] is table
    assert close_by_pictures(views, planes[:5], INSIDE, ALL) == planes[:5]


def test_a_side_never_cuts_through_a_camera(views: list[BoxView]) -> None:
    planes = [plane(side, 9.0 * SIDES[side][1], 0.0) for side in range(6)]
    found = offsets(close_by_pictures(views, planes, np.zeros((0, 3)), ALL))
    assert (found * np.array([sign for _, sign in SIDES]) > 0).all()


def test_a_cupboard_that_few_points_took_for_the_wall_moves_behind_it(views: list[BoxView]) -> None:
    guessed = TRUE.copy()
    guessed[3] = 0.75 * FRONT
    planes = [plane(side, guessed[side], 0.5 if side == 3 else 2.0) for side in range(6)]
    found = close_by_pictures(views, planes, INSIDE, ALL)
    assert offsets([p for p in found if p.hull])[3] == pytest.approx(FRONT, rel=0.05)
    assert [p.offset for p in found if not p.hull] == [guessed[3]]


def test_a_wall_with_few_points_stays_where_the_pictures_agree(views: list[BoxView]) -> None:
    planes = [plane(side, TRUE[side], 0.5) for side in range(6)]
    assert np.array_equal(offsets(close_by_pictures(views, planes, INSIDE, ALL)), TRUE)


def test_an_edge_in_the_pictures_where_points_lie_makes_a_measured_wall(views: list[BoxView]) -> None:
    guessed = TRUE.copy()
    guessed[3] = 1.4 * FRONT
    planes = [plane(side, guessed[side], float(side != 3)) for side in range(6)]
    alone = close_by_pictures(views, planes, INSIDE, ALL)[3].offset
    axis, sign = SIDES[3]
    strip, cupboard = (
        RoomPlane(axis, -sign, alone - gap, weight, False, np.zeros((2, 2), np.float32), np.zeros(2))
        for gap, weight in ((0.02, 0.3), (0.3, 0.9))
    )
    found = close_by_pictures(views, [*planes, strip, cupboard], INSIDE, ALL)
    wall = next(p for p in found if p.hull and (p.axis, -p.sign) == SIDES[3])
    assert (wall.offset, wall.weight, wall.distance.max()) == (strip.offset, 0.3, 0.0)
    assert [p.offset for p in found if not p.hull] == [cupboard.offset]


def test_a_ceiling_put_at_the_foot_of_its_cornice_rises_to_what_was_measured_above(
    views: list[BoxView],
) -> None:
    planes = [plane(side, TRUE[side] - 0.15 * (side == 5), 0.5 if side == 5 else 2.0) for side in range(6)]
    few, many = (
        np.repeat([[1.0, 1.0, 0.6], [1.0, 1.0, CEILING - 0.02]], n, axis=0) for n in ((399, 1), (98, 2))
    )
    assert offsets(close_by_pictures(views, planes, few, ALL))[5] == planes[5].offset
    found = close_by_pictures(views, planes, many, ALL)
    assert all(p.hull for p in found)
    assert offsets(found)[5] == pytest.approx(CEILING, abs=0.04)

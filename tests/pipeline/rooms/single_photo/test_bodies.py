"""What stands in a room of one photo has a body, and the room itself stays where the box has it."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.distill.rooms import Side
from pipeline.rooms.prior import own_eye
from pipeline.rooms.single_photo.bodies import Bodies, _like_a_rug, bodies_of, fitted
from tests.pipeline.rooms.single_photo.made_room import MadeRoom, made_rooms

COUNT = 3


@pytest.fixture(scope="module", params=range(COUNT))
def room(request: pytest.FixtureRequest) -> MadeRoom:
    number: int = request.param
    return made_rooms(COUNT)[number]


def _bodies(room: MadeRoom, scale: float = 1.3, drift: float = 0.05) -> Bodies:
    return bodies_of(room.view.rgb, room.box, room.prior(scale, drift))


def test_furniture_is_nearer_to_its_true_depth_than_the_box() -> None:
    shares = [room.nearer(_bodies(room).depth_m) for room in made_rooms(COUNT)]
    assert min(shares) > 0.5
    assert np.median(shares) > 0.7


def test_with_the_eye_of_our_own_much_furniture_is_nearer_than_the_box() -> None:
    rooms, eye = made_rooms(COUNT), own_eye()
    shares = [
        room.nearer(bodies_of(room.view.rgb, room.box, eye.predict(room.view.rgb, room.box.K)).depth_m)
        for room in rooms
    ]
    assert np.median(shares) > 0.3


def test_what_shows_the_room_lies_exactly_on_the_box(room: MadeRoom) -> None:
    bodies = _bodies(room)
    assert (bodies.depth_m[~bodies.standing] == room.box_depth_m[~bodies.standing]).all()
    shell = (room.view.side != Side.THING) & ~room.furniture
    assert bodies.standing[shell].mean() < 0.03


def test_nothing_stands_behind_the_box(room: MadeRoom) -> None:
    bodies = _bodies(room)
    assert (bodies.depth_m[bodies.standing] < room.box_depth_m[bodies.standing]).all()
    assert (bodies.depth_m > 0).all()


def test_scale_and_slow_drift_of_the_eye_do_not_matter(room: MadeRoom) -> None:
    one, two = _bodies(room, 0.5, 0.0), _bodies(room, 2.0, 0.05)
    both = one.standing & two.standing
    assert both.sum() > 0.85 * (one.standing | two.standing).sum()
    assert np.median(np.abs(one.depth_m / two.depth_m - 1)[both]) < 0.05


def test_the_same_photo_gives_the_same_bodies(room: MadeRoom) -> None:
    one, two = _bodies(room), _bodies(room)
    assert np.array_equal(one.depth_m, two.depth_m)
    assert np.array_equal(one.standing, two.standing)


def test_what_is_flat_and_low_is_a_rug() -> None:
    heights = np.array([[0.1, 0.55, 0.1]])
    up = np.array([[1.0, 1.0, 0.0]])
    np.testing.assert_array_equal(_like_a_rug(heights, up), [[1.0, 0.0, 0.0]])


def test_crumbs_are_left_out() -> None:
    room = made_rooms(1)[0]
    side = np.full_like(room.view.side, Side.WALL)
    side[60:64, 60:64] = Side.THING
    depth = room.box_depth_m.astype(np.float32)
    depth[60:64, 60:64] *= 0.5
    seen = replace(room.view, side=side, depth_m=depth)
    assert not bodies_of(room.view.rgb, room.box, MadeRoom(seen, room.box).prior()).standing.any()


def test_depth_is_fitted_to_the_structure_around_it() -> None:
    box = np.full((60, 80), np.log(3.0))
    drift = np.linspace(-0.1, 0.1, 80)
    seen = box + 0.7 + drift
    chance = np.ones((60, 80))
    seen[20:40, 30:50] -= 0.5
    chance[20:40, 30:50] = 0.0
    depth = fitted(seen, box, chance)
    assert np.abs(depth - box)[chance > 0].mean() < 0.03
    assert np.abs(depth - box + 0.5)[chance == 0].max() < 0.06


def test_where_no_structure_is_seen_the_scale_is_that_of_the_whole_photo() -> None:
    box = np.full((20, 30), np.log(3.0))
    assert np.allclose(fitted(box + 1.0, box, np.zeros((20, 30))), box)

"""Flatness of a wall is that of pixels that show the wall, not of the furniture in front of it."""

import numpy as np

from benchmarks.rooms import on_side

BOX = np.array([[0.0, 0.0, 0.0], [4.0, 3.0, 2.5]])


def test_furniture_before_a_wall_is_not_the_wall_though_there_be_more_of_it() -> None:
    random = np.random.default_rng(0)
    wall = random.uniform([0.0, 0.1, 0.1], [0.005, 2.9, 2.4], (400, 3))
    cupboard = random.uniform([0.55, 0.1, 0.1], [0.56, 2.9, 2.4], (4000, 3))
    assert np.array_equal(on_side(np.concatenate([wall, cupboard]), BOX), np.arange(4400) < 400)


def test_each_side_is_found_from_what_lies_on_it() -> None:
    random = np.random.default_rng(1)
    for axis in range(3):
        for end in range(2):
            points = random.uniform(BOX[0] + 0.1, BOX[1] - 0.1, (500, 3))
            points[:300, axis] = BOX[end, axis]
            assert np.array_equal(on_side(points, BOX), np.arange(500) < 300)


def test_a_wall_that_no_photo_shows_has_no_pixels() -> None:
    assert on_side(np.zeros((0, 3)), BOX).shape == (0,)

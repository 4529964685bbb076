"""Plain ground beside the edge of something nearer is told apart and gets the depth of what is behind."""

import numpy as np
import pytest

from pipeline.rooms.depth.edges import Ground, distance_over_edges, sides_by_color
from pipeline.rooms.depth.inferred_depth import _on_right_side
from pipeline.rooms.depth.smooth_fill import edge_weights
from pipeline.rooms.stereo.windows import RADIUS

HEIGHT, WIDTH, EDGE = 60, 90, 40


def pole_before_a_wall(seed: int = 0) -> np.ndarray:
    """A photo whose left part is a dark textured thing, its right part a plain bright wall."""
    random = np.random.default_rng(seed)
    image = np.full((HEIGHT, WIDTH), 200.0)
    image[:, :EDGE] = random.uniform(20, 120, (HEIGHT, EDGE))
    noisy = image + random.normal(0, 1, image.shape)
    return np.repeat(np.clip(noisy, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("seed", [0, 1])
def test_only_plain_ground_within_reach_of_the_edge_borrows_its_texture(seed: int) -> None:
    ground = Ground.of(pole_before_a_wall(seed))
    assert ground.plain[:, EDGE + 1 :].mean() > 0.99
    assert ground.plain[:, : EDGE - RADIUS].mean() < 0.1
    assert ground.borrowed[:, EDGE : EDGE + RADIUS].mean() > 0.95
    assert not ground.borrowed[:, EDGE + RADIUS + 1 :].any()


def test_without_edges_the_distance_is_nearly_straight() -> None:
    known = np.zeros((HEIGHT, WIDTH), bool)
    known[30, 45] = True
    far = distance_over_edges(known, np.ones(known.shape, np.float32))
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    straight = np.hypot(ys - 30, xs - 45)
    assert (far >= straight - 1e-3).all()
    assert (far <= 1.09 * straight + 1e-3).all()


def test_across_an_edge_of_the_photo_is_farther_than_along_it() -> None:
    image = pole_before_a_wall()
    known = np.zeros((HEIGHT, WIDTH), bool)
    known[:, EDGE + 10] = True
    far = distance_over_edges(known, edge_weights(image))
    assert np.median(far[:, EDGE + 20]) < 15
    assert np.median(far[:, EDGE - 6]) > 30


def test_distance_is_large_where_nothing_is_known() -> None:
    assert (distance_over_edges(np.zeros((8, 9), bool), np.ones((8, 9), np.float32)) > 1000).all()


@pytest.mark.parametrize("too_far", [-3, 3])
def test_a_jump_of_depth_moves_to_the_edge_of_the_photo(too_far: int) -> None:
    image = pole_before_a_wall()
    inverse_depth = np.full((HEIGHT, WIDTH), 0.25)
    inverse_depth[:, : EDGE + too_far] = 0.5
    place = sides_by_color(inverse_depth, image)
    found = inverse_depth.ravel()[place]
    right = np.where(np.arange(WIDTH) < EDGE, 0.5, 0.25)
    assert (found == right).mean() > 0.98
    assert (found == right).mean() > (inverse_depth == right).mean()


def test_where_depth_and_colours_change_together_nothing_moves() -> None:
    inverse_depth = np.where(np.arange(WIDTH) < EDGE, 0.5, 0.25) * np.ones((HEIGHT, 1))
    assert np.array_equal(
        sides_by_color(inverse_depth, pole_before_a_wall()), np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
    )


def test_pixels_that_move_to_a_plane_lie_exactly_on_it() -> None:
    wall = 0.25 + 0.0005 * np.arange(WIDTH) * np.ones((HEIGHT, 1))
    labels = np.where(np.arange(WIDTH) < EDGE + 3, 1, 0) * np.ones((HEIGHT, 1), np.int64)
    own = np.full(wall.shape, 0.5)
    before = np.where(labels == 1, own, wall)
    after, sides, moved = _on_right_side(before, labels, np.stack([wall, own], axis=-1), pole_before_a_wall())
    assert moved[:, EDGE : EDGE + 3].mean() > 0.95
    assert (sides[moved & (np.arange(WIDTH) >= EDGE)] == 0).all()
    assert np.array_equal(after[sides == 0], wall[sides == 0])
    assert np.array_equal(after[~moved], before[~moved])

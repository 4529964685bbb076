"""Values spread within surfaces of a photo and stop at its edges."""

import numpy as np
import pytest

from pipeline.rooms.single_photo.spreading import cut, links_of, softened, spread

HEIGHT_PX, WIDTH_PX = 30, 40


def _two_colours() -> np.ndarray:
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), 200, np.uint8)
    image[:, 20:] = 60
    return image


def _mark(row: int, column: int) -> np.ndarray:
    weight = np.zeros((HEIGHT_PX, WIDTH_PX))
    weight[row, column] = 1.0
    return weight


def test_equal_values_stay_as_they_are() -> None:
    values = np.full((HEIGHT_PX, WIDTH_PX, 2), 3.0)
    weight = np.random.default_rng(0).random((HEIGHT_PX, WIDTH_PX)) + 0.1
    np.testing.assert_allclose(spread(values, weight, links_of(_two_colours()), 10.0), 3.0, rtol=1e-4)


def test_each_side_of_an_edge_keeps_its_own_values() -> None:
    values = np.zeros((HEIGHT_PX, WIDTH_PX, 1))
    values[:, 23:] = 1.0
    weight = np.ones((HEIGHT_PX, WIDTH_PX))
    weight[:, 17:23] = 0.0
    found = spread(values, weight, links_of(_two_colours()), 10.0)[..., 0]
    assert found[:, 18].max() < 0.2
    assert found[:, 21].min() > 0.8


def test_nothing_crosses_a_cut() -> None:
    inside = np.zeros((HEIGHT_PX, WIDTH_PX), bool)
    inside[5:20, 5:20] = True
    links = cut(links_of(np.full((HEIGHT_PX, WIDTH_PX, 3), 90, np.uint8)), inside)
    values = inside[..., None].astype(float)
    weight = np.ones((HEIGHT_PX, WIDTH_PX))
    np.testing.assert_allclose(spread(values, weight, links, 20.0)[..., 0], inside, atol=1e-5)


def test_farther_reach_spreads_farther() -> None:
    links = links_of(np.full((HEIGHT_PX, WIDTH_PX, 3), 90, np.uint8))
    base = 1e-2 * np.ones((HEIGHT_PX, WIDTH_PX))
    mark = _mark(15, 10)
    near, far = (spread(mark[..., None], mark + base, links, reach)[15, 25, 0] for reach in (3.0, 20.0))
    assert far > 2 * near


def test_edges_of_the_photo_count_only_near_outlines() -> None:
    links = links_of(_two_colours())
    everywhere, nowhere = np.ones((HEIGHT_PX, WIDTH_PX)), np.zeros((HEIGHT_PX, WIDTH_PX))
    np.testing.assert_allclose(softened(links, everywhere)[0], links[0], atol=1e-6)
    np.testing.assert_allclose(softened(links, nowhere)[0], 1.0)
    inside = np.zeros((HEIGHT_PX, WIDTH_PX), bool)
    inside[:, :10] = True
    assert (softened(cut(links, inside), nowhere)[0][:, 9] == 0).all()


def test_a_weight_for_every_pixel_is_needed() -> None:
    with pytest.raises(ValueError, match="weight"):
        spread(np.zeros((4, 5, 1)), np.zeros((4, 4)), links_of(np.zeros((4, 5, 3), np.uint8)), 1.0)

"""Floor that goes on without an outline is floor, even where the eye takes it for a thing."""

import numpy as np

from pipeline.rooms.prior.prior import Prior
from pipeline.rooms.single_photo.floor import floor_of

HEIGHT_PX, WIDTH_PX = 60, 80
FLOOR_FROM = 30
PLAIN = np.full((HEIGHT_PX, WIDTH_PX, 3), 120, np.uint8)


def _classes() -> np.ndarray:
    classes = np.full((HEIGHT_PX, WIDTH_PX), 1, np.uint8)
    classes[FLOOR_FROM:] = 4
    return classes


def _seen(thing: np.ndarray, boundary: np.ndarray | None = None) -> Prior:
    """An eye that sees wall above, floor below, and things where it is told to."""
    sides = np.zeros((HEIGHT_PX, WIDTH_PX, 6), np.float32)
    sides[:FLOOR_FROM, :, 2], sides[FLOOR_FROM:, :, 0] = 1.0, 1.0
    sides[thing] = [0, 0, 0, 1, 0, 0]
    flat = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
    normals = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.float32)
    return Prior(
        flat + 1,
        flat,
        sides,
        normals,
        flat if boundary is None else boundary,
        np.eye(3),
        np.eye(3)[1],
        True,
        0,
        0,
    )


def _blob() -> np.ndarray:
    thing = np.zeros((HEIGHT_PX, WIDTH_PX), bool)
    thing[40:, 30:60] = True
    return thing


def _up(thing: np.ndarray | None = None) -> np.ndarray:
    up = np.zeros((HEIGHT_PX, WIDTH_PX))
    up[FLOOR_FROM:] = 1.0
    if thing is not None:
        up[thing] = 1.0
    return up


def test_a_carpet_that_the_eye_takes_for_a_thing_is_floor() -> None:
    assert floor_of(PLAIN, _seen(_blob()), _up(), _classes())[45:, 35:55].all()


def test_a_thing_of_another_colour_is_none() -> None:
    image = PLAIN.copy()
    image[_blob()] = (40, 70, 50)
    found = floor_of(image, _seen(_blob()), _up(), _classes())
    assert not found[45:, 35:55].any()
    assert found[45:, :25].all()


def test_a_thing_with_an_outline_is_none() -> None:
    boundary = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
    boundary[38:42, 28:62] = boundary[38:, 28:32] = boundary[38:, 58:62] = 1.0
    found = floor_of(PLAIN, _seen(_blob(), boundary), _up(), _classes())
    assert not found[45:, 35:55].any()
    assert found[45:, :25].all()


def test_a_thing_with_a_front_is_none() -> None:
    up = _up()
    up[38:42, 28:62] = up[38:, 28:32] = up[38:, 58:62] = 0.0
    assert not floor_of(PLAIN, _seen(_blob()), up, _classes())[45:, 35:55].any()


def test_what_ends_at_the_foot_of_a_wall_that_is_seen_is_floor() -> None:
    everywhere = np.zeros((HEIGHT_PX, WIDTH_PX), bool)
    everywhere[FLOOR_FROM:] = True
    assert floor_of(PLAIN, _seen(everywhere), _up(), _classes())[40:].mean() > 0.9
    hidden = everywhere.copy()
    hidden[15:] = True
    assert not floor_of(PLAIN, _seen(hidden), _up(hidden), _classes()).any()


def test_nothing_above_the_floor_of_the_box_is_floor() -> None:
    seen = _seen(np.zeros((HEIGHT_PX, WIDTH_PX), bool))
    assert not floor_of(PLAIN, seen, np.ones((HEIGHT_PX, WIDTH_PX)), _classes())[:FLOOR_FROM].any()

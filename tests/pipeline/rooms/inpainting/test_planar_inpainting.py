"""The plane-aware default: light continues, texture repeats, corners stay sharp, known pixels stay."""

import time

import numpy as np
import pytest

from pipeline.progress import Cancelled, Progress
from pipeline.rooms.inpainting.conditional import conditional_mean
from pipeline.rooms.inpainting.hole import Hole, InpaintingError, PlaneLabels
from pipeline.rooms.inpainting.opencv import OpenCvInpainter
from pipeline.rooms.inpainting.planar import PlanarInpainter
from pipeline.rooms.inpainting.rectify import canvas_of, plane_places
from pipeline.rooms.inpainting.texture_statistics import as_stored, gradient_histogram, histogram_distance

HEIGHT, WIDTH = 120, 160
K = np.array([[120.0, 0, 79.5], [0, 120.0, 59.5], [0, 0, 1]])
# wall straight ahead at 3 m, floor 1 m below the camera; they meet in row 99.5
NORMALS = np.array([[0.0, 0, 1], [0, 1.0, 0]])
OFFSETS = np.array([3.0, 1.0])
AXES = np.array([[[1.0, 0, 0], [0, -1.0, 0]], [[1.0, 0, 0], [0, 0, 1.0]]])
CORNER = 99


def room() -> PlaneLabels:
    labels = np.zeros((HEIGHT, WIDTH), dtype=np.int64)
    labels[CORNER + 1 :] = 1
    return PlaneLabels(labels, NORMALS, OFFSETS, AXES)


def wall_and_floor(noise: float = 0.0) -> np.ndarray:
    """A wall with a gradient of light and a dark floor."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    light = 150 + 0.4 * x + 0.2 * y
    grey = np.where(y <= CORNER, light, 60.0) + noise * np.random.default_rng(0).standard_normal(
        (HEIGHT, WIDTH)
    )
    return np.repeat(np.clip(grey, 0, 255)[..., None], 3, axis=2).astype(np.uint8)


def box(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


def hidden(image: np.ndarray, mask: np.ndarray, planes: PlaneLabels | None = None, seed: int = 0) -> Hole:
    damaged = np.where(mask[..., None], 0, image).astype(np.uint8)
    return Hole(damaged, mask, K, planes, seed)


def error(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    return float(np.abs(a[mask].astype(float) - b[mask]).mean())


def test_light_continues_over_a_plain_wall() -> None:
    image, mask = wall_and_floor(), box(20, 80, 40, 110)
    filled = PlanarInpainter().fill(hidden(image, mask, room()), Progress())
    assert error(filled, image, mask) < 1.5


def test_the_corner_between_two_planes_stays_sharp() -> None:
    image, mask = wall_and_floor(noise=1.0), box(80, 115, 50, 110)
    hole = hidden(image, mask, room())
    ours = PlanarInpainter().fill(hole, Progress())
    theirs = OpenCvInpainter().fill(hole, Progress())
    assert error(ours, image, mask) < 4 < error(theirs, image, mask)


def test_grain_is_matched() -> None:
    image, mask = wall_and_floor(noise=2.0), box(20, 80, 40, 110)
    filled = PlanarInpainter().fill(hidden(image, mask, room()), Progress()).astype(float)
    made, real = (
        np.abs(np.diff(filled[rows, 45:105, 0], axis=1)).mean() for rows in (slice(25, 75), slice(2, 18))
    )
    assert 0.5 * real < made < 1.5 * real


def test_stripes_of_a_floor_go_on_in_perspective() -> None:
    places, _ = plane_places(K, NORMALS[1], 1.0, AXES[1], (HEIGHT, WIDTH))
    planes = PlaneLabels(
        np.where(np.arange(HEIGHT)[:, None] > 70, 1, -1) * np.ones((1, WIDTH), int), NORMALS, OFFSETS, AXES
    )
    stripes = np.where(np.floor(places[..., 0] / 0.12) % 2 == 0, 170, 90)
    image = np.repeat(np.where(planes.labels == 1, stripes, 200)[..., None], 3, axis=2).astype(np.uint8)
    mask = box(85, 110, 55, 105)
    hole = hidden(image, mask, planes)
    ours, theirs = PlanarInpainter().fill(hole, Progress()), OpenCvInpainter().fill(hole, Progress())
    assert error(ours, image, mask) < 0.8 * error(theirs, image, mask)


def test_known_pixels_stay_and_the_same_seed_gives_the_same_picture() -> None:
    image, mask = wall_and_floor(noise=6.0), box(0, 60, 100, WIDTH)
    hole = hidden(image, mask, room(), seed=4)
    first, second = (PlanarInpainter().fill(hole, Progress()) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(first[~mask], image[~mask])
    other = PlanarInpainter().fill(hidden(image, mask, room(), seed=5), Progress())
    assert not np.array_equal(first, other)


def test_what_is_under_the_mask_does_not_count() -> None:
    image, mask = wall_and_floor(noise=6.0), box(30, 70, 50, 100)
    filled = [
        PlanarInpainter().fill(
            Hole(np.where(mask[..., None], value, image).astype(np.uint8), mask, K, room()), Progress()
        )
        for value in (0, 255)
    ]
    assert np.array_equal(filled[0], filled[1])


def test_an_edge_goes_on_without_planes() -> None:
    image = np.full((HEIGHT, WIDTH, 3), 60, dtype=np.uint8)
    image[:, WIDTH // 2 :] = 190
    mask = box(40, 75, 60, 100)
    filled = PlanarInpainter().fill(hidden(image, mask), Progress())
    assert error(filled, image, mask) < 12


def two_walls_and_floor() -> PlaneLabels:
    labels = np.zeros((HEIGHT, WIDTH), dtype=np.int64)
    labels[:, 100:] = 2
    labels[CORNER + 1 :] = 1
    return PlaneLabels(
        labels,
        np.concatenate([NORMALS, [[1.0, 0, 0]]]),
        np.array([3.0, 1.0, 1.0]),
        np.concatenate([AXES, [[[0, 0, 1.0], [0, -1.0, 0]]]]),
    )


def test_a_hidden_wall_takes_the_colours_of_another_wall() -> None:
    planes = two_walls_and_floor()
    image = np.full((HEIGHT, WIDTH, 3), 200, dtype=np.uint8)
    image[CORNER + 1 :] = 50
    mask = planes.labels == 2
    filled = PlanarInpainter().fill(hidden(image, mask, planes), Progress())
    assert error(filled, image, mask) < 5


def test_a_hidden_wall_gets_darker_with_height_as_the_known_one_does() -> None:
    planes = two_walls_and_floor()
    height = np.zeros((HEIGHT, WIDTH))
    for plane in (0, 2):
        places, _ = plane_places(
            K, planes.normals[plane], planes.offsets[plane], planes.axes[plane], height.shape
        )
        height[planes.labels == plane] = places[planes.labels == plane][:, 1]
    image = np.repeat(np.clip(150 - 40 * height, 0, 255)[..., None], 3, axis=2).astype(np.uint8)
    mask = planes.labels == 2
    filled = PlanarInpainter().fill(hidden(image, mask, planes), Progress())
    shared = mask & (np.abs(height) < 0.8)
    assert error(filled, image, shared) < 6


def test_light_that_only_the_surroundings_know_is_taken_from_them() -> None:
    image = wall_and_floor()
    image[:60] = 240
    planes = room()
    labels = planes.labels.copy()
    mask = box(10, 50, 50, 110)
    labels[:60][~mask[:60]] = -1
    filled = PlanarInpainter().fill(
        hidden(image, mask, PlaneLabels(labels, NORMALS, OFFSETS, AXES)), Progress()
    )
    assert filled[mask].min() > 150
    assert filled[mask].max() <= 250


def test_speckled_labels_do_not_make_a_speckled_picture() -> None:
    image, mask = wall_and_floor(), box(20, 80, 40, 110)
    labels = room().labels.copy()
    labels[np.random.default_rng(1).random(labels.shape) < 0.15] = -1
    filled = PlanarInpainter().fill(
        hidden(image, mask, PlaneLabels(labels, NORMALS, OFFSETS, AXES)), Progress()
    )
    assert error(filled, image, mask) < 2.5


def test_colours_are_rounded_as_the_picture_stores_them() -> None:
    known = np.ones((20, 40), dtype=bool)
    smooth = np.linspace(100, 110, 40)[None, :, None] + np.array([0.3, 0.0, -0.4])
    fractional = np.broadcast_to(smooth, (20, 40, 3)).astype(np.float32)
    stored = np.rint(np.broadcast_to(np.rint(smooth[..., 1:2]), (20, 40, 3))).astype(np.float32)
    luma = np.array([0.299, 0.587, 0.114])
    made = as_stored(fractional.reshape(-1, 3), stored, known).reshape(20, 40, 3)
    steps = np.diff(made @ luma, axis=1)
    assert np.abs(steps - np.rint(steps)).max() < 0.06
    raw = np.rint(fractional + np.random.default_rng(0).normal(0, 2, fractional.shape)).astype(np.float32)
    assert np.array_equal(as_stored(fractional[0], raw, known), fractional[0])


def test_a_hole_with_one_known_pixel_left_and_a_grazing_plane() -> None:
    image, mask = wall_and_floor(), np.ones((HEIGHT, WIDTH), dtype=bool)
    mask[5, 5] = False
    filled = PlanarInpainter().fill(hidden(image, mask, room()), Progress())
    assert np.array_equal(filled[5, 5], image[5, 5])
    grazing = PlaneLabels(
        room().labels, np.array([[0.0, 1, 0.001], [0, 1, 0]]) / 1.0000005, np.array([0.001, 1]), AXES
    )
    mask = box(20, 60, 30, 90)
    assert error(PlanarInpainter().fill(hidden(image, mask, grazing), Progress()), image, mask) < 40


def test_nothing_hidden_everything_hidden_and_one_pixel() -> None:
    image = wall_and_floor()
    nothing = np.zeros((HEIGHT, WIDTH), dtype=bool)
    assert np.array_equal(PlanarInpainter().fill(Hole(image, nothing), Progress()), image)
    with pytest.raises(InpaintingError, match="Every pixel"):
        PlanarInpainter().fill(Hole(image, ~nothing, K, room()), Progress())
    dot = np.full((1, 1, 3), 9, dtype=np.uint8)
    assert np.array_equal(PlanarInpainter().fill(Hole(dot, np.zeros((1, 1), dtype=bool)), Progress()), dot)
    pair = np.array([[[9, 9, 9], [0, 0, 0]]], dtype=np.uint8)
    filled = PlanarInpainter().fill(Hole(pair, np.array([[False, True]])), Progress())
    assert np.array_equal(filled[0, 1], [9, 9, 9])


def test_a_large_picture_is_filled_at_reduced_size() -> None:
    image = np.repeat(np.repeat(wall_and_floor(), 12, axis=0), 12, axis=1)
    mask = np.repeat(np.repeat(box(30, 60, 50, 100), 12, axis=0), 12, axis=1)
    large = np.array([[12.0, 0, 5.5], [0, 12, 5.5], [0, 0, 1]]) @ K
    labels = np.repeat(np.repeat(room().labels, 12, axis=0), 12, axis=1)
    hole = Hole(
        np.where(mask[..., None], 0, image).astype(np.uint8),
        mask,
        large,
        PlaneLabels(labels, NORMALS, OFFSETS, AXES),
    )
    filled = PlanarInpainter().fill(hole, Progress())
    assert np.array_equal(filled[~mask], image[~mask])
    assert error(filled, image, mask) < 2


def test_can_be_cancelled() -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.1:
            raise Cancelled

    image, mask = wall_and_floor(noise=20.0), box(20, 80, 40, 110)
    with pytest.raises(Cancelled):
        PlanarInpainter().fill(hidden(image, mask, room()), Progress(stop))


def test_the_canvas_and_the_picture_are_inverse() -> None:
    on = room().labels == 1
    canvas = canvas_of(K, NORMALS[1], 1.0, AXES[1], on & box(105, 115, 60, 100), on & ~box(105, 115, 60, 100))
    assert canvas is not None
    places, _ = plane_places(K, NORMALS[1], 1.0, AXES[1], on.shape)
    smooth = np.where(on[..., None], places, 0).astype(np.float32)
    back, hit = canvas.to_image(canvas.from_image(smooth), on & box(106, 114, 40, 120))
    assert hit.sum() > 300
    assert np.abs(back[hit] - smooth[hit]).max() < 0.05


def test_says_which_settings_it_takes() -> None:
    with pytest.raises(ValueError, match="texture_share"):
        PlanarInpainter(texture_share=1.5)


def test_a_hole_whose_factors_fill_up_is_solved_at_once() -> None:
    rng = np.random.default_rng(0)
    unknown = np.zeros((160, 160), dtype=bool)
    unknown[10:-10, 10:-10] = True
    values = rng.standard_normal((160, 160, 3)).astype(np.float32)
    begun = time.process_time()
    made = conditional_mean(values, ~unknown, unknown, (12.0, 12.0))
    assert time.process_time() - begun < 10
    assert np.isfinite(made).all()
    assert np.abs(made[unknown]).mean() < np.abs(values).mean()


def test_gradients_alike_are_near_and_sharper_ones_are_far() -> None:
    rng = np.random.default_rng(0)
    where = np.ones((60, 60), dtype=bool)
    one, two = (gradient_histogram(rng.normal(120, 3, (60, 60, 3)).astype(np.float32), where) for _ in range(2))
    sharp = gradient_histogram(rng.normal(120, 30, (60, 60, 3)).astype(np.float32), where)
    assert histogram_distance(one, one) == 0
    assert histogram_distance(one, two) < 0.05 < 0.5 < histogram_distance(one, sharp)

"""Photos that show no room: the open air and close-ups are refused, and what is made of them says so."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from sklearn.datasets import load_sample_image

from pipeline.rooms.layout.confidence import room_likelihood
from pipeline.rooms.layout.geometric import estimate_geometric
from pipeline.rooms.layout.layout import NoLayout
from pipeline.rooms.layout.open_air import open_air_share
from pipeline.rooms.photos.room_photo import RoomPhoto
from pipeline.rooms.single_photo.room import room_from_photo
from tests.pipeline.rooms.drawn_rooms import draw, drawn_box


def landscape() -> np.ndarray:
    """Blue sky over a meadow."""
    image = np.empty((180, 240, 3))
    image[:80] = (120, 170, 235)
    image[80:] = (70, 130, 50)
    rough = ndimage.gaussian_filter(np.random.default_rng(0).normal(0, 40, image.shape), (1, 1, 0))
    image[80:] += rough[80:]
    return np.clip(image, 0, 255).astype(np.uint8)


def test_sky_and_greenery_are_counted_and_a_plain_room_has_none() -> None:
    assert open_air_share(landscape()) > 0.7
    assert open_air_share(draw(drawn_box())) < 0.05


def test_blue_in_the_middle_of_a_wall_is_no_sky() -> None:
    image = np.full((90, 120, 3), 190, np.uint8)
    image[30:60, 40:80] = (90, 140, 220)
    assert open_air_share(image) == 0.0


def test_the_more_open_air_the_better_a_box_must_fit() -> None:
    likely = [room_likelihood(1.4, share) for share in (0.0, 0.07, 0.2, 0.4)]
    assert likely == sorted(likely, reverse=True)
    assert likely[1] > 0.99 and likely[-1] < 0.01
    assert room_likelihood(0.3, 0.0) < 0.05


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_a_photo_of_a_palace_outdoors_and_one_of_a_flower_are_no_rooms(name: str, tmp_path: Path) -> None:
    image = np.asarray(load_sample_image(name))
    layout = estimate_geometric(image)
    assert isinstance(layout, NoLayout)
    assert "No box-shaped room" in layout.reason and "sky or greenery" in layout.reason
    Image.fromarray(image).save(tmp_path / "photo.png")
    maps = room_from_photo(RoomPhoto("photo", tmp_path / "photo.png", *image.shape[1::-1]), layout)
    assert layout.reason in maps.notes
    assert maps.views[0].confidence.max() < 0.12

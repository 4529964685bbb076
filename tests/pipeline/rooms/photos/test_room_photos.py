"""Reading photos: upright, at the working size, with clear errors."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.rooms.photos.room_photo import RoomPhoto, load_rgb, working_size
from pipeline.rooms.scene.errors import UnreadablePhoto


@pytest.mark.parametrize(
    ("size", "most", "expected"),
    [((400, 200), 100, (100, 50)), ((30, 20), 100, (30, 20)), ((5000, 1), 50, (50, 1))],
)
def test_working_size_keeps_the_aspect_and_never_enlarges(
    size: tuple[int, int], most: int, expected: tuple[int, int]
) -> None:
    assert working_size(*size, most) == expected


def test_exif_rotation_is_honoured(tmp_path: Path) -> None:
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, :40] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif)
    image = load_rgb(RoomPhoto("a", tmp_path / "turned.jpg", 40, 80), 80)
    assert image.shape == (80, 40, 3)
    assert image[10].mean() > 200 > 50 > image[-10].mean()


def test_a_truncated_photo_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cut.jpg"
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(UnreadablePhoto, match=r"cut\.jpg"):
        load_rgb(RoomPhoto("a", path, 200, 200), 100)
    with pytest.raises(UnreadablePhoto, match="gone"):
        load_rgb(RoomPhoto("a", tmp_path / "gone.jpg", 200, 200), 100)


def test_nonsense_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="size"):
        RoomPhoto("a", Path("x.jpg"), 0, 10)
    with pytest.raises(ValueError, match="focal"):
        RoomPhoto("a", Path("x.jpg"), 10, 10, focal_px=-1)

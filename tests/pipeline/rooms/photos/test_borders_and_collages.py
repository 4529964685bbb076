"""What was put round a photo is cut off and what is made of several is left out; true photos stay whole."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageOps

from pipeline.left_out import LeftOut, LeftOutReason, in_words
from pipeline.rooms.photos import RoomPhoto, find_lenses, load_rgb
from pipeline.rooms.photos.frames import Cut, find_cut, pieces_of
from tests.places import ROOT

DEMO = sorted((ROOT / "pipeline" / "demo" / "photos").glob("*.jpg"))
SIZE = (600, 400)


def photo(number: int = 0, size: tuple[int, int] = SIZE) -> Image.Image:
    with Image.open(DEMO[number]) as opened:
        return opened.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def published(picture: Image.Image) -> UInt8[np.ndarray, "H W 3"]:
    """As it comes out of a JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    with Image.open(buffer) as opened:
        return np.asarray(opened.convert("RGB"))


def on(colour: str, size: tuple[int, int], *placed: tuple[Image.Image, tuple[int, int]]) -> Image.Image:
    canvas = Image.new("RGB", size, colour)
    for picture, at in placed:
        canvas.paste(picture, at)
    return canvas


def rounded(picture: Image.Image) -> Image.Image:
    mask = Image.new("L", (2 * SIZE[0], 2 * SIZE[1]), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, 2 * SIZE[0] - 1, 2 * SIZE[1] - 1), 80, fill=255)
    return Image.composite(
        picture, Image.new("RGB", SIZE, "white"), mask.resize(SIZE, Image.Resampling.LANCZOS)
    )


def with_banner(picture: Image.Image) -> Image.Image:
    canvas = on("#14285a", (600, 450), (picture, (0, 0)))
    ImageDraw.Draw(canvas).text((40, 412), "www.invented.example   book now", fill="white", font_size=22)
    return canvas


FRAMES: dict[str, tuple[Callable[[Image.Image], Image.Image], Cut]] = {
    "white round it": (lambda p: ImageOps.expand(p, 30, "white"), Cut(30, 30, 30, 30)),
    "thin black": (lambda p: ImageOps.expand(p, 3, "black"), Cut(3, 3, 3, 3)),
    "letterbox": (lambda p: on("black", (600, 540), (p, (0, 70))), Cut(0, 70, 0, 70)),
    "bars at the sides": (lambda p: on("white", (800, 400), (p, (100, 0))), Cut(100, 0, 100, 0)),
    "instant picture": (lambda p: on("white", (640, 520), (p, (20, 20))), Cut(20, 20, 20, 100)),
    "line within a mat": (
        lambda p: ImageOps.expand(ImageOps.expand(p, 3, "black"), 25, "white"),
        Cut(28, 28, 28, 28),
    ),
    "rounded corners": (rounded, Cut(12, 12, 12, 12)),
    "a banner below": (with_banner, Cut(0, 0, 0, 50)),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_is_cut_off(kind: str) -> None:
    made, expected = FRAMES[kind]
    found = find_cut(published(made(photo())))
    sides = [(getattr(found, side), getattr(expected, side)) for side in ("left", "top", "right", "bottom")]
    assert all(abs(a - b) <= 3 for a, b in sides), found


@pytest.mark.parametrize("number", [0, 3, 8, 12])
def test_a_photo_stays_whole(number: int) -> None:
    picture = published(photo(number))
    assert not find_cut(picture)
    assert pieces_of(picture) == 1


def test_flat_and_blown_out_things_are_no_frame() -> None:
    """A white ceiling over all the width, a black night below, a pillar: their ends are not straight steps."""
    picture = np.asarray(photo()).astype(float)
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    picture[rows < 90 + columns / 25] = 255
    picture[rows > 340 - 8 * np.sin(columns / 40)] = 0
    assert not find_cut(published(Image.fromarray(picture.astype(np.uint8))))


COLLAGES: dict[str, tuple[Callable[[list[Image.Image]], Image.Image], int]] = {
    "side by side": (lambda p: on("white", (1200, 400), (p[0], (0, 0)), (p[1], (600, 0))), 2),
    "with a gutter": (lambda p: on("white", (1208, 400), (p[0], (0, 0)), (p[1], (608, 0))), 2),
    "one above the other": (lambda p: on("black", (600, 804), (p[0], (0, 0)), (p[1], (0, 404))), 2),
    "three": (lambda p: on("white", (1800, 400), *((p[k], (600 * k, 0)) for k in range(3))), 3),
    "four": (
        lambda p: on("white", (1208, 808), *((p[k], (608 * (k % 2), 408 * (k // 2))) for k in range(4))),
        4,
    ),
}


@pytest.mark.parametrize("kind", COLLAGES)
def test_a_collage_is_counted(kind: str) -> None:
    made, pieces = COLLAGES[kind]
    assert pieces_of(published(made([photo(k) for k in (9, 4, 13, 0)]))) == pieces


class TestInTheRoom:
    @pytest.fixture
    def photos(self, tmp_path: Path) -> list[RoomPhoto]:
        pictures = {
            "plain": photo(),
            "framed": ImageOps.expand(photo(1), 30, "white"),
            "collage": COLLAGES["side by side"][0]([photo(2), photo(11)]),
        }
        found = []
        for name, picture in pictures.items():
            picture.save(tmp_path / f"{name}.png")
            found.append(RoomPhoto(name, tmp_path / f"{name}.png", *picture.size, focal_px=500.0))
        return found

    def test_borders_go_and_collages_stay_away_by_name(self, photos: list[RoomPhoto]) -> None:
        lenses = find_lenses(photos)
        assert lenses.left_out == {"collage": LeftOut(LeftOutReason.COLLAGE, (2,))}
        assert "2 photos in one file" in in_words(lenses.left_out["collage"])
        plain, framed = lenses.applied(photos)
        assert (plain.photo_id, framed.photo_id) == ("plain", "framed")
        assert (framed.width_px, framed.height_px) == SIZE
        assert any("borders were cut off 1 photo" in note for note in lenses.notes_of(["framed"]))
        assert not any("borders" in note for note in lenses.notes_of(["plain"]))

    def test_what_is_read_is_the_photo_and_its_focal_length_that_of_the_photo(
        self, photos: list[RoomPhoto]
    ) -> None:
        _, framed = find_lenses(photos).applied(photos)
        assert np.array_equal(load_rgb(framed, 600), np.asarray(photo(1)))
        assert load_rgb(framed, 300).shape == (200, 300, 3)
        # EXIF tells it per width of film, so the file's 660 pixels stood for the photo's 600
        assert framed.focal_px == pytest.approx(500 * 600 / 660)

    def test_a_border_painted_over_the_photo_leaves_its_focal_length(self, tmp_path: Path) -> None:
        picture = photo()
        ImageDraw.Draw(picture).rectangle((0, 0, 599, 399), outline="white", width=20)
        picture.save(tmp_path / "painted.png")
        painted = [RoomPhoto("painted", tmp_path / "painted.png", *SIZE, focal_px=500.0)]
        (cut,) = find_lenses(painted).applied(painted)
        assert (cut.width_px, cut.height_px) == (560, 360)
        assert cut.focal_px == 500


def test_nothing_negative_is_cut() -> None:
    with pytest.raises(ValueError, match="negative"):
        Cut(-1, 0, 0, 0)

"""Photo intake: everything usable comes in upright and clean; everything else is named with its reason."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from scrapers import photos as photos_module
from scrapers.listing import Photo, Problem
from scrapers.photos import PhotoImporter, import_photos
from scrapers.pictures import upright
from tests.places import ROOT
from tests.scrapers.photo_helpers import exif, jpeg_bytes, pixels, save, scene


def take(folder: Path, *files: Path) -> tuple[tuple[Photo, ...], tuple[Problem, ...]]:
    return import_photos(files, folder)


def only(folder: Path, file: Path) -> Photo:
    (photo,), problems = take(folder, file)
    assert problems == ()
    return photo


def reason(folder: Path, file: Path) -> str:
    kept, (problem,) = take(folder, file)
    assert kept == ()
    assert problem.subject == file.name
    assert not list(folder.glob("photos/*"))
    return problem.message


def error_of(stored: Path, expected: Image.Image) -> float:
    return float(np.abs(pixels(stored) - np.asarray(expected.convert("RGB")).astype(np.int64)).mean())


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "heic", "tiff", "bmp", "avif"])
def test_every_usual_format_is_read(tmp_path: Path, suffix: str) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    image = scene()
    options = {"quality": 90} if suffix in ("jpg", "webp", "heic", "avif") else {}
    photo = only(tmp_path, save(image, tmp_path / "in" / f"a.{suffix}", **options))
    assert (photo.width_px, photo.height_px) == image.size
    assert photo.original == f"a.{suffix}"
    assert Image.open(tmp_path / photo.file).format == "JPEG"
    assert error_of(tmp_path / photo.file, image) < 9


def test_the_content_counts_not_the_suffix(tmp_path: Path) -> None:
    file = tmp_path / "really_a_png.jpg"
    scene().save(file, "PNG")
    assert only(tmp_path, file).width_px == 640


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_upright_is_exact_for_all_eight_orientations(orientation: int) -> None:
    image = scene(width=33, height=17)
    image.getexif()[0x0112] = orientation
    assert np.array_equal(np.asarray(upright(image, orientation)), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "heic"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_stored_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    corners = Image.new("RGB", (480, 320), "gray")
    for at, colour in {(0, 0): "red", (240, 0): "lime", (0, 160): "blue", (240, 160): "white"}.items():
        corners.paste(colour, (*at, at[0] + 240, at[1] + 160))
    # what the sensor saw of an upright scene: the inverse of what the tag asks for
    inverse = {6: 8, 8: 6}.get(orientation, orientation)
    sensor = upright(corners, inverse)
    photo = only(tmp_path, save(sensor, tmp_path / f"a.{suffix}", exif=exif(orientation, 26), quality=95))
    assert (photo.width_px, photo.height_px) == corners.size
    assert photo.focal_px == pytest.approx(26 * np.hypot(480, 320) / np.hypot(36, 24))
    seen = pixels(tmp_path / photo.file)
    for x, y in ((10, 10), (470, 10), (10, 310), (470, 310)):
        assert np.abs(seen[y, x] - np.asarray(corners.getpixel((x, y)))).max() < 16


def test_an_upright_srgb_jpeg_is_copied_pixel_for_pixel_without_its_metadata(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = save(scene(), tmp_path / "a.jpg", quality=77, exif=exif(1, 26, gps=True), icc_profile=srgb)
    photo = only(tmp_path, file)
    assert np.array_equal(pixels(tmp_path / photo.file), pixels(file))
    with Image.open(tmp_path / photo.file) as stored:
        assert dict(stored.getexif()) == {}
        assert "icc_profile" not in stored.info
    assert photo.camera == "Maker Phone 7"
    assert photo.focal_px == pytest.approx(26 * 800 / np.hypot(36, 24))


def test_no_position_or_maker_is_stored_when_encoded_anew(tmp_path: Path) -> None:
    photo = only(tmp_path, save(scene(), tmp_path / "a.jpg", exif=exif(6, 26, gps=True)))
    stored = (tmp_path / photo.file).read_bytes()
    assert b"Exif" not in stored
    assert b"Phone" not in stored


def test_long_photos_are_made_smaller_and_their_focal_length_with_them(tmp_path: Path) -> None:
    photo = only(tmp_path, save(scene(width=6144, height=2560), tmp_path / "a.jpg", exif=exif(8, 26)))
    assert (photo.width_px, photo.height_px) == (1280, 3072)
    assert photo.focal_px == pytest.approx(26 * np.hypot(1280, 3072) / np.hypot(36, 24))


def test_embedded_colour_profiles_are_honoured(tmp_path: Path) -> None:
    """In a space with red and blue exchanged, stored blue is meant as red."""
    profile = swapped_rgb_profile()
    file = save(Image.new("RGB", (300, 300), (20, 40, 220)), tmp_path / "a.png", icc_profile=profile)
    photo = only(tmp_path, file)
    red, _, blue = pixels(tmp_path / photo.file).mean(axis=(0, 1))
    assert red > 150 > 80 > blue


def swapped_rgb_profile() -> bytes:
    """sRGB with the entries of its red and blue primaries exchanged in the tag table."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    table = bytes(profile[128 : 132 + 12 * int.from_bytes(profile[128:132], "big")])
    for old, new in ((b"rXYZ", b"bXYZ"), (b"bXYZ", b"rXYZ")):
        at = 128 + table.index(old)
        profile[at : at + 4] = new
    return bytes(profile).replace(b"s\0R\0G\0B", b"o\0t\0h\0r").replace(b"sRGB", b"othr")


def test_a_broken_or_unfit_profile_is_as_good_as_none(tmp_path: Path) -> None:
    image = scene()
    photo = only(tmp_path, save(image, tmp_path / "a.png", icc_profile=b"not a profile at all"))
    assert error_of(tmp_path / photo.file, image) < 4


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA", "P", "LA"])
def test_other_colour_modes_become_rgb(tmp_path: Path, mode: str) -> None:
    suffix = "jpg" if mode in ("L", "CMYK") else "png"
    image = scene().convert(mode)
    photo = only(tmp_path, save(image, tmp_path / f"a.{suffix}"))
    with Image.open(tmp_path / photo.file) as stored:
        assert stored.mode == "RGB"
    assert error_of(tmp_path / photo.file, image) < 6


def test_transparency_is_shown_on_white(tmp_path: Path) -> None:
    image = scene().convert("RGBA")
    image.putalpha(0)
    photo = only(tmp_path, save(image, tmp_path / "a.png"))
    assert pixels(tmp_path / photo.file).min() > 250


def test_only_the_first_frame_of_an_animation_is_used_and_that_is_said(tmp_path: Path) -> None:
    first, second = scene(1), scene(2)
    file = save(first, tmp_path / "a.webp", save_all=True, append_images=[second], quality=90)
    (photo,), (problem,) = take(tmp_path, file)
    assert "animated" in problem.message
    assert error_of(tmp_path / photo.file, first) < 10


def test_broken_exif_costs_the_focal_length_not_the_photo(tmp_path: Path) -> None:
    data = jpeg_bytes(scene(), exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 60)
    (tmp_path / "a.jpg").write_bytes(data)
    (photo,), _ = take(tmp_path, tmp_path / "a.jpg")
    assert photo.focal_px is None


# -- what is left out


def test_a_truncated_jpeg_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    data = jpeg_bytes(scene(), quality=95)
    file.write_bytes(data[: len(data) // 2])
    assert "damaged or cut off" in reason(tmp_path, file)


def test_tiny_pictures_are_left_out(tmp_path: Path) -> None:
    assert "too small (640 x 199" in reason(tmp_path, save(scene(height=199), tmp_path / "a.jpg"))


def test_depth_maps_and_masks_are_no_photos(tmp_path: Path) -> None:
    depth = Image.fromarray(np.arange(300 * 400, dtype=np.uint16).reshape(300, 400))
    assert "16-bit" in reason(tmp_path, save(depth, tmp_path / "depth.png"))
    labels = Image.fromarray((np.arange(300 * 400).reshape(300, 400) // 30000).astype(np.uint8))
    assert "flat tones" in reason(tmp_path, save(labels, tmp_path / "labels.png"))
    assert "like a mask" in reason(tmp_path, save(scene().convert("1"), tmp_path / "mask.png"))
    assert "floating-point" in reason(tmp_path, save(scene().convert("F"), tmp_path / "values.tiff"))


@pytest.mark.parametrize("content", [b"", b"hello, this is text", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"])
def test_files_that_are_no_pictures_are_left_out(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(content)
    assert reason(tmp_path, file).endswith("left out")


def test_a_file_that_is_gone_is_left_out(tmp_path: Path) -> None:
    assert "cannot be read" in reason(tmp_path, tmp_path / "gone.jpg")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "heic", "tiff", "gif", "bmp"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_of_any_kind_never_raises(tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    sound = tmp_path / f"sound.{suffix}"
    if not sound.exists():
        save(scene(width=240, height=220), sound)
    damaged = bytearray(sound.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, min(len(damaged), 4000) - 1))] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(1, len(damaged))) :]
    file = tmp_path / "a.jpg"
    file.write_bytes(damaged)
    kept, problems = take(tmp_path / "out", file)
    assert len(kept) == 1 or problems


# -- copies


def test_the_same_file_twice_is_kept_once(tmp_path: Path) -> None:
    first = save(scene(), tmp_path / "a.jpg")
    second = tmp_path / "b.jpg"
    second.write_bytes(first.read_bytes())
    kept, (problem,) = take(tmp_path, first, second)
    assert [photo.original for photo in kept] == ["a.jpg"]
    assert (problem.subject, problem.message) == ("b.jpg", "is the same file as 'a.jpg'; left out")


@pytest.mark.parametrize("small_first", [True, False])
def test_of_two_encodings_of_a_picture_the_larger_stays(tmp_path: Path, small_first: bool) -> None:
    small = save(scene().resize((400, 300), Image.Resampling.LANCZOS), tmp_path / "small.jpg", quality=60)
    large = save(scene(), tmp_path / "large.png")
    other = save(scene(5), tmp_path / "other.jpg")
    files = [small, other, large] if small_first else [large, other, small]
    importer = PhotoImporter(tmp_path)
    importer.add_all([(file.name, file) for file in files])
    assert [photo.original for photo in importer.photos] == [
        f"{'large.png' if f != other else f.name}" for f in files[:2]
    ]
    (problem,) = importer.problems
    assert problem.subject == "small.jpg"
    assert "'large.png'" in problem.message
    assert importer.id_of("small.jpg") == importer.id_of("large.png") is not None
    assert len(list((tmp_path / "photos").iterdir())) == 2


def test_neighbouring_views_and_different_flat_pictures_are_not_copies(tmp_path: Path) -> None:
    wide = scene(width=660)
    left = save(wide.crop((0, 0, 640, 480)), tmp_path / "left.png")
    right = save(wide.crop((20, 0, 660, 480)), tmp_path / "right.png")
    red = save(Image.new("RGB", (640, 480), "red"), tmp_path / "red.png")
    green = save(Image.new("RGB", (640, 480), (0, 130, 0)), tmp_path / "green.png")
    kept, problems = take(tmp_path, left, right, red, green)
    assert len(kept) == 4
    assert problems == ()


# -- running


def test_a_second_run_agrees_and_decodes_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [save(scene(seed), tmp_path / f"{seed}.png", exif=exif(6, 26)) for seed in range(3)]
    first = take(tmp_path / "out", *files)

    def never(*arguments: object) -> bytes:
        raise AssertionError("decoded again")

    monkeypatch.setattr(photos_module, "encode_upright", never)
    assert take(tmp_path / "out", *files) == first


def test_a_cancelled_run_leaves_whole_photos_only_and_continues(tmp_path: Path) -> None:
    files = [save(scene(seed), tmp_path / f"{seed}.png") for seed in range(3)]

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        import_photos(files, tmp_path / "out", stop)
    assert len(list((tmp_path / "out/photos").glob("*.jpg"))) == 2
    kept, _ = take(tmp_path / "out", *files)
    assert len(kept) == 3


def test_progress_goes_up_and_names_the_photo(tmp_path: Path) -> None:
    files = [save(scene(seed), tmp_path / f"{seed}.png") for seed in range(3)]
    heard: list[tuple[float, str]] = []
    import_photos(files, tmp_path, lambda fraction, message: heard.append((fraction, message)), root=tmp_path)
    assert [fraction for fraction, _ in heard] == [0, 1 / 3, 2 / 3]
    assert heard[1][1] == "Reading photo 2 of 3: 1.png"


def test_a_write_error_is_not_taken_for_a_bad_photo(tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("a file where the folder should be")
    with pytest.raises(OSError):
        take(tmp_path, save(scene(), tmp_path / "a.png"))


# -- 200 megapixels

HUGE = """
import re, sys
from pathlib import Path
from PIL import Image
import scrapers.photos, scrapers.pictures, pillow_heif

def peak_kib():  # of this process alone; ru_maxrss would count the parent's memory too
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

before = peak_kib()
photos, problems = scrapers.photos.import_photos([Path(sys.argv[1])], Path(sys.argv[2]))
grown = (peak_kib() - before) // 1024
print(len(photos), photos[0].width_px if photos else 0, grown, [p.message for p in problems])
"""
on_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's memory accounts")


def measure(file: Path, folder: Path) -> tuple[int, int, int, str]:
    """Photos kept, width, growth of the peak memory in MiB, problems: in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", HUGE, str(file), str(folder)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    kept, width, grown, rest = run.stdout.split(" ", 3)
    return int(kept), int(width), int(grown), rest


@on_linux
def test_a_200_megapixel_jpeg_is_read_at_a_reduced_size(tmp_path: Path) -> None:
    Image.new("L", (20000, 10000), 128).save(tmp_path / "a.jpg", quality=50)
    kept, width, grown_mib, _ = measure(tmp_path / "a.jpg", tmp_path)
    assert (kept, width) == (1, 3072)
    assert 5 < grown_mib < 150


@on_linux
@pytest.mark.parametrize("name", ["a.png", "progressive.jpg"])
def test_a_200_megapixel_picture_that_cannot_be_reduced_is_left_out_from_its_header(
    tmp_path: Path, name: str
) -> None:
    options: dict[str, Any] = (
        {"progressive": True, "quality": 10} if name.endswith("jpg") else {"compress_level": 1}
    )
    Image.new("L", (20000, 10000), 128).save(tmp_path / name, **options)
    kept, _, grown_mib, problems = measure(tmp_path / name, tmp_path)
    assert kept == 0
    assert "save it smaller" in problems
    assert grown_mib < 50

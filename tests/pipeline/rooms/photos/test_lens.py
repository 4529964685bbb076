"""Lens distortion: found where straight things are bent, never where things are curved by themselves."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.progress import Cancelled, Progress
from pipeline.rooms.photos.arcs import find_arcs
from pipeline.rooms.photos.lens import Lens, Model, straighten
from pipeline.rooms.photos.lens_votes import weigh
from pipeline.rooms.photos.lenses import Lenses, find_lenses
from pipeline.rooms.photos.room_photo import RoomPhoto, load_rgb
from pipeline.rooms.scene.point_maps import PointMaps, View
from pipeline.rooms.surface.export import (
    write_cameras_json,
    write_colmap_text,
    write_images,
    write_transforms_json,
)
from tests.pipeline.rooms.bent_photos import HEIGHT_PX, WIDTH_PX, Drawing, frames, garlands, lamps, photo_of

HALF_PX = float(np.hypot(WIDTH_PX, HEIGHT_PX) / 2)


def _saved(folder: Path, images: list[np.ndarray], **known: object) -> list[RoomPhoto]:
    photos = []
    for index, image in enumerate(images):
        path = folder / f"{index}.png"
        Image.fromarray(image).save(path)
        photos.append(RoomPhoto(str(index), path, image.shape[1], image.shape[0], **known))  # type: ignore[arg-type]
    return photos


def _bent_by(drawing: Drawing, radial: float, model: Model = "division") -> Lens | None:
    photos = [photo_of(drawing, radial, seed, model=model) for seed in range(3)]
    evidence = weigh([find_arcs(photo) for photo in photos], HALF_PX)
    return evidence.lens() if evidence else None


@pytest.mark.parametrize("radial", [-0.25, -0.1, -0.04, 0.04, 0.12])
def test_a_known_distortion_is_found_with_its_uncertainty(radial: float) -> None:
    lens = _bent_by(frames, radial)
    assert lens is not None
    assert lens.radial == pytest.approx(radial, abs=0.006)
    assert abs(lens.radial - radial) < 4 * lens.sigma + 0.003
    assert lens.sigma < 0.01
    assert lens.curves >= 20


@pytest.mark.parametrize(("radial", "model"), [(-0.25, "division"), (-0.13, "polynomial"), (0.2, "polynomial")])
def test_strong_distortion_tells_which_model_it_follows(radial: float, model: Model) -> None:
    lens = _bent_by(frames, radial, model)
    assert lens is not None
    assert lens.model == model
    assert lens.radial == pytest.approx(radial, abs=0.006)


def test_straight_photos_have_no_lens() -> None:
    assert _bent_by(frames, 0.0) is None


@pytest.mark.parametrize("drawing", [lamps, garlands])
def test_curved_things_do_not_pass_for_a_lens(drawing: Drawing) -> None:
    assert _bent_by(drawing, 0.0) is None


def test_curved_things_among_straight_ones_do_not_spoil_the_estimate() -> None:
    def both(canvas: np.ndarray, random: np.random.Generator) -> None:
        frames(canvas, random)
        garlands(canvas, random)

    lens = _bent_by(both, -0.1)
    assert lens is not None
    assert lens.radial == pytest.approx(-0.1, abs=0.01)
    assert _bent_by(both, 0.0) is None


def test_photos_that_show_little_have_no_lens(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    images = [
        np.zeros((300, 400, 3), np.uint8),
        np.full((300, 400, 3), 255, np.uint8),
        random.integers(0, 255, (300, 400, 3), dtype=np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((20, 3000, 3), np.uint8),
    ]
    lenses = find_lenses(_saved(tmp_path, images))
    assert all(group.lens is None for group in lenses.groups)
    assert any("too few long edges" in note for note in lenses.notes_of([str(index) for index in range(5)]))
    assert find_lenses([]).groups == ()


@pytest.mark.parametrize(
    "lens",
    [*(Lens(r) for r in (-0.3, -0.05, 0.0, 0.3)), *(Lens(r, model="polynomial") for r in (-0.14, 0.0, 0.3))],
)
@pytest.mark.parametrize(("width", "height"), [(300, 200), (200, 300), (128, 128)])
def test_straightening_has_an_inverse_and_no_blank_border(lens: Lens, width: int, height: int) -> None:
    grid = np.stack(np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float)), axis=-1)
    bent = lens.photo_xy(grid, width, height)
    assert np.allclose(lens.straight_xy(bent, width, height), grid, atol=1e-6)
    slack = 0.5  # half a pixel: sizes count pixels, positions their centres
    assert bent.min() >= -slack
    assert (bent.reshape(-1, 2).max(axis=0) <= np.array([width, height]) - 1 + slack).all()
    touched = np.minimum(bent, np.array([width, height]) - 1 - bent).min()
    assert touched < 2.0, "more of the photo could have been kept"


def test_straightening_undoes_the_bending() -> None:
    lens = Lens(-0.12)
    bent, straight = (photo_of(frames, radial, 0, grain=0.0) for radial in (lens.radial, 0.0))
    height, width = straight.shape[:2]
    middle = (np.array([width, height]) - 1) / 2
    ys, xs = np.mgrid[60 : height - 60 : 7, 80 : width - 80 : 7]
    zoomed = np.rint(middle + (np.stack([xs, ys], -1) - middle) * lens.zoom(width, height)).astype(int)
    again = straighten(bent, lens)[zoomed[..., 1], zoomed[..., 0]].astype(float)
    left = np.abs(bent[ys, xs].astype(float) - straight[ys, xs]).mean()
    assert np.abs(again - straight[ys, xs]).mean() < 0.4 * left


def test_lens_photos_are_read_straight_and_know_their_focal_length(tmp_path: Path) -> None:
    photos = _saved(
        tmp_path, [photo_of(frames, -0.1, seed) for seed in range(3)], focal_px=500.0, camera="wide"
    )
    found = find_lenses(photos)
    straight = found.applied(photos)
    lens = straight[0].lens
    assert lens is not None
    assert straight[0].focal_px == pytest.approx(500 * lens.zoom(WIDTH_PX, HEIGHT_PX))
    assert load_rgb(straight[0], 400).shape == (300, 400, 3)
    again = weigh([find_arcs(load_rgb(photo, 1024)) for photo in straight], HALF_PX)
    assert again is not None
    assert again.lens() is None
    assert "straightened" in found.notes_of(["0"])[0]
    assert f"{lens.radial:+.3f}" in found.notes_of(["0"])[0]


def test_without_a_lens_photos_stay_as_they_are(tmp_path: Path) -> None:
    photos = _saved(tmp_path, [photo_of(frames, 0.0, seed) for seed in range(2)])
    found = find_lenses(photos)
    assert found.applied(photos) == photos
    assert "left as it is" in found.notes_of(["0"])[0]


def test_photos_of_one_lens_are_pooled_in_both_orientations(tmp_path: Path) -> None:
    images = [photo_of(frames, -0.08, 0), photo_of(frames, -0.08, 1, (HEIGHT_PX, WIDTH_PX))]
    images.append(np.zeros((100, 120, 3), np.uint8))
    photos = _saved(tmp_path, images)
    groups = find_lenses(photos).groups
    assert [group.photo_ids for group in groups] == [("0", "1"), ("2",)]
    assert groups[0].lens is not None
    assert groups[0].lens.radial == pytest.approx(-0.08, abs=0.006)
    other = [RoomPhoto(p.photo_id, p.path, p.width_px, p.height_px, camera=p.photo_id) for p in photos]
    assert len(find_lenses(other).groups) == 3


def test_a_photo_of_another_lens_is_not_bent_by_the_others(tmp_path: Path) -> None:
    images = [photo_of(frames, -0.1, seed) for seed in range(3)]
    photos = _saved(tmp_path, [*images, photo_of(frames, 0.0, 3)])
    found = find_lenses(photos)
    assert [photo.lens is not None for photo in found.applied(photos)] == [True, True, True, False]
    assert found.groups[0].opposed == ("3",)
    assert "but for 1" in found.notes_of(["3"])[0]


def test_lenses_are_stored(tmp_path: Path) -> None:
    photos = _saved(tmp_path, [photo_of(frames, -0.1, 0), np.zeros((90, 90, 3), np.uint8)])
    found = find_lenses(photos)
    found.save(tmp_path / "kept")
    assert Lenses.load(tmp_path / "kept") == found


def test_an_unreadable_photo_has_no_say(tmp_path: Path) -> None:
    photos = _saved(tmp_path, [photo_of(frames, -0.1, 0)])
    gone = RoomPhoto("gone", tmp_path / "gone.png", WIDTH_PX, HEIGHT_PX)
    assert find_lenses([*photos, gone]).groups[0].evidence == find_lenses(photos).groups[0].evidence


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        find_lenses(_saved(tmp_path, [np.zeros((60, 60, 3), np.uint8)]), Progress(stop))


def test_nonsense_is_refused(tmp_path: Path) -> None:
    for radial in (-2.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="radial"):
            Lens(radial)
    with pytest.raises(ValueError, match="polynomial must be between"):
        Lens(-0.3, model="polynomial")
    with pytest.raises(ValueError, match="unknown lens model 'fisheye'"):
        Lens(0.1, model="fisheye")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="sigma"):
        Lens(0.1, -1.0)
    with pytest.raises(ValueError, match="already"):
        find_lenses([RoomPhoto("a", tmp_path / "a.png", 10, 10, lens=Lens(0.1))])
    with pytest.raises(ValueError, match="half_diagonal"):
        weigh([], 0.0)


def test_camera_files_refer_to_the_straightened_pictures(tmp_path: Path) -> None:
    image, nothing = np.zeros((20, 30, 3), np.uint8), np.zeros((20, 30), np.float32)
    points = np.full((20, 30, 3), np.nan, np.float32)
    view = View("a", image, np.eye(4), np.eye(3), points, nothing, nothing.astype(np.uint8))
    maps = PointMaps((view,), "test")
    write_images(maps, tmp_path / "images")
    write_cameras_json(maps, tmp_path / "cameras.json", {"a": Lens(-0.1, 0.01, 40)})
    write_transforms_json(maps, tmp_path / "transforms.json")
    write_colmap_text(maps, tmp_path / "colmap")
    frame = json.loads((tmp_path / "cameras.json").read_text())["frames"][0]
    assert (frame["lens"]["radial"], frame["lens"]["sigma"], frame["lens"]["curves"]) == (-0.1, 0.01, 40)
    for name in (
        frame["image"],
        json.loads((tmp_path / "transforms.json").read_text())["frames"][0]["file_path"],
    ):
        with Image.open(tmp_path / name) as picture:
            assert picture.size == (30, 20)
    named = (tmp_path / "colmap" / "images.txt").read_text().splitlines()[0].split()[-1]
    assert (tmp_path / "images" / named).is_file()
    assert " PINHOLE " in (tmp_path / "colmap" / "cameras.txt").read_text()

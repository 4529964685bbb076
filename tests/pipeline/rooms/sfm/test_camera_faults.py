"""Photos as people send them: every one is placed or has a reason, and nothing crashes or hangs."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from pipeline.left_out import LeftOut, LeftOutReason, in_words
from pipeline.rooms.photos.room_photo import RoomPhoto
from pipeline.rooms.scene.cameras import Cameras
from pipeline.rooms.scene.errors import NotEnoughViews
from pipeline.rooms.sfm.place import place_cameras
from pipeline.rooms.sfm.prepared import SfmSettings
from tests.pipeline.rooms.textured_box import shots

#: a process that hangs would end the test with ProcessFailed
QUICK = SfmSettings(max_features=600, initial_pairs=1, timeout_s=120)


def _outcome(images: list[np.ndarray], folder: Path) -> tuple[set[str], dict[str, LeftOut]]:
    """Placed photos, and the reasons of the others; together they are all photos."""
    photos = []
    for index, image in enumerate(images):
        path = folder / f"{index}.png"
        Image.fromarray(image).save(path)
        photos.append(RoomPhoto(str(index), path, image.shape[1], image.shape[0]))
    placed: set[str] = set()
    try:
        found = place_cameras(photos, folder / "work", QUICK)
        placed, left_out = {camera.photo_id for camera in found.cameras}, found.left_out
        _check_poses(found)
    except NotEnoughViews as answer:
        assert answer.advice
        left_out = answer.left_out
    assert placed.isdisjoint(left_out)
    assert placed | set(left_out) == {photo.photo_id for photo in photos}
    assert all(len(in_words(why)) > 10 for why in left_out.values())
    return placed, left_out


def _check_poses(found: Cameras) -> None:
    assert len(found.cameras) >= 2
    for camera in found.cameras:
        rotation = camera.world_from_camera[:3, :3]
        assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
        assert np.isfinite(camera.world_from_camera).all()
        assert camera.n_observations >= QUICK.min_observations


def _room(width: int = 280) -> list[np.ndarray]:
    return [shot.image for shot in shots(width)]


def test_photos_that_are_all_the_same_have_no_room(tmp_path: Path) -> None:
    placed, left_out = _outcome([_room()[0]] * 3, tmp_path)
    assert not placed
    assert len(left_out) == 3


def test_a_photo_twice_among_others_does_no_harm(tmp_path: Path) -> None:
    images = _room()
    placed, _ = _outcome([*images, images[0]], tmp_path)
    assert len(placed) >= 3


def test_a_photo_on_its_side_does_no_harm(tmp_path: Path) -> None:
    images = _room()
    placed, _ = _outcome([*images[:3], np.ascontiguousarray(np.rot90(images[3]))], tmp_path)
    assert {"0", "1", "2"} <= placed


def test_photos_that_are_all_on_their_side_are_answered(tmp_path: Path) -> None:
    _outcome([np.ascontiguousarray(np.rot90(image)) for image in _room()[:3]], tmp_path)


def test_a_blurred_a_black_and_a_white_photo_are_left_out_with_the_reason(tmp_path: Path) -> None:
    images = _room()
    blurred = ndimage.gaussian_filter(images[3], (12, 12, 0))
    flat = np.zeros_like(images[0])
    placed, left_out = _outcome([*images[:3], blurred, flat, flat + 255], tmp_path)
    assert placed == {"0", "1", "2"}
    assert all(left_out[name].reason == LeftOutReason.NOTHING_TO_RECOGNISE for name in ("4", "5"))


def test_nothing_but_blank_photos_is_a_clear_answer(tmp_path: Path) -> None:
    _, left_out = _outcome([np.full((150, 200, 3), level, np.uint8) for level in (0, 90, 255)], tmp_path)
    assert all(why.reason == LeftOutReason.NOTHING_TO_RECOGNISE for why in left_out.values())


def test_photos_of_a_few_pixels_are_left_out_and_the_others_placed(tmp_path: Path) -> None:
    images = _room()
    small = [images[0][:8, :8], images[1][:6], images[2][:, :9]]
    placed, left_out = _outcome([*images[:3], *small], tmp_path)
    assert placed == {"0", "1", "2"}
    sizes = [(image.shape[1], image.shape[0]) for image in small]
    assert [left_out[n] for n in ("3", "4", "5")] == [LeftOut(LeftOutReason.TOO_SMALL, size) for size in sizes]


@pytest.mark.slow
def test_twelve_unrelated_photos_are_not_made_into_a_room(tmp_path: Path) -> None:
    images = []
    for seed in range(12):
        random = np.random.default_rng(100 + seed)
        patches = ndimage.zoom(random.random((6, 8, 3)), (30, 30, 1), order=seed % 2)
        grain = ndimage.gaussian_filter(random.normal(size=patches.shape), (1.5, 1.5, 0))
        images.append(np.rint(255 * np.clip(patches + 0.6 * grain, 0, 1)).astype(np.uint8))
    placed, left_out = _outcome(images, tmp_path)
    assert not placed
    assert len(left_out) == 12

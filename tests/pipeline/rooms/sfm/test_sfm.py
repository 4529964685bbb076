"""Cameras from photos: placed where they were taken, and clear results where that cannot be."""

import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.metrics import pair_errors_rad
from pipeline.left_out import LeftOutReason
from pipeline.progress import Cancelled, Progress
from pipeline.rooms.photos.room_photo import RoomPhoto
from pipeline.rooms.processes import ProcessFailed
from pipeline.rooms.processes.subprocesses import run_reporting
from pipeline.rooms.scene.cameras import Cameras
from pipeline.rooms.scene.errors import NotEnoughPhotos, NotEnoughViews
from pipeline.rooms.sfm.place import place_cameras
from pipeline.rooms.sfm.prepared import SfmSettings
from tests.pipeline.rooms.textured_box import as_photos, shots

QUICK = SfmSettings(max_features=1500, initial_pairs=1)


def _flat(folder: Path, name: str, image: np.ndarray) -> RoomPhoto:
    Image.fromarray(image).save(folder / f"{name}.png")
    return RoomPhoto(name, folder / f"{name}.png", image.shape[1], image.shape[0])


@pytest.mark.slow
def test_photos_of_a_room_are_placed_and_the_result_repeats_and_survives_a_round_trip(tmp_path: Path) -> None:
    taken = shots(400)
    photos = as_photos(taken, tmp_path)
    photos = [RoomPhoto(p.photo_id, p.path, p.width_px, p.height_px, focal_px=250.0) for p in photos]
    fractions: list[float] = []
    cameras = place_cameras(
        photos, tmp_path / "a", QUICK, Progress(lambda fraction, _: fractions.append(fraction))
    )
    assert [camera.photo_id for camera in cameras.cameras] == [photo.photo_id for photo in photos]
    assert not cameras.left_out
    rotation, _ = pair_errors_rad(
        [camera.world_from_camera for camera in cameras.cameras], [shot.world_from_camera for shot in taken]
    )
    assert np.degrees(rotation).max() < 1.0
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    again = place_cameras(photos, tmp_path / "b", QUICK)
    for first, second in zip(cameras.cameras, again.cameras, strict=True):
        assert np.array_equal(first.world_from_camera, second.world_from_camera)
    cameras.save(tmp_path / "saved")
    loaded = Cameras.load(tmp_path / "saved")
    assert loaded.strategy == cameras.strategy
    assert np.allclose(loaded.cameras[1].K, cameras.cameras[1].K)
    assert np.array_equal(loaded.points.seen_by(1), cameras.points.seen_by(1))


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_photos_are_an_error_that_says_what_to_do(tmp_path: Path, count: int) -> None:
    photos = as_photos(shots()[:count], tmp_path)
    with pytest.raises(NotEnoughPhotos, match="at least two") as caught:
        place_cameras(photos, tmp_path / "work")
    assert caught.value.advice
    assert set(caught.value.left_out) == {photo.photo_id for photo in photos}


def test_photos_that_share_nothing_are_an_error_that_names_each(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 255, (120, 160, 3), dtype=np.uint8) for _ in range(2)]
    photos = [_flat(tmp_path, f"n{k}", image) for k, image in enumerate(noise)]
    photos.append(_flat(tmp_path, "black", np.zeros((120, 160, 3), np.uint8)))
    with pytest.raises(NotEnoughViews) as caught:
        place_cameras(photos, tmp_path / "work", QUICK)
    assert set(caught.value.left_out) == {"n0", "n1", "black"}
    assert caught.value.left_out["black"].reason == LeftOutReason.NOTHING_TO_RECOGNISE


def test_one_photo_twice_cannot_be_placed(tmp_path: Path) -> None:
    image = shots()[0].image
    photos = [_flat(tmp_path, name, image) for name in ("a", "b")]
    with pytest.raises(NotEnoughViews, match=r"one spot|share"):
        place_cameras(photos, tmp_path / "work", QUICK)


def test_ids_must_differ(tmp_path: Path) -> None:
    photo = as_photos(shots()[:1], tmp_path)[0]
    with pytest.raises(ValueError, match="id"):
        place_cameras([photo, photo], tmp_path / "work")


def test_an_aborted_process_is_a_clear_error() -> None:
    code = "import os, sys; print('boom', file=sys.stderr); sys.stderr.flush(); os.abort()"
    with pytest.raises(ProcessFailed, match=r"aborted.*boom"):
        run_reporting([sys.executable, "-c", code], Progress(), 30)


def test_a_hanging_process_is_ended() -> None:
    with pytest.raises(ProcessFailed, match="too long"):
        run_reporting([sys.executable, "-c", "import time; time.sleep(60)"], Progress(), 0.5)


def test_cancel_kills_the_process_at_once() -> None:
    def sink(fraction: float, message: str) -> None:
        if message == "half":
            raise Cancelled

    code = 'import time; print(\'{"fraction": 0.5, "message": "half"}\', flush=True); time.sleep(60)'
    started = time.monotonic()
    with pytest.raises(Cancelled):
        run_reporting([sys.executable, "-c", code], Progress(sink), 60)
    assert time.monotonic() - started < 10
    assert threading.active_count() < 20

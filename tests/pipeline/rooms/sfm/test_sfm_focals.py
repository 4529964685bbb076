"""Focal lengths of straight lines are doubted only where all points of a shared camera speak against them."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.progress import Progress
from pipeline.rooms.axes.segments import find_segments
from pipeline.rooms.photos.room_photo import RoomPhoto
from pipeline.rooms.scene.cameras import Cameras, PlacedCamera, SparsePoints
from pipeline.rooms.sfm import place as sfm
from pipeline.rooms.sfm.place import _by_best_focals, _focals_by_points, _Room
from pipeline.rooms.sfm.prepared import Focals, PreparedPhoto, SfmSettings

WIDTH_PX = 200


def _photos(count: int) -> list[PreparedPhoto]:
    image = np.zeros((150, WIDTH_PX, 3), np.uint8)
    return [
        PreparedPhoto(
            RoomPhoto(name, Path(name), WIDTH_PX, 150), name, image, find_segments(image), 1.0, "camera"
        )
        for name in (f"photo_{k}" for k in range(count))
    ]


def _models(photos: list[PreparedPhoto], *factors: float) -> dict[str, object]:
    return {
        "models": [
            {
                "strategy": "refined focal length",
                "cameras": [{"name": p.name, "K": (np.eye(3) * factor * WIDTH_PX).tolist()} for p in photos],
            }
            for factor in factors
        ]
    }


def _given(origin: str) -> Focals:
    return Focals({"camera": 0.6}, {"camera": origin}, {"camera": 0.04})


def test_models_that_all_move_the_focal_length_far_replace_it_by_the_nearest() -> None:
    photos = _photos(3)
    found = _focals_by_points(_models(photos, 0.45, 0.5), photos, _given("straight lines"))
    assert found == {"camera": pytest.approx(0.5)}


@pytest.mark.parametrize(
    ("count", "factors", "origin"),
    [
        (3, (0.45, 0.58), "straight lines"),  # one model agrees
        (3, (0.45, 0.5), "EXIF"),  # known from the camera
        (2, (0.45, 0.5), "straight lines"),  # two photos fit almost any focal length
        (3, (), "straight lines"),  # no model has all photos
    ],
)
def test_otherwise_it_stays(count: int, factors: tuple[float, ...], origin: str) -> None:
    photos = _photos(count)
    assert not _focals_by_points(_models(photos, *factors), photos, _given(origin))


def _cameras(count: int, left_out: dict[str, LeftOut]) -> Cameras:
    none = np.zeros(0, np.int64)
    points = SparsePoints(
        np.zeros((0, 3)), np.zeros((0, 3), np.uint8), np.zeros(0), none, none, np.zeros((0, 2))
    )
    placed = [PlacedCamera(f"photo_{k}", 200, 150, np.eye(3), np.eye(4), 50, 0.5) for k in range(count)]
    return Cameras(tuple(placed), points, left_out)


def test_once_look_alikes_were_told_apart_no_larger_merge_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alike = LeftOut(LeftOutReason.LOOKS_LIKE_ANOTHER_PART)
    merged, apart = _cameras(4, {}), _cameras(2, dict.fromkeys(("photo_2", "photo_3"), alike))
    found, photos = iter([merged, apart]), _photos(4)
    monkeypatch.setattr(sfm, "run_reporting", lambda *_: None)
    monkeypatch.setattr(sfm, "write_request", lambda *_: None)
    monkeypatch.setattr(sfm, "_zoom_ratios", lambda *_: {})
    monkeypatch.setattr(sfm, "read_result", lambda *_: _models(photos, 0.45))
    monkeypatch.setattr(sfm, "_concluded", lambda *_: next(found))
    room = _Room(photos, tmp_path, SfmSettings())
    best = _by_best_focals(room, _given("straight lines"), Progress())
    assert best.cameras is apart


def test_a_zoomed_photo_has_a_camera_of_its_own_and_the_notes_say_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its cameras count where they place as many photos, whatever the error of wrong focal lengths was."""
    photos = _photos(3)
    asked: list[Focals] = []
    monkeypatch.setattr(sfm, "run_reporting", lambda *_: None)
    monkeypatch.setattr(sfm, "write_request", lambda _, focals, *rest: asked.append(focals))
    monkeypatch.setattr(sfm, "_zoom_ratios", lambda *_: {1: 1.5})
    monkeypatch.setattr(sfm, "read_result", lambda *_: {"models": []})
    monkeypatch.setattr(sfm, "_concluded", lambda *_: _cameras(3, {}))
    best = _by_best_focals(_Room(photos, tmp_path, SfmSettings()), _given("straight lines"), Progress())
    assert best.focals is asked[1]
    shared = asked[1].factor["camera"]
    assert asked[1].factor == {"camera": shared, "camera|zoom 1.50": pytest.approx(1.5 * shared)}
    assert "focal length from matches and straight lines together" in best.notes

"""Focal lengths of straight lines are doubted only where all points of a shared camera speak against them."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.rooms.manhattan import find_segments
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.sfm import _focals_by_points
from pipeline.rooms.verdict import PreparedPhoto

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


def test_models_that_all_move_the_focal_length_far_replace_it_by_the_nearest() -> None:
    photos = _photos(3)
    found = _focals_by_points(_models(photos, 0.45, 0.5), photos, {"camera": 0.6}, {"camera": "straight lines"})
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
    assert not _focals_by_points(_models(photos, *factors), photos, {"camera": 0.6}, {"camera": origin})

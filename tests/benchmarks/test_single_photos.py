"""Boxes of single photos beside the true room: axes whatever they are called, planes whatever the scale."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from benchmarks.single_photos import face_normals, orientation_error_deg, plane_errors, summary
from benchmarks.single_truth import TruePhoto, axes_of_normals, corrected, plane_of
from pipeline.rooms.box.frames import frame_rotation
from pipeline.rooms.layout.layout import LayoutBox
from pipeline.rooms.photos.room_photo import RoomPhoto

SIZE = (640, 480)
AXES = frame_rotation(np.deg2rad([12.0, -6.0, 1.0]))
DISTANCE_M = np.array([4.0, 2.0, 2.5, 1.5, 1.1])
NAMES = ("W", "W", "W", "F", "C")


def intrinsics(focal_px: float) -> np.ndarray:
    return np.array([[focal_px, 0, (SIZE[0] - 1) / 2], [0, focal_px, (SIZE[1] - 1) / 2], [0, 0, 1.0]])


BOX = LayoutBox(AXES, intrinsics(400.0), DISTANCE_M, (True,) * 5, 0.1)
TRUTH = TruePhoto(
    RoomPhoto("a", Path("a.jpg"), *SIZE), intrinsics(400.0), AXES, face_normals(AXES), DISTANCE_M, NAMES
)


def test_axes_may_be_called_in_any_way() -> None:
    quarter = Rotation.create_group("O").as_matrix()
    assert len(quarter) == 24
    assert max(orientation_error_deg(AXES @ turn, AXES) for turn in quarter) < 1e-4


@pytest.mark.parametrize("degrees", [0.5, 3.0, 20.0])
def test_the_angle_between_axes_is_the_angle_of_the_turn(degrees: float) -> None:
    turn = Rotation.from_rotvec(np.deg2rad(degrees) * np.array([0.6, 0.0, 0.8])).as_matrix()
    assert orientation_error_deg(turn @ AXES[:, [1, 2, 0]], AXES) == pytest.approx(degrees, abs=1e-6)


def test_the_true_box_has_no_error_at_any_scale_and_any_size_of_the_picture() -> None:
    small = replace(
        BOX, K=np.diag([0.5, 0.5, 1.0]) @ BOX.K + np.array([[0, 0, -0.25], [0, 0, -0.25], [0, 0, 0]])
    )
    for box, size in ((BOX, SIZE), (small, (320, 240))):
        errors = plane_errors(replace(box, distance_m=0.7 * DISTANCE_M), TRUTH, size)
        assert {error.name for error in errors} == {"W", "F", "C"}
        assert max(max(error.distance, error.depth) for error in errors) < 1e-9
        assert sum(error.share for error in errors) == pytest.approx(1.0, abs=0.02)


def test_a_wall_too_far_away_is_the_one_that_is_wrong() -> None:
    moved = DISTANCE_M * np.array([1.0, 1.0, 1.3, 1.0, 1.0])
    errors = [error.distance for error in plane_errors(replace(BOX, distance_m=moved), TRUTH, SIZE)]
    assert sorted(errors)[-2:] == pytest.approx([0.0, 0.3])


def test_a_longer_focal_length_with_a_deeper_room_shows_in_distances_more_than_in_depths() -> None:
    ahead = frame_rotation(np.zeros(3))
    truth = replace(TRUTH, camera_from_room=ahead, normals=face_normals(ahead))
    deeper = LayoutBox(ahead, intrinsics(480.0), DISTANCE_M * np.array([1.2, 1, 1, 1, 1]), (True,) * 5, 0.1)
    errors = plane_errors(deeper, truth, SIZE)
    assert max(error.depth for error in errors) < 1e-9
    assert max(error.distance for error in errors) == pytest.approx(0.2)


def test_a_plane_that_no_face_stands_for_is_missed() -> None:
    askew = replace(BOX, camera_from_room=AXES @ frame_rotation(np.zeros(3)))
    assert any(not np.isfinite(error.distance) for error in plane_errors(askew, TRUTH, SIZE))


def test_the_axes_of_noisy_normals_are_found_among_furniture_askew() -> None:
    random = np.random.default_rng(0)
    walls = np.repeat(AXES.T, 300, axis=0) * random.choice([-1, 1], (900, 1))
    furniture = random.normal(size=(500, 3))
    normals = np.concatenate([walls + random.normal(0, 0.03, walls.shape), furniture])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    assert orientation_error_deg(axes_of_normals(normals), AXES) < 0.5


def test_a_plane_through_points_looks_away_from_the_camera() -> None:
    random = np.random.default_rng(0)
    points = random.uniform(-2, 2, (500, 3)) * np.array([1, 1, 0]) + np.array([0, 0, 3.0])
    normal, distance = plane_of(points @ AXES.T)
    assert distance == pytest.approx(3.0)
    assert normal == pytest.approx(AXES[:, 2])


def test_a_drawn_plane_gives_way_to_what_was_measured_behind_it() -> None:
    bed, floor = np.full(700, 0.7), np.full(300, 1.45)
    assert corrected(np.concatenate([bed, floor]), 1.2) == pytest.approx(1.45)
    assert corrected(np.concatenate([bed, np.full(300, 1.22)]), 1.2) == 1.2
    assert corrected(np.zeros(100), 1.2) == 1.2


def test_the_summary_counts_what_is_within_the_bar() -> None:
    plane = {"name": "W", "share": 0.5, "distance": 0.04, "depth": 0.2}
    rows: list[dict[str, Any]] = [
        {"turn_deg": 1.0, "focal": 1.0, "s": 9.0, "errors": [plane]},
        {"turn_deg": 4.0, "focal": 1.3, "s": 25.0},
    ]
    said = "\n".join(summary(rows))
    assert "orientation: 1 of 2 within 3 degrees" in said
    assert "walls: distance of 1 of 1 within 10%" in said
    assert "walls: depth of 0 of 1 within 10%" in said
    assert "time: 1 of 2 within 20 s" in said

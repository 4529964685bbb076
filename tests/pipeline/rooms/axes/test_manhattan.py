"""Manhattan frames: found in drawings of a known room, focal length included."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.rooms.axes.gravity import mean_up
from pipeline.rooms.axes.manhattan import (
    camera_from_room,
    fit_manhattan,
    fit_room_axes,
    principal_row,
    quarter_turns,
    shared_focal_factor,
)
from pipeline.rooms.axes.segments import find_segments
from pipeline.rooms.scene.rotations import rotation_angle_rad
from tests.pipeline.rooms.textured_box import SIZE_M, looking

WIDTH, HEIGHT = 480, 360


def drawing(world_from_camera: np.ndarray, focal_px: float) -> np.ndarray:
    """Lines on the walls, floor and ceiling of a box, drawn with four times oversampling."""
    image = Image.new("L", (4 * WIDTH, 4 * HEIGHT), 200)
    draw = ImageDraw.Draw(image)
    camera_from_world = np.linalg.inv(world_from_camera)
    for axis in range(3):
        a, b = (k for k in range(3) if k != axis)
        for u in np.linspace(0, SIZE_M[a], 9):
            for v in (0.0, SIZE_M[b]):
                for first, second, value, edge in (
                    (a, b, u, v),
                    (b, a, u * SIZE_M[b] / SIZE_M[a], SIZE_M[a] * (v > 0)),
                ):
                    line = np.zeros((60, 3))
                    line[:, axis] = np.linspace(0, SIZE_M[axis], 60)
                    line[:, first], line[:, second] = value, edge
                    local = line @ camera_from_world[:3, :3].T + camera_from_world[:3, 3]
                    local = local[local[:, 2] > 0.2]
                    x = focal_px * local[:, 0] / local[:, 2] + (WIDTH - 1) / 2
                    y = focal_px * local[:, 1] / local[:, 2] + (HEIGHT - 1) / 2
                    draw.line([(4 * p + 2, 4 * q + 2) for p, q in zip(x, y, strict=True)], fill=30, width=7)
    small = np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BOX))
    return np.repeat(small[..., None], 3, axis=2)


POSES = [looking((0.7, 0.6, 1.4), (3.4, 2.4, 1.1)), looking((3.2, 0.8, 1.5), (0.4, 2.2, 1.0))]


def _axes_error_rad(frame: np.ndarray, pose: np.ndarray) -> float:
    return min(rotation_angle_rad(turn, pose[:3, :3].T) for turn in quarter_turns(frame))


@pytest.mark.parametrize("pose", POSES)
def test_the_frame_of_one_photo_is_found(pose: np.ndarray) -> None:
    fit = fit_manhattan(find_segments(drawing(pose, 300.0)), 300.0)
    assert fit is not None
    assert _axes_error_rad(fit.camera_from_room, pose) < np.radians(1.0)


def test_the_focal_length_is_found() -> None:
    photos = [find_segments(drawing(pose, 300.0)) for pose in POSES]
    found = shared_focal_factor(photos)
    assert found is not None
    assert found[0] == pytest.approx(300 / WIDTH, rel=0.08)


def test_a_wrong_relative_rotation_does_not_agree_with_the_room() -> None:
    photos = [find_segments(drawing(pose, 300.0)) for pose in POSES]
    fits = [fit_manhattan(segments, 300.0) for segments in photos]
    rotations = [pose[:3, :3].T for pose in POSES]
    right = fit_room_axes(photos, [300.0, 300.0], rotations, fits)
    wrong = fit_room_axes(
        photos, [300.0, 300.0], [rotations[0], camera_from_room(0.5, 0, 0) @ rotations[1]], fits
    )
    assert right is not None
    assert wrong is not None
    assert right.photo_support.min() > 0.9
    assert wrong.photo_support.min() < 0.7


def test_a_blank_photo_has_no_frame() -> None:
    segments = find_segments(np.full((60, 80, 3), 90, np.uint8))
    assert len(segments.weight) == 0
    assert fit_manhattan(segments) is None
    assert shared_focal_factor([segments]) is None


def test_up_is_normal_to_the_rows_of_upright_photos() -> None:
    up = mean_up([pose[:3, :3].T for pose in POSES])
    assert up @ [0, 0, 1] > 0.999


STEEP = [*POSES, looking((0.6, 2.6, 1.5), (3.2, 0.9, 0.5)), looking((2.0, 0.4, 1.2), (1.2, 2.8, 1.9))]


def _row_found(cut_px: int) -> float:
    """Height of the principal point by photos with so many rows cut off above (below where negative)."""
    photos, fits = [], []
    for pose in STEEP:
        whole = drawing(pose, 300.0)
        photos.append(find_segments(whole[cut_px:] if cut_px > 0 else whole[: HEIGHT + cut_px]))
        fits.append(fit_manhattan(photos[-1], 300.0))
    return principal_row(photos, [fit for fit in fits if fit is not None])


@pytest.mark.parametrize("cut_px", [24, -24])
def test_the_principal_point_of_cropped_photos_is_found(cut_px: int) -> None:
    true = -cut_px / 2 / WIDTH
    assert abs(_row_found(cut_px) - true) < 0.4 * abs(true)


def test_the_principal_point_of_whole_photos_stays_in_the_middle() -> None:
    assert abs(_row_found(0)) < 0.004


def test_a_fit_near_another_equals_a_search() -> None:
    segments = find_segments(drawing(POSES[0], 300.0))
    searched = fit_manhattan(segments, 300.0)
    assert searched is not None
    again = fit_manhattan(segments, None, searched)
    assert again is not None
    assert again.support >= searched.support - 1e-9
    assert rotation_angle_rad(again.camera_from_room, searched.camera_from_room) < np.radians(0.2)

"""Frames and walls are found although patterns and furniture have more lines."""

import numpy as np
import pytest

from pipeline.rooms.axes.segments import Segments
from pipeline.rooms.box.evidence import gather_evidence
from pipeline.rooms.box.frames import MOST_FRAMES, Frame, candidate_frames, frame_rotation
from pipeline.rooms.box.hypothesis import look
from pipeline.rooms.box.search import FLOOR, RIGHT, ScoreWeights, fit_far
from tests.pipeline.rooms.drawn_rooms import DISTANCES_M, FOCAL_PX, draw, drawn_box, turned_by_deg
from tests.pipeline.rooms.drawn_rooms import WIDTH_PX as DRAWN_WIDTH_PX

WIDTH_PX, HEIGHT_PX = 320, 240


def lines_of(rotation: np.ndarray, focal_px: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Midpoints and directions of lines that point to the vanishing points of a frame."""
    middle = np.array([(WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2])
    at = rng.uniform([5, 5], [WIDTH_PX - 5, HEIGHT_PX - 5], (count, 2))
    axis = rotation[:, np.arange(count) % 3]
    toward = (focal_px * axis[:2] - (at - middle).T * axis[2]).T
    return np.concatenate([at, toward / np.linalg.norm(toward, axis=1, keepdims=True)], axis=1)


def segments(*groups: tuple[np.ndarray, float]) -> Segments:
    rows = np.concatenate([rows for rows, _ in groups])
    weight = np.concatenate([np.full(len(rows), weight) for rows, weight in groups])
    order = np.argsort(-weight, kind="stable")
    return Segments(rows[order, :2], rows[order, 2:], weight[order], WIDTH_PX, HEIGHT_PX)


def nearest_deg(frames: list[Frame], rotation: np.ndarray) -> float:
    """Angle of the nearest frame to a rotation, up to quarter turns about the vertical."""
    turns = [np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]]) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    return min(turned_by_deg(frame.camera_from_room @ turn, rotation) for frame in frames for turn in turns)


@pytest.mark.parametrize("seed", range(3))
def test_the_frame_of_the_walls_is_among_them_where_others_have_more_lines(seed: int) -> None:
    rng = np.random.default_rng(seed)
    focal_px = 0.75 * WIDTH_PX
    walls = frame_rotation(np.deg2rad([20.0, -9.0, 0.0]))
    others = [frame_rotation(np.deg2rad(angles)) for angles in ([20.0, 6.0, 3.0], [-15.0, 18.0, -3.0])]
    found = candidate_frames(
        segments(
            (lines_of(walls, focal_px, 45, rng), 6.0),
            *[(lines_of(other, focal_px, 60, rng), 6.5) for other in others],
        )
    )
    assert len(found) <= MOST_FRAMES
    assert nearest_deg(found[:1], walls) > 3  # it is not the one of most lines
    assert nearest_deg(found, walls) < 1.5


def test_no_two_frames_are_almost_the_same() -> None:
    rng = np.random.default_rng(0)
    rotation = frame_rotation(np.deg2rad([10.0, -6.0, 0.0]))
    found = candidate_frames(segments((lines_of(rotation, 230.0, 90, rng), 5.0)), 230.0)
    assert nearest_deg(found[:1], rotation) < 0.5
    for index, frame in enumerate(found):
        assert frame.focal_px == pytest.approx(230.0)
        if index:
            assert nearest_deg(found[:index], frame.camera_from_room) >= 5.9


def test_too_few_lines_tell_nothing() -> None:
    rng = np.random.default_rng(0)
    assert candidate_frames(segments((lines_of(np.eye(3), 200.0, 5, rng), 5.0))) == []


@pytest.mark.parametrize("factor", [0.55, 1.7])
def test_a_wall_that_was_put_far_off_finds_its_place(factor: float) -> None:
    box = drawn_box()
    photo = look(draw(box))
    K = photo.intrinsics(FOCAL_PX * photo.width_px / DRAWN_WIDTH_PX)
    evidence = gather_evidence(photo.steps, photo.segments, box.camera_from_room, K)
    wrong = DISTANCES_M * np.where(np.arange(5) == RIGHT, factor, 1.0)
    fit = fit_far(evidence, box.camera_from_room, K, wrong[FLOOR] / wrong, ScoreWeights())
    found = DISTANCES_M[FLOOR] / fit.closeness
    assert found[:3] == pytest.approx(DISTANCES_M[:3], rel=0.06)

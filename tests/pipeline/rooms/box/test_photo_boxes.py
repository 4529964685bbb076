"""A wrong focal length and a wrong depth explain a picture together; adjustment finds the true pair."""

import numpy as np
import pytest

from pipeline.rooms.box.evidence import gather_evidence
from pipeline.rooms.box.frames import Frame, frame_rotation, structural, turned, zoomed
from pipeline.rooms.box.hypothesis import Scoring, look
from pipeline.rooms.box.photo_boxes import deeper, polished
from pipeline.rooms.box.search import CEILING, FLOOR, FRONT, RIGHT, ScoreWeights, fit_near
from pipeline.rooms.layout.classes import box_classes
from tests.pipeline.rooms.drawn_rooms import DISTANCES_M, FOCAL_PX, WIDTH_PX, draw, drawn_box, turned_by_deg

CLOSENESS = DISTANCES_M[FLOOR] / DISTANCES_M


def intrinsics(focal_px: float) -> np.ndarray:
    return np.array([[focal_px, 0, 159.5], [0, focal_px, 119.5], [0, 0, 1.0]])


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.4])
def test_straight_ahead_a_deeper_room_and_a_longer_lens_give_the_same_picture(factor: float) -> None:
    ahead = frame_rotation(np.zeros(3))
    true = box_classes(CLOSENESS, ahead, intrinsics(240.0), 320, 240)
    box = deeper(CLOSENESS, ahead, factor)
    assert np.array_equal(box_classes(box, ahead, intrinsics(factor * 240.0), 320, 240), true)
    assert box[FLOOR] == 1.0


def test_to_make_deeper_and_back_changes_nothing_straight_ahead() -> None:
    ahead = frame_rotation(np.zeros(3))
    assert deeper(deeper(CLOSENESS, ahead, 1.3), ahead, 1 / 1.3) == pytest.approx(CLOSENESS)


@pytest.mark.parametrize("change", [-0.4, 0.2])
def test_a_zoomed_frame_keeps_the_vanishing_point_of_what_is_ahead(change: float) -> None:
    segments = structural(look(draw(drawn_box())).segments)
    rotation = frame_rotation(np.deg2rad([20.0, -9.0, 2.0]))
    frame = zoomed(segments, Frame(rotation, 240.0, 0.0), change)
    assert frame.focal_px == pytest.approx(240.0 * np.exp(change))
    assert frame.camera_from_room.T @ frame.camera_from_room == pytest.approx(np.eye(3))
    before, after = (
        intrinsics(240.0) @ rotation[:, 1],
        intrinsics(frame.focal_px) @ frame.camera_from_room[:, 1],
    )
    assert after[:2] / after[2] == pytest.approx(before[:2] / before[2])


@pytest.mark.parametrize("change", [-0.2, 0.25])
def test_fine_adjustment_finds_the_way_back_from_a_wrong_focal_length(change: float) -> None:
    box = drawn_box()
    photo = look(draw(box))
    scoring = Scoring(photo, structural(photo.segments), ScoreWeights(), True)
    focal = FOCAL_PX * photo.width_px / WIDTH_PX
    wrong = zoomed(scoring.segments, Frame(box.camera_from_room, focal, 0.0), change)
    K = photo.intrinsics(wrong.focal_px)
    start = deeper(CLOSENESS, box.camera_from_room, np.exp(change))
    fit = fit_near(scoring.evidence(wrong), wrong.camera_from_room, K, start, ScoreWeights())
    found = polished(scoring, [scoring.judged(wrong, fit)])[0]
    assert found.frame.focal_px == pytest.approx(focal, rel=0.06)
    assert turned_by_deg(found.frame.camera_from_room, box.camera_from_room) < 1.5
    in_view = [FRONT, RIGHT, CEILING]
    assert (DISTANCES_M[FLOOR] / found.fit.closeness)[in_view] == pytest.approx(DISTANCES_M[in_view], rel=0.08)


def test_adjustment_never_loses_score_and_keeps_a_given_focal_length() -> None:
    box = drawn_box(yaw_deg=-20.0)
    photo = look(draw(box))
    scoring = Scoring(photo, structural(photo.segments), ScoreWeights(), False)
    move = np.array([0.02, -0.02, 0.01, 0.0])
    frame = turned(scoring.segments, Frame(box.camera_from_room, 240.0, 0.0), move)
    fit = fit_near(
        scoring.evidence(frame), frame.camera_from_room, photo.intrinsics(240.0), CLOSENESS, ScoreWeights()
    )
    start = scoring.judged(frame, fit)
    found = polished(scoring, [start])[0]
    assert found.score >= start.score
    assert found.frame.focal_px == 240.0


def test_evidence_at_every_second_pixel_is_that_of_those_pixels() -> None:
    box = drawn_box()
    photo = look(draw(box))
    K = photo.intrinsics(240.0)
    full, half = (
        gather_evidence(photo.steps, photo.segments, box.camera_from_room, K, every=every) for every in (1, 2)
    )
    assert np.array_equal(half.groups, full.groups[1::2, 1::2])
    assert np.array_equal(half.across, full.across[:, 1::2, 1::2])
    assert np.array_equal(half.facing, full.facing[:, 1::2, 1::2])
    assert half.boundary == pytest.approx(full.boundary[:, 1::2, 1::2], abs=0.2)

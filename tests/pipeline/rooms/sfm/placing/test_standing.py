"""Two photos of one room: the quarter turn, the direction and the distance between them, against chance."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from pipeline.rooms.scene.rotations import rotation_angle_rad
from pipeline.rooms.sfm.placing import Look, Standing, rate_turns
from pipeline.rooms.sfm.placing.chance import Rays, surest
from tests.pipeline.rooms.known_look import CENTRE, look_of, wall_points
from tests.pipeline.rooms.textured_box import looking

POSES = [looking((0.5, 0.5, 1.4), (3.6, 1.6, 1.1)), looking((0.7, 2.6, 1.5), (3.6, 1.6, 1.1))]
#: from the first to the second, in heights of the first
TOWARDS = (POSES[1][:3, 3] - POSES[0][:3, 3]) / 1.4


def rays(points: np.ndarray, wrong: int = 0) -> Rays:
    """Rays of both photos to points, the last ``wrong`` of the second to others; likely distances are true."""
    away = [points - pose[:3, 3] for pose in POSES]
    length = [np.linalg.norm(a, axis=1) for a in away]
    x, y = (a / size[:, None] for a, size in zip(away, length, strict=True))
    if wrong:
        y[-wrong:] = np.roll(y[-wrong:], 7, axis=0)
    return Rays(x, y, length[0] / 1.4, length[1] / 1.5, np.ones(len(points)))


def pair(n: int, wrong: int, turned: int = 0, off: float = 1.0) -> tuple[Look, Look, np.ndarray]:
    """Both photos with ``n`` points, the last of whose matches are wrong; priors are ``off`` the truth."""
    points = wall_points(n)
    first = look_of(POSES[0], points, off)
    second = look_of(POSES[1], points, off, turned)
    rows = np.stack([np.arange(n)] * 2, axis=1)
    rows[n - wrong :, 1] = np.roll(rows[n - wrong :, 1], 3)
    return first, second, rows


def test_a_place_is_found_among_wrong_matches_with_its_distance() -> None:
    found = surest(rays(wall_points(90), wrong=30), seed=0)
    assert found is not None
    assert_allclose(found.centre / np.linalg.norm(found.centre), TOWARDS / np.linalg.norm(TOWARDS), atol=0.02)
    assert abs(math.log(np.linalg.norm(found.centre) / np.linalg.norm(TOWARDS))) < 0.12
    assert found.agrees[:60].mean() > 0.95
    assert found.agrees[60:].mean() < 0.3


def test_wrong_matches_are_chance() -> None:
    found = surest(rays(wall_points(90), wrong=90), seed=0)
    assert found is None or found.evidence < 10


def test_photos_from_one_spot_have_no_place() -> None:
    one = rays(wall_points(60))
    same = Rays(one.first, one.first, one.first_distance, one.first_distance, one.weight)
    assert surest(same, seed=0) is None


def test_matches_that_crowd_are_one_witness() -> None:
    alone = rays(wall_points(40), wrong=25)
    crowd = Rays(
        *(np.repeat(a, 5, axis=0) for a in (alone.first, alone.second)),
        *(np.repeat(a, 5) for a in (alone.first_distance, alone.second_distance, alone.weight / 5)),
    )
    one, many = surest(alone, seed=0), surest(crowd, seed=0)
    assert one is not None
    assert many is not None
    assert many.evidence == pytest.approx(one.evidence, rel=0.1)


@pytest.mark.parametrize("turned", [0, 1, 3])
def test_the_right_quarter_turn_is_beyond_chance_and_the_others_are_not(turned: int) -> None:
    best, runner_up = rate_turns(*pair(80, 30, turned), seed=0)[:2]
    assert rotation_angle_rad(best.second_from_first, POSES[1][:3, :3].T @ POSES[0][:3, :3]) < math.radians(0.5)
    assert_allclose(POSES[0][:3, :3] @ best.centre, TOWARDS, atol=0.2)
    assert best.evidence > 100
    assert runner_up.evidence < 0.1 * best.evidence


def test_a_dozen_matches_tell_a_place_because_lines_and_distances_help() -> None:
    """Epipolar geometry alone needs several times as many against as many wrong ones."""
    best, runner_up = rate_turns(*pair(50, 36), seed=0)[:2]
    assert rotation_angle_rad(best.second_from_first, POSES[1][:3, :3].T @ POSES[0][:3, :3]) < math.radians(3.0)
    assert best.evidence > 30 > runner_up.evidence


def test_distances_follow_the_priors_of_both_photos() -> None:
    near, far = (rate_turns(*pair(60, 0, off=off), seed=0)[0] for off in (0.8, 1.25))
    assert np.linalg.norm(far.centre) > 1.2 * np.linalg.norm(near.centre)


def test_too_few_matches_and_photos_without_a_prior_are_no_error() -> None:
    first, second, rows = pair(60, 0)
    assert rate_turns(first, second, rows[:3], seed=0)[0].evidence == 0.0
    blind = [
        Look(look.focal_px, CENTRE, look.size_px, look.camera_from_room, look.keypoints, [])
        for look in (first, second)
    ]
    best = rate_turns(blind[0], blind[1], rows, seed=0)[0]
    assert rotation_angle_rad(best.second_from_first, POSES[1][:3, :3].T @ POSES[0][:3, :3]) < math.radians(0.5)


def test_what_stands_from_what_can_be_said_either_way_round() -> None:
    rotation = Rotation.from_euler("zyx", [20, 30, 5], degrees=True).as_matrix()
    said = Standing(rotation, np.array([1.0, 0.3, 0.2]), 1.2, 40.0, np.ones((3, 2)), np.zeros((3, 2)))
    back = said.reversed
    assert_allclose(back.reversed.centre, said.centre)
    assert_allclose(back.second_from_first @ said.second_from_first, np.eye(3), atol=1e-12)
    assert_allclose(said.second_from_first.T @ back.centre * 1.2, -said.centre)
    assert_allclose(back.xy_first, said.xy_second)


def test_the_same_photos_stand_the_same_however_often_they_are_asked() -> None:
    first, again = (rate_turns(*pair(60, 20), seed=3)[0] for _ in range(2))
    assert_allclose(first.centre, again.centre, rtol=0)
    assert first.evidence == again.evidence

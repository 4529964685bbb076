"""Walls seen straight on, quarter turns told apart, and photos placed through one neighbour."""

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.rooms.scene.rotations import rotation_angle_rad
from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.doubts import most_contradicted, strangers
from pipeline.rooms.sfm.one_neighbour import place_by_neighbour, relate
from pipeline.rooms.sfm.plane_features import (
    PlaneKeypoints,
    PlaneMatches,
    agree_on_plane,
    facing_views,
    match_planes,
)
from pipeline.rooms.sfm.reconstruction import Intrinsics, Matches, Reconstruction
from pipeline.rooms.sfm.room_scale import RoomPictures
from pipeline.rooms.sfm.second_look import joined
from pipeline.rooms.sfm.two_point import PhotoRays, Turn, baseline, improbability, rate_turns
from tests.pipeline.rooms.textured_box import SIZE_M, looking, shoot

FOCAL, CENTRE = 260.0, np.array([199.5, 149.5])
POSES = [looking((0.5, 0.5, 1.4), (3.6, 1.6, 1.1)), looking((0.7, 2.6, 1.5), (3.6, 1.6, 1.1))]


def wall_points(n: int, seed: int = 0) -> np.ndarray:
    """Points on the far wall, the floor and the ceiling."""
    points = np.random.default_rng(seed).uniform([1.5, 0.2, 0.0], SIZE_M, size=(n, 3))
    points[::3, 0], points[1::3, 2], points[2::3, 2] = SIZE_M[0], 0.0, SIZE_M[2]
    return points


def seen(points: np.ndarray, pose: np.ndarray) -> np.ndarray:
    local = (points - pose[:3, 3]) @ pose[:3, :3]
    return np.asarray(FOCAL * local[:, :2] / local[:, 2:] + CENTRE)


def intrinsics(n: int) -> Intrinsics:
    return Intrinsics(
        np.zeros(n, np.int64), np.array([FOCAL]), np.array([FOCAL]), 0.04, np.tile(CENTRE, (n, 1))
    )


def photo_rays(pose: np.ndarray, keypoints: np.ndarray, turned: int = 0) -> PhotoRays:
    quarter = Rotation.from_euler("z", 90 * turned, degrees=True).as_matrix()
    return PhotoRays(FOCAL, CENTRE, pose[:3, :3].T @ quarter, keypoints, [])


def test_a_wall_seen_straight_on_looks_the_same_from_everywhere() -> None:
    K = np.array([[150.0, 0, 119.5], [0, 150.0, 89.5], [0, 0, 1]])
    patches = []
    for centre in ((1.2, 1.0, 1.3), (1.0, 2.2, 1.3)):
        pose = looking(centre, (4.0, 1.6, 1.3))
        views = facing_views(shoot(pose).image, K, pose[:3, :3].T)
        wall = next(view for view in views if view.direction[0] > 0.5)
        distance = SIZE_M[0] - centre[0]
        ys, zs = np.meshgrid(np.linspace(1.3, 1.9, 40), np.linspace(1.6, 1.0, 40))
        local = np.stack([ys, zs], axis=-1) - np.array(centre)[1:]
        right = wall.room_axes[0, 1]
        xy = (
            np.stack([right * local[..., 0], -local[..., 1]], axis=-1) / distance * wall.focal_px
            + wall.centre_px
        )
        columns, rows = np.rint(xy).astype(int).transpose(2, 0, 1)
        patches.append(wall.image[rows, columns].astype(float))
    assert np.corrcoef(patches[0].ravel(), patches[1].ravel())[0, 1] > 0.9


def test_planes_match_only_where_they_face_the_same_way() -> None:
    rng = np.random.default_rng(4)
    descriptors = rng.normal(size=(30, 64))
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    axes = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]])
    plane = PlaneKeypoints(
        axes[2], axes, rng.normal(size=(30, 2)), np.zeros((30, 2)), np.zeros(30), descriptors
    )
    [same] = match_planes([plane], [plane], np.eye(3))
    assert np.array_equal(same.rows[:, 0], same.rows[:, 1])
    assert len(same.rows) == 30
    assert not match_planes([plane], [plane], Rotation.from_euler("z", 90, degrees=True).as_matrix())


def test_shift_and_ratio_on_a_plane_are_found_among_wrong_matches() -> None:
    rng = np.random.default_rng(5)
    xy_b = rng.uniform(-1, 1, (60, 2))
    xy_a = 0.7 * xy_b + [0.2, -0.1]
    xy_a[40:] = rng.uniform(-1, 1, (20, 2))
    agree = agree_on_plane(PlaneMatches(0, 0, np.zeros((60, 2), np.int64), xy_a, xy_b), 0.01, seed=0)
    assert agree[:40].all()
    assert agree[40:].sum() <= 2


def test_two_points_give_the_direction_among_wrong_matches() -> None:
    points = wall_points(90)
    rays = [points - pose[:3, 3] for pose in POSES]
    x, y = (ray / np.linalg.norm(ray, axis=1, keepdims=True) for ray in rays)
    y[60:] = np.roll(y[60:], 7, axis=0)
    found = baseline(x, y, 0.003, seed=0)
    true = POSES[1][:3, 3] - POSES[0][:3, 3]
    assert found.direction @ true / np.linalg.norm(true) > math.cos(math.radians(1.0))
    assert found.inliers[:60].mean() > 0.95
    assert not baseline(x, x, 0.003, seed=0).inliers.any()


@pytest.mark.parametrize("turned", [0, 1, 3])
def test_the_right_quarter_turn_is_beyond_chance_and_the_others_are_not(turned: int) -> None:
    points = wall_points(80)
    first, second = (
        photo_rays(POSES[0], seen(points, POSES[0])),
        photo_rays(POSES[1], seen(points, POSES[1]), turned),
    )
    rows = np.stack([np.arange(80)] * 2, axis=1)
    rows[50:, 1] = np.roll(rows[50:, 1], 3)
    best, runner_up = rate_turns(first, second, rows, seed=0)[:2]
    assert rotation_angle_rad(best.second_from_first, POSES[1][:3, :3].T @ POSES[0][:3, :3]) < math.radians(0.5)
    assert best.evidence > 30
    assert runner_up.evidence < 0.3 * best.evidence


def test_improbability_grows_with_agreement_and_is_nothing_for_chance() -> None:
    assert improbability(100, 3, 0.05, 3) == 0
    assert improbability(100, 6, 0.05, 3) == 0
    values = [improbability(100, count, 0.05, 3) for count in (20, 30, 40)]
    assert values == sorted(values)
    assert values[-1] > 10


def _room_of_three(offset: tuple[float, float, float]) -> tuple[list[np.ndarray], Matches, Bundle]:
    """Photos 0 and 1 share points; photo 2 shares other points with photo 1 only."""
    poses = [*POSES, looking(offset, (3.6, 2.0, 1.0))]
    shared, linked = wall_points(150, 1), wall_points(120, 2)
    keypoints = [
        seen(shared, poses[0]),
        np.concatenate([seen(shared, poses[1]), seen(linked, poses[1])]),
        seen(linked, poses[2]),
    ]
    pairs = {
        (0, 1): np.stack([np.arange(150)] * 2, axis=1),
        (1, 2): np.stack([150 + np.arange(120), np.arange(120)], axis=1),
    }
    inverse = np.linalg.inv(np.stack(poses[:2]))
    camera, point = np.repeat([0, 1], 150), np.tile(np.arange(150), 2)
    bundle = Bundle(
        inverse[:, :3, :3],
        inverse[:, :3, 3],
        np.array([FOCAL]),
        np.zeros(2, np.int64),
        np.tile(CENTRE, (2, 1)),
        shared,
        camera,
        point,
        np.concatenate([keypoints[0], keypoints[1][:150]]),
    )
    return poses, Matches(keypoints, pairs), bundle


def pictures(poses: list[np.ndarray]) -> RoomPictures:
    return RoomPictures([shoot(pose, 400, 300, FOCAL).image for pose in poses])


def _two_of(poses: list[np.ndarray], bundle: Bundle) -> Reconstruction:
    """The first two are placed."""
    inverse = np.linalg.inv(np.stack(poses))
    placed = np.array([True, True, False])
    return Reconstruction(inverse[:, :3, :3], inverse[:, :3, 3], placed, intrinsics(3), bundle)


def test_a_photo_that_shares_points_with_one_other_is_placed_by_the_faces_of_the_room() -> None:
    poses, matches, bundle = _room_of_three((1.2, 1.2, 1.3))
    state = _two_of(poses, bundle)
    found = place_by_neighbour(2, [], state, matches, np.eye(3), pictures(poses), seed=0)
    assert not isinstance(found, LeftOut)
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = found
    assert np.linalg.norm(np.linalg.inv(pose)[:3, 3] - poses[2][:3, 3]) < 0.15
    assert rotation_angle_rad(found[0], poses[2][:3, :3].T) < math.radians(0.5)


def test_a_link_against_the_straight_lines_is_refused() -> None:
    poses, matches, bundle = _room_of_three((1.2, 1.2, 1.3))
    other = Rotation.from_euler("y", 30, degrees=True).as_matrix() @ poses[2][:3, :3].T
    state = _two_of(poses, bundle)
    found = place_by_neighbour(2, [other], state, matches, np.eye(3), pictures(poses), seed=0)
    assert found == LeftOut(LeftOutReason.POINTS_AND_LINES_DISAGREE)


def test_too_few_common_points_do_not_relate_two_photos() -> None:
    _, matches, _ = _room_of_three((1.2, 1.2, 1.3))
    assert relate(0, 2, intrinsics(3), matches, seed=0) == LeftOut(LeftOutReason.FEW_POINTS_IN_COMMON, (0,))


def test_two_looks_that_contradict_each_other_leave_a_pair_out() -> None:
    poses, matches, _ = _room_of_three((1.2, 1.2, 1.3))
    rotation = poses[1][:3, :3].T @ poses[0][:3, :3]
    xy = matches.keypoints[0][:30], matches.keypoints[1][:30]
    agreeing = joined(matches, {(0, 1): Turn(rotation, 50.0, *xy)}, intrinsics(3), seed=0)
    assert len(agreeing.between(0, 1)) == 150
    quarter = Rotation.from_euler("y", 90, degrees=True).as_matrix()
    contrary = joined(matches, {(0, 1): Turn(quarter @ rotation, 50.0, *xy)}, intrinsics(3), seed=0)
    assert len(contrary.between(0, 1)) == 0
    assert len(contrary.between(2, 1)) == 120


def test_a_photo_at_the_wrong_one_of_two_places_that_look_alike_is_named() -> None:
    poses, matches, bundle = _room_of_three((1.2, 1.2, 1.3))
    honest = _two_of(poses, bundle).only(np.ones(3, bool))
    assert most_contradicted(honest, matches) is None
    shift, rotation = honest.shift.copy(), honest.rotation.copy()
    quarter = Rotation.from_euler("y", 90, degrees=True).as_matrix()
    rotation[2], shift[2] = quarter @ rotation[2], quarter @ shift[2] + [0.3, 0.0, 0.4]
    assert most_contradicted(honest.moved(rotation, shift), matches) == 2


def test_photos_are_strangers_only_if_what_both_should_show_differs() -> None:
    """Two photos each of two places that were taken for one: cameras agree, pictures do not."""
    poses = [looking((0.6, 0.6 + 0.3 * k, 1.4), (3.6, 1.4, 1.2)) for k in range(4)]
    shots = [shoot(pose, 400, 300, FOCAL).image for pose in poses]
    elsewhere = [picture[:, ::-1].copy() for picture in shots]
    points = wall_points(400, 3)
    inverse = np.linalg.inv(np.stack(poses))
    # every photo has points of its own, to be looked up in the others
    camera = np.arange(400) % 4
    xy = np.stack([seen(points, poses[k])[i] for i, k in enumerate(camera)])
    principal = np.tile(CENTRE, (4, 1))
    bundle = Bundle(
        inverse[:, :3, :3],
        inverse[:, :3, 3],
        np.array([FOCAL]),
        np.zeros(4, np.int64),
        principal,
        points,
        camera,
        np.arange(400),
        xy,
    )
    state = Reconstruction(bundle.rotation, bundle.shift, np.ones(4, bool), intrinsics(4), bundle)
    assert strangers(state, shots) == []
    assert sorted(strangers(state, [*shots[:2], *elsewhere[2:]])) in ([0, 1], [2, 3])

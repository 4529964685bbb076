"""Photos placed through one neighbour, and photos that contradict the others."""

import math
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.rooms.scene.rotations import rotation_angle_rad
from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.doubts import most_contradicted, strangers
from pipeline.rooms.sfm.one_neighbour import place_by_neighbour, relate
from pipeline.rooms.sfm.placing import Standing
from pipeline.rooms.sfm.reconstruction import Intrinsics, Matches, Reconstruction
from pipeline.rooms.sfm.room_scale import RoomPictures
from pipeline.rooms.sfm.second_look import SecondLook, joined
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


def standing(rotation: np.ndarray, xy_first: np.ndarray, xy_second: np.ndarray) -> Standing:
    return Standing(rotation, np.zeros(3), 1.0, 50.0, xy_first, xy_second)


def intrinsics(n: int) -> Intrinsics:
    return Intrinsics(
        np.zeros(n, np.int64), np.array([FOCAL]), np.array([FOCAL]), 0.04, np.tile(CENTRE, (n, 1))
    )


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
    agreeing = joined(matches, SecondLook(pairs={(0, 1): standing(rotation, *xy)}), intrinsics(3), seed=0)
    assert len(agreeing.between(0, 1)) == 150
    quarter = Rotation.from_euler("y", 90, degrees=True).as_matrix()
    contrary = joined(
        matches, SecondLook(pairs={(0, 1): standing(quarter @ rotation, *xy)}), intrinsics(3), seed=0
    )
    assert len(contrary.between(0, 1)) == 0
    assert len(contrary.between(2, 1)) == 120


def test_matches_that_no_look_is_sure_of_are_not_kept() -> None:
    _, matches, _ = _room_of_three((1.2, 1.2, 1.3))
    wrong = np.stack([np.arange(30), np.random.default_rng(0).permutation(30)], axis=1)
    doubted = replace(matches, pairs={**matches.pairs, (0, 2): wrong})
    assert len(joined(doubted, SecondLook(), intrinsics(3), seed=0).between(0, 2)) == 30
    kept = joined(doubted, SecondLook(chance=frozenset({(0, 1), (0, 2)})), intrinsics(3), seed=0)
    assert len(kept.between(0, 2)) == 0
    assert len(kept.between(0, 1)) == 150


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

"""Bundle adjustment and placement by the room's axes, on exact synthetic cameras."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.rooms.scene.rotations import rotation_angle_rad
from pipeline.rooms.sfm.axis_placement import place_by_axes
from pipeline.rooms.sfm.bundle import Bundle, Priors, adjust, triangulate, without_outliers
from pipeline.rooms.sfm.joint_adjustment import thinned
from pipeline.rooms.sfm.reconstruction import Intrinsics, Matches, Reconstruction
from tests.pipeline.rooms.textured_box import SIZE_M, looking

POSES = [looking(centre, (3.6, 1.6, 1.1)) for centre in ((0.5, 0.5, 1.4), (0.7, 2.6, 1.5), (1.4, 1.5, 1.2))]


def exact_bundle(n_points: int = 80) -> Bundle:
    rng = np.random.default_rng(1)
    xyz = rng.uniform([2.5, 0.2, 0.1], SIZE_M, size=(n_points, 3))
    inverse = np.linalg.inv(np.stack(POSES))
    principal = np.tile([199.5, 149.5], (3, 1))
    camera, point = np.repeat(np.arange(3), n_points), np.tile(np.arange(n_points), 3)
    empty = Bundle(
        rotation=inverse[:, :3, :3],
        shift=inverse[:, :3, 3],
        focal=np.array([260.0]),
        lens=np.zeros(3, np.int64),
        principal=principal,
        xyz=xyz,
        camera=camera,
        point=point,
        xy=np.zeros((3 * n_points, 2)),
    )
    return replace(empty, xy=empty.residuals())


def no_priors(bundle: Bundle) -> Priors:
    return Priors(bundle.rotation, np.zeros(3, bool), 1.0, bundle.focal, 10.0)


def test_triangulation_of_exact_observations_is_exact() -> None:
    bundle = exact_bundle()
    found = triangulate(replace(bundle, xyz=np.zeros_like(bundle.xyz)))
    assert np.abs(found.xyz - bundle.xyz).max() < 1e-6


def test_adjusting_disturbed_cameras_brings_the_errors_to_zero() -> None:
    bundle = exact_bundle()
    rng = np.random.default_rng(2)
    turn = Rotation.from_rotvec(rng.normal(scale=0.02, size=(3, 3))).as_matrix()
    start = replace(
        bundle, rotation=turn @ bundle.rotation, xyz=bundle.xyz + rng.normal(scale=0.03, size=bundle.xyz.shape)
    )
    assert np.abs(start.residuals()).mean() > 2
    assert np.abs(adjust(start, no_priors(bundle), 40).residuals()).max() < 1e-2


def test_outliers_do_not_pull_and_are_dropped() -> None:
    bundle = exact_bundle()
    xy = bundle.xy.copy()
    xy[::15] += 40.0
    cleaned = without_outliers(adjust(replace(bundle, xy=xy), no_priors(bundle)), 4.0, np.radians(0.5))
    honest = len(xy) - len(xy[::15])
    assert 0.85 * honest < len(cleaned.xy) <= honest
    assert np.median(np.abs(cleaned.residuals())) < 0.3


def test_the_more_precise_most_points_are_the_less_slightly_wrong_ones_pull() -> None:
    bundle = exact_bundle()
    xy = bundle.xy + np.random.default_rng(4).normal(scale=0.05, size=bundle.xy.shape)
    xy[(bundle.camera == 2) & (bundle.point % 4 == 0)] += [3.0, 0.0]
    found = adjust(replace(bundle, xy=xy), no_priors(bundle), 40).rotation
    for i, j in ((0, 1), (0, 2), (1, 2)):
        wrong = rotation_angle_rad(found[i] @ found[j].T, bundle.rotation[i] @ bundle.rotation[j].T)
        assert wrong < np.radians(0.1)


def test_a_rotation_prior_holds_a_camera_without_observations() -> None:
    bundle = exact_bundle()
    rows = bundle.camera < 2
    start = replace(bundle, camera=bundle.camera[rows], point=bundle.point[rows], xy=bundle.xy[rows])
    turned = start.rotation.copy()
    turned[2] = Rotation.from_rotvec([0.05, 0, 0]).as_matrix() @ turned[2]
    priors = replace(no_priors(bundle), use=np.array([False, False, True]), rotation_sigma_rad=0.01)
    assert np.allclose(
        adjust(replace(start, rotation=turned), priors).rotation[2], bundle.rotation[2], atol=1e-3
    )


def test_a_photo_is_placed_by_its_axes_although_quarter_turns_are_open() -> None:
    bundle = exact_bundle()
    keypoints = [bundle.xy[bundle.camera == k] for k in range(3)]
    same = np.stack([np.arange(len(bundle.xyz))] * 2, axis=1)
    wrong = same.copy()
    wrong[::3, 1] = np.roll(wrong[::3, 1], 1)
    matches = Matches(keypoints, {(0, 1): same, (0, 2): wrong, (1, 2): wrong})
    intrinsics = Intrinsics(bundle.lens, bundle.focal, bundle.focal, 0.04, bundle.principal)
    shift = bundle.shift.copy()
    shift[2] = 0
    state = Reconstruction(bundle.rotation, shift, np.array([True, True, False]), intrinsics)
    quarter = Rotation.from_euler("z", 90, degrees=True).as_matrix()
    options = [bundle.rotation[2] @ np.linalg.matrix_power(quarter, k) for k in (2, 1, 0, 3)]
    found = place_by_axes(2, options, state, matches, seed=0)
    assert not isinstance(found, LeftOut)
    assert np.allclose(found[0], bundle.rotation[2], atol=0.01)
    assert np.allclose(found[1], bundle.shift[2], atol=0.05)
    unknown = Matches(keypoints, {(0, 1): same})
    assert place_by_axes(2, options, state, unknown, seed=0) == LeftOut(LeftOutReason.FEW_POINTS_KNOWN, (0,))


def test_a_rotation_prior_that_is_far_off_hardly_counts() -> None:
    bundle = exact_bundle(20)
    for off_deg, least, most in ((0.5, 0.02, 0.5), (20.0, 0.0, 0.2)):
        turn = Rotation.from_rotvec([0, np.radians(off_deg), 0]).as_matrix()
        expected = np.stack([*bundle.rotation[:2], turn @ bundle.rotation[2]])
        priors = Priors(expected, np.ones(3, bool), np.radians(0.05), bundle.focal, 0.01, True)
        found = adjust(bundle, priors, 40).rotation
        relative = [R[2] @ R[0].T for R in (found, bundle.rotation)]
        assert least <= np.degrees(rotation_angle_rad(*relative)) <= most


def test_a_photo_that_few_points_tie_to_the_rest_is_adjusted_by_enough_of_them() -> None:
    bundle = exact_bundle(4000)
    # the third photo shares the last tenth with the first photo only; all else is seen by the first two
    late = bundle.point >= 3600
    rows = np.where(late, bundle.camera != 1, bundle.camera != 2)
    few = replace(bundle, camera=bundle.camera[rows], point=bundle.point[rows], xy=bundle.xy[rows])
    kept = thinned(few)
    assert len(kept.xyz) < len(few.xyz)
    seen = kept.xy[kept.camera == 2]
    assert len(seen) >= 200
    assert (seen.std(axis=0) > 0.8 * few.xy[few.camera == 2].std(axis=0)).all()

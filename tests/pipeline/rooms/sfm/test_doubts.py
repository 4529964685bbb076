"""Photos that share one plane only are doubted unless straight lines back them."""

import numpy as np

from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.doubts import flat_photos, plane_share
from pipeline.rooms.sfm.principal_point import lowered
from pipeline.rooms.sfm.reconstruction import Intrinsics, Reconstruction


def _room(floor_only: list[int]) -> Reconstruction:
    """Four photos of one cloud of points; those of ``floor_only`` see its floor only."""
    rng = np.random.default_rng(3)
    floor = np.concatenate([rng.uniform(-1, 1, (60, 2)), np.full((60, 1), 3.0)], axis=1)
    above = rng.uniform([-1, -1, 1.5], [1, 1, 2.8], (60, 3))
    camera = [np.full(60 if i in floor_only else 120, i) for i in range(4)]
    point = [np.arange(len(mine)) for mine in camera]
    rotation, shift = np.tile(np.eye(3), (4, 1, 1)), rng.normal(scale=0.1, size=(4, 3))
    bundle = Bundle(
        rotation,
        shift,
        np.array([300.0]),
        np.zeros(4, np.int64),
        np.zeros((4, 2)),
        np.concatenate([floor, above]),
        np.concatenate(camera),
        np.concatenate(point),
        np.zeros((sum(len(mine) for mine in camera), 2)),
    )
    intrinsics = Intrinsics(bundle.lens, bundle.focal, bundle.focal, 0.05, bundle.principal)
    return Reconstruction(rotation, shift, np.ones(4, bool), intrinsics, bundle)


def test_a_photo_of_one_plane_without_clear_lines_is_doubted() -> None:
    state = _room([2])
    assert flat_photos(state, np.array([False, False, True, False]), 0) == [2]


def test_clear_lines_or_points_beyond_the_plane_settle_it() -> None:
    state = _room([2])
    assert flat_photos(state, np.array([True, False, False, False]), 0) == []


def test_nobody_is_left_out_where_too_few_would_stay() -> None:
    state = _room([0, 1, 2])
    assert flat_photos(state, np.array([True, True, True, False]), 0) == []


def test_the_share_on_a_plane_is_that_of_the_largest_plane() -> None:
    rng = np.random.default_rng(0)
    wall = np.concatenate([rng.uniform(-1, 1, (80, 2)), np.full((80, 1), 2.0)], axis=1)
    rest = rng.uniform([-1, -1, 3.0], [1, 1, 6.0], (20, 3))
    assert 0.8 <= plane_share(np.concatenate([wall, rest]), 0) < 0.9
    assert plane_share(wall[:3], 0) == 1.0


def test_a_lowered_principal_point_leaves_every_point_near_where_it_was_seen() -> None:
    state = _room([])
    moved = lowered(state, np.full(4, 6.0))
    low = moved.intrinsics.principal
    assert (low[:, 1] == 6.0).all()
    for i in range(4):
        before, after = (state.bundle.xyz @ p.rotation[i].T + p.shift[i] for p in (state, moved))
        xy = [300 * before[:, :2] / before[:, 2:], 300 * after[:, :2] / after[:, 2:] + low[i]]
        near = np.linalg.norm(xy[0], axis=1) < 40
        assert np.abs(xy[0] - xy[1])[near].max() < 0.3

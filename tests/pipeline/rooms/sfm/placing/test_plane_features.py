"""Walls seen straight on: the same from everywhere, matched where they face the same way."""

import numpy as np
from scipy.spatial.transform import Rotation

from pipeline.rooms.sfm.placing.plane_features import PlaneKeypoints, facing_views, match_planes
from tests.pipeline.rooms.textured_box import SIZE_M, looking, shoot


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

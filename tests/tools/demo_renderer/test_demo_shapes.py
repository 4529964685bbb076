"""Meshes and cameras of the demo obey the laws of geometry."""

from itertools import pairwise

import numpy as np
import pytest

from tools.demo_renderer.cameras import Camera
from tools.demo_renderer.geometry import Mesh, box, cushion, panel, rotation, tube, turned_shape
from tools.demo_renderer.noise import noise_map
from tools.demo_renderer.rooms import bedroom, living_room


def _volume(mesh: Mesh) -> float:
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    return float(np.sum(np.cross(a, b) * c) / 6)


def test_a_sharp_box_has_the_volume_of_its_sides() -> None:
    assert _volume(box(2.0, 0.5, 1.5, radius=0.0)) == pytest.approx(1.5)


def test_rounding_takes_a_little_off_a_box() -> None:
    assert 1.40 < _volume(box(2.0, 0.5, 1.5, radius=0.03)) < 1.5


@pytest.mark.parametrize(
    "mesh",
    [
        box(0.4, 0.3, 0.2, 0.02),
        cushion(0.5, 0.4, 0.2, seed=3),
        turned_shape([(0.001, 0.0), (0.2, 0.0), (0.25, 0.3), (0.001, 0.35)]),
        tube([(0, 0, 0), (0.1, 0, 0.5), (0, 0.2, 1.0)], 0.05),
    ],
    ids=["box", "cushion", "turned shape", "tube"],
)
def test_closed_shapes_look_outwards(mesh: Mesh) -> None:
    assert _volume(mesh) > 0
    faces = mesh.vertices[mesh.faces]
    towards = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
    agree = np.sum(towards[:, None] * mesh.normals[mesh.faces], axis=2) >= -1e-9
    assert agree.mean() > 0.97
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-6)


def test_a_hole_takes_its_area_out_of_a_wall() -> None:
    wall = panel(4.0, 2.5, holes=[(1.0, 0.8, 2.2, 2.0)])
    a, b, c = np.moveaxis(wall.vertices[wall.faces], 1, 0)
    assert np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2 == pytest.approx(4.0 * 2.5 - 1.2 * 1.2)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_turning_there_and_back_changes_nothing(axis: int) -> None:
    assert np.allclose(rotation(33.0, axis) @ rotation(-33.0, axis), np.eye(3))
    assert np.linalg.det(rotation(71.0, axis)) == pytest.approx(1.0)


def test_noise_is_a_function_of_place_and_seed() -> None:
    x = np.linspace(-3, 3, 500)
    assert np.array_equal(noise_map(x, x, 4, 7), noise_map(x, x, 4, 7))
    assert not np.array_equal(noise_map(x, x, 4, 7), noise_map(x, x, 4, 8))
    assert np.abs(np.diff(noise_map(x, x * 0, 1, 7))).max() < 0.05


@pytest.mark.parametrize("room", [living_room, bedroom], ids=["living room", "bedroom"])
def test_cameras_stand_in_the_room_at_eye_height_and_neighbours_overlap(room: object) -> None:
    plan, size = getattr(room, "cameras"), np.array(getattr(room, "SIZE_M"))  # noqa: B009
    cameras: list[Camera] = plan(1152, 768, 8)
    for camera in cameras:
        eye = np.array(camera.eye)
        assert np.all(eye > 0.35) and np.all(eye < size - 0.35)
        assert 1.3 <= camera.eye[2] <= 1.65
        assert abs(camera.pitch_deg) < 10
    for one, other in pairwise(cameras):
        assert 0.4 <= np.linalg.norm(np.subtract(one.eye, other.eye)) <= 1.5
        assert abs(one.yaw_deg - other.yaw_deg) < 0.6 * 84


def test_a_ray_through_a_pixel_projects_back_to_it() -> None:
    camera = Camera((1.0, 2.0, 1.5), 40.0, -6.0, 12, 8)
    rays = camera.rays(1, (0, 8)).astype(np.float64)
    world_from_camera = camera.world_from_camera
    assert np.allclose(world_from_camera[:3, :3].T @ world_from_camera[:3, :3], np.eye(3))
    local = (rays[:, :3] + 2.5 * rays[:, 3:] - world_from_camera[:3, 3]) @ world_from_camera[:3, :3]
    pixels = local @ camera.K.T
    y, x = np.mgrid[:8, :12]
    assert np.allclose(pixels[:, 2], 2.5, atol=1e-5)
    assert np.allclose(pixels[:, :2] / pixels[:, 2:], np.stack([x.ravel(), y.ravel()], 1), atol=1e-3)


def test_subsamples_of_a_pixel_lie_evenly_round_its_centre() -> None:
    camera = Camera((1.0, 2.0, 1.5), 40.0, -6.0, 6, 4)
    fine = camera.rays(2, (0, 4)).reshape(24, 4, 6).mean(1)
    assert np.allclose(fine, camera.rays(1, (0, 4)), atol=1e-6)

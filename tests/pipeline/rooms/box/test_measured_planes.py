"""Which planes close a room: windows do not move a wall outwards, furniture does not move it inwards."""

import numpy as np
import pytest

from pipeline.rooms.box.measured_planes import find_planes
from pipeline.rooms.box.room_plane import RoomPlane
from pipeline.rooms.depth.labelling import label_pixels

EYE = np.array([2.0, 1.5, 1.5])
Samples = tuple[np.ndarray, np.ndarray]
Corner = list[float]


def rectangle(
    axis: int, sign: int, offset: float, low: Corner, high: Corner, count: int = 4000, seed: int = 0
) -> Samples:
    """Points on ``x[axis] = offset`` between two corners of the other axes, and their normals."""
    others = [k for k in range(3) if k != axis]
    points = np.zeros((count, 3))
    points[:, others] = np.random.default_rng(seed).uniform(low, high, (count, 2))
    points[:, axis] = offset
    normals = np.zeros((count, 3))
    normals[:, axis] = sign
    return points, normals


def room(*more: Samples) -> Samples:
    """A box of 4 x 3 x 2.6 without its wall at x = 4, and more."""
    parts = [
        rectangle(0, 1, 0.0, [0, 0], [3, 2.6]),
        rectangle(1, 1, 0.0, [0, 0], [4, 2.6]),
        rectangle(1, -1, 3.0, [0, 0], [4, 2.6]),
        rectangle(2, 1, 0.0, [0, 0], [4, 3]),
        rectangle(2, -1, 2.6, [0, 0], [4, 3]),
        *more,
    ]
    points, normals = (np.concatenate(column) for column in zip(*parts, strict=True))
    return points, normals


def closing(
    points: np.ndarray, normals: np.ndarray, axis: int, sign: int, seen_from: np.ndarray | None = None
) -> RoomPlane:
    planes = find_planes(points, normals, np.ones(len(points)), EYE[None], seen_from=seen_from)
    (found,) = (p for p in planes if p.hull and (p.axis, p.sign) == (axis, sign))
    return found


def with_window() -> tuple[np.ndarray, np.ndarray]:
    wall, facing = rectangle(0, -1, 4.0, [0, 0], [3, 2.6])
    glass = (np.abs(wall[:, 1] - 1.5) < 0.6) & (np.abs(wall[:, 2] - 1.5) < 0.5)
    street = wall[glass] + (wall[glass] - EYE) * np.random.default_rng(1).uniform(2, 12, (glass.sum(), 1))
    scattered = np.random.default_rng(2).standard_normal(street.shape)
    scattered /= np.linalg.norm(scattered, axis=1, keepdims=True)
    street, scattered = np.tile(street, (3, 1)), np.tile(scattered, (3, 1))
    return room((wall[~glass], facing[~glass]), (street, scattered))


def test_what_is_seen_through_a_window_does_not_move_its_wall() -> None:
    points, normals = with_window()
    wall = closing(points, normals, 0, -1, seen_from=np.broadcast_to(EYE, points.shape))
    assert wall.offset == pytest.approx(4.0, abs=0.02)
    assert wall.weight > 0


def test_a_cupboard_in_front_of_a_wall_does_not_close_the_room() -> None:
    cupboard = rectangle(0, -1, 3.4, [0, 0], [1.5, 2.0], 6000)
    behind = rectangle(0, -1, 4.0, [1.5, 0], [3, 2.6], 3000)
    points, normals = room(cupboard, behind)
    wall = closing(points, normals, 0, -1, seen_from=np.broadcast_to(EYE, points.shape))
    assert wall.offset == pytest.approx(4.0, abs=0.02)


def test_a_table_is_not_the_floor() -> None:
    table = rectangle(2, 1, 0.75, [0.5, 0.5], [3.5, 2.5], 6000)
    points, normals = room(table, rectangle(0, -1, 4.0, [0, 0], [3, 2.6]))
    floor = closing(points, normals, 2, 1, seen_from=np.broadcast_to(EYE, points.shape))
    assert floor.offset == pytest.approx(0.0, abs=0.02)


def test_little_that_faces_down_below_the_ceiling_is_no_plane_and_a_gallery_is() -> None:
    for count, expected in ((800, []), (4000, [2.0])):
        below = rectangle(2, -1, 2.0, [0, 0], [1, 3], count)
        points, normals = room(below)
        planes = find_planes(points, normals, np.ones(len(points)), EYE[None])
        inner = [p.offset for p in planes if (p.axis, p.sign) == (2, -1) and not p.hull]
        assert inner == pytest.approx(expected, abs=0.02)


def test_a_stray_point_does_not_carry_a_surface_to_where_it_lies() -> None:
    cupboard = rectangle(0, -1, 3.0, [0, 0], [1, 2])
    stray = (np.array([[3.0, 2.75, 2.45], [3.0, 2.76, 2.46]]), np.array([[-1.0, 0.0, 0.0]] * 2))
    points, normals = room(cupboard, stray)
    planes = find_planes(points, normals, np.ones(len(points)), EYE[None])
    found = next(p for p in planes if p.axis == 0 and abs(p.offset - 3.0) < 0.01)
    on, beside_stray = found.distance_at(np.array([[3.0, 0.5, 1.0], [3.0, 2.75, 2.45]]))
    assert on == 0.0
    assert beside_stray > 1.5


def test_a_sure_pixel_speaks_for_those_in_all_eight_directions_alike() -> None:
    unary = np.zeros((21, 21, 2), np.float32)
    unary[..., 1] = 1e-3
    unary[10, 10] = [5.0, 0.0]
    log_depth = np.broadcast_to(np.array([0.0, 1.0], np.float32), unary.shape).copy()
    labels = label_pixels(unary, log_depth, np.ones((21, 21), np.float32), 1.0)
    down, right = np.mgrid[-10:11, -10:11]
    on_rays = (down == 0) | (right == 0) | (np.abs(down) == np.abs(right))
    assert np.array_equal(labels == 1, on_rays)

"""Screened Poisson: shapes whose surface is known come back; the solver and the nets do what they promise."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pipeline.progress import Cancelled, Progress
from pipeline.rooms.surface.multigrid import Multigrid, coarser, doubled
from pipeline.rooms.surface.poisson import screened_poisson
from pipeline.rooms.surface.surface_nets import surface_nets

CELL_M = 0.05


def on_sphere(count: int, noise_m: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points on the unit sphere, and normals to its middle."""
    rng = np.random.default_rng(seed)
    out = rng.normal(size=(count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    return out * (1 + noise_m * rng.normal(size=(count, 1))), -out


def crosses(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    corner = vertices[faces]
    return np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])


def open_edges(faces: np.ndarray) -> int:
    """Edges that do not have exactly two faces."""
    ends = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    return int((np.unique(ends, axis=0, return_counts=True)[1] != 2).sum())


# --- the surface


def test_a_sphere_comes_back_closed_and_faces_where_its_normals_point() -> None:
    vertices, faces = screened_poisson(*on_sphere(15_000), CELL_M, 3 * CELL_M)
    radius = np.linalg.norm(vertices, axis=1)
    assert np.abs(radius - 1).max() < 0.2 * CELL_M
    assert np.abs(radius - 1).mean() < 0.03 * CELL_M
    assert open_edges(faces) == 0
    cross = crosses(vertices, faces)
    assert ((cross * vertices[faces].mean(axis=1)).sum(axis=1) < 0).all()
    assert 0.5 * np.linalg.norm(cross, axis=1).sum() == pytest.approx(4 * np.pi, rel=0.01)


def test_noise_is_averaged() -> None:
    noise_m = 0.4 * CELL_M
    vertices, _ = screened_poisson(*on_sphere(60_000, noise_m), CELL_M, 2 * CELL_M)
    assert np.sqrt(((np.linalg.norm(vertices, axis=1) - 1) ** 2).mean()) < 0.5 * noise_m


def test_where_points_are_sparse_the_surface_goes_on_between_them() -> None:
    points, normals = on_sphere(15_000)
    kept = (points[:, 0] < 0) | (np.arange(len(points)) % 12 == 0)
    vertices, faces = screened_poisson(points[kept], normals[kept], CELL_M, 6 * CELL_M)
    assert open_edges(faces) == 0
    assert np.abs(np.linalg.norm(vertices, axis=1) - 1).max() < 0.5 * CELL_M


def test_a_small_hole_in_the_points_is_closed_and_a_large_one_stays_open() -> None:
    points, normals = on_sphere(15_000)
    for size, most_open in ((2 * CELL_M, 0), (16 * CELL_M, None)):
        kept = np.linalg.norm(points - np.array([0, 0, 1.0]), axis=1) > size
        _, faces = screened_poisson(points[kept], normals[kept], CELL_M, 3 * CELL_M)
        assert open_edges(faces) == most_open if most_open == 0 else open_edges(faces) > 20


def test_nothing_is_made_out_of_reach_of_the_points() -> None:
    x, y = (a.ravel() for a in np.meshgrid(np.arange(0, 1, 0.03), np.arange(0, 1, 0.03)))
    sheet = np.stack([x, y, np.zeros_like(x)], axis=1)
    vertices, faces = screened_poisson(sheet, np.tile([0.0, 0, 1], (len(sheet), 1)), CELL_M, CELL_M)
    assert np.abs(vertices[:, 2]).max() < 1e-3
    assert vertices[:, :2].min() > -2.5 * CELL_M
    assert vertices[:, :2].max() < 1 + 2.5 * CELL_M
    assert (crosses(vertices, faces)[:, 2] > 0).all()


def test_the_result_moves_with_the_points() -> None:
    points, normals = on_sphere(4000)
    one, faces = screened_poisson(points, normals, 2 * CELL_M, 0.3)
    two, same = screened_poisson(5 * points + 3, normals, 10 * CELL_M, 1.5)
    assert np.array_equal(faces, same)
    assert np.allclose(5 * one + 3, two, atol=2e-3)


def test_the_number_of_threads_changes_nothing(use_threads: Callable[[int], None]) -> None:
    points, normals = on_sphere(20_000)
    made = []
    for threads in (1, 2, 3):
        use_threads(threads)
        made.append(screened_poisson(points, normals, 0.03, 0.1))
    for vertices, faces in made[1:]:
        assert np.array_equal(vertices, made[0][0])
        assert np.array_equal(faces, made[0][1])


def test_a_single_point_is_no_reason_to_fail() -> None:
    vertices, faces = screened_poisson(np.zeros((1, 3)), np.array([[0.0, 0, 1]]), CELL_M, CELL_M)
    assert np.isfinite(vertices).all()
    assert faces.size == 0 or faces.max() < len(vertices)


def test_it_can_be_cancelled() -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        screened_poisson(*on_sphere(500), CELL_M, 0.2, progress=Progress(stop))


@pytest.mark.parametrize(
    ("points", "normals", "cell", "reach"),
    [
        (np.zeros((0, 3)), np.zeros((0, 3)), 0.1, 0.1),
        (np.zeros((4, 3)), np.zeros((5, 3)), 0.1, 0.1),
        (np.full((4, 3), np.nan), np.zeros((4, 3)), 0.1, 0.1),
        (np.zeros((4, 3)), np.zeros((4, 3)), 0.0, 0.1),
        (np.zeros((4, 3)), np.zeros((4, 3)), 0.1, -0.1),
    ],
)
def test_what_is_no_cloud_of_points_is_refused(
    points: np.ndarray, normals: np.ndarray, cell: float, reach: float
) -> None:
    with pytest.raises(ValueError, match="needed"):
        screened_poisson(points, normals, cell, reach)


# --- multigrid


def test_interpolation_reproduces_what_is_linear() -> None:
    shape = (11, 14, 9)
    fine = np.add.outer(np.add.outer(2.0 * np.arange(11), -1.0 * np.arange(14)), 0.5 * np.arange(9))
    x, y, z = (2 * np.arange(n) for n in coarser(shape))
    coarse = np.add.outer(np.add.outer(2.0 * x, -1.0 * y), 0.5 * z).astype(np.float32)
    assert np.allclose(doubled(coarse, shape), fine, atol=1e-4)


def test_one_cycle_leaves_little_of_the_error_and_is_symmetric() -> None:
    rng = np.random.default_rng(0)
    shape = (33, 40, 27)
    weight = (rng.random(shape) < 0.05).astype(np.float32)
    with ThreadPoolExecutor(2) as pool:
        grids = Multigrid(weight, pool, 2)
        true = rng.normal(size=shape).astype(np.float32)
        right = grids.laplacian(true) + weight * true
        error = true - grids.cycle(right)
        other = rng.normal(size=shape).astype(np.float32)
        one, two = float((grids.cycle(right) * other).sum()), float((grids.cycle(other) * right).sum())
    assert np.linalg.norm(error) < 0.5 * np.linalg.norm(true)
    assert one == pytest.approx(two, rel=1e-3)


def test_the_laplacian_of_a_constant_is_nothing_up_to_the_border() -> None:
    with ThreadPoolExecutor(1) as pool:
        grids = Multigrid(np.ones((8, 8, 8), np.float32), pool, 1)
        assert np.abs(grids.laplacian(np.full((8, 8, 8), 3.0, np.float32))).max() == 0


# --- surface nets


def test_a_plane_across_the_grid_stays_a_plane() -> None:
    x, y, z = np.meshgrid(*[np.arange(12.0)] * 3, indexing="ij")
    away = (0.3 * x - 0.5 * y + z - 4.2).astype(np.float32)
    vertices, faces = surface_nets(away, np.ones(away.shape, bool))
    assert np.abs(vertices @ [0.3, -0.5, 1.0] - 4.2).max() < 1e-4
    assert (crosses(vertices, faces) @ [0.3, -0.5, 1.0] > 0).all()


def test_cells_that_are_not_wanted_get_nothing() -> None:
    x = np.meshgrid(*[np.arange(12.0)] * 3, indexing="ij")[0]
    wanted = np.zeros(x.shape, bool)
    wanted[:, 2:6, 2:6] = True
    vertices, faces = surface_nets((x - 5.4).astype(np.float32), wanted)
    assert len(vertices) == 16
    assert len(faces) == 2 * 9
    assert vertices[:, 1:].min() >= 2
    assert vertices[:, 1:].max() <= 6


def test_one_sign_everywhere_has_no_surface() -> None:
    vertices, faces = surface_nets(np.ones((5, 5, 5), np.float32), np.ones((5, 5, 5), bool))
    assert len(vertices) == len(faces) == 0

"""Simplification keeps shape and area, thins out what is flat, and leaves the rest alone."""

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.rooms.surface.simplify import compacted, components, simplify, vertex_normals


def grid(
    side: int, height: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda x, y: 0.0 * x
) -> tuple[np.ndarray, np.ndarray]:
    """A square metre of ``side`` x ``side`` cells, two faces each, seen from above."""
    axis = np.linspace(0.0, 1.0, side + 1)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    vertices = np.stack([x, y, height(x, y)], axis=-1).reshape(-1, 3)
    number = np.arange((side + 1) ** 2).reshape(side + 1, side + 1)
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    faces = np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])
    return vertices, faces


def area(vertices: np.ndarray, faces: np.ndarray) -> float:
    corner = vertices[faces]
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    return float(0.5 * np.linalg.norm(cross, axis=1).sum())


def test_a_flat_square_needs_few_faces_and_stays_flat_and_whole() -> None:
    vertices, faces = grid(80)
    made, few = simplify(vertices, faces, 2000, 1 / 80)
    assert len(few) <= 2000
    assert np.abs(made[:, 2]).max() < 1e-9
    assert area(made, few) == pytest.approx(1.0, rel=0.04)  # the rim shrinks by half a small cell
    assert (vertex_normals(made, few)[:, 2] > 0.99).all()


def test_no_face_of_a_bumpy_sheet_turns_over() -> None:
    random = np.random.default_rng(0)
    vertices, faces = grid(80, lambda x, y: 0.003 * random.normal(size=x.shape))
    made, few = simplify(vertices, faces, 3000, 1 / 80)
    corner = made[few]
    upwards = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2]
    assert (upwards >= 0).all()


def test_faces_go_where_the_surface_is_flat() -> None:
    vertices, faces = grid(80, lambda x, y: np.where(x > 0.5, 0.05 * np.sin(40 * x) * np.sin(40 * y), 0.0))
    made, _ = simplify(vertices, faces, 8000, 1 / 80)
    flat, rough = (made[:, 0] < 0.45).sum(), (made[:, 0] > 0.55).sum()
    assert rough > 5 * flat


def test_two_near_sheets_that_face_apart_are_not_merged() -> None:
    vertices, faces = grid(40)
    both = np.concatenate([vertices, vertices + np.array([0, 0, 0.01])])
    made, few = simplify(both, np.concatenate([faces[:, ::-1], faces + len(vertices)]), 3000, 1 / 40)
    assert set(np.round(np.unique(made[:, 2]), 6)) == {0.0, 0.01}
    assert len(np.unique(components(few, len(made)))) == 2


def test_a_mesh_with_few_faces_is_returned_as_it_is() -> None:
    vertices, faces = grid(3)
    made, same = simplify(vertices, faces, 1000, 1 / 3)
    assert (made == vertices).all() and (same == faces).all()


def test_unused_vertices_go() -> None:
    vertices, faces = grid(2)
    made, few = compacted(vertices, faces[:1])
    assert len(made) == 3
    assert np.allclose(made[few[0]], vertices[faces[0]])


@pytest.mark.parametrize(("max_faces", "cell"), [(0, 0.1), (10, 0.0)])
def test_senseless_limits_are_refused(max_faces: int, cell: float) -> None:
    with pytest.raises(ValueError, match="max_faces"):
        simplify(*grid(2), max_faces, cell)

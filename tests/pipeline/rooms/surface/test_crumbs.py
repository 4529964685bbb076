"""What is left of a surface: no crumbs and no motes, but whatever stands or hangs by itself."""

import numpy as np

from pipeline.rooms.scene.point_maps import Source
from pipeline.rooms.scene.surface_samples import SurfaceSamples
from pipeline.rooms.surface.surface import SurfaceSettings, mesh_of_samples, without_crumbs

SPACING, SIDE = 0.02, 60


def sheet() -> tuple[np.ndarray, np.ndarray]:
    """Vertices and faces of a level square of 1.2 m."""
    at = np.arange(SIDE + 1) * SPACING
    vertices = np.stack([*np.meshgrid(at, at, indexing="ij"), np.zeros((SIDE + 1, SIDE + 1))], axis=-1)
    index = np.arange((SIDE + 1) ** 2).reshape(SIDE + 1, SIDE + 1)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return vertices.reshape(-1, 3), faces


def cut_around_the_middle(size_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a cut of 10 cm around a square in the middle leaves, what is held of it, and the square."""
    vertices, faces = sheet()
    off = np.abs(vertices[faces].mean(axis=1)[:, :2] - SIDE * SPACING / 2).max(axis=1)
    kept = (off < size_m / 2) | (off > size_m / 2 + 0.1)
    return kept, without_crumbs(vertices, faces, kept), off < size_m / 2


def test_a_crumb_goes_and_the_rest_stays() -> None:
    kept, held, square = cut_around_the_middle(0.08)
    assert square.any()
    assert np.array_equal(held, kept & ~square)


def test_a_large_piece_stays() -> None:
    kept, held, _ = cut_around_the_middle(0.4)
    assert np.array_equal(held, kept)


def test_what_was_small_before_is_no_crumb() -> None:
    vertices, faces = sheet()
    small = faces[:3]
    assert without_crumbs(vertices, small, np.array([True, True, False])).sum() == 2
    assert without_crumbs(vertices, small, np.ones(3, bool)).all()


def ball(
    centre: tuple[float, float, float], radius: float, outward: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Points on a sphere, 3 cm apart, and their normals."""
    count = int(4 * np.pi * radius**2 / 0.03**2)
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5))
    z = 1 - 2 * (np.arange(count) + 0.5) / count
    unit = np.stack([np.sqrt(1 - z**2) * np.cos(turn), np.sqrt(1 - z**2) * np.sin(turn), z], axis=1)
    return np.add(centre, radius * unit), outward * unit


def test_a_lamp_hangs_in_the_room_and_a_mote_does_not() -> None:
    parts = [ball((0, 0, 0), 1.8, -1.0), ball((0, 0, 0.6), 0.15), ball((0.8, 0, 0), 0.05)]
    points, normals = (np.concatenate(column) for column in zip(*parts, strict=True))
    count = len(points)
    samples = SurfaceSamples(
        points, normals, np.zeros((count, 3)), np.ones(count), np.full(count, Source.MEASURED, np.uint8)
    )
    vertices, _ = mesh_of_samples(samples, 0.03, SurfaceSettings(depth=7))
    for centre, radius, there in (((0, 0, 0.6), 0.15, True), ((0.8, 0, 0), 0.05, False)):
        assert (np.linalg.norm(vertices - centre, axis=1) < 1.3 * radius).any() == there

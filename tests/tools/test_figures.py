"""The figures of docs: what is looked through, which axis a line belongs to, how pictures are saved."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.rooms.axes import Segments, camera_from_room
from pipeline.rooms.scene import Source
from pipeline.rooms.surface import Surface
from tools.figures.dollhouse import coloured, from_outside, look
from tools.figures.room_steps import axis_of
from tools.figures.sheet import outline, save, save_picture, sheet, tiles

CORNERS = np.array([[x, y, z] for x in (0, 4) for y in (0, 3) for z in (0, 2.5)], np.float32)
#: two triangles for each side of the box, seen from inside
QUADS = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
FOCAL_PX = 500.0


def box() -> Surface:
    """An empty room; its floor is red."""
    faces = [face for a, b, c, d in QUADS for face in ((a, c, b), (a, d, c))]
    vertices = CORNERS[np.array(faces).ravel()]
    triangles = np.arange(len(vertices), dtype=np.int32).reshape(-1, 3)
    inward = _inward(vertices, triangles)
    colors = np.where(vertices[:, 2:] == 0, [200, 0, 0], [90, 90, 90]).astype(np.uint8)
    source = np.full(len(vertices), Source.MEASURED, np.uint8)
    normals = np.repeat(inward, 3, axis=0).astype(np.float32)
    return Surface(vertices, _facing(vertices, triangles, inward), normals, colors, source)


def _inward(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    centres = vertices[triangles].mean(axis=1)
    toward = CORNERS.mean(axis=0) - centres
    cross = np.cross(*(vertices[triangles[:, k]] - vertices[triangles[:, 0]] for k in (1, 2)))
    cross /= np.linalg.norm(cross, axis=1, keepdims=True)
    inward: np.ndarray = cross * np.sign((cross * toward).sum(axis=1))[:, None]
    return inward


def _facing(vertices: np.ndarray, triangles: np.ndarray, inward: np.ndarray) -> np.ndarray:
    """Triangles turned so that they are counter-clockwise seen from inside."""
    cross = np.cross(*(vertices[triangles[:, k]] - vertices[triangles[:, 0]] for k in (1, 2)))
    wrong = (cross * inward).sum(axis=1) < 0
    turned: np.ndarray = np.where(wrong[:, None], triangles[:, [0, 2, 1]], triangles).astype(np.int32)
    return turned


def test_from_outside_one_looks_through_the_near_walls_and_the_ceiling() -> None:
    room = box()
    hits = look(room, from_outside(room, 30.0, 40.0, (160, 120)))
    met = hits.vertices[..., 0] >= 0
    assert met.mean() > 0.2
    assert (hits.cosine[met] > 0).all()
    places = (room.vertices[hits.vertices[met]] * hits.weights[met][..., None]).sum(axis=1)
    near = (places[:, 0] > 4 - 1e-3) | (places[:, 1] > 3 - 1e-3) | (places[:, 2] > 2.5 - 1e-3)
    assert near.mean() < 0.02  # edges only
    assert (places[:, 2] < 1e-3).mean() > 0.2  # the floor


def test_what_is_met_has_its_colour_and_the_rest_is_white() -> None:
    room = box()
    hits = look(room, from_outside(room, 30.0, 89.0, (120, 90)))
    picture = coloured(hits, room.colors)
    assert (picture[45, 60] == [200, 0, 0]).all()
    assert (picture[0, 0] == 255).all()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_line_that_runs_to_a_vanishing_point_belongs_to_its_axis(axis: int) -> None:
    rotation = camera_from_room(0.4, -0.1, 0.02)
    start = np.array([0.3, -0.2, 4.0])
    ends = [start + step * rotation[:, axis] for step in (0.0, 0.3)]
    first, second = (FOCAL_PX * end[:2] / end[2] + [319.5, 239.5] for end in ends)
    direction = (second - first) / np.linalg.norm(second - first)
    segments = Segments(((first + second) / 2)[None], direction[None], np.ones(1), 640, 480)
    assert axis_of(segments, rotation, FOCAL_PX).tolist() == [axis]


def test_a_line_in_no_direction_of_the_room_belongs_to_none() -> None:
    slanted = np.array([[0.6, 0.8]])
    segments = Segments(np.array([[320.0, 240.0]]), slanted, np.ones(1), 640, 480)
    assert axis_of(segments, camera_from_room(0.0, 0.0, 0.0), FOCAL_PX).tolist() == [3]


def test_tiles_stand_in_rows_with_gaps() -> None:
    red, blue = (np.full((20, 40, 3), colour, np.uint8) for colour in ((255, 0, 0), (0, 0, 255)))
    whole = tiles([red, blue, blue], 2, 20, gap_px=4)
    assert whole.shape == (24, 44, 3)
    assert (whole[5, 5] == [255, 0, 0]).all() and (whole[5, 30] == [0, 0, 255]).all()
    assert (whole[5, 21] == 255).all() and (whole[20, 30] == 255).all()


def test_an_outline_is_the_closed_rectangle() -> None:
    corners = outline(np.array([1.0, 2.0, 0.0]), np.array([3.0, 5.0, 2.5]))
    assert corners.tolist() == [[1, 2], [3, 2], [3, 5], [1, 5], [1, 2]]


def test_figures_and_pictures_become_webp(tmp_path: Path) -> None:
    figure, (axes,) = sheet(1, 1.0)
    axes.plot([0, 1], [0, 1])
    save(figure, tmp_path / "docs" / "figure.webp")
    save_picture(np.zeros((10, 20, 3), np.uint8), tmp_path / "docs" / "picture.webp")
    for name, size in (("figure", (960, 100)), ("picture", (20, 10))):
        with Image.open(tmp_path / "docs" / f"{name}.webp") as image:
            assert image.format == "WEBP" and image.size == size

"""The mesh of a room of one photo: a closed box, closed bodies, nothing torn half a metre aside."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.rooms.judging import look_aside, picture_of, viewpoint_of
from pipeline.rooms.photos.room_photo import RoomPhoto
from pipeline.rooms.scene.point_maps import PointMaps, Source
from pipeline.rooms.single_photo import build_single
from pipeline.rooms.single_photo.bodies import bodies_of
from pipeline.rooms.single_photo.body_mesh import boundary_edges
from pipeline.rooms.single_photo.mesh import SingleMesh, single_mesh
from pipeline.rooms.single_photo.room import view_of
from tests.pipeline.rooms.single_photo.made_room import MadeRoom, made_rooms

#: no side of a body is deeper than a wardrobe (body_mesh.py), and its front has no longer edge, metres
DEEPEST_M, FRONT_M = 0.6, 0.3


@pytest.fixture(scope="module")
def room() -> MadeRoom:
    return made_rooms(1)[0]


@pytest.fixture(scope="module")
def maps(room: MadeRoom) -> PointMaps:
    bodies = bodies_of(room.view.rgb, room.box, room.prior())
    view = view_of("one", room.view.rgb, bodies, room.box, 0.9)
    return PointMaps((view,), "single photo", True, 0.2)


@pytest.fixture(scope="module")
def made(maps: PointMaps) -> SingleMesh:
    return single_mesh(maps)


def test_there_are_bodies_in_the_room(made: SingleMesh, maps: PointMaps) -> None:
    own = picture_of(made.surface(), viewpoint_of(maps.views[0], 224))
    shown = maps.views[0].depth_m()
    assert (np.abs(own.depth_m / shown - 1) < 0.03).mean() > 0.95


def test_half_a_metre_aside_there_is_no_hole_and_little_is_torn(made: SingleMesh, maps: PointMaps) -> None:
    looks = look_aside(made.surface(), maps.views)
    assert looks
    assert max(look.holes for look in looks) == 0.0
    assert max(look.torn for look in looks) < 0.03


def test_no_face_of_a_body_stretches_to_what_is_far_behind(made: SingleMesh, room: MadeRoom) -> None:
    corner = made.bodies.vertices[made.bodies.faces]
    edges = np.linalg.norm(corner - np.roll(corner, 1, axis=1), axis=-1)
    longest_ray = np.linalg.norm(np.linalg.inv(room.box.K) @ [0.0, 0.0, 1.0])
    assert edges.max() < longest_ray * DEEPEST_M + FRONT_M


def test_bodies_are_closed_but_where_they_touch_the_room(made: SingleMesh, maps: PointMaps) -> None:
    places, welded = np.unique(made.bodies.vertices.round(5), axis=0, return_inverse=True)
    middle = places[boundary_edges(welded.reshape(-1)[made.bodies.faces])].mean(axis=1)
    low, high = made.shell.vertices.min(axis=0), made.shell.vertices.max(axis=0)
    away = np.minimum(middle - low, high - middle).min(axis=1)
    assert (away < 0.05).mean() > 0.95


def test_sides_and_backs_are_marked_as_generated_and_have_the_colour_of_the_thing(made: SingleMesh) -> None:
    bodies = made.bodies
    assert set(bodies.source) == {Source.INFERRED, Source.GENERATED}
    front = {tuple(color) for color in bodies.colors[bodies.source == Source.INFERRED].tolist()}
    sides = {tuple(color) for color in bodies.colors[bodies.source == Source.GENERATED].tolist()}
    assert sides <= front


def test_behind_bodies_the_room_goes_on_in_its_own_colours(made: SingleMesh, maps: PointMaps) -> None:
    view = maps.views[0]
    assert made.painted.any()
    shown = ~made.painted
    assert (made.empty[shown] == view.image[shown]).all()
    lowest, highest = np.quantile(view.image[shown].astype(float), [0.01, 0.99], axis=0)
    amid = ((made.empty >= lowest - 20) & (made.empty <= highest + 20)).all(axis=-1)
    assert amid[made.painted].mean() > 0.98


def test_the_files_show_photo_and_empty_room_as_texture(
    room: MadeRoom, maps: PointMaps, tmp_path: Path
) -> None:
    Image.fromarray(room.view.rgb).save(tmp_path / "one.png")
    height, width = room.view.rgb.shape[:2]
    surface = build_single(maps, [RoomPhoto("one", tmp_path / "one.png", width, height)], tmp_path / "room")
    assert (tmp_path / "room" / "mesh.glb").stat().st_size > 10_000
    assert surface.stats["measured_share"] == 0.0
    assert 0.05 < surface.stats["inferred_share"] < 0.9


def test_every_textured_corner_shows_its_own_colour(made: SingleMesh, room: MadeRoom, tmp_path: Path) -> None:
    Image.fromarray(room.view.rgb).save(tmp_path / "one.png")
    height, width = room.view.rgb.shape[:2]
    textured = made.textured(RoomPhoto("one", tmp_path / "one.png", width, height))
    used = np.unique(textured.textured_faces)
    size = np.array([textured.atlas.shape[1], textured.atlas.shape[0]])
    at = np.clip((textured.uv[used] * size - 0.5).round().astype(int), 0, size - 1)
    off = np.abs(textured.atlas[at[:, 1], at[:, 0]].astype(int) - textured.colors[used]).mean(axis=1)
    assert np.median(off) < 6
    assert len(textured.textured_faces) + len(textured.plain_faces) == len(made.surface().faces)

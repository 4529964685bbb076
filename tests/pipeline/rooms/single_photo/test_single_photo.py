"""A room from one photo: whole, walkable, all of it inferred, whatever the photo shows."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.left_out import LeftOutReason
from pipeline.progress import Cancelled, Progress
from pipeline.rooms.layout.layout import Layout, NoLayout
from pipeline.rooms.photos.room_photo import RoomPhoto
from pipeline.rooms.scene.errors import EmptySurface, NotEnoughPhotos, UnreadablePhoto
from pipeline.rooms.scene.point_maps import PointMaps, Source, View
from pipeline.rooms.single_photo.extent import room_extent
from pipeline.rooms.single_photo.mesh import single_surface
from pipeline.rooms.single_photo.room import room_from_best_photo, room_from_photo
from pipeline.rooms.single_photo.shell import plain_colors
from pipeline.rooms.surface.surface import Surface
from tests.pipeline.rooms.drawn_rooms import DISTANCES_M, HEIGHT_PX, WIDTH_PX, draw, drawn_box


def _photo(folder: Path, name: str, image: np.ndarray) -> RoomPhoto:
    Image.fromarray(image).save(folder / f"{name}.png")
    return RoomPhoto(name, folder / f"{name}.png", image.shape[1], image.shape[0])


def _layout() -> Layout:
    box = drawn_box()
    return Layout(box.classes(WIDTH_PX, HEIGHT_PX), 0.9, None, box, "test")


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> PointMaps:
    photo = _photo(tmp_path_factory.mktemp("photos"), "one", draw(drawn_box()))
    return room_from_photo(photo, _layout())


@pytest.fixture(scope="module")
def surface(maps: PointMaps) -> Surface:
    return single_surface(maps)


# --- point maps


def test_every_pixel_has_an_inferred_point_of_low_confidence(maps: PointMaps) -> None:
    view = maps.views[0]
    assert (view.source == Source.INFERRED).all()
    assert np.isfinite(view.points).all()
    assert view.confidence.min() > 0
    assert view.confidence.max() <= 0.3
    assert "inferred" in maps.notes[0]


def test_points_project_back_to_their_pixels(maps: PointMaps) -> None:
    view = maps.views[0]
    local = (view.points.astype(float) - view.centre) @ view.world_from_camera[:3, :3]
    pixel = local @ view.K.T
    height, width = view.image.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    assert np.abs(pixel[..., :2] / pixel[..., 2:] - grid).max() < 0.01


def test_walls_are_where_the_layout_has_them(maps: PointMaps) -> None:
    points = maps.views[0].points.reshape(-1, 3)
    front, _, right, floor, ceiling = DISTANCES_M
    assert points[:, 1].max() == pytest.approx(front, abs=0.01)
    assert points[:, 0].max() == pytest.approx(right, abs=0.01)
    assert (points[:, 2].min(), points[:, 2].max()) == pytest.approx((0, floor + ceiling), abs=0.01)


def test_a_photo_of_nothing_still_becomes_a_usual_room_with_the_reason(tmp_path: Path) -> None:
    maps = room_from_photo(_photo(tmp_path, "grey", np.full((240, 320, 3), 128, np.uint8)))
    assert np.isfinite(maps.views[0].points).all()
    assert any("straight lines" in note for note in maps.notes)
    assert len(single_surface(maps).faces) > 100


def test_a_layout_without_a_box_gets_a_usual_room(tmp_path: Path) -> None:
    photo = _photo(tmp_path, "one", draw(drawn_box()))
    flat = Layout(np.ones((30, 40), np.uint8), 0.9, None, None, "st_roomnet")
    assert any("no box" in note for note in room_from_photo(photo, flat).notes)
    refused = NoLayout("It shows a garden.", "test")
    assert "It shows a garden." in room_from_photo(photo, refused).notes


def test_a_file_that_is_no_photo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.png").write_bytes(b"nothing")
    with pytest.raises(UnreadablePhoto):
        room_from_photo(RoomPhoto("no", tmp_path / "no.png", 100, 100))


def test_rooms_can_be_cancelled(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        room_from_photo(_photo(tmp_path, "one", draw(drawn_box())), progress=Progress(stop))


# --- several photos that share nothing


def test_of_photos_that_share_nothing_the_surest_is_shown_and_the_others_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"nothing")
    photos = [
        _photo(tmp_path, "grey", np.full((240, 320, 3), 128, np.uint8)),
        _photo(tmp_path, "room", draw(drawn_box())),
        RoomPhoto("broken", tmp_path / "broken.png", 100, 100),
    ]
    maps = room_from_best_photo(photos)
    assert [view.photo_id for view in maps.views] == ["room"]
    assert set(maps.left_out) == {"grey", "broken"}
    assert maps.left_out["broken"].reason == LeftOutReason.UNREADABLE


def test_no_photo_and_only_broken_photos_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughPhotos):
        room_from_best_photo([])
    with pytest.raises(UnreadablePhoto):
        room_from_best_photo([RoomPhoto("gone", tmp_path / "gone.png", 10, 10)])


# --- surface


def test_the_room_is_whole_and_nothing_of_it_is_measured(surface: Surface, maps: PointMaps) -> None:
    low, high = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
    size = high - low
    shell = 2 * (size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    assert surface.stats["area_m2"] >= 0.999 * shell
    assert set(surface.source) == {Source.INFERRED, Source.GENERATED}
    centre = maps.views[0].centre
    assert ((centre > low + 0.2) & (centre < high - 0.2)).all()


def test_walls_face_into_the_room(surface: Surface, maps: PointMaps) -> None:
    corner = surface.vertices[surface.faces].astype(float)
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    toward = maps.views[0].centre - corner.mean(axis=1)
    area = np.linalg.norm(normal, axis=1)
    assert area[(normal * toward).sum(axis=1) > 0].sum() > 0.95 * area.sum()


def test_the_mesh_gives_back_the_depth_of_the_photo(surface: Surface, maps: PointMaps) -> None:
    o3d = pytest.importorskip("open3d")
    view = maps.views[0]
    scene = o3d.t.geometry.RaycastingScene(1)
    tensor = o3d.core.Tensor.from_numpy
    scene.add_triangles(tensor(surface.vertices), tensor(surface.faces.astype("u4")))
    target = view.points[5:-5:9, 5:-5:9].reshape(-1, 3)
    rays = np.concatenate([np.broadcast_to(view.centre, target.shape), target - view.centre], axis=1)
    reach = scene.cast_rays(tensor(rays.astype("f4")))["t_hit"].numpy()
    assert (np.abs(reach - 1) < 0.03).mean() > 0.97


def test_what_the_photo_does_not_show_is_marked_as_generated(surface: Surface, maps: PointMaps) -> None:
    view = maps.views[0]
    local = (surface.vertices - view.centre) @ view.world_from_camera[:3, :3]
    behind = local[:, 2] < 0
    assert behind.any()
    assert (surface.source[behind] == Source.GENERATED).all()
    pixel = (local @ view.K.T)[:, :2] / np.maximum(local[:, 2:], 1e-6)
    size = np.array([view.image.shape[1], view.image.shape[0]])
    inside = ~behind & (np.abs(pixel / size - 0.5) <= 0.51).all(axis=1)
    assert inside[surface.source == Source.INFERRED].all()


def test_seen_vertices_have_the_colour_of_the_photo_and_hidden_ones_that_of_their_face(
    surface: Surface, maps: PointMaps
) -> None:
    x, y, z = surface.vertices.T
    floor = (np.abs(z) < 1e-6) & (y < -0.3) & (y > y.min() + 0.1) & (x > x.min() + 0.1) & (x < x.max() - 0.1)
    assert floor.any()
    red, _, blue = surface.colors[floor].astype(int).T
    assert (red - blue > 20).all()


def test_faces_out_of_view_take_the_colour_of_their_like() -> None:
    image = np.zeros((40, 40, 3), np.uint8)
    image[:20], image[20:] = 200, 80
    side = np.full((40, 40), 3)
    side[20:] = 4
    colors = plain_colors(image, side)
    assert (colors[3] == 200).all()
    assert (colors[0] == 200).all()
    assert (colors[4] == 80).all()
    assert (colors[5] > 200).all()


def test_there_is_room_behind_the_camera() -> None:
    points = np.array([[[0.0, 3.0, 0.0], [1.0, 3.0, 1.2]]])
    low, high = room_extent(points, np.array([0.0, 0.0, 1.4]))
    assert low[1] <= -0.5
    assert low[2] == 0
    assert high[2] >= 2.4


def test_a_view_with_missing_points_is_refused() -> None:
    view = View(
        "a",
        np.zeros((4, 4, 3), np.uint8),
        np.eye(4),
        np.eye(3),
        np.full((4, 4, 3), np.nan, np.float32),
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4), np.uint8),
    )
    with pytest.raises(EmptySurface):
        single_surface(PointMaps((view,), "test"))

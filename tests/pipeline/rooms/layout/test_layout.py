"""Layouts: class maps, boxes and homographies by law; the geometric backend by rooms whose layout is known."""

import json

import numpy as np
import pytest
from PIL import Image

from pipeline.progress import Cancelled, Progress
from pipeline.rooms.layout.backends import BACKENDS, layout_backend
from pipeline.rooms.layout.classes import (
    box_classes,
    face_polygons,
    fit_homography,
    four_points,
    homography_of,
    reference_values,
    warped_reference,
)
from pipeline.rooms.layout.confidence import Found, judge
from pipeline.rooms.layout.geometric import estimate_geometric, front_corners
from pipeline.rooms.layout.layout import Layout, LayoutBox, NoLayout
from pipeline.rooms.layout.whole_room import room_layouts
from pipeline.rooms.scene.point_maps import PointMaps, Source, View
from tests.pipeline.rooms.drawn_rooms import DISTANCES_M, HEIGHT_PX, WIDTH_PX, draw, drawn_box, turned_by_deg
from tests.places import SHARED

ROOMS = SHARED / "data" / "rooms"


# --- class maps


def test_the_reference_room_has_the_published_areas() -> None:
    place = np.stack(np.meshgrid(np.linspace(-1, 1, 400), np.linspace(-1, 1, 400)), axis=-1)
    counts = np.bincount(reference_values(place).ravel(), minlength=6)
    assert counts.tolist() == [0, 9801, 37599, 37200, 37500, 37900]


def test_the_identity_shows_the_reference_itself_and_a_clipped_place_its_border() -> None:
    assert (warped_reference(np.eye(3), 400, 400)[151:250, 151:250] == 1).all()
    assert reference_values(np.array([[5.0, 0.0], [-5.0, 0.0], [0.0, 5.0], [0.0, -5.0]])).tolist() == [
        3,
        2,
        4,
        5,
    ]


def test_looking_straight_ahead_every_face_is_where_it_belongs() -> None:
    classes = drawn_box(0, 0).classes(WIDTH_PX, HEIGHT_PX)
    middle, centre = HEIGHT_PX // 2, WIDTH_PX // 2
    assert classes[middle, centre] == 1
    assert (classes[middle, 0], classes[middle, -1]) == (2, 3)
    assert (classes[-1, centre], classes[0, centre]) == (4, 5)


def test_class_maps_do_not_depend_on_the_unit_of_length() -> None:
    box = drawn_box()
    args = (box.camera_from_room, box.K, WIDTH_PX, HEIGHT_PX)
    assert (box_classes(1 / box.distance_m, *args) == box_classes(7 / box.distance_m, *args)).all()


def test_mirroring_the_room_mirrors_the_class_map() -> None:
    swapped = DISTANCES_M[[0, 2, 1, 3, 4]]
    one = drawn_box(20, -5).classes(WIDTH_PX, HEIGHT_PX)
    two = drawn_box(-20, -5, swapped).classes(WIDTH_PX, HEIGHT_PX)
    assert (one == np.array([0, 1, 3, 2, 4, 5])[two[:, ::-1]]).mean() > 0.999


def test_points_of_the_empty_box_lie_on_its_faces() -> None:
    box = drawn_box()
    depth, pose = box.depth_m(WIDTH_PX, HEIGHT_PX), box.world_from_camera()
    xs, ys = np.meshgrid(np.arange(WIDTH_PX), np.arange(HEIGHT_PX))
    rays = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ np.linalg.inv(box.K).T
    points = (rays * depth[..., None]) @ pose[:3, :3].T + pose[:3, 3]
    classes = box.classes(WIDTH_PX, HEIGHT_PX)
    assert np.abs(points[classes == 4][:, 2]).max() < 1e-9
    assert np.allclose(points[classes == 5][:, 2], DISTANCES_M[3] + DISTANCES_M[4])
    assert np.allclose(points[classes == 1][:, 1], DISTANCES_M[0])
    assert np.allclose(points[classes == 2][:, 0], -DISTANCES_M[1])
    assert np.allclose(points[classes == 3][:, 0], DISTANCES_M[2])


def test_polygons_cover_their_class_and_name_few_corners() -> None:
    classes = drawn_box().classes(WIDTH_PX, HEIGHT_PX)
    polygons = face_polygons(classes)
    assert set(polygons) == set(np.unique(classes).tolist())
    for number, polygon in polygons.items():
        assert 3 <= len(polygon) <= 8
        x, y = polygon.T
        area = 0.5 * abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))
        assert area == pytest.approx((classes == number).sum(), rel=0.05)


def test_a_face_of_a_single_line_has_no_polygon() -> None:
    classes = np.full((20, 20), 1, np.uint8)
    classes[0] = 5
    assert set(face_polygons(classes)) == {1}


# --- homography


def test_four_points_go_where_they_should() -> None:
    source = np.array([[-0.5, -0.4], [0.6, -0.5], [0.7, 0.6], [-0.4, 0.5]])
    target = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    homography = four_points(source, target)
    assert homography is not None
    assert homography[2, 2] == 1.0
    moved = np.concatenate([source, np.ones((4, 1))], axis=1) @ homography.T
    assert np.allclose(moved[:, :2] / moved[:, 2:], target)


def test_points_on_a_line_have_no_homography() -> None:
    line = np.array([[0.0, 0], [1, 1], [2, 2], [3, 3]])
    assert four_points(line, np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])) is None


def test_the_homography_of_a_box_warps_the_reference_onto_it() -> None:
    box = drawn_box(6, -4)
    classes = box.classes(WIDTH_PX, HEIGHT_PX)
    homography, wrong = fit_homography(classes, front_corners(box, WIDTH_PX, HEIGHT_PX))
    assert wrong < 0.05
    assert (warped_reference(homography, WIDTH_PX, HEIGHT_PX) != classes).mean() == pytest.approx(wrong)


def test_what_no_box_can_show_has_no_homography() -> None:
    stripes = (1 + (np.arange(120)[:, None] // 8 + np.zeros(120, int)) % 5).astype(np.uint8)
    corners = np.array([[-0.3, -0.3], [0.3, -0.3], [0.3, 0.3], [-0.3, 0.3]])
    assert homography_of(stripes, corners) is None


# --- checks


def test_a_camera_outside_the_box_is_refused() -> None:
    with pytest.raises(ValueError, match="inside the box"):
        drawn_box(distances_m=np.array([3.0, -1.0, 2.0, 1.4, 1.0]))


def test_classes_other_than_one_to_five_are_refused() -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        Layout(np.zeros((4, 4), np.uint8), 0.5, None, None, "test")


@pytest.mark.parametrize(
    "bad", [np.zeros((60, 60), np.uint8), np.zeros((60, 60, 3)), np.zeros((60, 60, 4), np.uint8)]
)
def test_what_is_no_rgb_picture_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="height, width, 3"):
        estimate_geometric(bad)


@pytest.mark.parametrize("focal", [0.0, -3.0, float("nan")])
def test_a_focal_length_that_is_none_is_refused(focal: float) -> None:
    with pytest.raises(ValueError, match="focal_px"):
        estimate_geometric(draw(drawn_box()), focal)


# --- the geometric backend


@pytest.fixture(scope="module")
def found() -> Layout:
    layout = estimate_geometric(draw(drawn_box()))
    assert isinstance(layout, Layout)
    return layout


def test_a_plain_room_is_understood(found: Layout) -> None:
    truth = drawn_box()
    assert (found.classes != truth.classes(WIDTH_PX, HEIGHT_PX)).mean() < 0.05
    assert found.box is not None
    assert turned_by_deg(found.box.camera_from_room, truth.camera_from_room) < 3
    assert found.box.K[0, 0] == pytest.approx(truth.K[0, 0], rel=0.12)
    seen = list(found.box.seen)
    ratio = found.box.distance_m[seen] / truth.distance_m[seen]
    assert np.allclose(ratio / np.median(ratio), 1, atol=0.1)
    assert found.confidence > 0.6
    assert found.backend == "geometric"


def test_the_class_map_is_the_one_of_the_box(found: Layout) -> None:
    assert found.box is not None
    assert (found.box.classes(WIDTH_PX, HEIGHT_PX) == found.classes).all()


def test_a_mirrored_photo_gives_the_mirrored_layout(found: Layout) -> None:
    mirrored = estimate_geometric(np.ascontiguousarray(draw(drawn_box())[:, ::-1]))
    assert isinstance(mirrored, Layout)
    assert (np.array([0, 1, 3, 2, 4, 5])[mirrored.classes[:, ::-1]] == found.classes).mean() > 0.95


def test_the_same_photo_gives_the_same_layout(found: Layout) -> None:
    again = estimate_geometric(draw(drawn_box()))
    assert isinstance(again, Layout)
    assert (again.classes == found.classes).all()
    assert again.confidence == found.confidence


def test_a_known_focal_length_is_kept() -> None:
    layout = estimate_geometric(draw(drawn_box(-25, -3)), 360.0)
    assert isinstance(layout, Layout)
    assert layout.box is not None
    assert layout.box.K[0, 0] == pytest.approx(360.0)


@pytest.mark.parametrize(
    "picture",
    [
        np.full((240, 320, 3), 128, np.uint8),
        np.zeros((240, 320, 3), np.uint8),
        np.zeros((20, 20, 3), np.uint8),
        np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8),
    ],
    ids=["grey", "black", "tiny", "noise"],
)
def test_what_shows_no_room_has_no_layout_but_a_reason(picture: np.ndarray) -> None:
    answer = estimate_geometric(picture)
    assert isinstance(answer, NoLayout)
    assert answer.reason


def test_layouts_can_be_cancelled() -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        estimate_geometric(draw(drawn_box()), progress=Progress(stop))


def test_rivals_that_differ_lower_the_confidence() -> None:
    classes = drawn_box().classes(64, 48)
    terms = np.array([0.3, 0.5, 0.5, 0.6, 1.0, 1.0, 0.1, 0.6])
    closeness = 1 / np.array([2.5, 1.5, 1.5, 1.0, 0.8])
    best = Found(classes, 1.0, terms, 0.6, closeness)
    other = Found(np.full_like(classes, 1), 0.99, terms, 0.6, closeness)
    alone, why = judge([best])
    assert alone > judge([best, other])[0]
    assert "60%" in why


# --- backends


def test_backends_are_chosen_by_name_and_an_unknown_one_names_the_known() -> None:
    assert set(BACKENDS) == {"geometric", "st_roomnet"}
    backend, why = layout_backend("geometric")
    assert backend.name == "geometric"
    assert "asked for" in why
    with pytest.raises(ValueError, match="geometric, st_roomnet"):
        layout_backend("magic")


# --- all photos of a room


def _room_view(yaw_deg: float, name: str, known: float, seed: int) -> View:
    """A view in the room frame of the invented room; a share of its points is measured."""
    box = drawn_box(yaw_deg)
    image = draw(box, seed)
    depth = box.depth_m(WIDTH_PX, HEIGHT_PX)
    pose = box.world_from_camera()
    xs, ys = np.meshgrid(np.arange(WIDTH_PX), np.arange(HEIGHT_PX))
    rays = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ np.linalg.inv(box.K).T
    points = (rays * depth[..., None]) @ pose[:3, :3].T + pose[:3, 3]
    source = np.full(depth.shape, Source.NONE, np.uint8)
    source[np.random.default_rng(seed).random(depth.shape) < known] = Source.MEASURED
    points[source == Source.NONE] = np.nan
    confidence = np.where(source == Source.MEASURED, 0.8, 0.0).astype(np.float32)
    return View(name, image, pose, box.K, points.astype(np.float32), confidence, source)


def test_all_photos_share_one_box() -> None:
    views = tuple(_room_view(yaw, f"photo {yaw}", 0.9, k) for k, yaw in enumerate((-20.0, 15.0)))
    room, layouts = room_layouts(PointMaps(views, "test", metric=True))
    assert room is not None
    front, left, right, floor, ceiling = DISTANCES_M
    assert room.high[1] == pytest.approx(front, abs=0.06)
    assert (room.low[0], room.high[0]) == pytest.approx((-left, right), abs=0.06)
    assert (room.low[2], room.high[2]) == pytest.approx((0, floor + ceiling), abs=0.06)
    for view, layout in zip(views, layouts, strict=True):
        assert isinstance(layout, Layout)
        truth = drawn_box(float(view.photo_id.split()[1])).classes(WIDTH_PX, HEIGHT_PX)
        assert (layout.classes != truth).mean() < 0.03


def test_too_few_points_give_no_box_but_a_reason() -> None:
    view = _room_view(0.0, "a", 0.0, 0)
    room, layouts = room_layouts(PointMaps((view,), "test"))
    assert room is None
    assert isinstance(layouts[0], NoLayout)


# --- a real photo


def test_a_real_bedroom_is_understood() -> None:
    folder = ROOMS / "nyu0969_layout"
    if not folder.is_dir():
        pytest.skip("the shared data are not here")
    image = np.asarray(Image.open(folder / "image" / "NYU0969.jpg").convert("RGB"))
    layout = estimate_geometric(image)
    assert isinstance(layout, Layout)
    mask = np.asarray(Image.open(folder / "layout_mask.png"))
    truth = np.select([mask == k for k in (1, 2, 3, 4, 7)], [4, 5, 1, 2, 3])
    assert (layout.classes != truth).mean() < 0.12


def test_a_plain_rendered_room_is_understood() -> None:
    folder = ROOMS / "scenenet_room89" / "plainwalls"
    if not folder.is_dir():
        pytest.skip("the shared data are not here")
    frame = json.loads((folder / "cameras.json").read_text())["frames"][10]
    layout = estimate_geometric(np.asarray(Image.open(folder / frame["image"]).convert("RGB")))
    assert isinstance(layout, Layout)
    mask = np.asarray(Image.open(folder / frame["layout"]))
    assert (layout.classes == 4)[mask == 1].mean() > 0.95
    assert (layout.classes == 5)[mask == 2].mean() > 0.9


def test_a_box_needs_whole_matrices() -> None:
    with pytest.raises(ValueError, match="3x3"):
        LayoutBox(np.eye(2), np.eye(3), DISTANCES_M, (True,) * 5, 0.1)

"""Judging by what one sees: a closed box has no holes and no torn edges; each fault is found where it is."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rooms.judging import (
    OwnPlace,
    OwnPlaces,
    Worth,
    compare,
    foretell,
    from_own_places,
    look_aside,
    picture_of,
    viewpoint_of,
)
from pipeline.rooms.judging.measures import gradient_correlation
from pipeline.rooms.scene import PointMaps, Source, View, Viewpoint
from pipeline.rooms.single_photo import single_surface
from pipeline.rooms.single_photo.room import usual_box
from pipeline.rooms.surface import Surface

WIDTH_PX, HEIGHT_PX = 96, 72


def box_room() -> tuple[View, Surface]:
    """A photo with chequered walls, and the mesh of its usual box."""
    box = usual_box(WIDTH_PX, HEIGHT_PX)
    depth = box.depth_m(WIDTH_PX, HEIGHT_PX)
    xs, ys = np.meshgrid(np.arange(WIDTH_PX), np.arange(HEIGHT_PX))
    pose = box.world_from_camera()
    rays = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ np.linalg.inv(box.K).T
    points = (rays * depth[..., None]) @ pose[:3, :3].T + pose[:3, 3]
    chequered = 255 * (np.floor(points / 0.6 + 0.01).astype(int).sum(axis=-1) % 2)
    image = np.repeat(chequered[..., None], 3, axis=-1).astype(np.uint8)
    shape = (HEIGHT_PX, WIDTH_PX)
    view = View(
        "photo",
        image,
        pose,
        box.K,
        points.astype(np.float32),
        np.full(shape, 0.3, np.float32),
        np.full(shape, Source.INFERRED, np.uint8),
    )
    return view, single_surface(PointMaps((view,), "single photo", True, 0.2))


def test_a_closed_room_shows_no_hole_and_no_torn_edge_from_anywhere() -> None:
    view, surface = box_room()
    own = picture_of(surface, viewpoint_of(view, WIDTH_PX))
    assert not own.hole.any()
    assert not own.torn.any()
    np.testing.assert_allclose(own.depth_m, view.depth_m(), rtol=0.02)
    looks = look_aside(surface, [view])
    assert {look.step for look in looks} == {"right", "left", "forward"}
    assert max(look.holes for look in looks) == 0.0
    assert max(look.torn for look in looks) == 0.0


def test_from_outside_one_sees_into_the_room_where_faces_that_look_away_are_culled() -> None:
    _, surface = box_room()
    over = surface.vertices.mean(axis=0).astype(float) + np.array([0.0, 0.0, 6.0])
    above = Viewpoint.looking(over, np.array([0.02, 0.0, -1.0]), 0.3, (24, 18))
    closed, culled = picture_of(surface, above), picture_of(surface, above, cull=True)
    assert closed.torn.all()
    assert not culled.torn.any()
    assert not culled.hole.any()
    highest = surface.vertices[:, 2].max()
    np.testing.assert_allclose(culled.depth_m - closed.depth_m, highest, rtol=0.02)


def test_what_is_cut_out_of_a_wall_is_a_hole() -> None:
    view, surface = box_room()
    middle = surface.vertices[surface.faces].mean(axis=1)
    far = middle[:, 1] > middle[:, 1].max() - 0.05
    cut = far & (np.abs(middle[:, 0]) < 0.5) & (np.abs(middle[:, 2] - 1.2) < 0.5)
    holed = replace(surface, faces=surface.faces[~cut])
    looks = look_aside(holed, [view])
    assert min(look.holes for look in looks) > 0.01


def test_the_back_of_a_face_is_torn() -> None:
    view, surface = box_room()
    turned = replace(surface, faces=np.ascontiguousarray(surface.faces[:, ::-1]))
    assert picture_of(turned, viewpoint_of(view)).torn.all()


def test_one_does_not_step_into_a_wall() -> None:
    view, surface = box_room()
    assert not look_aside(surface, [view], step_m=50.0)
    with pytest.raises(ValueError, match="must be positive"):
        look_aside(surface, [view], step_m=0.0)


def test_a_true_room_foretells_its_photo_and_a_shifted_one_does_not() -> None:
    view, surface = box_room()
    fine = replace(surface, colors=_painted(surface))
    right = compare(view, fine)
    shifted = compare(view, replace(fine, vertices=fine.vertices + np.array([0.3, 0.0, 0.0], np.float32)))
    assert right.covered > 0.9
    assert right.gradients > shifted.gradients + 0.2
    assert right.psnr_db > shifted.psnr_db


def test_photos_that_agree_foretell_each_other_and_one_that_stands_wrong_is_found() -> None:
    view, _ = box_room()
    twin = replace(view, photo_id="twin")
    moved = view.world_from_camera.copy()
    moved[:3, 3] += [0.4, 0.0, 0.0]
    wrong = replace(twin, world_from_camera=moved, points=view.points + np.array([0.4, 0, 0], np.float32))
    assert foretell(PointMaps((view,), "classical", True)) == []
    agreeing = foretell(PointMaps((view, twin), "classical", True))
    disagreeing = foretell(PointMaps((view, wrong), "classical", True))
    assert [found.photo_id for found in agreeing] == ["photo", "twin"]
    assert min(found.gradients for found in agreeing) > max(found.gradients for found in disagreeing) + 0.2


def test_exposure_is_not_judged() -> None:
    view, surface = box_room()
    fine = replace(surface, colors=_painted(surface))
    darker = replace(fine, colors=(0.6 * fine.colors + 20).astype(np.uint8))
    assert compare(view, darker).psnr_db == pytest.approx(compare(view, fine).psnr_db, abs=0.5)


def test_edges_elsewhere_do_not_correlate() -> None:
    a = np.zeros((20, 20, 3), np.uint8)
    a[:, 5:] = 200
    b = np.roll(a, 7, axis=1)
    everywhere = np.ones((20, 20), bool)
    assert gradient_correlation(a, a, everywhere) == pytest.approx(1.0)
    assert gradient_correlation(a, 255 - a, everywhere) == pytest.approx(-1.0)
    assert abs(gradient_correlation(a, b, everywhere)) < 0.6
    assert np.isnan(gradient_correlation(a, np.zeros_like(a), everywhere))


def _painted(surface: Surface) -> np.ndarray:
    chequered = 255 * (np.floor(surface.vertices / 0.6 + 0.01).astype(int).sum(axis=-1) % 2)
    return np.repeat(chequered[:, None], 3, axis=-1).astype(np.uint8)


def _worth(view: View, surface: Surface, source: Source) -> Worth:
    seen = replace(view, source=np.full(view.source.shape, source, np.uint8))
    return from_own_places(PointMaps((seen,), "classical", True, 0.2), surface).worth()


def test_a_measured_room_that_looks_like_its_photo_is_shown() -> None:
    view, surface = box_room()
    assert _worth(view, surface, Source.MEASURED) == Worth.WELL


def test_a_room_of_which_nothing_was_measured_is_not() -> None:
    view, surface = box_room()
    assert _worth(view, surface, Source.INFERRED) == Worth.WRECK


def test_a_room_with_a_foreign_wall_in_the_way_is_not() -> None:
    view, surface = box_room()
    ahead = view.world_from_camera[:3, 2]
    corners = (
        view.world_from_camera[:3, 3]
        + ahead
        + np.array([[x, 0.0, z] for x, z in ((-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0))])
    )
    first = len(surface.vertices)
    in_the_way = replace(
        surface,
        vertices=np.concatenate([surface.vertices, corners]).astype(np.float32),
        colors=np.concatenate([surface.colors, np.full((4, 3), 90, np.uint8)]),
        source=np.concatenate([surface.source, np.full(4, Source.MEASURED, np.uint8)]),
        faces=np.concatenate([surface.faces, first + np.array([[0, 1, 2], [0, 2, 3]], surface.faces.dtype)]),
    )
    assert _worth(view, in_the_way, Source.MEASURED) == Worth.WRECK


def test_a_room_without_photos_cannot_be_looked_at() -> None:
    _, surface = box_room()
    with pytest.raises(ValueError, match="no photo"):
        from_own_places(PointMaps((), "classical", True, 0.2), surface)


def test_a_little_measured_room_that_looks_half_like_its_photos_is_rough() -> None:
    def worth(gradients: float, measured: float) -> Worth:
        return OwnPlaces((OwnPlace("a", gradients, measured), OwnPlace("b", gradients, measured))).worth()

    assert worth(0.5, 0.08) == Worth.ROUGH
    assert worth(0.5, 0.2) == Worth.WELL
    assert worth(0.9, 0.05) == Worth.WELL
    assert worth(0.9, 0.01) == Worth.WRECK

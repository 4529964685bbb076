"""A room from a new camera: right order, right colours, and nothing smeared over what nobody saw."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.rooms.scene import Viewpoint
from pipeline.rooms.scene.point_maps import Source
from pipeline.rooms.views.render import render_view
from tests.pipeline.rooms.box_room import HIGH, LOW, points_of
from tests.pipeline.rooms.box_room import picture as true_picture
from tests.pipeline.rooms.seen_room import box_surface, joined, seen_from

CENTRE = np.array([2.0, 2.5, 1.4])
ALL_AROUND = [((2.0, 2.5, 1.4), (2.0 + np.cos(a), 2.5 + np.sin(a), 1.35)) for a in np.arange(6) * np.pi / 3]


def test_a_room_seen_from_everywhere_renders_as_a_photo_would() -> None:
    viewpoint = Viewpoint.looking(
        np.array([1.5, 2.0, 1.3]), np.array([1.0, 0.3, 0.0]), np.deg2rad(70), (160, 120)
    )
    seen = render_view(box_surface(), seen_from(*ALL_AROUND), viewpoint)
    local = points_of(viewpoint.world_from_camera, viewpoint.K, 120, 160)
    assert seen.depth_m == pytest.approx(local[..., 2], rel=1e-4)
    assert seen.known_share > 0.9
    true = true_picture(viewpoint.world_from_camera, local).astype(float)
    error = np.abs(seen.image.astype(float) - true)[seen.known]
    assert np.median(error) < 3 and error.mean() < 14
    assert (seen.source[seen.known] == Source.MEASURED).all()


def test_what_no_photo_saw_is_unknown() -> None:
    maps = seen_from(((2.0, 2.5, 1.4), (4.0, 2.5, 1.4)))
    behind = Viewpoint.looking(CENTRE, np.array([-1.0, 0, 0]), np.deg2rad(80), (80, 60))
    seen = render_view(box_surface(), maps, behind)
    assert seen.known_share == 0
    assert (seen.image == 0).all() and (seen.source == Source.NONE).all()


def test_things_in_front_hide_what_is_behind_and_are_not_painted_with_it() -> None:
    maps = seen_from(*ALL_AROUND)
    pillar = box_surface(np.array([2.9, 2.2, 0.0]), np.array([3.2, 2.8, 2.6]), inside=False)
    ahead = Viewpoint.looking(CENTRE - [0.2, 0, 0], np.array([1.0, 0, 0]), np.deg2rad(80), (80, 60))
    seen = render_view(joined(box_surface(), pillar), maps, ahead)
    middle = seen.depth_m[30, 40]
    assert middle == pytest.approx(1.1, abs=0.01)
    assert not seen.known[30, 40], "the photos show the wall there, not the pillar"
    assert seen.known[30, 2]


def test_a_photo_turned_in_its_place_needs_no_surface() -> None:
    maps = seen_from(((2.0, 2.5, 1.4), (4.0, 2.5, 1.4)))
    nowhere = box_surface(np.array([9.0, 9.0, 0.0]), np.array([9.1, 9.1, 0.1]))
    turned = Viewpoint.looking(CENTRE, np.array([1.0, 0.5, 0]), np.deg2rad(80), (160, 120))
    seen = render_view(nowhere, maps, turned)
    assert 0.3 < seen.known_share < 0.9
    local = points_of(turned.world_from_camera, turned.K, 120, 160)
    assert seen.depth_m[seen.known] == pytest.approx(local[..., 2][seen.known], rel=0.03)
    true = true_picture(turned.world_from_camera, local).astype(float)
    assert np.median(np.abs(seen.image - true)[seen.known]) < 3


def test_rays_that_miss_the_surface_end_at_the_box() -> None:
    away = box_surface(np.array([9.0, 9.0, 0.0]), np.array([9.1, 9.1, 0.1]))
    ahead = Viewpoint.looking(CENTRE - [0.2, 0, 0], np.array([1.0, 0, 0]), np.deg2rad(80), (80, 60))
    maps = seen_from(*ALL_AROUND)
    assert render_view(away, maps, ahead).known_share == 0
    seen = render_view(away, maps, ahead, (LOW, HIGH))
    assert seen.depth_m[30, 40] == pytest.approx(2.2, abs=0.01)
    assert seen.known_share > 0.9


class TestViewpoint:
    def test_is_upright_and_looks_where_it_was_told(self) -> None:
        view = Viewpoint.looking(CENTRE, np.array([0.0, 3.0, -0.5]), np.deg2rad(90), (200, 100))
        rotation = view.world_from_camera[:3, :3]
        assert rotation.T @ rotation == pytest.approx(np.eye(3), abs=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1.0)
        assert rotation[2, 0] == pytest.approx(0.0) and rotation[2, 1] < 0
        edge = view.rays()[50, 0] @ rotation
        assert np.arctan2(-edge[0], edge[2]) == pytest.approx(np.deg2rad(45), abs=0.01)

    def test_scaling_keeps_the_rays(self) -> None:
        view = Viewpoint.looking(CENTRE, np.array([1.0, 0, 0]), np.deg2rad(90), (200, 100))
        half = view.scaled(0.5)
        assert (half.width_px, half.height_px) == (100, 50)
        assert half.rays()[0, 0] == pytest.approx(view.rays()[:2, :2].mean(axis=(0, 1)))

    @pytest.mark.parametrize(
        "direction, fov, size, said",
        [
            ((0, 0, 1), 1.0, (64, 64), "straight up"),
            ((1, 0, 0), 3.0, (64, 64), "field of view"),
            ((1, 0, 0), 1.0, (4, 64), "too small"),
        ],
    )
    def test_impossible_cameras_are_refused(
        self, direction: tuple[int, int, int], fov: float, size: tuple[int, int], said: str
    ) -> None:
        with pytest.raises(ValueError, match=said):
            Viewpoint.looking(CENTRE, np.array(direction, float), fov, size)

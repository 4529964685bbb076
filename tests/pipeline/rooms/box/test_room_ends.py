"""Where the room ends: measured sides, what belongs to them, and sides that no photo shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rooms.box.room_ends import closing_planes, corners
from pipeline.rooms.scene.point_maps import PointMaps, Source, View
from tests.pipeline.rooms.box_room import HIGH, LOW
from tests.pipeline.rooms.seen_room import seen_from

TOWARDS_X = ((0.6, 2.5, 1.4), (4.0, 2.5, 1.3))
TOWARDS_Y = ((2.0, 0.5, 1.4), (2.0, 5.0, 1.3))
BACK = ((3.4, 2.5, 1.4), (0.0, 2.5, 1.3))


def pushed(view: View, picked: np.ndarray, axis: int, to_m: float) -> View:
    """The view with the picked pixels' points moved along their rays to ``x[axis] = to_m``."""
    rays = view.points - view.centre
    scale = (to_m - view.centre[axis]) / np.where(np.abs(rays[..., axis]) < 1e-9, 1.0, rays[..., axis])
    points = np.where(picked[..., None], view.centre + rays * scale[..., None], view.points)
    return replace(view, points=points.astype(np.float32))


def on_wall(view: View, axis: int, at_m: float) -> np.ndarray:
    return np.abs(view.points[..., axis] - at_m) < 0.01


class TestMeasuredSides:
    def test_they_are_where_their_points_are(self) -> None:
        low, high = corners(closing_planes(seen_from(TOWARDS_X, BACK, TOWARDS_Y)))
        assert high == pytest.approx(HIGH, abs=0.01)
        assert low[[0, 2]] == pytest.approx(LOW[[0, 2]], abs=0.01)

    def test_a_window_pane_behind_the_wall_belongs_to_it(self) -> None:
        maps = seen_from(TOWARDS_X, BACK, TOWARDS_Y)
        view = maps.views[0]
        window = on_wall(view, 0, HIGH[0]) & (np.abs(view.points - [4.0, 2.5, 1.5]) < [1, 0.7, 0.6]).all(
            axis=-1
        )
        assert window.sum() > 200
        paned = replace(maps, views=(pushed(view, window, 0, HIGH[0] + 0.14), *maps.views[1:]))
        planes = {(plane.axis, plane.sign): plane for plane in closing_planes(paned)}
        assert planes[0, -1].weight > 0 and planes[0, -1].offset == pytest.approx(HIGH[0], abs=0.02)

    def test_generated_points_say_nothing(self) -> None:
        maps = seen_from(TOWARDS_X, TOWARDS_Y)
        made_up = seen_from(((2.0, 2.5, 1.3), (0.0, 2.5, 1.3))).views[0]
        made_up = replace(
            pushed(made_up, on_wall(made_up, 0, 0.0), 0, -3.0),
            source=np.full(made_up.source.shape, Source.GENERATED, np.uint8),
        )
        with_it = closing_planes(replace(maps, views=(*maps.views, made_up)))
        assert [plane.offset for plane in with_it] == [plane.offset for plane in closing_planes(maps)]


class TestUnseenSides:
    def test_they_leave_room_for_whoever_took_the_photo(self) -> None:
        planes = closing_planes(seen_from(TOWARDS_X))
        behind = next(plane for plane in planes if (plane.axis, plane.sign) == (0, 1))
        assert behind.weight == 0
        assert -0.6 < behind.offset < 0.6 - 0.65, "the photo was taken at x = 0.6"

    def test_they_lie_beyond_what_was_seen_of_their_neighbours(self) -> None:
        away = ((3.4, 2.5, 1.4), (4.0, 0.5, 1.3)), ((3.4, 2.5, 1.4), (4.0, 4.5, 1.3))
        maps = seen_from(*away)
        behind = next(plane for plane in closing_planes(maps) if (plane.axis, plane.sign) == (0, 1))
        assert behind.weight == 0
        assert behind.offset < min(float(view.points[..., 0].min()) for view in maps.views)

    def test_a_strip_of_a_wall_tells_its_place(self) -> None:
        maps = seen_from(TOWARDS_X, TOWARDS_Y)
        view = maps.views[1]
        side = on_wall(view, 0, LOW[0])
        columns = np.flatnonzero(side.any(axis=0))
        strip = side.copy()
        strip[:, columns[3:]] = False
        source = np.where(side & ~strip, Source.NONE, view.source).astype(np.uint8)
        cut = replace(maps, views=(maps.views[0], replace(view, source=source)))
        planes = {(plane.axis, plane.sign): plane for plane in closing_planes(cut)}
        assert planes[0, 1].offset == pytest.approx(LOW[0], abs=0.03)

    def test_a_ceiling_that_no_photo_shows_is_above_the_cameras(self) -> None:
        maps = seen_from(((0.5, 2.5, 1.4), (2.0, 2.5, 0.2)), ((3.5, 2.5, 1.4), (2.0, 2.5, 0.2)))
        planes = {(plane.axis, plane.sign): plane for plane in closing_planes(maps)}
        assert planes[2, -1].weight == 0 and 2.2 < planes[2, -1].offset < 2.9


def test_nothing_confident_is_an_error() -> None:
    view = seen_from(TOWARDS_X).views[0]
    nothing = replace(view, confidence=np.zeros_like(view.confidence), source=np.zeros_like(view.source))
    with pytest.raises(ValueError, match="no confident point"):
        closing_planes(PointMaps((nothing,), "exact"))

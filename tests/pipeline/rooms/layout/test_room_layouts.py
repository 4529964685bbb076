"""The layouts of a room as a stored result, and the original's rule on top of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.progress import Progress
from pipeline.rooms.inpainting.hole import Hole
from pipeline.rooms.layout.layout import Layout, NoLayout
from pipeline.rooms.layout.room_layouts import RoomLayouts, find_layouts
from pipeline.rooms.scene.errors import LearnedModelFailed
from pipeline.rooms.scene.point_maps import PointMaps, Source, View
from pipeline.rooms.views.generate import GenerateSettings, generate_views
from pipeline.rooms.views.original_rule import Outcome, original_decision
from tests.pipeline.rooms.seen_room import box_surface, seen_from
from tests.pipeline.rooms.views.test_view_rule import front_layout

CAMERAS = [
    ((0.6, 2.5, 1.4), (4.0, 2.5, 1.3)),
    ((2.0, 0.5, 1.4), (2.0, 5.0, 1.3)),
    ((3.4, 2.5, 1.4), (0.0, 2.5, 1.3)),
]


class Broken:
    """A learned backend whose weights cannot be read."""

    name = "st_roomnet"
    version = "1"

    def estimate(self, image: np.ndarray, focal_px: float | None, progress: Progress) -> Layout | NoLayout:
        raise LearnedModelFailed("The weights are torn.", "Fetch them again.")


class Grey:
    """An inpainter that paints everything grey."""

    name = "grey"
    version = "1"
    queue = "cpu"

    def fill(self, hole: Hole, progress: Progress) -> np.ndarray:
        return np.full_like(hole.image, 99)


@pytest.fixture(scope="module")
def maps() -> PointMaps:
    return seen_from(*CAMERAS)


def _all_front(maps: PointMaps) -> RoomLayouts:
    layouts: dict[str, Layout | NoLayout] = {
        view.photo_id: Layout(front_layout(), 0.9, np.eye(3), None, "st_roomnet") for view in maps.views
    }
    return RoomLayouts(layouts, "st_roomnet", "asked for")


def test_round_trip(maps: PointMaps, tmp_path: Path) -> None:
    layouts = _all_front(maps)
    unsure = NoLayout("It is a cupboard.", "geometric")
    layouts = replace(
        layouts, layouts={**layouts.layouts, "p3": unsure}, box_low=np.zeros(3), box_high=np.ones(3)
    )
    layouts.save(tmp_path)
    again = RoomLayouts.load(tmp_path)
    assert again.layouts["p3"] == unsure
    first = again.layouts["p1"]
    assert isinstance(first, Layout) and first.homography is not None
    assert np.array_equal(first.classes, front_layout())
    assert np.array_equal(first.homography, np.eye(3)) and first.confidence == 0.9
    assert again.box is not None
    assert again.box[0].tolist() == [0, 0, 0] and again.box[1].tolist() == [1, 1, 1]


def test_a_learned_backend_that_fails_is_replaced_aloud(maps: PointMaps) -> None:
    layouts = find_layouts(maps, Broken(), "asked for")
    assert layouts.backend == "geometric"
    assert "st_roomnet failed: The weights are torn." in layouts.why
    assert set(layouts.layouts) == {"p1", "p2", "p3"}


def _middle_of(view: View) -> View:
    """The view without the points of its left and right quarter."""
    column = np.mgrid[: view.source.shape[0], : view.source.shape[1]][1] / view.source.shape[1]
    kept = abs(column - 0.5) < 0.25
    return replace(
        view,
        points=np.where(kept[..., None], view.points, np.nan).astype(np.float32),
        confidence=np.where(kept, view.confidence, 0).astype(np.float32),
        source=np.where(kept, view.source, Source.NONE).astype(np.uint8),
    )


class TestOriginalRule:
    def test_three_photos_with_layouts(self, maps: PointMaps) -> None:
        decision = original_decision(maps, _all_front(maps))
        assert decision is not None and decision.outcome is Outcome.NONE_NEEDED

    def test_there_is_none_for_other_numbers_of_photos(self, maps: PointMaps) -> None:
        two = replace(maps, views=maps.views[:2])
        assert original_decision(two, _all_front(two)) is None

    def test_there_is_none_without_a_layout(self, maps: PointMaps) -> None:
        layouts = _all_front(maps)
        missing = replace(layouts, layouts={**layouts.layouts, "p2": NoLayout("dark", "geometric")})
        assert original_decision(maps, missing) is None

    def test_as_a_mode_it_turns_the_photo_by_thirty_degrees(self, maps: PointMaps) -> None:
        layouts = _all_front(maps)
        corner = np.where(np.mgrid[:400, :400][1] < 200, 2, 3).astype(np.uint8)
        third = Layout(corner, 0.9, None, None, "st_roomnet")
        two_fronts = replace(layouts, layouts={**layouts.layouts, "p3": third})
        settings = GenerateSettings(views=3, rule="original")
        narrow = replace(maps, views=tuple(_middle_of(view) for view in maps.views))
        room = generate_views(narrow, box_surface(), Grey(), settings, layouts=two_fronts)
        decision = original_decision(maps, two_fronts)
        assert decision is not None and room.outcome is decision.outcome is Outcome.VIEW
        assert len(room.added) == 1 and room.original is not None
        photo = maps.view(decision.photo_id or "")
        new = room.maps.views[-1].world_from_camera
        assert new[:3, 3] == pytest.approx(photo.centre)
        turn = np.rad2deg(np.arccos(np.clip(new[:2, 2] @ photo.world_from_camera[:2, 2], -1, 1)))
        assert turn == pytest.approx(30, abs=1)

        unneeded = generate_views(maps, box_surface(), Grey(), settings, layouts=two_fronts)
        assert not unneeded.added and "nothing of it is unknown" in unneeded.notes[0]

    def test_as_a_mode_it_says_why_it_does_nothing(self, maps: PointMaps) -> None:
        two = replace(maps, views=maps.views[:2])
        settings = GenerateSettings(rule="original")
        room = generate_views(two, box_surface(), Grey(), settings, layouts=_all_front(two))
        assert room.outcome is Outcome.NOT_POSSIBLE and "three photos" in room.reason and not room.added

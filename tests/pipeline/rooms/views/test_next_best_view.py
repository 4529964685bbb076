"""What no photo saw, which view would show most of it, and the room completed with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.dom import minidom

import numpy as np
import pytest
from scipy.spatial import cKDTree

from pipeline.progress import Progress
from pipeline.rooms.inpainting.hole import Hole
from pipeline.rooms.scene import Viewpoint
from pipeline.rooms.scene.point_maps import PointMaps, Source
from pipeline.rooms.surface.surface import Surface, SurfaceSettings, reconstruct_surface
from pipeline.rooms.views.generate import GenerateSettings, generate_views
from pipeline.rooms.views.generated_room import GeneratedRoom
from pipeline.rooms.views.next_best_view import Sight, candidate_viewpoints, decide
from pipeline.rooms.views.original_rule import Outcome
from pipeline.rooms.views.plan_picture import draw_plan
from pipeline.rooms.views.render import render_view
from pipeline.rooms.views.unseen import Seen, report_holes
from tests.pipeline.rooms.box_room import HIGH, LOW
from tests.pipeline.rooms.seen_room import box_surface, joined, seen_from

TOWARDS_X = ((0.6, 2.5, 1.4), (4.0, 2.5, 1.3))
TOWARDS_Y = ((2.0, 0.5, 1.4), (2.0, 5.0, 1.3))
BACK = ((3.4, 2.5, 1.4), (0.0, 2.5, 1.3))
ALL_AROUND = [
    ((2.0, 2.5, 1.3), (2.0 + np.cos(a), 2.5 + np.sin(a), 1.3 + tilt))
    for a in np.arange(8) * np.pi / 4
    for tilt in (-0.9, 0.0, 0.9)
]


class Grey:
    """An inpainter that paints everything grey."""

    name = "grey"
    version = "1"
    queue = "cpu"

    def fill(self, hole: Hole, progress: Progress) -> np.ndarray:
        return np.full_like(hole.image, 99)


class TestHoleReport:
    def test_a_room_seen_from_everywhere_has_no_holes(self) -> None:
        report = report_holes(seen_from(*ALL_AROUND))
        assert report.unseen_share < 0.02
        assert report.low == pytest.approx(LOW, abs=0.03) and report.high == pytest.approx(HIGH, abs=0.03)
        size = HIGH - LOW
        area = 2 * (size[0] * size[1] + size[0] * size[2] + size[1] * size[2])
        assert sum(face.area_m2() for face in report.faces) == pytest.approx(area, rel=0.05)

    def test_the_wall_behind_the_camera_is_named(self) -> None:
        report = report_holes(seen_from(TOWARDS_X, BACK))
        seen = {face.name: face.area_m2(Seen.SEEN) / face.area_m2() for face in report.faces}
        assert seen["wall towards +x"] > 0.6
        only = report_holes(seen_from(TOWARDS_X))
        behind = next(face for face in only.faces if face.name == "wall towards -x")
        assert behind.area_m2(Seen.SEEN) == 0
        hole = behind.largest_hole()
        assert hole is not None
        area, centre = hole
        assert area == pytest.approx(behind.area_m2(), rel=0.01)
        assert centre[0] == pytest.approx(behind.offset)

    def test_rows_add_up(self) -> None:
        for row in report_holes(seen_from(TOWARDS_X, TOWARDS_Y)).summary():
            parts = [float(row[f"{state.name.lower()}_m2"]) for state in Seen]
            assert sum(parts) == pytest.approx(row["area_m2"])

    def test_the_layout_places_a_side_that_is_in_the_picture_without_depth(self) -> None:
        maps = seen_from(TOWARDS_X)
        view = maps.views[0]
        blank = np.where(view.points[..., 0] > 3.7, Source.NONE, view.source).astype(np.uint8)
        points = np.where((blank == Source.NONE)[..., None], np.nan, view.points)
        blind = replace(maps, views=(replace(view, source=blank, points=points),))
        guess = report_holes(blind).high[0]
        assert guess > 3.7
        told = report_holes(blind, box=(LOW - [9, 0, 0], HIGH + np.array([0.3, 0, 0])))
        assert told.high[0] == pytest.approx(4.3)
        assert told.low[0] > -0.6, "of the side behind the camera the pictures tell nothing"

    def test_nothing_confident_is_an_error(self) -> None:
        maps = seen_from(TOWARDS_X)
        empty = maps.views[0]
        nothing = type(empty)(
            empty.photo_id,
            empty.image,
            empty.world_from_camera,
            empty.K,
            empty.points,
            np.zeros_like(empty.confidence),
            np.zeros_like(empty.source),
        )
        with pytest.raises(ValueError, match="no confident point"):
            report_holes(PointMaps((nothing,), "exact"))


class TestDecision:
    def test_turns_towards_what_is_missing(self) -> None:
        maps = seen_from(TOWARDS_X, TOWARDS_Y)
        decision = decide(maps, box_surface(), report_holes(maps))
        assert decision.outcome is Outcome.VIEW
        ahead = decision.chosen[0].viewpoint.world_from_camera[:3, 2]
        assert ahead[0] < 0.1 and ahead[1] < 0.1, "away from what the photos look at"
        gains = [candidate.gain_m2 for candidate in decision.ranked]
        assert gains == sorted(gains, reverse=True)
        assert gains[0] == decision.chosen[0].gain_m2 == pytest.approx(sum(decision.chosen[0].by_face.values()))

    def test_every_further_view_adds_less_and_none_twice(self) -> None:
        maps = seen_from(TOWARDS_X)
        decision = decide(maps, box_surface(), report_holes(maps), count=4)
        gains = [candidate.gain_m2 for candidate in decision.chosen]
        assert len(gains) > 1 and gains == sorted(gains, reverse=True)
        assert len({candidate.name for candidate in decision.chosen}) == len(gains)
        assert sum(gains) <= report_holes(maps).unseen_m2 + 1e-6

    def test_none_needed(self) -> None:
        maps = seen_from(*ALL_AROUND)
        decision = decide(maps, box_surface(), report_holes(maps))
        assert decision.outcome is Outcome.NONE_NEEDED and not decision.chosen

    def test_not_possible_where_every_camera_is_walled_in(self) -> None:
        maps = seen_from(TOWARDS_X)
        cell = box_surface(np.array([0.4, 2.3, 1.2]), np.array([0.8, 2.7, 1.6]))
        decision = decide(maps, joined(box_surface(), cell), report_holes(maps))
        assert decision.outcome is Outcome.NOT_POSSIBLE and "in front" in decision.reason

    def test_things_in_the_way_cost_gain(self) -> None:
        maps = seen_from(TOWARDS_X, TOWARDS_Y)
        holes = report_holes(maps)
        free = decide(maps, box_surface(), holes).ranked[0].gain_m2
        wall = box_surface(np.array([0.9, 0.0, 0.0]), np.array([0.95, 5.0, 2.6]), inside=False)
        assert decide(maps, joined(box_surface(), wall), holes).ranked[0].gain_m2 < 0.9 * free

    def test_candidates_stand_where_photos_were_taken(self) -> None:
        maps = seen_from(TOWARDS_X, TOWARDS_Y)
        offered = candidate_viewpoints(maps, yaws=4)
        assert len(offered) == 8
        turns = [round(float(np.rad2deg(turn))) for _, turn, _ in offered[:4]]
        assert turns == [0, 90, 180, -90]
        left = offered[1][2].world_from_camera[:3, 2]
        assert left == pytest.approx([0, 1, 0], abs=1e-9), "left of +x is +y where z is up"

    def test_asking_for_no_view_is_an_error(self) -> None:
        maps = seen_from(TOWARDS_X)
        with pytest.raises(ValueError, match="at least one"):
            decide(maps, box_surface(), report_holes(maps), count=0)


class TestGeneratedViews:
    @pytest.fixture(scope="class")
    def room(self) -> GeneratedRoom:
        return generate_views(seen_from(TOWARDS_X, TOWARDS_Y), box_surface(), Grey(), GenerateSettings(views=3))

    def test_photos_stay_as_they_are(self, room: GeneratedRoom) -> None:
        photos = seen_from(TOWARDS_X, TOWARDS_Y).views
        for kept, photo in zip(room.maps.views, photos, strict=False):
            assert kept.photo_id == photo.photo_id
            assert np.array_equal(kept.points, photo.points) and np.array_equal(kept.source, photo.source)
        assert [view.photo_id for view in room.maps.of_cameras().views] == ["p1", "p2"]

    def test_new_points_lie_on_the_room_and_are_marked_generated(self, room: GeneratedRoom) -> None:
        generated = [view for view in room.maps.views if view.photo_id.startswith("generated-")]
        assert len(generated) == len(room.added) > 0
        for view in generated:
            assert set(np.unique(view.source)) <= {Source.NONE, Source.GENERATED}
            points = view.points[view.valid]
            gap = np.minimum(np.abs(points - LOW), np.abs(points - HIGH)).min(axis=1)
            # the wall behind both cameras was never seen: its place is a guess
            assert np.median(gap) < 0.05

    def test_known_pixels_are_untouched_and_holes_filled(self, room: GeneratedRoom) -> None:
        for view in room.added:
            assert (view.after[~view.unknown] == view.before[~view.unknown]).all()
            assert (view.after[view.unknown] == 99).all()

    def test_less_is_unseen_afterwards(self, room: GeneratedRoom) -> None:
        assert room.unseen_after < 0.5 * room.unseen_before

    def test_the_report_after_counts_every_view(self, room: GeneratedRoom) -> None:
        assert report_holes(room.maps).summary() == room.holes_after

    def test_each_view_is_chosen_for_what_those_before_it_left(self, room: GeneratedRoom) -> None:
        maps = seen_from(TOWARDS_X, TOWARDS_Y)
        for number, view in enumerate(room.added):
            so_far = replace(maps, views=room.maps.views[: len(maps.views) + number])
            left = report_holes(so_far)
            sight = Sight.of(candidate_viewpoints(maps), box_surface(), left)
            ranked = decide(maps, box_surface(), left, sight=sight).ranked
            gains = {candidate.name: candidate.gain_m2 for candidate in ranked}
            assert view.gain_m2 == pytest.approx(gains[view.name])
            skipped = [name for name in gains if any(note.startswith(name) for note in room.notes)]
            done = [other.name for other in room.added]
            assert view.gain_m2 >= max(gain for name, gain in gains.items() if name not in skipped + done)

    def test_a_view_with_nothing_known_is_tried_again_after_the_next(self) -> None:
        maps = seen_from(TOWARDS_X)
        room = generate_views(maps, box_surface(), Grey(), GenerateSettings(views=4))
        first = decide(maps, box_surface(), report_holes(maps)).chosen[0]
        rendered = render_view(box_surface(), maps, first.viewpoint)
        assert rendered.known_share < 0.02, "straight behind the only photo nothing is known"
        names = [view.name for view in room.added]
        assert first.name in names[1:] and not any(note.startswith(first.name) for note in room.notes)

    def test_round_trip(self, room: GeneratedRoom, tmp_path: Path) -> None:
        room.save(tmp_path)
        again = GeneratedRoom.load(tmp_path)
        assert (again.outcome, again.reason, again.ranked) == (room.outcome, room.reason, room.ranked)
        assert again.holes_after == room.holes_after and again.plan == room.plan
        for ours, theirs in zip(room.added, again.added, strict=True):
            assert ours.name == theirs.name and np.array_equal(ours.after, theirs.after)
        assert [path.is_file() for _, path, _, _ in again.pictures(tmp_path)] == [True] * len(room.added)

    def test_a_budget_of_nothing_only_reports(self) -> None:
        maps = seen_from(TOWARDS_X)
        room = generate_views(maps, box_surface(), Grey(), GenerateSettings(views=0))
        assert room.maps is maps and not room.added and room.unseen_before == room.unseen_after > 0.2

    def test_same_seed_same_room(self, room: GeneratedRoom) -> None:
        again = generate_views(
            seen_from(TOWARDS_X, TOWARDS_Y), box_surface(), Grey(), GenerateSettings(views=3)
        )
        assert [view.name for view in again.added] == [view.name for view in room.added]
        assert np.array_equal(again.maps.views[-1].points, room.maps.views[-1].points, equal_nan=True)


class TestCompletedSurface:
    @pytest.fixture(scope="class")
    def surfaces(self) -> tuple[Surface, Surface]:
        maps, settings = seen_from(TOWARDS_X, TOWARDS_Y), SurfaceSettings(voxel_m=0.08, depth=7)
        before = reconstruct_surface(maps, settings)
        return before, reconstruct_surface(
            generate_views(maps, before, Grey(), GenerateSettings(views=4)).maps, settings
        )

    def test_what_photos_saw_is_not_touched(self, surfaces: tuple[Surface, Surface]) -> None:
        before, after = surfaces
        kept = slice(0, len(before.vertices))
        assert np.array_equal(after.vertices[kept], before.vertices)
        assert np.array_equal(after.source[kept], before.source)
        assert (after.source[len(before.vertices) :] == Source.GENERATED).all()
        assert np.array_equal(after.faces[: len(before.faces)], before.faces)

    def test_every_side_is_whole_afterwards(self, surfaces: tuple[Surface, Surface]) -> None:
        holes = report_holes(seen_from(TOWARDS_X, TOWARDS_Y))
        cells = np.concatenate([face.centres.reshape(-1, 3) for face in holes.faces])
        # no vertex is needed amid a flat face: look at its middle, too
        before, after = ((cKDTree(_dense(one)).query(cells)[0] < 0.1).mean() for one in surfaces)
        assert before < 0.75 and after > 0.99

    def test_generated_faces_look_into_the_room(self, surfaces: tuple[Surface, Surface]) -> None:
        _, after = surfaces
        made = after.source == Source.GENERATED
        inwards = (after.normals[made] * (np.array([2.0, 2.5, 1.3]) - after.vertices[made])).sum(axis=1) > 0
        assert inwards.mean() > 0.97


def _dense(surface: Surface) -> np.ndarray:
    """Points all over the faces."""
    corner = surface.vertices[surface.faces].astype(float)
    shares = np.array([(a, b, 8 - a - b) for a in range(9) for b in range(9 - a)]) / 8
    points: np.ndarray = np.einsum("sc,fck->fsk", shares, corner).reshape(-1, 3)
    return points


def test_the_plan_is_well_formed_and_escapes_names() -> None:
    maps = seen_from(TOWARDS_X, TOWARDS_Y)
    views = tuple(type(v)(**{**v.__dict__, "photo_id": "<b>&"}) for v in maps.views)
    maps = PointMaps(views, "exact")
    holes = report_holes(maps)
    plan = draw_plan(maps, holes, decide(maps, box_surface(), holes))
    svg = minidom.parseString(plan)  # noqa: S318 (our own text)
    titles = [element.childNodes[0].nodeValue or "" for element in svg.getElementsByTagName("title")]
    assert "photo <b>&" in titles and any(title.startswith("new view 1") for title in titles)


def test_a_viewpoint_inside_the_room_has_a_field_of_view() -> None:
    assert Viewpoint.looking(np.ones(3), np.array([1.0, 0, 0]), 1.5, (64, 48)).rays().shape == (48, 64, 3)

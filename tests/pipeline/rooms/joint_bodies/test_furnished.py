"""What stands in a room of several photos has a body where nothing of it was measured."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rooms.backends import choose
from pipeline.rooms.joint_bodies import closed_surface, furnished
from pipeline.rooms.joint_bodies.hidden import Sight, sight
from pipeline.rooms.judging import picture_of, viewpoint_of
from pipeline.rooms.scene import PointMaps, Source, View
from pipeline.rooms.surface import SurfaceSettings, reconstruct_surface
from tests.pipeline.rooms.joint_bodies.furnished_room import KnowingEye, Shot, maps_of, shots


@pytest.fixture(scope="module")
def seen() -> list[Shot]:
    return shots()


@pytest.fixture(scope="module")
def found(seen: list[Shot]) -> PointMaps:
    return furnished(maps_of(seen), KnowingEye(seen))


def _painted(shot: Shot) -> np.ndarray:
    painted: np.ndarray = shot.block & (shot.view.source == Source.INFERRED)
    return painted


def test_a_block_that_was_painted_on_walls_and_floor_stands_where_it_is(
    seen: list[Shot], found: PointMaps
) -> None:
    for shot, view in zip(seen, found.views, strict=True):
        block = _painted(shot)
        before = np.abs(shot.view.depth_m() / shot.true_m - 1)[block]
        after = np.abs(view.depth_m() / shot.true_m - 1)[block]
        assert np.median(before) > 0.2
        assert np.median(after) < 0.05
        assert (after < before).mean() > 0.9


def test_what_was_measured_and_the_walls_stay(seen: list[Shot], found: PointMaps) -> None:
    for shot, view in zip(seen, found.views, strict=True):
        measured = shot.view.source == Source.MEASURED
        assert (view.points[measured] == shot.view.points[measured]).all()
        assert (view.confidence[measured] == shot.view.confidence[measured]).all()
        walls = ~shot.block
        moved = np.abs(view.points - shot.view.points).max(axis=-1) > 1e-4
        assert moved[walls].mean() < 0.03
        assert (view.source == shot.view.source).all()


def test_bodies_are_sure_enough_to_be_shown(seen: list[Shot], found: PointMaps) -> None:
    shares = [
        found.supported(view)[_painted(shot)].mean() for shot, view in zip(seen, found.views, strict=True)
    ]
    assert min(shares) > 0.85  # at rims photos disagree by a pixel


def _apart(maps: PointMaps, seen: list[Shot]) -> float:
    """How far the top of the block lies apart in two photos, metres."""
    tops = []
    for shot, view in zip(seen, maps.views, strict=True):
        top = _painted(shot) & (shot.normals[..., 2] > 0.5)
        tops.append(float(np.median(view.points[top][:, 2])))
    return abs(tops[0] - tops[1])


def test_a_body_of_two_photos_that_differ_becomes_one(
    seen: list[Shot], monkeypatch: pytest.MonkeyPatch
) -> None:
    eye = KnowingEye(seen, (0.95, 1.05))
    together = furnished(maps_of(seen), eye)
    monkeypatch.setattr("pipeline.rooms.joint_bodies.furnish.agreed", lambda seen: seen)
    alone = furnished(maps_of(seen), eye)
    assert _apart(together, seen) < 0.6 * _apart(alone, seen)


def test_a_body_that_another_photo_measured_through_is_not_shown(seen: list[Shot]) -> None:
    other = seen[1]
    points = other.view.points + (other.empty_m - other.view.depth_m())[..., None] * _rays(other.view)
    source = np.where(other.block, Source.MEASURED, Source.INFERRED).astype(np.uint8)
    empty = replace(other.view, points=points.astype(np.float32), source=source)
    maps = replace(maps_of(seen), views=(seen[0].view, empty))
    view = furnished(maps, KnowingEye(seen)).views[0]
    block = _painted(seen[0]) & (np.abs(view.points - seen[0].view.points).max(axis=-1) > 1e-4)
    assert block.any()
    assert (view.confidence[block] < maps.least_confidence).mean() > 0.5  # near the floor both agree


def _rays(view: View) -> np.ndarray:
    rays: np.ndarray = (view.points - view.centre) / view.depth_m()[..., None]
    return rays


def test_bodies_are_closed_and_stand_in_no_photos_way(found: PointMaps) -> None:
    settings = SurfaceSettings(voxel_m=0.06, max_faces=20_000)
    closed, open_ = closed_surface(found, settings=settings), reconstruct_surface(found, settings)
    made = closed.source == Source.GENERATED
    assert made.sum() > 100
    assert (sight(closed.vertices[made].astype(float), found.views) != Sight.THROUGH).all()
    for view in found.views:
        shown, before = (picture_of(surface, viewpoint_of(view)) for surface in (closed, open_))
        assert shown.hole.mean() <= before.hole.mean()
        both = ~shown.hole & ~before.hole
        ratio = shown.depth_m[both] / before.depth_m[both]
        assert (np.abs(ratio - 1) < 0.05).mean() > 0.97, view.photo_id


def test_a_room_without_an_eye_for_its_shape_stays_as_it_is(seen: list[Shot]) -> None:
    long = tuple(_cut(shot.view, 20) for shot in seen)
    maps = replace(maps_of(seen), views=long)
    after = furnished(maps, KnowingEye(seen))
    assert all((a.points == b.points).all() for a, b in zip(maps.views, after.views, strict=True))


def _cut(view: View, rows: int) -> View:
    """A strip of a photo, too long for the eye."""
    arrays = {name: getattr(view, name)[-rows:] for name in ("image", "points", "confidence", "source")}
    K = view.K.copy()
    K[1, 2] -= view.source.shape[0] - rows
    return replace(view, K=K, **arrays)


def test_the_depth_prior_that_was_asked_for_reaches_the_backends() -> None:
    classical, _ = choose("classical", 3, "some/model")
    assert (classical.seed, classical.depth_prior) == (3, "some/model")
    assert classical.version != choose("classical")[0].version


def test_a_room_that_was_measured_well_stays_as_it_is() -> None:
    seen = shots(0.5)
    maps = maps_of(seen)
    assert furnished(maps, KnowingEye(seen)) is maps

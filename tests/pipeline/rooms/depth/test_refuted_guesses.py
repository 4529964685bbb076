"""A guess that a surer photo looks through moves to the wall behind it; what was measured never does."""

from dataclasses import replace

import numpy as np

from pipeline.rooms.depth.confidence import Kind
from pipeline.rooms.depth.refuted_guesses import push_back_contradicted
from pipeline.rooms.scene.point_maps import PointMaps, Source
from tests.pipeline.rooms.seen_room import HEIGHT, WIDTH, seen_from

LEFT, RIGHT = ((1.0, 1.0, 1.4), (2.0, 5.0, 1.2)), ((3.0, 1.0, 1.4), (2.0, 5.0, 1.2))
BLOB = np.s_[40:50, 55:65]


def with_blob(source: Source) -> PointMaps:
    """Two photos of a wall; in the first one something floats halfway to it."""
    maps = seen_from(LEFT, RIGHT)
    first = maps.views[0]
    points, sources = first.points.copy(), first.source.copy()
    points[BLOB] = (first.centre + 0.5 * (points[BLOB] - first.centre)).astype(np.float32)
    sources[BLOB] = source
    return replace(maps, views=(replace(first, points=points, source=sources), maps.views[1]))


def settled(maps: PointMaps, first: float, second: float) -> np.ndarray:
    """Pixels of the first photo that were moved to the wall."""
    trust = [np.full((HEIGHT, WIDTH), value, np.float32) for value in (first, second)]
    walls = [view.points.astype(float) for view in seen_from(LEFT, RIGHT).views]
    kinds = [np.where(view.source == Source.MEASURED, Kind.MEASURED, Kind.SMOOTH) for view in maps.views]
    kinds = [kind.astype(np.uint8) for kind in kinds]
    settled_maps, settled_kinds = push_back_contradicted(maps, kinds, trust, walls)
    found = settled_maps.views[0]
    moved: np.ndarray = (found.points != maps.views[0].points).any(axis=-1)
    assert np.allclose(found.points[moved], walls[0][moved], atol=1e-5)
    assert (settled_kinds[0][moved] == Kind.MOVED).all()
    assert np.isin(settled_kinds[0][~moved], [Kind.REFUTED, *np.unique(kinds[0])]).all()
    assert np.array_equal(found.source, maps.views[0].source)
    return moved


def test_a_guess_in_front_of_what_another_photo_measured_moves_to_the_wall() -> None:
    moved = settled(with_blob(Source.INFERRED), 0.3, 1.0)
    assert moved[BLOB].all()
    assert moved.sum() == 100


def test_of_two_guesses_the_surer_one_stays() -> None:
    assert not settled(with_blob(Source.INFERRED), 0.4, 0.3).any()


def test_measured_points_stay_whatever_another_photo_guesses() -> None:
    assert not settled(with_blob(Source.MEASURED), 0.3, 1.0).any()

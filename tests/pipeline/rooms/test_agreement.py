"""A guess that a surer photo looks through is dropped; what was measured never is."""

from dataclasses import replace

import numpy as np

from pipeline.rooms.agreement import drop_contradicted
from pipeline.rooms.point_maps import PointMaps, Source
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


def trust(first: float, second: float) -> list[np.ndarray]:
    return [np.full((HEIGHT, WIDTH), value, np.float32) for value in (first, second)]


def weak(maps: PointMaps) -> np.ndarray:
    shares: np.ndarray = maps.views[0].confidence < 0.05
    return shares


def test_a_guess_in_front_of_what_another_photo_measured_is_too_weak_for_the_surface() -> None:
    found = weak(drop_contradicted(with_blob(Source.INFERRED), trust(0.3, 1.0)))
    assert found[BLOB].all()
    assert found.sum() == 100


def test_of_two_guesses_the_surer_one_stays() -> None:
    assert not weak(drop_contradicted(with_blob(Source.INFERRED), trust(0.4, 0.3))).any()


def test_measured_points_stay_whatever_another_photo_guesses() -> None:
    assert not weak(drop_contradicted(with_blob(Source.MEASURED), trust(0.3, 1.0))).any()


def test_points_and_sources_are_left_as_they_are() -> None:
    maps = with_blob(Source.INFERRED)
    found = drop_contradicted(maps, trust(0.3, 1.0))
    for before, after in zip(maps.views, found.views, strict=True):
        assert np.array_equal(before.points, after.points)
        assert np.array_equal(before.source, after.source)

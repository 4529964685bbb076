"""A depth is believed as far as the other photos bear it out, and by what else is known of it without truth."""

from dataclasses import replace

import numpy as np

from pipeline.rooms.depth.confidence import COEFFICIENTS, Grounds, Kind, Looks, confidence_of, features
from pipeline.rooms.scene.point_maps import PointMaps, Source
from pipeline.rooms.stereo.stereo import StereoInput, stereo_views
from tests.pipeline.rooms.seen_room import HEIGHT, WIDTH, seen_from

LEFT, RIGHT = ((1.0, 1.0, 1.4), (2.0, 5.0, 1.2)), ((3.0, 1.0, 1.4), (2.0, 5.0, 1.2))
AWAY = ((2.0, 1.0, 1.4), (2.0, -3.0, 1.2))
BLOB = np.s_[36:54, 50:70]


def with_blob(maps: PointMaps, factor: float) -> PointMaps:
    """The first photo's depth times ``factor`` in a block of pixels."""
    first = maps.views[0]
    points = first.points.copy()
    points[BLOB] = (first.centre + factor * (points[BLOB] - first.centre)).astype(np.float32)
    return replace(maps, views=(replace(first, points=points), *maps.views[1:]))


def evidence_of(maps: PointMaps, kind: Kind) -> np.ndarray:
    """Evidence for the first photo, all of whose depths came about in one way."""
    nothing = np.zeros((HEIGHT, WIDTH), np.float32)
    grounds = Grounds(np.full((HEIGHT, WIDTH), kind, np.uint8), nothing.astype(np.int64) + 2, nothing, nothing)
    data = StereoInput(
        images=[view.image for view in maps.views],
        K=np.stack([view.K for view in maps.views]),
        world_from_camera=np.stack([view.world_from_camera for view in maps.views]),
        xyz=np.zeros((0, 3)),
        seen=[np.zeros(0, np.int64) for _ in maps.views],
    )
    others = [np.array([k for k in range(len(maps.views)) if k != i], np.int64) for i in range(len(maps.views))]
    looks = Looks.of(maps.views, stereo_views(data, 1), others)
    return features(maps.views, [grounds] * len(maps.views), looks, 0)


def sure(maps: PointMaps, kind: Kind = Kind.MEASURED) -> np.ndarray:
    """Confidence of the first photo."""
    return confidence_of(evidence_of(maps, kind), np.full((HEIGHT, WIDTH), kind == Kind.MEASURED))


def test_what_two_photos_see_alike_is_sure_and_every_value_is_a_probability() -> None:
    found = sure(seen_from(LEFT, RIGHT))
    assert ((found > 0) & (found < 1)).all()
    assert np.median(found[BLOB]) > 0.8


def test_what_stands_in_front_of_what_another_photo_sees_is_doubted() -> None:
    for kind in (Kind.MEASURED, Kind.SMOOTH):
        right, wrong = sure(seen_from(LEFT, RIGHT), kind), sure(with_blob(seen_from(LEFT, RIGHT), 0.6), kind)
        assert np.median(wrong[BLOB]) < 0.6 * np.median(right[BLOB])


def test_what_lies_behind_what_another_photo_sees_is_surer_than_what_it_looks_through() -> None:
    right, behind, before = (sure(with_blob(seen_from(LEFT, RIGHT), f), Kind.SMOOTH) for f in (1.0, 1.3, 0.6))
    assert np.median(before[BLOB]) < np.median(behind[BLOB]) < np.median(right[BLOB])


def test_a_photo_that_looks_elsewhere_confirms_nothing() -> None:
    confirmed, alone = sure(seen_from(LEFT, RIGHT), Kind.WALL), sure(seen_from(LEFT, AWAY), Kind.WALL)
    assert np.median(alone) < np.median(confirmed)


def test_a_photo_without_others_is_judged_by_itself() -> None:
    maps = seen_from(LEFT)
    found = {kind: np.median(sure(maps, kind)) for kind in (Kind.WALL, Kind.UNSEEN_WALL, Kind.REFUTED)}
    assert found[Kind.REFUTED] < found[Kind.UNSEEN_WALL] < found[Kind.WALL]


def test_a_brighter_exposure_of_the_other_photo_changes_little() -> None:
    maps = seen_from(LEFT, RIGHT)
    other = maps.views[1]
    brighter = replace(other, image=np.clip(other.image.astype(int) + 25, 0, 255).astype(np.uint8))
    found = sure(replace(maps, views=(maps.views[0], brighter)))
    assert np.abs(np.median(found[BLOB]) - np.median(sure(maps)[BLOB])) < 0.05


def test_evidence_has_one_finite_column_for_each_coefficient() -> None:
    maps = with_blob(seen_from(LEFT, RIGHT), 0.5)
    source = np.full((HEIGHT, WIDTH), Source.INFERRED, np.uint8)
    maps = replace(maps, views=(replace(maps.views[0], source=source), maps.views[1]))
    evidence = evidence_of(maps, Kind.INNER)
    assert evidence.shape == (HEIGHT, WIDTH, len(COEFFICIENTS))
    assert np.isfinite(evidence).all()

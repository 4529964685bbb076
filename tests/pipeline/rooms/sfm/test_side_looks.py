"""What photos should see from nearby must look alike; looks from farther aside say nothing."""

import numpy as np
import pytest

from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.doubts import strangers
from pipeline.rooms.sfm.reconstruction import Intrinsics, Reconstruction
from pipeline.rooms.sfm.side_looks import ALIKE, Looks, looked_up, looks_of
from tests.pipeline.rooms import textured_box
from tests.pipeline.rooms.textured_box import SIZE_M, looking, shoot

FOCAL, CENTRE = 260.0, np.array([199.5, 149.5])
#: side by side: two groups of three, a metre apart
POSES = [looking((0.6, y, 1.4), (3.6, 1.4, 1.2)) for y in (0.5, 0.6, 0.7, 1.4, 1.5, 1.6)]
N_POINTS = 150


def _room(known_by: list[tuple[int, ...]], away_m: float = 0.0) -> Reconstruction:
    """Points on the far wall, or ``away_m`` in front of it; point ``k`` is known by ``known_by[k % len]``."""
    wall = np.random.default_rng(0).uniform([0.0, 0.3, 0.3], [0.0, 2.9, 2.2], size=(N_POINTS, 3))
    points = wall + np.array([SIZE_M[0] - away_m, 0.0, 0.0])
    pairs = [(camera, k) for k in range(N_POINTS) for camera in known_by[k % len(known_by)]]
    camera, point = (np.array(column) for column in zip(*pairs, strict=True))
    inverse = np.linalg.inv(np.stack(POSES))
    R, t = inverse[:, :3, :3], inverse[:, :3, 3]
    local = np.einsum("mij,mj->mi", R[camera], points[point]) + t[camera]
    xy = FOCAL * local[:, :2] / local[:, 2:] + CENTRE
    focal, lens, principal = np.array([FOCAL]), np.zeros(len(POSES), np.int64), np.tile(CENTRE, (len(POSES), 1))
    bundle = Bundle(R, t, focal, lens, principal, points, camera, point, xy)
    intrinsics = Intrinsics(lens, focal, focal, 0.04, principal)
    return Reconstruction(R, t, np.ones(len(POSES), bool), intrinsics, bundle)


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    return [shoot(pose, 400, 300, FOCAL).image for pose in POSES]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """The same views in a room with other walls."""
    with monkeypatch.context() as patch:
        patch.setattr(textured_box, "TEXTURES", [textured_box._texture(face) for face in range(10, 16)])
        return [shoot(pose, 400, 300, FOCAL).image for pose in POSES]


def _looks(room: Reconstruction, images: list[np.ndarray]) -> Looks:
    return looks_of(room, images)


def _alike(values: list[float]) -> float:
    return float((np.array(values) > ALIKE).mean())


def test_a_photo_between_two_that_agree_sees_the_same(images: list[np.ndarray]) -> None:
    found = looked_up(_looks(_room([(0, 2)]), images), 0, 1)
    assert len(found) > 20
    assert _alike(found) > 0.95


def test_a_photo_of_another_place_shows_what_differs(
    images: list[np.ndarray], elsewhere: list[np.ndarray]
) -> None:
    found = looked_up(_looks(_room([(0, 2)]), [images[0], elsewhere[1], *images[2:]]), 0, 1)
    assert len(found) > 20
    assert _alike(found) < 0.3


def test_a_photo_from_farther_aside_is_not_asked(images: list[np.ndarray]) -> None:
    assert looked_up(_looks(_room([(0, 2)]), images), 0, 3) == []


def test_a_photo_that_matched_a_point_is_not_asked(images: list[np.ndarray]) -> None:
    assert looked_up(_looks(_room([(0, 1, 2)]), images), 0, 1) == []


def test_what_is_no_surface_even_to_photos_that_matched_it_is_not_asked_for(images: list[np.ndarray]) -> None:
    """Points in mid-air: behind each, the photos show different parts of the wall."""
    on_wall, in_air = (looked_up(_looks(_room([(0, 5)], away), images), 0, 1) for away in (0.0, 1.2))
    assert len(in_air) < len(on_wall) / 3


def test_two_places_are_told_apart_where_their_photos_look_from_among_each_other(
    images: list[np.ndarray], elsewhere: list[np.ndarray]
) -> None:
    room = _room([(0, 4), (1, 5)])
    assert strangers(room, images) == []
    mixed = [elsewhere[k] if k % 2 else images[k] for k in range(len(POSES))]
    assert sorted(strangers(room, mixed)) in ([0, 2, 4], [1, 3, 5])


def test_looks_from_farther_aside_tell_no_places_apart(
    images: list[np.ndarray], elsewhere: list[np.ndarray]
) -> None:
    """Plants and cluttered shelves look different from aside, too: it would part photos of one place."""
    assert strangers(_room([(0, 2), (3, 5)]), [*images[:3], *elsewhere[3:]]) == []


def test_what_only_one_side_misses_may_be_hidden(images: list[np.ndarray], elsewhere: list[np.ndarray]) -> None:
    """The odd photos do not show what the even ones know, but these miss nothing that the odd ones know."""
    mixed = [elsewhere[k] if k % 2 else images[k] for k in range(len(POSES))]
    assert strangers(_room([(0, 4)]), mixed) == []

"""What hangs together with the rest of a room by one photo gets the size that the room has."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rooms.layout.layout import LayoutBox
from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.reconstruction import Intrinsics, Reconstruction
from pipeline.rooms.sfm.room_scale import RoomPictures, certain_factor, face_votes, loose_parts, resized
from tests.pipeline.rooms.drawn_rooms import DISTANCES_M, FOCAL_PX, HEIGHT_PX, WIDTH_PX, draw, drawn_box

FRONT, LEFT, RIGHT, FLOOR, CEILING = DISTANCES_M
#: where the photos were taken, and how they are turned
CENTRES = np.array([[0.0, 0.0, 0.0], [0.5, 0.3, 0.0], [-0.6, 0.9, 0.1], [0.9, 1.2, -0.1]])
YAWS = (12.0, -25.0, 40.0, -8.0)
INTRINSICS = Intrinsics(
    np.zeros(4, np.int64),
    np.array([FOCAL_PX]),
    np.array([FOCAL_PX]),
    0.04,
    np.tile([(WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2], (4, 1)),
)


def points(n: int, seed: int) -> np.ndarray:
    """Points on the front and right walls, the floor and the ceiling."""
    found = np.random.default_rng(seed).uniform([-LEFT, 1.5, -FLOOR], [RIGHT, FRONT, CEILING], size=(n, 3))
    found[::4, 1], found[1::4, 0], found[2::4, 2], found[3::4, 2] = FRONT, RIGHT, -FLOOR, CEILING
    return found


@pytest.fixture(scope="module")
def boxes() -> list[LayoutBox]:
    away = [(c[1], -c[0], c[0], -c[2], c[2]) for c in CENTRES]
    return [drawn_box(yaw, distances_m=DISTANCES_M - shift) for yaw, shift in zip(YAWS, away, strict=True)]


@pytest.fixture(scope="module")
def pictures(boxes: list[LayoutBox]) -> RoomPictures:
    return RoomPictures([draw(box) for box in boxes])


def placed(boxes: list[LayoutBox], factor: float = 1.0) -> Reconstruction:
    """The photos in their places, but the last ``factor`` times as far from the one before it."""
    rotation = np.stack([box.camera_from_room for box in boxes])
    centres = CENTRES.copy()
    centres[3] = CENTRES[2] + factor * (CENTRES[3] - CENTRES[2])
    shift = -np.einsum("nij,nj->ni", rotation, centres)
    return Reconstruction(rotation, shift, np.ones(4, bool), INTRINSICS)


def with_points(state: Reconstruction, factor: float, *, tied: bool = False) -> Reconstruction:
    """Photos 0 to 2 share points, 2 and 3 others; ``tied``: 3 shares those of the first as well."""
    first, second = points(200, 0), points(160, 1)
    second = CENTRES[2] + factor * (second - CENTRES[2])
    pairs = [(0, first, 0), (1, first, 0), (2, first, 0), (2, second, 200), (3, second, 200)]
    pairs += [(3, first, 0)] if tied else []
    camera = np.concatenate([np.full(len(xyz), k) for k, xyz, _ in pairs])
    point = np.concatenate([start + np.arange(len(xyz)) for _, xyz, start in pairs])
    xyz = np.concatenate([first, second])
    points_seen = Bundle(
        state.rotation, state.shift, INTRINSICS.focal, INTRINSICS.lens, INTRINSICS.principal,
        xyz, camera, point, np.zeros((len(camera), 2)),
    )  # fmt: skip
    return replace(state, bundle=points_seen)


def test_faces_vote_for_the_factor_that_brings_them_together() -> None:
    known, linked = points(300, 2) - CENTRES[2], 0.6 * (points(200, 3) - CENTRES[2])
    logarithm, votes = face_votes(known, linked)
    best = logarithm[votes.argmax()]
    assert np.exp(best) == pytest.approx(1 / 0.6, rel=0.03)
    assert votes[np.abs(logarithm - best) > 0.2].max() < 0.8


def test_one_box_explains_photos_in_their_places_best(boxes: list[LayoutBox], pictures: RoomPictures) -> None:
    values = {}
    for factor in (0.5, 1.0, 2.0):
        state = with_points(placed(boxes, factor), factor)
        values[factor] = pictures.likeness(state, np.eye(3), state.bundle.xyz, 1.0)
    assert values[1.0] > max(values[0.5], values[2.0]) + 0.05
    twice = placed(boxes)
    larger = twice.moved(twice.rotation, 2 * twice.shift)
    xyz = 2 * with_points(twice, 1.0).bundle.xyz
    assert pictures.likeness(larger, np.eye(3), xyz, 2.0) == pytest.approx(values[1.0])


@pytest.mark.parametrize(
    ("hill", "height", "found"),
    [
        (1 / 0.6, 0.0, 1 / 0.6),  # the photos do not mind: faces decide
        (1 / 0.6, 0.3, 1 / 0.6),
        (1.0, 0.3, 1.0),  # the photos are sure
        (1.0, 0.1, None),  # they and the faces disagree
    ],
)
def test_a_factor_is_certain_or_there_is_none(hill: float, height: float, found: float | None) -> None:
    known, linked = points(300, 2) - CENTRES[2], 0.6 * (points(200, 3) - CENTRES[2])

    def likeness(factor: float) -> float:
        return height * float(np.exp(-((np.log(factor / hill) / 0.1) ** 2)))

    factor = certain_factor(known, linked, 1.3, likeness)
    assert factor == (None if found is None else pytest.approx(found, rel=0.12))


def test_a_part_is_loose_that_hangs_by_one_photo(boxes: list[LayoutBox]) -> None:
    (middle, part), *rest = loose_parts(with_points(placed(boxes), 1.0).bundle)
    assert (middle, part.tolist(), rest) == (2, [False, False, False, True], [])
    assert loose_parts(with_points(placed(boxes), 1.0, tied=True).bundle) == []


@pytest.mark.parametrize("factor", [0.45, 2.2])
def test_a_loose_part_of_the_wrong_size_gets_the_right_one(
    boxes: list[LayoutBox], pictures: RoomPictures, factor: float
) -> None:
    wrong = placed(boxes, factor)
    found = resized(with_points(wrong, factor), np.eye(3), pictures)
    assert found is not None
    assert np.linalg.norm(found.centre(3) - CENTRES[2]) == pytest.approx(
        np.linalg.norm(CENTRES[3] - CENTRES[2]), rel=0.05
    )
    assert np.array_equal(found.shift[:3], wrong.shift[:3])


def test_nothing_changes_where_sizes_agree_or_points_tie_the_photos(
    boxes: list[LayoutBox], pictures: RoomPictures
) -> None:
    right, wrong = placed(boxes), placed(boxes, 2.2)
    assert resized(with_points(right, 1.0), np.eye(3), pictures) is None
    assert resized(with_points(wrong, 2.2, tied=True), np.eye(3), pictures) is None

"""Photos of two places merged because they look alike in part are told apart; photos of one place are not."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.look_alikes import groups_apart, merged_wrongly
from pipeline.rooms.sfm.patch_likeness import Likeness, compare
from pipeline.rooms.sfm.reconstruction import Intrinsics, Reconstruction
from tests.pipeline.rooms import textured_box
from tests.pipeline.rooms.textured_box import looking, shoot, true_cameras

POSES = [looking((0.7, y, 1.3 + 0.05 * k), (4.0, 1.7, 1.0)) for k, y in enumerate((0.5, 1.0, 0.8, 1.3, 0.6))]
#: floor, side walls and ceiling of another room; the wall straight ahead (number 1) is the same
OTHERS = [
    textured_box._texture(face) if face != 1 else textured_box.TEXTURES[1] for face in (10, 1, 12, 13, 14, 15)
]


def _model(poses: list[np.ndarray]) -> tuple[Reconstruction, list[np.ndarray]]:
    shots = [shoot(pose, 400, 300, 250.0) for pose in poses]
    sparse = true_cameras(shots, 60).points
    n = len(poses)
    inverse = np.linalg.inv(np.stack(poses))
    rotation, shift = inverse[:, :3, :3], inverse[:, :3, 3]
    focal, principal = np.array([250.0]), np.tile([199.5, 149.5], (n, 1))
    intrinsics = Intrinsics(np.zeros(n, np.int64), focal, focal, 0.01, principal)
    tracks = sparse.track_camera, sparse.track_point, sparse.track_xy
    bundle = Bundle(*(rotation, shift, focal, intrinsics.lens, principal, sparse.xyz), *tracks)
    state = Reconstruction(rotation, shift, np.ones(n, bool), intrinsics, bundle)
    return state, [shot.image for shot in shots]


def _elsewhere(monkeypatch: pytest.MonkeyPatch, poses: list[np.ndarray]) -> list[np.ndarray]:
    """The same views in the other room."""
    with monkeypatch.context() as patch:
        patch.setattr(textured_box, "TEXTURES", OTHERS)
        return _model(poses)[1]


def test_photos_of_one_room_belong_together_whatever_their_exposure() -> None:
    state, images = _model(POSES)
    assert merged_wrongly(state, images, np.eye(3), 0) == []
    darker = [*images[:2], *((0.4 * image + 30).astype(np.uint8) for image in images[2:])]
    assert merged_wrongly(state, darker, np.eye(3), 0) == []


def test_of_two_rooms_that_share_one_wall_the_one_with_fewer_photos_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state, images = _model(POSES)
    bundle, other = state.bundle, _elsewhere(monkeypatch, POSES)
    # points that were matched within each room: all but those on the wall that both share, which all see
    alien = np.isin(bundle.camera, [3, 4])
    common = bundle.xyz[bundle.point, 0] > 3.9
    number = bundle.point + len(bundle.xyz) * (alien & ~common)
    both = Bundle(
        *(bundle.rotation, bundle.shift, bundle.focal, bundle.lens, bundle.principal),
        *(np.concatenate([bundle.xyz, bundle.xyz]), bundle.camera, number, bundle.xy),
    )
    mixed = [*images[:3], *other[3:]]
    assert merged_wrongly(replace(state, bundle=both), mixed, np.eye(3), 0) == [3, 4]
    # and the answer does not depend on which photos come first
    swapped = [*other[:3], *images[3:]]
    assert merged_wrongly(replace(state, bundle=both), swapped, np.eye(3), 0) == [3, 4]


def test_fewer_than_two_pairs_of_photos_tell_nothing() -> None:
    state, images = _model(POSES[:3])
    assert merged_wrongly(state, images[::-1], np.eye(3), 0) == []


def test_photos_are_most_alike_at_their_true_places() -> None:
    state, images = _model(POSES)
    likeness = compare(state, images, np.eye(3), 0)
    n, photos = len(likeness.alike), len(POSES)
    assert likeness.alike.shape == likeness.angle_rad.shape == (n, photos, photos)
    compared = likeness.alike[~np.isnan(likeness.alike)]
    assert len(compared) > 100
    assert np.median(compared) > 0.95
    assert np.allclose(likeness.alike, likeness.alike.transpose(0, 2, 1), equal_nan=True)


def _places(against_first: int, against_second: int, along: int) -> Likeness:
    """Photos 0, 1 and 2, 3 agree among themselves at every place, and with each other ``along`` times."""
    n = against_first + against_second + along
    alike = np.full((n, 4, 4), 0.2)
    alike[:, :2, :2] = alike[:, 2:, 2:] = 0.95
    alike[-along:] = 0.95
    # where only one pair sees the same, the other pair is not sure of anything
    alike[:against_first, 2, 3] = alike[:against_first, 3, 2] = np.nan
    alike[against_first : against_first + against_second, 0, 1] = np.nan
    alike[against_first : against_first + against_second, 1, 0] = np.nan
    all_of = np.ones((n, 4), bool)
    return Likeness(alike, np.full((n, 4, 4), 0.1), np.ones((n, 4)), all_of, all_of.copy())


def test_what_one_side_alone_misses_may_be_hidden_what_both_miss_is_elsewhere() -> None:
    assert groups_apart(_places(40, 0, 60)) is None
    side = groups_apart(_places(20, 20, 60))
    assert side is not None
    assert side.tolist() in ([True, True, False, False], [False, False, True, True])


def test_nothing_counts_behind_what_stands_in_the_way() -> None:
    places = _places(20, 20, 60)
    hidden = np.zeros_like(places.free)
    assert (
        groups_apart(Likeness(places.alike, places.angle_rad, places.distance, places.distinct, hidden)) is None
    )

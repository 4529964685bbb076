"""A learned model may join only photos that verified matches connect, whatever it is given."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.progress import Progress
from pipeline.rooms import backends
from pipeline.rooms.grouping import group, joined, joined_by_matches
from pipeline.rooms.grouping.group import GroupingSettings
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import NotEnoughViews, PointMaps, Source, View
from tests.pipeline.rooms import textured_box

NOTHING = LeftOut(LeftOutReason.SHARES_NOTHING)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joined, "GroupingSettings", lambda seed: GroupingSettings(seed=seed, max_features=400))


def _photo(folder: Path, name: str, image: np.ndarray) -> RoomPhoto:
    path = folder / f"{name}.png"
    Image.fromarray(image).save(path)
    return RoomPhoto(name, path, image.shape[1], image.shape[0])


@pytest.fixture
def mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[RoomPhoto]:
    """Three photos of one room, two of another, two of noise."""
    photos = [_photo(tmp_path, f"a{k}", shot.image) for k, shot in enumerate(textured_box.shots(240)[:3])]
    other = [texture[::-1, :, ::-1] for texture in reversed(textured_box.TEXTURES)]
    monkeypatch.setattr(textured_box, "TEXTURES", other)
    photos += [_photo(tmp_path, f"b{k}", shot.image) for k, shot in enumerate(textured_box.shots(240)[:2])]
    noise = (np.random.default_rng(k).integers(0, 255, (240, 320, 3), np.uint8) for k in range(2))
    return [*photos, *(_photo(tmp_path, f"noise{k}", image) for k, image in enumerate(noise))]


@pytest.mark.slow
def test_of_mixed_photos_only_those_of_one_room_are_joined(
    mixed: list[RoomPhoto], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The whole way of the backend, with a model that would join anything."""
    monkeypatch.setattr("pipeline.rooms.learned.learned_point_maps", _joins_anything)
    monkeypatch.setattr(backends.Fast3R, "version", "test")
    maps = backends.Fast3R().point_maps(mixed, None, Progress())
    assert [view.photo_id for view in maps.views] == ["a0", "a1", "a2"]
    assert maps.left_out == dict.fromkeys(["b0", "b1", "noise0", "noise1"], NOTHING)
    assert Source.MEASURED not in np.unique([view.source for view in maps.views])


def _joins_anything(photos: list[RoomPhoto], name: str, *_: object) -> PointMaps:
    flat = np.ones((4, 4), np.float32)
    view = View(
        photo_id="",
        image=np.zeros((4, 4, 3), np.uint8),
        world_from_camera=np.eye(4),
        K=np.eye(3),
        points=np.ones((4, 4, 3), np.float32),
        confidence=flat,
        source=np.full((4, 4), Source.INFERRED, np.uint8),
    )
    return PointMaps(tuple(replace(view, photo_id=photo.photo_id) for photo in photos), name)


Found = Callable[[tuple[tuple[str, ...], ...]], None]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    """Groups as the evidence gives them."""

    def set_groups(groups: tuple[tuple[str, ...], ...]) -> None:
        result = group.PhotoGroups(groups, {}, (), {}, 0, 0)
        monkeypatch.setattr(joined, "group_photos", lambda *_: result)

    return set_groups


def _named(*names: str) -> list[RoomPhoto]:
    return [RoomPhoto(name, Path(name), 320, 240) for name in names]


def test_without_evidence_nothing_is_joined_and_every_photo_says_why(found: Found) -> None:
    found((("a",), ("b",)))
    with pytest.raises(NotEnoughViews, match="share nothing") as raised:
        joined_by_matches(_named("a", "b"))
    assert raised.value.left_out == {"a": NOTHING, "b": NOTHING}


def test_the_order_of_the_photos_stays(found: Found) -> None:
    found((("c", "a"), ("b",)))
    kept, apart = joined_by_matches(_named("a", "b", "c"))
    assert [photo.photo_id for photo in kept] == ["a", "c"]
    assert apart == {"b": NOTHING}


def test_one_photo_needs_no_evidence() -> None:
    one = _named("a")
    assert joined_by_matches(one) == (one, {})

"""Rooms are those that the source named; only loose photos are grouped, and the report says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import pipeline.recipe.grouping_stage as stage
from pipeline.options import AnalysisOptions
from pipeline.progress import Progress
from pipeline.recipe.grouping_stage import find_rooms
from pipeline.recipe.stages import NullRecorder, StageRunner, Stored
from pipeline.rooms.grouping.group import GroupingSettings, PhotoGroups
from pipeline.rooms.photos.room_photo import RoomPhoto
from pipeline.rooms.processes import ProcessFailed
from pipeline.store import Store
from scrapers.listing import Listing, Photo, RoomPhotos

Grouper = Callable[[list[RoomPhoto], Path, GroupingSettings, Progress], PhotoGroups]


def _listing(folder: Path, *rooms: RoomPhotos) -> Stored[Listing]:
    ids = sorted({photo_id for room in rooms for photo_id in room.photo_ids})
    photos = tuple(Photo(id=i, file=f"{i}.jpg", width_px=8, height_px=6, original=f"IMG_{i}.jpg") for i in ids)
    listing = Listing(id="flat", source="folder", origin="x", title="Flat", photos=photos, rooms=rooms)
    listing.save(folder)
    return Stored("key", folder, Listing)


def _loose(ids: str) -> RoomPhotos:
    return RoomPhotos(id="photos", name="Photos", photo_ids=tuple(ids), grouped=False)


def _named(name: str, ids: str) -> RoomPhotos:
    return RoomPhotos(id=name, name=name, photo_ids=tuple(ids))


@pytest.fixture
def runner(store: Store) -> StageRunner:
    return StageRunner(store, NullRecorder())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Replaces the work; the list receives the photos of each call."""
    calls: list[list[str]] = []

    def group(
        photos: list[RoomPhoto], folder: Path, settings: GroupingSettings, progress: Progress
    ) -> PhotoGroups:
        calls.append([photo.photo_id for photo in photos])
        ids = calls[-1]
        kept_out = {ids[-1]: "shows nothing"}
        return PhotoGroups((tuple(ids[:2]), *((i,) for i in ids[2:-1])), kept_out, (), {}, 6, settings.seed)

    monkeypatch.setattr(stage, "group_photos", group)
    return calls


def test_named_rooms_stay_as_they_are(tmp_path: Path, runner: StageRunner, asked: list[list[str]]) -> None:
    listing = _listing(tmp_path, _named("bedroom", "ab"), _named("kitchen", "cd"))
    found = find_rooms(listing, AnalysisOptions(), runner)
    assert found.rooms == listing.value.rooms
    assert found.key is None
    assert "named" in found.notes[0]
    assert asked == []


def test_loose_photos_become_rooms_and_the_evidence_is_kept(
    tmp_path: Path, runner: StageRunner, asked: list[list[str]]
) -> None:
    listing = _listing(tmp_path, _named("room-1", "xy"), _loose("abcde"))
    found = find_rooms(listing, AnalysisOptions(), runner)
    assert [(room.id, room.name, room.photo_ids) for room in found.rooms] == [
        ("room-1", "room-1", ("x", "y")),
        ("room-2", "Room 2 (2 photos)", ("a", "b")),
        ("room-3", "Room 3 (1 photo)", ("c",)),
        ("room-4", "Room 4 (1 photo)", ("d",)),
    ]
    assert found.key is not None
    assert runner.store.artefacts.has(found.key)
    assert "4 photos without a room were grouped into 3 rooms" in found.notes[0]
    assert found.notes[1] == "IMG_e.jpg is in no room: it shows nothing"
    assert find_rooms(listing, AnalysisOptions(), runner) == found
    assert asked == [list("abcde")]


def test_another_seed_is_another_grouping(tmp_path: Path, runner: StageRunner, asked: list[list[str]]) -> None:
    listing = _listing(tmp_path, _loose("abcd"))
    keys = {find_rooms(listing, AnalysisOptions(seed=seed), runner).key for seed in (0, 1)}
    assert len(keys) == len(asked) == 2


@pytest.mark.parametrize(("photos", "rooms"), [("abc", True), ("abcde", False)])
def test_few_photos_or_no_wish_for_rooms_need_no_grouping(
    tmp_path: Path, runner: StageRunner, asked: list[list[str]], photos: str, rooms: bool
) -> None:
    listing = _listing(tmp_path, _loose(photos))
    found = find_rooms(listing, AnalysisOptions(rooms=rooms), runner)
    assert found.rooms == listing.value.rooms
    assert found.key is None
    assert asked == []


def test_a_failed_comparison_leaves_the_photos_together(
    tmp_path: Path, runner: StageRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> PhotoGroups:
        raise ProcessFailed("It died.", "Try again.")

    monkeypatch.setattr(stage, "group_photos", fail)
    listing = _listing(tmp_path, _loose("abcd"))
    found = find_rooms(listing, AnalysisOptions(), runner)
    assert found.rooms == listing.value.rooms
    assert found.notes == ("loose photos are one room: It died.",)


def test_a_listing_without_photos_has_no_rooms(tmp_path: Path, runner: StageRunner) -> None:
    assert find_rooms(_listing(tmp_path), AnalysisOptions(), runner).rooms == ()

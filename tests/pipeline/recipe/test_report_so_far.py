"""Reviews are read before any photo is looked at, and what stands is shown before the rest is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import pipeline.recipe.analysis as recipe
from pipeline.errors import Impossible
from pipeline.options import AnalysisOptions
from pipeline.recipe.grouping_stage import Rooms
from pipeline.recipe.stages import StageRunner, Stored
from pipeline.report import ListingReport, RoomReport
from pipeline.store import Store
from scrapers.listing import Listing, RoomPhotos

ROOMS = ("Kitchen", "Attic", "Cellar")


@pytest.fixture
def flat(tmp_path: Path) -> str:
    """A folder with a photo of each room."""
    folder = tmp_path / "flat"
    folder.mkdir()
    for number, name in enumerate(ROOMS):
        Image.linear_gradient("L").rotate(90 * number).convert("RGB").save(folder / f"{name}.png")
    rooms = {name: [f"{name}.png"] for name in ROOMS}
    (folder / "rooms.json").write_text(json.dumps(rooms), encoding="utf-8")
    return str(folder)


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was worked on, in order; the work itself is left out. The attic cannot be built."""
    done: list[str] = []

    def reviews(listing: Stored[Listing], options: AnalysisOptions, runner: StageRunner) -> tuple[str, None]:
        done.append("reviews")
        return "11" * 32, None

    def find(listing: Stored[Listing], options: AnalysisOptions, runner: StageRunner) -> Rooms:
        done.append("grouping")
        return Rooms(listing.value.rooms)

    def build(
        listing: Stored[Listing], room: RoomPhotos, options: AnalysisOptions, runner: StageRunner
    ) -> list[RoomReport]:
        done.append(room.name)
        if room.name == "Attic":
            raise Impossible("Too dark.", "Switch the light on.")
        return [RoomReport(room_id=room.id, name=room.name, status="built", photo_ids=room.photo_ids)]

    monkeypatch.setattr(recipe, "read_reviews", reviews)
    monkeypatch.setattr(recipe, "find_rooms", find)
    monkeypatch.setattr(recipe, "reconstruct_rooms", build)
    return done


@pytest.fixture
def analysed(store: Store, flat: str) -> Callable[..., tuple[list[ListingReport], Stored[ListingReport]]]:
    """Analyses the flat; the reports on the way, and the last."""

    def run(**options: bool) -> tuple[list[ListingReport], Stored[ListingReport]]:
        keys: list[str] = []
        chosen = AnalysisOptions(**options)
        _, stored = recipe.analyse(flat, chosen, StageRunner(store), on_report=keys.append)
        return [ListingReport.load(store.artefacts.folder(key)) for key in keys], stored

    return run


Analysed = Callable[..., tuple[list[ListingReport], Stored[ListingReport]]]


def test_reviews_come_first_then_room_by_room(order: list[str], analysed: Analysed) -> None:
    analysed()
    assert order == ["reviews", "grouping", *ROOMS]


def test_each_room_is_shown_as_soon_as_it_stands(order: list[str], analysed: Analysed) -> None:
    on_the_way, last = analysed()
    assert [[room.status for room in report.rooms] for report in on_the_way] == [
        ["waiting", "waiting", "waiting"],
        ["built", "waiting", "waiting"],
        ["built", "impossible", "waiting"],
    ]
    assert [room.status for room in last.value.rooms] == ["built", "impossible", "built"]
    assert all(report.unfinished for report in on_the_way) and not last.value.unfinished
    for report in on_the_way:
        assert report.reviews_key == last.value.reviews_key is not None
        assert [(room.name, room.photo_ids) for room in report.rooms] == [
            (room.name, room.photo_ids) for room in last.value.rooms
        ]


def test_what_was_shown_on_the_way_leaves_no_trace_in_the_report(order: list[str], analysed: Analysed) -> None:
    _, first = analysed()
    _, again = analysed()
    assert first.key == again.key
    assert "waiting" not in first.value.model_dump_json()


def test_without_rooms_nothing_is_shown_twice(order: list[str], analysed: Analysed) -> None:
    on_the_way, last = analysed(rooms=False)
    assert on_the_way == []
    assert {room.status for room in last.value.rooms} == {"skipped"}

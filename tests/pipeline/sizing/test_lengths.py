"""A typed length: kept with its listing, used at once, forgotten when asked."""

from pathlib import Path

import pytest

from pipeline.api import shown_listing
from pipeline.commands.plans import type_lengths
from pipeline.commands.show import report_lines
from pipeline.rooms.sizes import TypedLength
from pipeline.sizing import keep_length, kept_lengths, listing_sizes, room_plan
from pipeline.store import LengthEntry
from tests.pipeline.sizing.test_stored import stored


def test_a_typed_length_rescales_numbers_plan_and_json_at_once(tmp_path: Path) -> None:
    store, report = stored(tmp_path)
    before = listing_sizes(store, report).rooms["a"]
    line = type_lengths(store, report.listing_id, "a", {"length": 6.0}, forget=False)
    assert line.startswith("6.0 × 4.7 × 3.0 m")
    assert "a typed length" in line
    sizes = listing_sizes(store, report)
    assert before.scale.value == pytest.approx(1.0, abs=0.01)
    assert sizes.rooms["a"].scale.value == pytest.approx(1.2, abs=0.03)
    assert room_plan(report.rooms[0], sizes).floor[1][0] == pytest.approx(6.0, rel=0.03)
    shown = shown_listing(store, report.listing_id).rooms[0]
    assert shown.size is not None
    assert shown.size.length_m is not None
    assert shown.size.length_m.value == pytest.approx(6.0, abs=0.02)
    assert any("6.0 × 4.7" in row for row in report_lines(store, report.listing_id))


def test_another_length_of_the_same_side_replaces_it_and_it_can_be_forgotten(tmp_path: Path) -> None:
    store, report = stored(tmp_path)
    for metres in (6.0, 5.2):
        keep_length(store, report, TypedLength("a", metres, "length"))
    assert kept_lengths(store, report) == [TypedLength("a", 5.2, "length")]
    assert "5.0 ×" in type_lengths(store, report.listing_id, "a", {}, forget=True)
    assert kept_lengths(store, report) == []


def test_places_of_a_room_that_was_measured_anew_mean_nothing(tmp_path: Path) -> None:
    store, report = stored(tmp_path)
    keep_length(store, report, TypedLength("a", 2.0, "points", 1.6))
    assert len(kept_lengths(store, report)) == 1
    store.catalogue.put_length(report.listing_id, LengthEntry("a", "points", 2.0, 1.6, "an older measure"))
    assert kept_lengths(store, report) == []


def test_a_room_that_was_not_measured_is_refused_by_name(tmp_path: Path) -> None:
    store, report = stored(tmp_path)
    with pytest.raises(ValueError, match="no measured room 'c'; measured are: a, b"):
        keep_length(store, report, TypedLength("c", 2.0, "length"))


def test_deleting_a_listing_forgets_what_was_typed(tmp_path: Path) -> None:
    store, report = stored(tmp_path)
    keep_length(store, report, TypedLength("a", 5.2, "length"))
    store.catalogue.delete_listing(report.listing_id)
    assert store.catalogue.lengths(report.listing_id) == []

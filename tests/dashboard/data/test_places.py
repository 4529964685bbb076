"""Where all listings are is known without reading them: a map over a large store is as quick as any page."""

import pytest

from dashboard.data import places
from dashboard.data.places import placed
from pipeline.reviews.report import Score
from pipeline.store import Store, forget_listing
from scrapers.listing import Listing
from tests.dashboard.invented import StoreMaker, invented_report


def _put(maker: StoreMaker, listing_id: str, latitude: float | None) -> Listing:
    made, _ = maker.listing(listing_id, reviews=8)
    listing = made.model_copy(update={"latitude": latitude, "longitude": latitude, "neighbourhood": "Harbour"})
    folder = maker.store.settings.work_folder / f"{listing_id}-placed"
    folder.mkdir()
    listing.save(folder)
    key = maker.put(f"{listing_id}-placed", folder, "collect")
    maker.store.catalogue.put_listing(listing, key)
    maker.report(listing, key, maker.reviews(listing))
    return listing


def test_where_listings_are_and_how_they_are_judged_is_read_once(
    maker: StoreMaker, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for listing_id, latitude in (("a", 50.0), ("b", 51.0), ("nowhere", None)):
        _put(maker, listing_id, latitude)
    first = placed(store)
    assert [(one.pin.listing_id, one.pin.latitude, one.neighbourhood) for one in first] == [
        ("b", 51.0, "Harbour"),
        ("a", 50.0, "Harbour"),
    ]

    def never(*_: object) -> None:
        raise AssertionError("a page over all listings must read none of them")

    monkeypatch.setattr(places, "read_result", never)
    monkeypatch.setattr(places, "load", never)
    assert placed(store) == first


def test_results_of_an_older_version_are_read_once_and_damaged_ones_are_left_out(
    maker: StoreMaker, store: Store
) -> None:
    listing = _put(maker, "a", 50.0)
    _put(maker, "b", 51.0)
    entry = store.catalogue.listing("a")
    with store.catalogue._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM summaries")
    (store.artefacts.folder(store.catalogue.listing("b").key) / "listing.json").write_text("{")
    assert [one.pin.listing_id for one in placed(store)] == ["a"]
    assert store.catalogue.summaries()[entry.key]["latitude"] == listing.latitude


def test_the_whole_score_is_told_and_forgotten_with_the_listing(maker: StoreMaker, store: Store) -> None:
    listing = _put(maker, "a", 50.0)
    judged = {"overall": Score(value=0.834, low=0.7, high=0.9, weight=9.0)}
    folder = store.settings.work_folder / "judged"
    invented_report(listing).model_copy(update=judged).save(folder)
    entry, reviews_key = store.catalogue.listing("a"), maker.put("judged", folder, "topics")
    assert entry.report_key is not None
    store.catalogue.put_report("a", "job", entry.report_key, [reviews_key], reviews_key)
    assert placed(store)[0].pin.told == "Guests: 83 of 100"
    forget_listing(store, "a")
    assert not {entry.key, reviews_key} & store.catalogue.summaries().keys()

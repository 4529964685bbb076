"""The cache of one listing: round trips, time to live, damage."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path

import pytest

from scrapers.airbnb.fetch.cache import ListingCache, StoredPage
from scrapers.airbnb.fetch.harvest import Harvest, count_rows
from scrapers.airbnb.parse.parsed import ParsedListing, ParsedPhoto, ParsedRoom, ReviewsPage
from scrapers.airbnb.source import AirbnbSource
from scrapers.errors import CollectError
from scrapers.listing import Problem, Review, ReviewTag
from tests.replica.payloads import invent, reviews_response

PAGE = ParsedListing(
    listing_id="9007199254740993123",
    title="Ärger & Söhne",
    latitude=-4.5,
    amenities=(),
    category_ratings={"value": 4.5},
    photos=(ParsedPhoto("https://a0.muscache.com/im/1.jpeg", "c", "l", "bed", "7"),),
    rooms=(ParsedRoom("bed", "Bedroom"),),
    reviews=(Review(id="1", text="ok", date=dt.date(2026, 1, 2)),),
    review_tags=(ReviewTag(name="VIEW", count=3),),
    provenance={"title": "dom"},
    problems=(Problem(subject="a", message="b"),),
)


def reviews(first: int, count: int) -> tuple[Review, ...]:
    return tuple(Review(id=str(first + index), text=f"text {first + index}") for index in range(count))


def answer(sweep: int, offset: int, ids: range, total: int | None) -> StoredPage:
    page = ReviewsPage(tuple(Review(id=str(i), text="t") for i in ids), total)
    return StoredPage(sweep, offset, len(ids), page)


@pytest.fixture
def cache(tmp_path: Path) -> ListingCache:
    made = ListingCache(tmp_path, "123-www.airbnb.com")
    made.generation()
    return made


def test_a_page_comes_back_as_it_was(cache: ListingCache) -> None:
    assert cache.page() is None
    cache.keep_page(PAGE)
    assert cache.page() == PAGE


def test_the_key_of_the_requests_is_not_kept(cache: ListingCache) -> None:
    cache.keep_page(ParsedListing(title="t", api_key="verysecretkey"))
    assert "verysecretkey" not in (cache.folder / "page.json").read_text()


def test_answers_come_back_in_order(cache: ListingCache) -> None:
    later, first = answer(0, 24, range(24, 30), 30), answer(0, 0, range(24), 30)
    cache.keep_reviews(later)
    cache.keep_reviews(first)
    assert cache.reviews() == [first, later]


def test_damaged_files_are_as_good_as_none(cache: ListingCache) -> None:
    cache.keep_page(PAGE)
    cache.keep_reviews(answer(0, 0, range(3), 3))
    (cache.folder / "page.json").write_text('{"title":')
    (cache.folder / "reviews" / "0-000000.json").write_text("[]")
    (cache.folder / "reviews" / "notes.json").write_text("{}")
    assert cache.page() is None
    assert cache.reviews() == []


def test_the_generation_stays_until_a_run_ends_unfinished(cache: ListingCache) -> None:
    generation = cache.generation()
    assert cache.generation() == generation
    cache.note_unfinished()
    assert cache.generation() != generation


def test_an_outdated_generation_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = ListingCache(tmp_path, "1", ttl_s=60.0)
    generation = cache.generation()
    cache.keep_page(PAGE)
    assert cache.generation() == generation
    _pass_s(monkeypatch, 61.0)
    assert cache.generation() != generation
    assert cache.page() is None


def test_outdated_listings_are_removed_and_good_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outdated, good = (ListingCache(tmp_path, key, ttl_s=60.0) for key in ("1", "2"))
    outdated.generation()
    _pass_s(monkeypatch, 61.0)
    good.generation()
    good.remove_outdated()
    assert not outdated.folder.exists()
    assert good.folder.exists()


def _pass_s(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    later_s = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: later_s)


@pytest.mark.parametrize("key", ["", "..", "a/b", "A", "a" * 200])
def test_a_key_cannot_lead_out_of_the_cache(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="name a cache folder"):
        ListingCache(tmp_path, key)


def test_only_the_latest_diagnoses_are_kept(cache: ListingCache) -> None:
    for number in range(9):
        cache.keep_diagnosis(f"{number}.json", b"{}")
    assert len(list((cache.folder / "diagnosis").iterdir())) == 5


class TestHarvest:
    """What to ask for next."""

    def test_it_begins_at_the_beginning_and_ends_when_all_came(self, cache: ListingCache) -> None:
        harvest = Harvest(cache, expected=30)
        assert harvest.next() == (0, 0)
        harvest.add(0, 0, 24, ReviewsPage(reviews(0, 24), 30))
        assert harvest.next() == (0, 24)
        harvest.add(0, 24, 6, ReviewsPage(reviews(24, 6), 30))
        assert harvest.next() is None
        assert harvest.missing == 0
        assert list(harvest.reviews) == [str(index) for index in range(30)]

    def test_a_listing_without_reviews_needs_no_request(self, cache: ListingCache) -> None:
        assert Harvest(cache, expected=0).next() is None

    def test_another_run_continues_at_the_gap(self, cache: ListingCache) -> None:
        for offset in (0, 50, 150):
            cache.keep_reviews(answer(0, offset, range(offset, offset + 50), 200))
        assert Harvest(cache).next() == (0, 100)

    def test_what_moved_between_two_answers_is_found_by_a_second_sweep(self, cache: ListingCache) -> None:
        harvest = Harvest(cache)
        harvest.add(0, 0, 3, ReviewsPage(reviews(0, 3), 6))
        harvest.add(0, 3, 3, ReviewsPage(reviews(2, 3), 6))
        assert harvest.missing == 1
        assert harvest.next() == (1, 0)
        harvest.add(1, 0, 6, ReviewsPage(reviews(0, 6), 6))
        assert harvest.next() is None
        assert harvest.missing == 0

    def test_it_ends_where_the_site_hands_out_fewer_than_it_counts(self, cache: ListingCache) -> None:
        harvest = Harvest(cache)
        for sweep in (0, 1):
            harvest.add(sweep, 0, 4, ReviewsPage(reviews(0, 4), 6))
            harvest.add(sweep, 4, 0, ReviewsPage((), 6))
        assert harvest.next() is None
        assert harvest.missing == 2

    def test_it_ends_where_the_site_repeats_itself(self, cache: ListingCache) -> None:
        harvest = Harvest(cache)
        steps = 0
        while (wanted := harvest.next()) is not None:
            harvest.add(*wanted, 10, ReviewsPage(reviews(0, 10), 1000))
            steps += 1
            assert steps < 10
        assert harvest.missing == 990

    def test_without_a_total_it_goes_on_to_the_empty_answer(self, cache: ListingCache) -> None:
        harvest = Harvest(cache)
        harvest.add(0, 0, 5, ReviewsPage(reviews(0, 5)))
        assert harvest.next() == (0, 5)
        harvest.add(0, 5, 0, ReviewsPage(()))
        assert harvest.next() is None
        assert harvest.missing is None

    def test_unreadable_rows_count_for_the_offset_and_are_not_missing(self, cache: ListingCache) -> None:
        harvest = Harvest(cache)
        harvest.add(0, 0, 5, ReviewsPage(reviews(0, 3), 5, skipped=2))
        assert harvest.missing == 0
        assert harvest.skipped == 2

    def test_rows_are_counted_in_the_answer_itself(self) -> None:
        body = reviews_response(invent(1, 30, "old"), 0, 24)
        assert count_rows(body, ReviewsPage(())) == 24
        assert count_rows(json.loads("[]"), ReviewsPage(reviews(0, 2), skipped=1)) == 3


def test_a_refresh_asks_again_once_a_day_at_most(tmp_path: Path) -> None:
    cache = ListingCache(tmp_path, "7-airbnb.com", 7 * 24 * 3600.0)
    first = cache.generation()
    assert 0 < cache.expire(3600.0) <= 3600.0
    assert cache.generation() == first
    assert cache.expire(0.0) == 0.0
    assert cache.generation() != first
    source = AirbnbSource("airbnb.com/rooms/7", cache=tmp_path / "own")
    source.refresh()
    source.fingerprint()
    with pytest.raises(CollectError, match=r"less than a day ago.*24 hours"):
        source.refresh()

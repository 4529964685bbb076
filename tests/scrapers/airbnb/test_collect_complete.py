"""A browser collects everything that the replica was given, however the page carries it."""

from __future__ import annotations

import pytest

from tests.replica import terms
from tests.replica.expect import differences
from tests.replica.listings import Layout
from tests.replica.payloads import invent
from tests.replica.site import Replica, Trigger
from tests.scrapers.airbnb.conftest import Collect

pytestmark = [pytest.mark.browser, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.mark.parametrize(
    ("layout", "seed", "n_reviews"),
    [("old", 1, 0), ("old", 2, 60), ("new", 3, 3), ("new", 4, 30), ("half", 5, 80)],
)
def test_every_field_is_as_the_site_has_it(
    replica: Replica, collect: Collect, layout: Layout, seed: int, n_reviews: int
) -> None:
    invented = invent(seed, n_reviews, layout, media_origin=replica.origin)
    address = replica.show(invented, pop_ups=("cookies", "translation"))
    listing = collect(f"{address}?{terms.asked(invented)}&adults=x")
    assert differences(listing, invented) == {}
    assert listing.price_details == terms.price_given(invented), "the days that the address asks for are kept"
    assert listing.problems == ()
    assert listing.source == "airbnb"


def test_a_thousand_reviews_and_forty_photos_in_six_rooms(replica: Replica, collect: Collect) -> None:
    invented = invent(6, 1000, "half", n_photos=40, n_rooms=6, media_origin=replica.origin)
    listing = collect(replica.show(invented))
    assert differences(listing, invented) == {}
    assert len(listing.reviews) == 1000
    assert [len(room.photo_ids) for room in listing.rooms] == [7, 7, 7, 7, 6, 6]
    assert len(set(replica.details("reviews"))) == replica.count("reviews")
    assert len(set(replica.details("photo"))) == replica.count("photo") == 40


@pytest.mark.parametrize("trigger", ["scroll", "button", "reviews page"])
def test_the_page_is_brought_to_ask_for_its_reviews(
    replica: Replica, collect: Collect, trigger: Trigger
) -> None:
    invented = invent(7, 70, "new", media_origin=replica.origin)
    listing = collect(replica.show(invented, trigger=trigger, pop_ups=("translation", "cookies")))
    assert differences(listing, invented) == {}


def test_reviews_come_from_the_panel_where_no_request_can_be_seen(replica: Replica, collect: Collect) -> None:
    invented = invent(8, 47, "old", media_origin=replica.origin)
    listing = collect(replica.show(invented, trigger="never"))
    assert {review.id for review in listing.reviews} == {review.id for review in invented.reviews}
    assert any("only those that it shows" in problem.message for problem in listing.problems)


def test_reviews_that_move_while_they_are_read_are_found_in_another_order(
    replica: Replica, collect: Collect
) -> None:
    invented = invent(10, 124, "old", n_photos=4, media_origin=replica.origin)
    listing = collect(replica.show(invented, shifted_by=3))
    assert len(listing.reviews) == 124
    assert replica.details("reviews")[3:] == ["MOST_RECENT:0", "MOST_RECENT:50", "MOST_RECENT:100"]


@pytest.mark.parametrize("drawn_after_s", [None, 0.8])
def test_a_page_without_state_is_read_from_what_it_shows(
    replica: Replica, collect: Collect, drawn_after_s: float | None
) -> None:
    invented = invent(9, 40, "new", n_photos=12, n_rooms=4, media_origin=replica.origin)
    listing = collect(replica.show(invented, hydrated_only=True, drawn_after_s=drawn_after_s))
    wrong = differences(listing, invented)
    assert not {"title", "id", "rooms", "reviews", "rating", "review_count", "latitude"} & set(wrong)
    assert any("PHOTO_TOUR" in detail for detail in replica.details("page"))

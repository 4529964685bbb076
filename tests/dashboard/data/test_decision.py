"""What decides at a glance is told by the source, or said not to be."""

from __future__ import annotations

from dashboard.data import ListingView, how_big, price_of, what_it_costs, where
from pipeline.prices import Price
from pipeline.store import ListingEntry
from scrapers.listing import Listing


def view(**facts: object) -> ListingView:
    listing = Listing.model_validate({"id": "x", "source": "folder", "origin": "/x", "title": "X"} | facts)
    entry = ListingEntry(
        id=listing.id,
        title=listing.title,
        source="folder",
        origin="/x",
        synthetic=False,
        photos=0,
        reviews=0,
        key="k",
        report_key=None,
        needs=None,
        reviews_key=None,
        created_s=0,
        updated_s=0,
    )
    return ListingView(entry, listing, None)


def test_the_size_counts_guests_rooms_and_beds() -> None:
    found = how_big(view(person_capacity=4, bedrooms=1, beds=2.0, bathrooms=1.5))
    assert (found.answer, found.note) == ("Sleeps 4", "1 bedroom · 2 beds · 1.5 bathrooms")
    assert how_big(view(beds=3.0)).answer == "3 beds"


def test_the_price_is_told_per_night_and_guest() -> None:
    found = what_it_costs(view(price="$150.00", person_capacity=3).listing)
    assert (found.answer, found.note) == ("$150 a night", "$50 for each of 3 guests")
    assert what_it_costs(view(price="on request").listing).answer == "on request"


def test_a_counted_price_is_believed_before_words() -> None:
    details = {"total": 300.0, "per_night": 100.0, "currency": "EUR", "nights": 3}
    assert price_of(view(price="€300", price_details=details).listing) == Price(100.0, "EUR")


def test_what_nobody_tells_is_said_not_to_be_told() -> None:
    bare = view()
    assert not any(one.is_known for one in (how_big(bare), what_it_costs(bare.listing), where(bare.listing)))


def test_a_place_is_told_only_about() -> None:
    assert where(view(latitude=-1.3456, longitude=103.9).listing).answer == "1.35° S, 103.90° E"
    assert where(view(neighbourhood="Geylang").listing).note == ""

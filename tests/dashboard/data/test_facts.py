"""The facts of a listing, in a guest's words."""

import datetime as dt

from dashboard.data import facts
from scrapers.listing import COMPARED, Availability, BedsOfRoom, Host, Listing, PriceDetails, PriceLine

LISTING = Listing(
    id="flat",
    source="saved-page",
    origin="page.html",
    title="Flat",
    beds=2.0,
    check_in="Check-in after 3:00 PM",
    minimum_nights=2,
    beds_by_room=(BedsOfRoom(room="Bedroom", beds="1 queen bed"), BedsOfRoom(room="Lounge", beds="1 sofa bed")),
    price_details=PriceDetails(
        total=240,
        currency="EUR",
        nights=2,
        check_in=dt.date(2026, 5, 3),
        check_out=dt.date(2026, 5, 5),
        lines=(PriceLine(label="Cleaning fee", amount="€40"),),
    ),
    availability=Availability(days=30, free=12),
    host=Host(superhost=True, years=4, response_rate=0.98, response_time="within an hour", co_hosts=1),
    star_shares={"5": 0.9, "4": 0.1},
    has_licence=False,
    house_rules=(),
    provenance={"house_rules": "page"},
)


def test_each_fact_is_words_and_no_record_of_a_program() -> None:
    shown = {fact.label: fact.value for fact in facts.facts(LISTING)}
    assert shown["Where the beds are"] == "Bedroom: 1 queen bed · Lounge: 1 sofa bed"
    assert shown["What the price is for"] == "2 nights · 3 May 2026 to 5 May 2026 · Cleaning fee: €40"
    assert shown["Shortest stay"] == "2 nights"
    assert shown["Free days"] == "12 of 30 days shown"
    assert shown["Host"] == "Superhost · 4 years of hosting · answers 98 % within an hour · 1 co-host"
    assert shown["Stars given"] == "5 ★ 90 % · 4 ★ 10 %"
    assert shown["Licence number"] == "Not shown"
    assert not any("(" in value and "=" in value for value in shown.values())


def test_the_usual_facts_are_there_even_if_the_source_is_silent_and_the_others_are_not() -> None:
    status = {fact.label: fact.status for fact in facts.facts(LISTING)}
    assert status["Bedrooms"] == "absent"
    assert "Cancellation" not in status and "House rules" not in status


def test_everything_that_people_compare_but_room_and_rating_has_a_name_on_the_pages() -> None:
    assert set(COMPARED) - facts.NAMED == {"room_type", "rating", "review_count", "category_ratings"}

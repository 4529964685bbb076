"""A page state in any layout gives every field that the listing was made of, with the place it was read."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest

from scrapers.airbnb.parse.page import ParsedListing, parse_page
from scrapers.airbnb.parse.payloads import NetworkAnswer, RecordedPage
from scrapers.errors import SchemaChanged, Unavailable
from scrapers.listing import Listing
from tests.replica.navigate import metadata, page, photos_of, section, sections
from tests.replica.payloads import (
    LAYOUTS,
    InventedListing,
    Layout,
    invent,
    page_state,
    reviews_response,
    stale_query_response,
    unavailable_state,
)

STUBS = ("TITLE_DEFAULT", "LOCATION_DEFAULT", "REVIEWS_DEFAULT", "AMENITIES_DEFAULT", "DESCRIPTION_DEFAULT")


def read(state: Any, *answers: NetworkAnswer, url: str = "") -> ParsedListing:
    return parse_page(RecordedPage("", url, None, "", state, answers))


def without_copies(state: Any) -> Any:
    """Only the sections, or only the node: neither logged numbers nor what is made for sharing."""
    del metadata(state)["loggingContext"]["eventDataLogging"]
    del metadata(state)["sharingConfig"]
    if "shareSave" in section(state, "TITLE_DEFAULT"):
        del section(state, "TITLE_DEFAULT")["shareSave"]
    return state


def expected_facts(listing: InventedListing) -> dict[str, Any]:
    return {
        "listing_id": listing.listing_id,
        "url": listing.canonical_url,
        "title": listing.title,
        "description": listing.description,
        "neighbourhood": listing.neighbourhood,
        "latitude": listing.latitude,
        "longitude": listing.longitude,
        "property_type": listing.property_type,
        "room_type": listing.room_type,
        "person_capacity": listing.person_capacity,
        "amenities": listing.amenities,
        "rating": listing.rating,
        "review_count": listing.review_count,
        "category_ratings": dict(listing.category_ratings) or None,
        "review_tags": listing.review_tags or None,
    }


def facts_of(parsed: ParsedListing) -> dict[str, Any]:
    facts = {name: getattr(parsed, name) for name in expected_facts(invent(0, 0, "old"))}
    if parsed.review_tags is not None:
        facts["review_tags"] = tuple((tag.name, tag.count) for tag in parsed.review_tags)
    return facts


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(20))
def test_every_field_is_what_the_listing_was_given(seed: int, layout: Layout) -> None:
    listing = invent(seed, (0, 3, 40)[seed % 3], layout)
    parsed = read(page_state(listing))
    assert facts_of(parsed) == expected_facts(listing)
    assert photos_of(parsed) == [(listing.url_of(p), p.room, p.caption, p.image_id) for p in listing.photos]
    assert [room.name for room in parsed.rooms] == [
        r for r in listing.rooms if any(p.room == r for p in listing.photos)
    ]
    assert parsed.problems == ()


@pytest.mark.parametrize(("layout", "place"), [("old", "page_state.old"), ("new", "page_state.new")])
def test_each_layout_is_enough_by_itself(layout: Layout, place: str) -> None:
    listing = invent(2, 40, layout)
    parsed = read(without_copies(page_state(listing)))
    missing = {"room_type", "property_type"} if layout == "old" else set()
    facts, expected = facts_of(parsed), expected_facts(listing)
    if layout == "old":  # the sections themselves only know a tenth of a star
        expected["category_ratings"] = {n: round(v, 1) for n, v in listing.category_ratings.items()}
    assert {n: v for n, v in facts.items() if n not in missing} == {
        n: v for n, v in expected.items() if n not in missing
    }
    assert {parsed.provenance[n] for n in ("title", "latitude", "rating", "amenities", "photos")} == {place}
    assert all(parsed.status(name) == "absent" for name in missing)


def test_numbers_come_from_what_the_page_logs() -> None:
    parsed = read(page_state(invent(5, 30, "old")))
    for name in ("latitude", "longitude", "rating", "review_count", "category_ratings", "room_type"):
        assert parsed.provenance[name] == "page_state.logging"


def test_localised_numbers_are_never_read() -> None:
    state = without_copies(page_state(invent(2, 40, "old")))
    for row in section(state, "REVIEWS_DEFAULT")["ratings"]:
        del row["percentage"]
    section(state, "REVIEWS_DEFAULT")["overallRating"] = "4,9"
    parsed = read(state)
    assert parsed.status("category_ratings") == "absent"
    assert parsed.status("rating") == "absent"


def test_the_layouts_of_one_listing_give_the_same() -> None:
    old, new, half = (read(page_state(invent(8, 25, layout))) for layout in LAYOUTS)
    assert facts_of(old) == facts_of(new) == facts_of(half)
    assert photos_of(old) == photos_of(new) == photos_of(half)


def test_a_half_migrated_page_is_read_field_by_field() -> None:
    listing = invent(3, 20, "half")
    parsed = read(without_copies(page_state(listing)))
    for name, migrated in (("title", "TITLE"), ("latitude", "LOCATION"), ("review_count", "REVIEWS")):
        place = "page_state.new" if migrated in listing.migrated else "page_state.old"
        assert parsed.provenance[name] == place


class TestAbsentAndNone:
    def test_a_stub_is_not_empty(self) -> None:
        listing = invent(3, 20, "new")
        state = page_state(listing)
        page(state)["node"] = None
        without_copies(state)
        parsed = read(state, NetworkAnswer("", 200, reviews_response(listing)))
        for name in (
            "title",
            "description",
            "latitude",
            "amenities",
            "rating",
            "category_ratings",
            "photos",
            "rooms",
        ):
            assert parsed.status(name) == "absent"

    def test_few_reviews_have_no_stars(self) -> None:
        for layout in LAYOUTS:
            parsed = read(page_state(invent(4, 2, layout)))
            assert parsed.status("rating") == "none"
            assert parsed.status("category_ratings") == "none"
            assert parsed.review_count == 2

    def test_missing_stars_of_many_reviews_are_absent(self) -> None:
        state = page_state(invent(2, 40, "old"))
        metadata(state)["loggingContext"]["eventDataLogging"]["guestSatisfactionOverall"] = None
        metadata(state)["sharingConfig"]["starRating"] = None
        section(state, "REVIEWS_DEFAULT")["overallRating"] = None
        section(state, "TITLE_DEFAULT")["shareSave"]["embedData"]["starRating"] = None
        assert read(state).status("rating") == "absent"

    def test_a_listing_without_reviews_says_so(self) -> None:
        parsed = read(page_state(invent(4, 0, "new")))
        assert (parsed.review_count, parsed.status("review_count")) == (0, "present")
        assert parsed.status("reviews") == "none"

    def test_empty_lists_are_none_and_missing_ones_absent(self) -> None:
        state = page_state(invent(4, 30, "old"))
        section(state, "AMENITIES_DEFAULT")["seeAllAmenitiesGroups"] = []
        section(state, "REVIEWS_DEFAULT")["reviewTags"] = []
        section(state, "DESCRIPTION_DEFAULT")["htmlDescription"] = None
        section(state, "DESCRIPTION_MODAL")["items"] = []
        parsed = read(state)
        assert {parsed.status(n) for n in ("amenities", "review_tags", "description")} == {"none"}
        assert {parsed.status(n) for n in ("price", "availability")} == {"absent"}
        for section_id in ("AMENITIES_DEFAULT", "REVIEWS_DEFAULT", "DESCRIPTION_DEFAULT"):
            sections(state)[:] = [s for s in sections(state) if s["sectionId"] != section_id]
        parsed = read(state)
        assert {parsed.status(n) for n in ("amenities", "review_tags", "description")} == {"absent"}

    def test_no_rooms_and_no_captions_are_ordinary(self) -> None:
        for layout in ("old", "new"):
            parsed = read(page_state(invent(9, 30, layout, n_rooms=0)))
            assert parsed.photos
            assert parsed.rooms == ()
            assert parsed.status("rooms") == "none"

    def test_a_listing_that_is_read_keeps_the_difference(self) -> None:
        parsed = read(page_state(invent(4, 2, "half")))
        listing = Listing(id="airbnb-1", source="airbnb", origin="x", **parsed.facts())
        assert listing.status("rating") == "none"
        assert listing.status("price") == "absent"
        assert listing.status("title") == "present"


class TestEntries:
    def test_both_root_keys_and_any_order_are_read(self) -> None:
        listing = invent(3, 20, "half")
        (entries,) = page_state(listing).values()
        for key in ("niobeClientData", "niobeMinimalClientData", "someLaterName"):
            for order in (entries, entries[::-1]):
                assert read({key: order}).title == listing.title

    def test_a_bare_answer_is_read_too(self) -> None:
        listing = invent(3, 20, "new")
        assert facts_of(read({"data": page(page_state(listing))}))["rating"] == listing.rating

    def test_another_listing_in_the_state_adds_nothing(self) -> None:
        listing, other = invent(3, 20, "old"), invent(4, 20, "old")
        merged = {"niobeClientData": [*page_state(other).popitem()[1], *page_state(listing).popitem()[1]]}
        assert facts_of(read(merged, url=listing.canonical_url)) == expected_facts(listing)
        assert facts_of(read(merged, url=other.canonical_url)) == expected_facts(other)
        assert read(merged).listing_id == other.listing_id

    def test_sections_that_come_later_in_an_answer_fill_gaps(self) -> None:
        listing = invent(3, 20, "old")
        state = page_state(listing)
        late = copy.deepcopy(state)
        section(state, "TITLE_DEFAULT").clear()
        section(state, "AMENITIES_DEFAULT").clear()
        answer = NetworkAnswer("https://www.airbnb.com/api/v3/StaysPdpSections", 200, {"data": page(late)})
        parsed = read(state, answer)
        assert facts_of(parsed) == expected_facts(listing)
        assert parsed.provenance["amenities"] == "network"
        assert parsed.provenance["rating"] == "page_state.logging"


class TestContradictions:
    def test_a_single_damaged_copy_does_not_win(self) -> None:
        listing = invent(3, 20, "old")
        state = page_state(listing)
        metadata(state)["loggingContext"]["eventDataLogging"].update(
            guestSatisfactionOverall=1, personCapacity=99
        )
        parsed = read(state)
        assert parsed.rating == listing.rating
        assert parsed.person_capacity == listing.person_capacity

    def test_two_numbers_that_contradict_each_other_are_believed_nowhere(self) -> None:
        state = page_state(invent(3, 20, "old"))
        metadata(state)["loggingContext"]["eventDataLogging"]["listingLat"] = 1
        parsed = read(state)
        assert parsed.status("latitude") == parsed.status("longitude") == "absent"
        assert any(problem.subject == "position" for problem in parsed.problems)

    def test_an_approximate_position_contradicts_nothing(self) -> None:
        listing = invent(3, 20, "old")
        state = page_state(listing)
        section(state, "LOCATION_DEFAULT")["lat"] += 0.004
        assert read(state).latitude == listing.latitude


class TestFailures:
    def test_a_removed_listing(self) -> None:
        with pytest.raises(Unavailable):
            read(unavailable_state())

    @pytest.mark.parametrize(
        "state", [{}, [], "x", 7, {"niobeClientData": []}, {"niobeClientData": [["k", {}]]}]
    )
    def test_a_state_without_anything_known(self, state: object) -> None:
        with pytest.raises(SchemaChanged):
            read(state)

    def test_an_endlessly_nested_state_is_refused(self) -> None:
        state: Any = {}
        for _ in range(100_000):
            state = {"a": [state]}
        with pytest.raises(SchemaChanged):
            read(state)

    def test_a_stale_answer_on_the_page_is_passed_over(self) -> None:
        listing = invent(3, 20, "old")
        parsed = read(page_state(listing), NetworkAnswer("", 200, stale_query_response()))
        assert parsed.reviews == ()
        assert parsed.title == listing.title


class TestReviewsOnThePage:
    def test_answers_are_merged_without_doubles(self) -> None:
        listing = invent(3, 70, "half")
        answers = [NetworkAnswer("", 200, reviews_response(listing, offset, 30)) for offset in (0, 20, 50)]
        parsed = read(page_state(listing), *answers)
        assert [r.id for r in parsed.reviews] == [r.id for r in listing.reviews]
        assert parsed.provenance["reviews"] == "network"

    def test_answers_about_another_listing_are_left_out(self) -> None:
        listing, other = invent(3, 20, "old"), invent(4, 20, "old")
        url = 'https://www.airbnb.com/api/v3/StaysPdpReviewsQuery/h?variables={"id":"%s"}'
        answer = NetworkAnswer(url % page_id(other), 200, reviews_response(other))
        assert read(page_state(listing), answer).reviews == ()
        assert len(read(page_state(other), answer).reviews) == 20


def page_id(listing: InventedListing) -> str:
    entries = next(iter(page_state(listing).values()))
    found: str = next(e for key, e in entries if key.startswith("StaysPdpSections"))["variables"]["id"]
    return found


def test_a_state_of_half_a_megabyte_takes_less_than_50_ms() -> None:
    state = page_state(invent(3, 200, "half", n_photos=60, n_rooms=6))
    filler = {"sectionId": "POLICIES", "section": {"rules": [{"title": "x" * 40, "icon": None}] * 20}}
    sections(state).extend([filler] * 400)
    assert len(json.dumps(state)) > 500_000
    took = []
    for _ in range(5):
        began = time.perf_counter()
        read(state)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05


@pytest.fixture
def structures(shared_data: Path) -> Path:
    folder = shared_data / "airbnb"
    if not folder.is_dir():
        pytest.skip("needs the recorded structures beside the checkout")
    return folder


def test_the_recorded_new_layout(structures: Path) -> None:
    parsed = read(json.loads((structures / "listing_state_new_layout.json").read_text()))
    assert (parsed.rating, parsed.review_count, parsed.latitude, parsed.longitude) == (4.75, 24, 37.5, 127.0)
    assert parsed.category_ratings is not None
    assert parsed.category_ratings["cleanliness"] == 4.75
    assert parsed.listing_id == "1482267316113778051"
    assert parsed.provenance["title"] == parsed.provenance["amenities"] == "page_state.new"
    assert parsed.photos
    assert parsed.status("rooms") == "none"


def test_the_recorded_old_layout(structures: Path) -> None:
    parsed = read(json.loads((structures / "listing_state_old_layout.json").read_text()))
    assert (parsed.rating, parsed.review_count, parsed.person_capacity) == (4.93, 56, 12)
    assert (parsed.latitude, parsed.longitude) == (10.4, -75.5)
    assert parsed.provenance["title"] == parsed.provenance["photos"] == "page_state.old"
    assert parsed.status("review_tags") == "none"
    assert parsed.problems == ()


def test_the_recorded_removed_listing(structures: Path) -> None:
    with pytest.raises(Unavailable):
        read(json.loads((structures / "listing_state_unavailable.json").read_text()))

"""One listing out of a city's open data."""

import csv
import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from scrapers.errors import BadReviewsFile, ListingNotInFile, SourceNotFound
from scrapers.inside_airbnb import InsideAirbnbSource, find_files, parse_listing_id
from scrapers.inside_airbnb_facts import listing_facts
from scrapers.listing import Availability, Host, Listing, PriceDetails
from tests.places import SHARED

HEADER = ("listing_id", "id", "date", "reviewer_id", "reviewer_name", "comments")
FACTS = {
    "id": "7",
    "name": "Home in Lisbon · ★4.83 · 2 bedrooms · 1.5 baths",
    "description": "Sunny<br />and quiet",
    "neighbourhood_cleansed": "Alfama",
    "latitude": "38.71",
    "longitude": "-9.13",
    "property_type": "Entire home",
    "room_type": "Entire home/apt",
    "accommodates": "4",
    "bathrooms": "",
    "bathrooms_text": "1.5 baths",
    "bedrooms": "2",
    "beds": "",
    "amenities": '["Wifi", "Kitchen", "Wifi"]',
    "price": "$120.00",
    "number_of_reviews": "12",
    "review_scores_rating": "4.83",
    "review_scores_cleanliness": "4.9",
    "review_scores_location": "",
    "host_name": "Ana",
}


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Reviews of listings 7 (three), 8 (two) and 9 (one), and the facts of 7."""
    rows = [
        ("7", "1", "2024-05-01", "5", "Zacharias", "Great<br/>place"),
        ("8", "2", "2024-05-02", "6", "Ann", "Fine"),
        ("7", "3", "2024-05-03", "7", "Bob", "깨끗해요"),
        ("7", "4", "2024-05-04", "8", "Eve", ""),
        ("8", "5", "2024-05-05", "9", "Dan", "Good"),
        ("9", "6", "2024-05-06", "9", "Dan", "Bad"),
    ]
    folder = tmp_path / "lisbon"
    folder.mkdir()
    with gzip.open(folder / "lisbon_reviews.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    with gzip.open(folder / "lisbon_listings.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([FACTS, FACTS.values()])
    return folder


def collect(city: Path, listing_id: str | None) -> Listing:
    files = find_files(city)
    assert files is not None
    return InsideAirbnbSource(*files, listing_id=listing_id).collect(city)


@pytest.mark.parametrize(
    "asked", ["7", " 7 ", "https://www.airbnb.com/rooms/7?adults=2", "airbnb.de/rooms/plus/7"]
)
def test_a_listing_by_number_or_address(city: Path, asked: str) -> None:
    listing = collect(city, asked)
    assert (listing.id, listing.url) == ("airbnb-7", "https://www.airbnb.com/rooms/7")
    assert [review.text for review in listing.reviews] == ["Great\nplace", "깨끗해요"]
    assert [review.id for review in listing.reviews] == ["1", "3"]
    assert listing.attribution is not None
    assert "CC BY 4.0" in listing.attribution
    assert [problem.message for problem in listing.problems] == ["1 reviews without text were left out"]


def test_facts_are_read_with_their_provenance(city: Path) -> None:
    listing = collect(city, "7")
    assert listing.title == "Home in Lisbon · 2 bedrooms · 1.5 baths"
    assert listing.description == "Sunny\nand quiet"
    assert (listing.neighbourhood, listing.latitude, listing.longitude) == ("Alfama", 38.71, -9.13)
    assert (listing.person_capacity, listing.bedrooms, listing.bathrooms) == (4, 2, 1.5)
    assert (listing.price, listing.amenities) == ("$120.00", ("Wifi", "Kitchen"))
    assert (listing.rating, listing.category_ratings) == (4.83, {"cleanliness": 4.9})
    assert listing.review_count == 12
    assert listing.provenance["bathrooms"] == "lisbon_listings.csv.gz: bathrooms_text"
    assert (listing.status("beds"), listing.status("photos")) == ("absent", "absent")


def test_nobody_s_name_is_kept(city: Path) -> None:
    stored = collect(city, "7").model_dump_json()
    assert "Zacharias" not in stored
    assert "Ana" not in stored


def test_an_answer_of_none_is_not_the_same_as_no_answer() -> None:
    fresh = FACTS | {"number_of_reviews": "0", "review_scores_rating": "", "review_scores_cleanliness": ""}
    facts = listing_facts(fresh | {"amenities": "[]", "description": ""}, "f")
    for name in ("rating", "category_ratings", "amenities", "description"):
        assert not facts.fields[name]
        assert name in facts.provenance
    unrated = listing_facts(FACTS | {"review_scores_rating": "", "price": ""}, "f")
    assert unrated.provenance.keys().isdisjoint({"rating", "price", "beds"})


def test_cells_that_cannot_be_read_are_named_and_left_out() -> None:
    wrong = {
        "latitude": "north",
        "amenities": "{",
        "accommodates": "-1",
        "review_scores_rating": "97",
        "beds": "nan",
    }
    facts = listing_facts(FACTS | wrong, "listings.csv")
    assert {problem.subject for problem in facts.problems} == {f"listings.csv, {name}" for name in wrong}
    assert facts.fields["title"]
    assert facts.fields.keys().isdisjoint({"latitude", "amenities", "person_capacity", "rating", "beds"})


def test_an_unknown_listing_is_answered_with_those_that_have_most_reviews(city: Path) -> None:
    with pytest.raises(ListingNotInFile, match=r"7 \(3 reviews\), 8 \(2 reviews\), 9 \(1 reviews\)"):
        collect(city, "12345")
    with pytest.raises(ListingNotInFile, match="several listings"):
        collect(city, None)
    with pytest.raises(ListingNotInFile, match="no listing id"):
        collect(city, "the blue house")


def test_a_listing_without_facts_or_without_reviews_is_still_one(city: Path) -> None:
    listing = collect(city, "8")
    assert (listing.title, len(listing.reviews)) == ("Airbnb listing 8", 2)
    assert "does not hold listing 8" in listing.problems[0].message
    with gzip.open(city / "lisbon_listings.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([FACTS, (FACTS | {"id": "10"}).values()])
    quiet = collect(city, "10")
    assert (quiet.reviews, quiet.status("reviews")) == ((), "none")


def test_a_file_of_one_listing_needs_no_number(tmp_path: Path) -> None:
    with (tmp_path / "reviews.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, ("7", "1", "2024-05-01", "", "", "Nice")])
    assert collect(tmp_path, None).id == "airbnb-7"


def test_the_summary_file_is_refused_with_the_right_one_named(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text("listing_id,date\n7,2024-05-01\n")
    with pytest.raises(BadReviewsFile, match=r"comments.*reviews\.csv\.gz"):
        InsideAirbnbSource(tmp_path / "reviews.csv", listing_id="7").collect(tmp_path)
    assert find_files(tmp_path) is None


def test_fingerprints_follow_files_and_listing(city: Path) -> None:
    reviews, listings = find_files(city) or (city, None)
    digests = {InsideAirbnbSource(reviews, listings, number).fingerprint() for number in ("7", "8", "7")}
    assert len(digests) == 2


def test_missing_files_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        InsideAirbnbSource(tmp_path / "reviews.csv.gz")


@pytest.mark.parametrize(
    ("text", "number"), [("1234567890123456789", "1234567890123456789"), ("/rooms/5", "5")]
)
def test_listing_numbers(text: str, number: str) -> None:
    assert parse_listing_id(text) == number


OLD = FACTS | {
    "amenities": '{TV,"Wireless Internet",Kitchen,"translation missing: en.hosting_amenity_49"}',
    "review_scores_rating": "94",
    "review_scores_cleanliness": "9",
    "review_scores_location": "4",
    "minimum_nights": "2",
    "availability_365": "120",
    "host_is_superhost": "t",
    "host_since": "2011-03-05",
    "host_response_rate": "98%",
    "host_response_time": "N/A",
    "license": "",
    "price": "$1,250.00",
}


def write_listings(path: Path, *rows: dict[str, str]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([OLD, *(row.values() for row in rows)])


def test_stars_of_before_2021_are_read_by_the_scale_of_their_file(tmp_path: Path) -> None:
    with (tmp_path / "reviews (1).csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, ("7.0", "1", "2016-05-01", "", "", "Nice")])
    unrated = OLD | {"review_scores_rating": "", "review_scores_cleanliness": "5"}
    write_listings(tmp_path / "listings.csv", unrated, OLD | {"id": "8"})
    listing = collect(tmp_path, "7")
    assert (listing.rating, listing.category_ratings) == (None, {"cleanliness": 2.5, "location": 2.0})
    write_listings(tmp_path / "listings.csv", OLD)
    listing = collect(tmp_path, "7")
    assert (listing.rating, listing.category_ratings) == (4.7, {"cleanliness": 4.5, "location": 2.0})
    assert listing.amenities == ("TV", "Wireless Internet", "Kitchen")
    assert listing.problems == ()


def test_terms_and_host_are_facts_too() -> None:
    facts = listing_facts(OLD, "f", True).fields
    host = facts["host"]
    assert isinstance(host, Host)
    assert (host.superhost, host.since, host.response_rate, host.response_time) == (True, 2011, 0.98, None)
    assert (facts["minimum_nights"], facts["has_licence"]) == (2, False)
    assert facts["availability"] == Availability(days=365, free=120)
    assert facts["price_details"] == PriceDetails(per_night=1250)
    assert "Ana" not in str(facts)


def test_numbers_that_a_spreadsheet_rounded_are_told_by_name(tmp_path: Path) -> None:
    with (tmp_path / "reviews.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, ("1.12E+18", "1", "2016-05-01", "", "", "Nice")])
    for asked in (None, "1120000000000000007"):
        with pytest.raises(BadReviewsFile, match=r"rounded.*1\.12E\+18"):
            collect(tmp_path, asked)


def test_the_detailed_listings_are_taken_before_the_summary(city: Path) -> None:
    (city / "lisbon_listings.csv").write_text(
        "id,name,room_type,neighbourhood\n7,Summary,Private room,Alfama\n"
    )
    assert collect(city, "7").person_capacity == 4


def test_a_large_city_is_streamed_not_loaded(tmp_path: Path) -> None:
    """About 30 MB of text pass through a few."""
    with gzip.open(tmp_path / "reviews.csv.gz", "wt", encoding="utf-8", compresslevel=1, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(40_000):
            writer.writerow(
                (str(number % 500), str(number), "2024-05-01", "", "", f"{number} was lovely. " * 40)
            )
    source = InsideAirbnbSource(tmp_path / "reviews.csv.gz", listing_id="42")
    heard: list[float] = []
    tracemalloc.start()
    try:
        listing = source.collect(tmp_path, lambda fraction, message: heard.append(fraction))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(listing.reviews) == 80
    assert peak_bytes < 6e6
    assert heard == sorted(heard)
    assert len(heard) > 10


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared data")
def test_a_real_city(tmp_path: Path) -> None:
    listing = collect(SHARED / "data/reviews", "71609")
    assert (len(listing.reviews), listing.rating, listing.neighbourhood) == (20, 4.44, "Tampines")
    assert listing.review_count == 20
    assert all(review.date for review in listing.reviews)
    assert json.loads(listing.model_dump_json())["source"] == "inside-airbnb"

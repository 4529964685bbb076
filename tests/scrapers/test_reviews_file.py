"""Reviews from files: original texts, no names, nothing lost silently."""

import csv
import datetime as dt
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrapers.errors import BadReviewsFile, EmptySource, SourceNotFound
from scrapers.listing import Listing
from scrapers.review_fields import clean_text
from scrapers.reviews_file import ReadReviews, ReviewsFileSource, read_reviews
from tests.places import SHARED


def read(tmp_path: Path, text: str, name: str = "reviews.csv", codec: str = "utf-8") -> ReadReviews:
    (tmp_path / name).write_bytes(text.encode(codec))
    return read_reviews(tmp_path / name)


def said(result: ReadReviews) -> str:
    return "\n".join(f"{problem.subject}: {problem.message}" for problem in result.problems)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(clean_text),
            st.dates(dt.date(2008, 1, 1), dt.date(2030, 1, 1)),
            st.integers(1, 5),
        ),
        max_size=6,
    ),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_reviews_come_back_from_csv_and_json(
    tmp_path: Path, rows: list[tuple[str, dt.date, int]], delimiter: str, codec: str
) -> None:
    expected = [(clean_text(text), day, float(stars)) for text, day, stars in rows]
    buffer = io.StringIO(newline="")
    table = [(number, text, day, stars) for number, (text, day, stars) in enumerate(rows)]
    csv.writer(buffer, delimiter=delimiter).writerows([("id", "comments", "date", "rating"), *table])
    objects = [
        {"id": n, "text": text, "createdAt": f"{day}T00:00:00Z", "stars": s} for n, text, day, s in table
    ]
    for result in (
        read(tmp_path, buffer.getvalue(), codec=codec),
        read(tmp_path, json.dumps(objects), "reviews.json", codec),
    ):
        assert [(review.text, review.date, review.rating) for review in result.reviews] == expected
        assert result.problems == ()


def test_a_utf16_csv_from_a_spreadsheet(tmp_path: Path) -> None:
    result = read(tmp_path, "date\tcomments\r\n2024-05-01\t정말 좋았어요\r\n", codec="utf-16")
    assert [(r.text, r.date) for r in result.reviews] == [("정말 좋았어요", dt.date(2024, 5, 1))]


def test_a_korean_csv_from_an_old_spreadsheet(tmp_path: Path) -> None:
    result = read(tmp_path, "작성일,별점,내용\n2024-05-01,5,숙소가 깨끗하고 좋았어요\n", codec="cp949")
    assert result.reviews[0].text == "숙소가 깨끗하고 좋았어요"
    assert result.reviews[0].rating == 5
    assert "Korean" in said(result)


def test_missing_columns_are_named_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(BadReviewsFile) as caught:
        read(tmp_path, "stars,who,when\n5,Ann,2024-05-01\n")
    assert "'stars', 'who', 'when'" in caught.value.message
    assert "comments" in caught.value.advice


def test_several_listings_are_not_mixed(tmp_path: Path) -> None:
    with pytest.raises(BadReviewsFile, match="several listings"):
        read(tmp_path, "listing_id,comments\n1,a\n2,b\n")
    assert len(read(tmp_path, "listing_id,comments\n1,a\n1,b\n").reviews) == 2


def test_all_fields_are_read_and_reviewers_are_not(tmp_path: Path) -> None:
    row = {
        "id": 7,
        "comments": "Très bien<br/>merci",
        "localizedReview": {"comments": "Very good"},
        "language": "fr",
        "createdAt": "2024-05-01T10:00:00Z",
        "rating": 5,
        "response": "Thanks!",
        "reviewer": {"firstName": "Zacharias"},
    }
    (review,) = read(tmp_path, json.dumps({"data": {"reviews": [row]}}), "r.json").reviews
    assert review.model_dump() == {
        "id": "7",
        "text": "Très bien\nmerci",
        "language": "fr",
        "translation": "Very good",
        "date": dt.date(2024, 5, 1),
        "date_precision": "day",
        "rating": 5.0,
        "response": "Thanks!",
        "response_translation": None,
    }


def test_rows_of_json_lines_need_not_have_the_same_fields(tmp_path: Path) -> None:
    result = read(tmp_path, '{"text": "a"}\n{"text": "b", "rating": 4}\n{"rating": 4}\n"c"\n', "r.jsonl")
    assert [(r.text, r.rating) for r in result.reviews] == [("a", None), ("b", 4), ("c", None)]
    assert "line 3: has no text" in said(result)


def test_empty_reviews_are_counted_and_left_out(tmp_path: Path) -> None:
    result = read(tmp_path, "id,text\n1,\n2,  <br/> \n3,fine\n")
    assert [review.id for review in result.reviews] == ["3"]
    assert "2 reviews without text" in said(result)


def test_copies_by_id_or_by_text_and_date_are_counted_and_left_out(tmp_path: Path) -> None:
    result = read(
        tmp_path, "id,text,date\n1,a,2024-05-01\n1,a,2024-05-01\n,b,2024-05-01\n,b,2024-05-01\n,b,2024-05-02\n"
    )
    assert [review.text for review in result.reviews] == ["a", "b", "b"]
    assert "2 copies" in said(result)
    assert len({review.id for review in result.reviews}) == 3


def test_without_dates_and_ids_short_praise_of_two_guests_is_not_a_copy(tmp_path: Path) -> None:
    long = "The flat was spotless and the host met us at the station."
    result = read(tmp_path, f"text\nGreat!\nGreat!\n{long}\n{long}\n")
    assert [review.text for review in result.reviews] == ["Great!", "Great!", long]
    assert len({review.id for review in result.reviews}) == 3


def test_a_column_called_id_that_is_none_is_not_used(tmp_path: Path) -> None:
    result = read(tmp_path, "id,text\n" + "".join(f"42,review {i}\n" for i in range(9)))
    assert len(result.reviews) == 9
    assert "id column repeats" in said(result)


def test_ids_are_the_same_every_time(tmp_path: Path) -> None:
    text = "text,date\na,2024-05-01\nb,2024-05-01\n"
    assert read(tmp_path, text) == read(tmp_path, text)


def test_ambiguous_dates_are_unknown_unless_the_file_settles_them(tmp_path: Path) -> None:
    result = read(tmp_path, "text,date\na,03/04/2024\nb,05/06/2024\nc,2024-05-01\nd,soon\n")
    assert [review.date for review in result.reviews] == [None, None, dt.date(2024, 5, 1), None]
    assert "2 dates could mean two days" in said(result)
    assert "1 dates could not be read" in said(result)
    settled = read(tmp_path, "text,date\na,03/04/2024\nb,25/06/2024\n")
    assert settled.reviews[0].date == dt.date(2024, 4, 3)
    assert settled.problems == ()


def test_ratings_on_another_scale_become_stars_by_their_column(tmp_path: Path) -> None:
    result = read(tmp_path, "text,rating\na,9\nb,10\nc,\nd,5\n")
    assert [review.rating for review in result.reviews] == [4.5, 5, None, 2.5]
    assert result.problems == ()


def test_ratings_whose_scale_is_not_sure_are_counted_and_left_out(tmp_path: Path) -> None:
    result = read(tmp_path, "text,rating\na,6\nb,good\nc,3\nd,5\n")
    assert [review.rating for review in result.reviews] == [None] * 4
    assert "the scale of its 3 ratings cannot be told" in said(result)


@pytest.mark.parametrize("text", ["", "id,text\n"])
def test_no_review_is_fine_for_a_file_but_not_for_a_listing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).reviews == ()
    with pytest.raises(EmptySource):
        ReviewsFileSource(tmp_path / "reviews.csv").collect(tmp_path)


def test_thousands_of_reviews_keep_their_order_and_report_progress(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id,text\n" + "".join(f"{i},review number {i}\n" for i in range(20_000)))
    heard: list[float] = []
    result = read_reviews(tmp_path / "r.csv", lambda fraction, message: heard.append(fraction))
    assert [review.id for review in result.reviews] == [str(i) for i in range(20_000)]
    assert heard == sorted(heard)
    assert len(heard) == 10


def test_a_reviews_file_is_a_listing_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "casa.csv").write_text("text\nlovely\n")
    source = ReviewsFileSource(tmp_path / "casa.csv")
    listing = source.collect(tmp_path)
    assert (listing.title, listing.source, len(listing.reviews)) == ("casa", "reviews-file", 1)
    assert (listing.status("reviews"), listing.status("photos")) == ("present", "absent")
    listing.save(tmp_path)
    assert Listing.load(tmp_path) == listing
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/casa.csv").write_text("text\nlovely\n")
    moved = ReviewsFileSource(tmp_path / "elsewhere/casa.csv")
    assert moved.fingerprint() == source.fingerprint()
    assert moved.collect(tmp_path).id == listing.id
    (tmp_path / "casa.csv").write_text("text\nugly\n")
    assert source.fingerprint() != moved.fingerprint()


def test_a_missing_file_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        ReviewsFileSource(tmp_path / "gone.csv")


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared data")
def test_a_real_reviews_response(tmp_path: Path) -> None:
    result = read_reviews(SHARED / "data/airbnb/reviews_response.json")
    assert result.reviews
    assert all(review.date and review.language for review in result.reviews)


def test_a_file_that_unpacks_without_end_is_refused_soon(tmp_path: Path) -> None:
    """300 kB may hold 100 million rows."""
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as packed:
        packed.write(b"id,text\n")
        for _ in range(100):
            packed.write(b"1,x\n" * 2**18)
    with pytest.raises(BadReviewsFile, match="times its size"):
        read_reviews(path)


def test_one_listing_has_no_million_reviews(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrapers.reviews_file.MAX_ROWS", 3)
    path = tmp_path / "many.csv"
    path.write_text("text\na\nb\nc\nd\n")
    with pytest.raises(BadReviewsFile, match="more than 3 rows"):
        read_reviews(path)

"""Column names, dates, stars and texts as people and programs write them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.review_fields import (
    clean_text,
    date_order,
    is_ambiguous_date,
    match_columns,
    parse_date,
    parse_language,
    parse_rating,
)

DAY = dt.date(2023, 9, 12)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["listing_id", "id", "date", "reviewer_id", "reviewer_name", "comments"], "comments"),
        (["Review Text", "Stars"], "Review Text"),
        (["작성일", "별점", "내용"], "내용"),
        (["body", "title"], "body"),
        (["text", "comments"], "comments"),
    ],
)
def test_the_text_column_is_found_under_its_many_names(names: list[str], expected: str) -> None:
    assert match_columns(names)["text"] == expected


def test_names_are_matched_without_case_and_punctuation() -> None:
    found = match_columns(
        ["Created-At", "REVIEW_ID", "Star", "localizedReview.comments", "lang", "Host response"]
    )
    assert found == {
        "date": "Created-At",
        "id": "REVIEW_ID",
        "rating": "Star",
        "translation": "localizedReview.comments",
        "language": "lang",
        "response": "Host response",
    }


def test_reviewer_names_have_no_field() -> None:
    assert match_columns(["reviewer_name", "author", "name", "user"]) == {}


@pytest.mark.parametrize(
    "text",
    [
        "2023-09-12",
        "2023-09-12T10:00:00Z",
        "2023-09-12 10:00:00+09:00",
        "2023/9/12",
        "2023. 9. 12.",
        "2023.09.12",
        "20230912",
        "1694476800",
        "1694476800123",
        "12 September 2023",
        "12th Sept. 2023",
        "September 12, 2023",
        "Tue, 12 Sep 2023 10:00:00 GMT",
        "Tue Sep 12 2023 10:00:00 GMT+0000",
        "12 septembre 2023",
        "12 de septiembre de 2023",
        "12. September 2023",
        "2023년 9월 12일",
        "2023年9月12日",
        "12.09.2023",
    ],
)
def test_usual_forms_of_one_day(text: str) -> None:
    assert parse_date(text) == DAY


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)))
def test_every_unambiguous_form_comes_back(day: dt.date) -> None:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d %B %Y", "%b %d, %Y", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S"):
        assert parse_date(day.strftime(form)) == day
    assert parse_date(day.strftime("%d/%m/%Y"), "day-month") == day
    assert parse_date(day.strftime("%m/%d/%Y"), "month-day") == day


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)))
def test_without_evidence_slashes_are_read_only_where_they_can_mean_one_day(day: dt.date) -> None:
    read = parse_date(day.strftime("%d/%m/%Y"))
    assert read == (None if is_ambiguous_date(day.strftime("%d/%m/%Y")) else day)


def test_the_other_dates_of_a_file_can_tell_what_comes_first() -> None:
    assert date_order(["03/04/2023", "25/04/2023"]) == "day-month"
    assert date_order(["03/04/2023", "04/25/2023"]) == "month-day"
    assert date_order(["03/04/2023"]) is None
    assert date_order(["25/04/2023", "04/25/2023"]) is None


@pytest.mark.parametrize(
    "text", ["", "soon", "2023-13-40", "September 2023", "03/04/23", "32 May 2023", "x" * 10**5, "5"]
)
def test_what_names_no_day_for_sure_is_none(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("value", "stars"),
    [
        (5, 5),
        (4.5, 4.5),
        ("4,5", 4.5),
        ("4/5", 4),
        ("3 stars", 3),
        ("★★★★☆", 4),
        ("⭐⭐⭐", 3),
        ("4점", 4),
        ("5.0 out of 5", 5),
    ],
)
def test_stars(value: object, stars: float) -> None:
    assert parse_rating(value) == stars


@pytest.mark.parametrize(
    "value", [0, 0.5, 6, 10, "8/10", "90%", "-3", "nan", float("inf"), True, None, "", "great", [5]]
)
def test_what_is_not_on_five_stars_is_none(value: object) -> None:
    assert parse_rating(value) is None


def test_texts_become_readable() -> None:
    assert clean_text("Great<br/>place<BR>&amp; quiet &#x1F600;") == "Great\nplace\n& quiet 😀"
    assert clean_text("a <mark>pool</mark> </p><p>b") == "a pool \nb"
    assert clean_text("a\r\nb\rc\u2028d_x000D_\ne\x0bf") == "a\nb\nc\nd\ne\nf"
    assert clean_text("\ufeffa\x00\x07b\ud83d") == "ab"
    assert clean_text("AT&T, R&B, 5 < 6 > 4, 👨‍👩‍👧") == "AT&T, R&B, 5 < 6 > 4, 👨‍👩‍👧"
    assert clean_text("&lt;br&gt;") == "<br>"
    assert clean_text(None) == clean_text({"a": 1}) == clean_text(["a"]) == clean_text(True) == ""


@given(st.text())
def test_cleaned_texts_can_be_stored_and_shown(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert all(c == "\n" or c == "\t" or not ("\x00" <= c <= "\x1f") for c in cleaned)


def test_languages_are_codes() -> None:
    assert parse_language("pt_BR") == "pt-BR"
    assert parse_language(" ko ") == "ko"
    assert parse_language("Korean language") is None
    assert parse_language(3) is None

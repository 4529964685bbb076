"""Dates as people and sites write them, with the precision that they have."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.exports.dates import DateStyle, parse_when, style_of

TODAY = dt.date(2026, 9, 15)


def read(text: str) -> tuple[str, str] | None:
    when = parse_when(text, DateStyle(today=TODAY))
    return None if when is None else (when.date.isoformat(), when.precision)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        *(("November 2025", "2025-11"), ("Nov. 2025", "2025-11"), ("November, 2025", "2025-11")),
        *(
            ("avril 2026", "2026-04"),
            ("août 2025", "2025-08"),
            ("März 2026", "2026-03"),
            ("Okt. 2025", "2025-10"),
        ),
        *(("noviembre de 2025", "2025-11"), ("gennaio 2026", "2026-01"), ("março de 2026", "2026-03")),
        *(("mei 2026", "2026-05"), ("2026년 9월", "2026-09"), ("2026年9月", "2026-09"), ("2025-11", "2025-11")),
        *(
            ("11/2025", "2025-11"),
            ("2025. 11.", "2025-11"),
            ("ноябрь 2025 г.", "2025-11"),
            ("říjen 2025", "2025-10"),
        ),
        *(("listopad 2025", "2025-11"), ("marraskuu 2025", "2025-11"), ("Kasım 2025", "2025-11")),
        *(("พฤศจิกายน 2568", "2025-11"), ("نوفمبر 2025", "2025-11"), ("tháng 11 năm 2025", "2025-11")),
        *(("Νοέμβριος 2025", "2025-11"), ("令和7年11月", "2025-11"), ("Rating, 5 stars · May 2026", "2026-05")),
    ],
)
def test_a_month_is_kept_as_a_month(text: str, month: str) -> None:
    assert read(text) == (f"{month}-01", "month")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *(
            ("12 novembre 2025", "2025-11-12"),
            ("12 de novembro de 2025", "2025-11-12"),
            ("1er mai 2024", "2024-05-01"),
        ),
        *(
            ("5 ноября 2025 г.", "2025-11-05"),
            ("01-May-2024", "2024-05-01"),
            ("September 5th, 2024 at 3:45 PM", "2024-09-05"),
        ),
        *(("45231", "2023-11-01"), ("20 gennaio 2024, 12:30", "2024-01-20"), ("令和7年11月3日", "2025-11-03")),
    ],
)
def test_days_in_more_languages_and_forms(text: str, day: str) -> None:
    assert read(text) == (day, "day")


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        *(
            ("3 weeks ago", "2026-08-25", "week"),
            ("vor 3 Wochen", "2026-08-25", "week"),
            ("3주 전", "2026-08-25", "week"),
        ),
        *(
            ("il y a 3 semaines", "2026-08-25", "week"),
            ("3週間前", "2026-08-25", "week"),
            ("3 周前", "2026-08-25", "week"),
        ),
        *(
            ("yesterday", "2026-09-14", "day"),
            ("vor 2 Tagen", "2026-09-13", "day"),
            ("5 hours ago", "2026-09-15", "day"),
        ),
        *(("hace un mes", "2026-08-15", "month"), ("Edited 2 months ago", "2026-07-15", "month")),
        *(
            ("한 달 전", "2026-08-15", "month"),
            ("1か月前", "2026-08-15", "month"),
            ("un mese fa", "2026-08-15", "month"),
        ),
        *(
            ("a year ago", "2025-09-15", "year"),
            ("há 2 anos", "2024-09-15", "year"),
            ("2 jaar geleden", "2024-09-15", "year"),
        ),
        ("2025", "2025-01-01", "year"),
    ],
)
def test_times_that_count_back_count_from_the_day_of_the_file(text: str, day: str, precision: str) -> None:
    assert read(text) == (day, precision)
    if "20" not in text:
        assert parse_when(text, DateStyle()) is None


@pytest.mark.parametrize(
    "text", ["", "soon", "in 3 weeks", "12 May", "May-24", "2023-13-40", "5", "2568", "99 years ago", "13/2025"]
)
def test_what_names_no_time_for_sure_is_none(text: str) -> None:
    assert read(text) is None


def test_a_column_settles_years_of_two_digits_and_croatian_months() -> None:
    for column, days in (
        (["1/29/24", "2/3/24"], ["2024-01-29", "2024-02-03"]),
        (["05.11.25", "25.11.25"], ["2025-11-05", "2025-11-25"]),
        (["25.11.05", "26.01.31"], ["2025-11-05", "2026-01-31"]),
        (["3/4/24"], [None]),
        (["rujan 2025", "listopad 2025"], ["2025-09-01", "2025-10-01"]),
    ):
        style = style_of(column, TODAY)
        found = [parse_when(text, style) for text in column]
        assert [when and when.date.isoformat() for when in found] == days


@given(st.text(max_size=90))
def test_any_text_is_a_time_or_none(text: str) -> None:
    when = parse_when(text, DateStyle(today=TODAY))
    assert when is None or 1995 <= when.date.year < 2100


@given(
    st.dates(dt.date(1996, 1, 1), dt.date(2099, 12, 1)), st.sampled_from(["%B %Y", "%b %Y", "%Y-%m", "%m/%Y"])
)
def test_every_month_comes_back(day: dt.date, form: str) -> None:
    when = parse_when(day.strftime(form))
    assert when is not None
    assert (when.date, when.precision) == (day.replace(day=1), "month")

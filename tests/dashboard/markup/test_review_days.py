"""A date is shown as exactly as its source names it."""

import datetime as dt

import pytest

from dashboard.markup.markup import review_day
from scrapers.listing import DatePrecision, Review


@pytest.mark.parametrize(
    ("precision", "shown"),
    [("day", "1 November 2025"), ("week", "November 2025"), ("month", "November 2025"), ("year", "2025")],
)
def test_a_month_is_no_day(precision: DatePrecision, shown: str) -> None:
    review = Review(id="1", text="a", date=dt.date(2025, 11, 1), date_precision=precision)
    assert review_day(review) == shown
    assert review_day(Review(id="1", text="a")) == ""

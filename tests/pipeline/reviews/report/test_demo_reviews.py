"""The invented reviews of the demo listing: varied, valid, and nobody's name or address in them."""

import datetime as dt
import re
from collections import Counter

from scrapers.listing import Review


def test_counts_languages_and_dates(demo_reviews: list[Review]) -> None:
    assert len(demo_reviews) == len({review.id for review in demo_reviews}) == 150
    languages = Counter(review.language for review in demo_reviews)
    assert languages == {"en": 70, "ko": 25, "fr": 20, "es": 20, "de": 15}
    dates = [review.date for review in demo_reviews if review.date]
    assert len(dates) == 150
    assert dates == sorted(dates)
    assert dt.date(2023, 6, 1) <= dates[0]
    assert dates[-1] <= dt.date(2026, 9, 30)


def test_stars_are_mixed_as_in_life(demo_reviews: list[Review]) -> None:
    stars = Counter(review.rating for review in demo_reviews)
    assert set(stars) == {1, 2, 3, 4, 5}
    assert stars[5] + stars[4] > 100
    assert 3 <= stars[1] + stars[2] <= 12
    assert 5 <= sum(review.response is not None for review in demo_reviews) <= 20


def test_no_contact_details_and_no_repeats(demo_reviews: list[Review]) -> None:
    texts = [review.text for review in demo_reviews]
    assert len(set(texts)) == len(texts)
    assert not any(re.search(r"@|https?:|www\.|\+?\d{6,}", text) for text in texts)

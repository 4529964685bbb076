"""What is called a change is one: never by chance alone, seldom missed when it is large, told with sentences.

The invented places speak of six aspects about as often as guests of Singapore do, and a review in a good mood
praises everything: the aspects of one review hang together.
"""

import datetime as dt
from typing import Final

import numpy as np
import pytest

from pipeline.reviews.analyse import analyse_reviews
from pipeline.reviews.report.changes import LEAST_EACH_SIDE, WHOLE, find_changes
from pipeline.reviews.report.in_words import change_words, recent_words
from pipeline.reviews.report.scores import PRIOR_REVIEWS, Judgement, difference, score_of, shares_differ
from pipeline.reviews.text.embeddings import Encoder
from scrapers.listing import Review

#: how often a sentence of a review is about the aspect, twice tried
MENTIONED: Final = {
    "location": 0.7,
    "facilities": 0.6,
    "host": 0.45,
    "cleanliness": 0.35,
    "noise": 0.2,
    "price": 0.15,
}
NEWEST: Final = dt.date(2023, 9, 1)
Said = dict[str, dict[str, Judgement]]


def invented(
    seed: int, before: int, recent: int, quality: float, fall: float = 0.0
) -> tuple[Said, dict[str, dt.date]]:
    """Judgements of a place that is good with probability ``quality``, ``fall`` less in the last year."""
    random = np.random.default_rng(seed)
    said: Said = {name: {} for name in (WHOLE, *MENTIONED)}
    dates = {}
    for number in range(before + recent):
        is_new = number >= before
        review, mood = f"review {number}", random.normal(0, 0.6)
        dates[review] = NEWEST - dt.timedelta(days=int(random.integers(0, 360) + (0 if is_new else 400)))
        good = quality - (fall if is_new else 0.0)
        chance = 1 / (1 + np.exp(-1.1 * np.log(good / (1 - good)) - mood))
        all_worths: list[float] = []
        for name, often in MENTIONED.items():
            worths = (random.random(random.binomial(2, often)) < chance).astype(float).tolist()
            if worths:
                said[name][review] = Judgement(float(np.mean(worths)), 0.9)
                all_worths += worths
        if all_worths:
            said[WHOLE][review] = Judgement(float(np.mean(all_worths)), 1.0)
    return said, dates


def changed(seeds: range, before: int, recent: int, quality: float, fall: float = 0.0) -> int:
    """Of so many invented places, how many show a change in anything (a fall, where there is one)."""
    found = [find_changes(*invented(seed, before, recent, quality, fall)).values() for seed in seeds]
    return sum(any(fall == 0 or change.gap < 0 for change in changes) for changes in found)


@pytest.mark.parametrize(("before", "recent"), [(40, 40), (150, 12)])
def test_places_of_constant_quality_hardly_ever_change(before: int, recent: int) -> None:
    # 2 % of 100 are 2; more than 5 would come by chance in one of fifty tests. 1,500 places: see the docs
    assert changed(range(100), before, recent, 0.92) <= 5


def test_a_fall_of_15_points_is_seen_with_40_reviews_on_each_side() -> None:
    assert changed(range(40), 40, 40, 0.92, fall=0.15) >= 32


def test_what_fell_alone_is_named_and_the_rest_is_not() -> None:
    said, dates = invented(0, 60, 60, 0.95)
    said["noise"] = {
        review: Judgement(0.2 if dates[review] > NEWEST - dt.timedelta(days=361) else 1.0, 0.9)
        for review in dates
    }
    found = find_changes(said, dates)
    assert set(found) == {"noise"}
    assert found["noise"].gap < -0.5
    assert found["noise"].certainty > 0.99


def test_too_few_reviews_on_either_side_show_nothing() -> None:
    few = LEAST_EACH_SIDE - 1
    dates = {f"{n}": NEWEST - dt.timedelta(days=800 * (n < 50)) for n in range(50 + few)}
    said = {"noise": {review: Judgement(float(n < 50), 1.0) for n, review in enumerate(dates)}}
    assert find_changes(said, dates) == {}
    dates |= {"one more": NEWEST}
    said["noise"]["one more"] = Judgement(0.0, 1.0)
    assert set(find_changes(said, dates)) == {"noise"}


def test_the_last_24_months_are_asked_where_twelve_have_too_few() -> None:
    dates = {f"{n}": NEWEST - dt.timedelta(days=600 if n >= 40 else 1200) for n in range(60)} | {"new": NEWEST}
    said = {"noise": {review: Judgement(float(n < 40), 1.0) for n, review in enumerate(dates)}}
    assert find_changes(said, dates)["noise"].months == 24


def test_the_same_reviews_in_another_order_give_the_same() -> None:
    said, dates = invented(3, 40, 40, 0.92, fall=0.3)
    backwards = {name: dict(reversed(own.items())) for name, own in reversed(said.items())}
    assert find_changes(said, dates) == find_changes(backwards, dict(reversed(dates.items()))) != {}


def test_a_good_review_after_a_hundred_good_ones_is_no_fall(encoder: Encoder) -> None:
    """The judging's failing input: -0.32 with certainty 0.915 came of a prior that believed in 50 points."""
    start = dt.date(2019, 1, 1)
    reviews = [
        Review(
            id=str(n),
            text=f"Great location, {3 + n % 9} minutes on foot to the metro.",
            date=start + dt.timedelta(days=7 * n),
        )
        for n in range(100)
    ]
    reviews.append(Review(id="new", text="Great location, close to everything.", date=dt.date(2023, 1, 1)))
    (location,) = [own for own in analyse_reviews(reviews, encoder=encoder).aspects if own.aspect == "location"]
    assert (location.change, location.change_certainty, location.changed) == (None, None, ())
    assert location.score is not None
    year = location.recent[0]
    assert (year.months, year.reviews) == (12, 1)
    assert year.score.value == pytest.approx(location.score.value, abs=0.01)
    assert change_words(location) == ""
    assert "last 12 months 9" in recent_words(location)


def test_a_real_fall_is_told_in_the_guests_own_words(encoder: Encoder) -> None:
    texts = ["It was quiet at night."] * 25 + ["The street was terribly loud at night."] * 25
    dates = [NEWEST - dt.timedelta(days=500 - 3 * n if n < 25 else 100 - n) for n in range(50)]
    reviews = [Review(id=str(n), text=text, date=dates[n]) for n, text in enumerate(texts)]
    report = analyse_reviews(reviews, encoder=encoder)
    noise = next(own for own in report.aspects if own.aspect == "noise")
    assert noise.change is not None
    assert noise.change < -0.4
    assert [quote.text for quote in noise.changed] == ["The street was terribly loud at night."]
    assert change_words(noise).startswith("getting worse: ")
    assert report.whole is not None
    assert report.whole.change is not None


def test_few_judgements_stay_near_the_mean_of_all() -> None:
    assert score_of([Judgement(0.0, 1.0)]) is not None
    one = score_of([Judgement(0.0, 1.0)], towards=0.9)
    assert one is not None
    assert one.value == pytest.approx(0.9 * PRIOR_REVIEWS / (PRIOR_REVIEWS + 1), abs=1e-3)
    assert one.weight == 1


def test_a_place_of_few_reviews_is_not_worse_for_that() -> None:
    few, many = score_of([Judgement(1.0, 1.0)] * 6), score_of([Judgement(1.0, 1.0)] * 500)
    assert few is not None
    assert many is not None
    assert few.value < many.value - 0.1
    assert difference(few, many) == (0.0, 1.0)


@pytest.mark.parametrize("share", [0.004, 0.03, 0.2, 0.5, 0.97])
def test_equal_shares_are_seldom_called_different(share: float) -> None:
    random = np.random.default_rng(1)
    found = [
        shares_differ(int(random.binomial(30, share)), 30, int(random.binomial(3000, share)), 3000)
        for _ in range(400)
    ]
    assert np.mean(np.array(found) < 0.05) <= 0.05

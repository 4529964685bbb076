"""What the pages show of a review report. Knows no Streamlit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.reviews.report import PeriodRating, ReviewReport, TopicSummary
from pipeline.store import Store, read_result
from scrapers.listing import Listing, Review

MONTHLY_UP_TO = 24
_BEST_NEEDS_REVIEWS = 2
#: how firmly the mean of all stars is believed of a topic, in reviews; as for scores
_STARS_PRIOR = 10.0
MOST_QUARTERS = 16
LEAST_PERIODS = 3
LEAST_PER_PERIOD = 4


def load(store: Store, key: str) -> ReviewReport:
    """The review report stored under ``key``; ``KeyError`` if it is gone or damaged."""
    return read_result(ReviewReport, store.artefacts.folder(key))


def trend(report: ReviewReport) -> tuple[PeriodRating, ...]:
    """Ratings over time: by month while that stays readable, else by quarter; only periods with stars."""
    months = tuple(period for period in report.ratings.monthly if period.mean is not None)
    if len(months) <= MONTHLY_UP_TO:
        return months
    return tuple(period for period in report.ratings.quarterly if period.mean is not None)


def best_topics(report: ReviewReport, limit: int = 3) -> list[TopicSummary]:
    """What people like most: topics by mean rating, the larger first among equals.

    A topic of few reviews stays near the mean of all: two reviews of five stars do not beat fifty of 4.9.
    """
    usual = report.ratings.mean or 0.0

    def liked(topic: TopicSummary) -> float:
        return ((topic.mean_rating or 0.0) - usual) * topic.reviews / (topic.reviews + _STARS_PRIOR)

    rated = [t for t in report.topics if t.mean_rating is not None and t.reviews >= _BEST_NEEDS_REVIEWS]
    return sorted(rated, key=lambda topic: (-round(liked(topic), 6), -topic.share))[:limit]


def topic_periods(
    report: ReviewReport, most: int = 6
) -> tuple[list[str], list[tuple[TopicSummary, list[float]]]]:
    """Periods, and for the largest topics the share of each period's reviews that speak of them.

    Quarters while there are few, else years; nothing where fewer than three periods have enough reviews.
    """
    quarters = {count.period: count.of for topic in report.topics for count in topic.over_time}
    cut = len("2024-Q2") if len(quarters) <= MOST_QUARTERS else len("2024")
    totals: dict[str, int] = defaultdict(int)
    for period, total in quarters.items():
        totals[period[:cut]] += total
    periods = sorted(period for period, total in totals.items() if total >= LEAST_PER_PERIOD)
    if len(periods) < LEAST_PERIODS:
        return [], []
    rows = []
    for topic in report.topics[:most]:
        spoken: dict[str, int] = defaultdict(int)
        for count in topic.over_time:
            spoken[count.period[:cut]] += count.reviews
        rows.append((topic, [spoken[period] / totals[period] for period in periods]))
    return periods, rows


@dataclass(frozen=True)
class ReviewRow:
    """One review with what the report knows about it; ``topics`` are labels."""

    review: Review
    topics: tuple[str, ...]


class ReviewTable:
    """The reviews of a listing, newest first, to be filtered; topics are those of the report's map."""

    def __init__(self, listing: Listing, report: ReviewReport | None) -> None:
        self._reviews = sorted(listing.reviews, key=lambda r: (r.date is not None, r.date, r.id), reverse=True)
        self._labels = {topic.id: topic.label for topic in report.topics} if report else {}
        self._topics: dict[str, set[int]] = defaultdict(set)
        for point in report.map if report else ():
            if point.topic in self._labels:
                self._topics[point.review_id].add(point.topic)

    @property
    def languages(self) -> list[str]:
        """Language codes that occur, the most frequent first."""
        counts: dict[str, int] = defaultdict(int)
        for review in self._reviews:
            if review.language:
                counts[review.language] += 1
        return sorted(counts, key=lambda code: (-counts[code], code))

    def select(
        self, languages: Sequence[str] = (), topics: Sequence[int] = (), search: str = ""
    ) -> list[ReviewRow]:
        """Reviews in any of ``languages`` that touch any of ``topics`` and hold ``search``; empty means all."""
        wanted = search.casefold().strip()
        return [self._row(review) for review in self._reviews if self._fits(review, languages, topics, wanted)]

    def _fits(self, review: Review, languages: Sequence[str], topics: Sequence[int], wanted: str) -> bool:
        if languages and review.language not in languages:
            return False
        if topics and not self._topics[review.id] & set(topics):
            return False
        return wanted in f"{review.text}\n{review.translation or ''}".casefold()

    def _row(self, review: Review) -> ReviewRow:
        return ReviewRow(review, tuple(self._labels[topic] for topic in sorted(self._topics[review.id])))

"""What the pages show of a review report. Knows no Streamlit."""

from __future__ import annotations

from collections import defaultdict
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
class Wanted:
    """Which reviews are shown; what is empty filters nothing.

    Attributes:
        languages: any of these.
        topics: touching any of these (ids).
        search: words that the review holds.
        stars: any of these, 1 to 5.
        feeling: ``praise`` or ``criticism``: with a sentence of that kind.
        aspect: touching a topic that is mostly about it.
        since, until: years, inclusive.
        deal_breakers: only those that are quoted with a deal-breaker.
    """

    languages: tuple[str, ...] = ()
    topics: tuple[int, ...] = ()
    search: str = ""
    stars: tuple[int, ...] = ()
    feeling: str = ""
    aspect: str = ""
    since: int | None = None
    until: int | None = None
    deal_breakers: bool = False


FEELINGS = {"praise": ("pos", "mixed"), "criticism": ("neg", "mixed")}


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
        self._aspects = {topic.id: topic.aspect for topic in report.topics} if report else {}
        self._topics: dict[str, set[int]] = defaultdict(set)
        self._feelings: dict[str, set[str]] = defaultdict(set)
        self._spoken: dict[str, set[str]] = defaultdict(set)
        for point in report.map if report else ():
            if point.topic in self._labels:
                self._topics[point.review_id].add(point.topic)
            self._spoken[point.review_id].add(point.language)
            if point.polarity:
                self._feelings[point.review_id].add(point.polarity)
        self._breakers = {
            one.review_id for found in (report.deal_breakers if report else ()) for one in found.complaints
        }

    @property
    def years(self) -> list[int]:
        """Years from the oldest dated review to the newest."""
        found = [review.date.year for review in self._reviews if review.date is not None]
        return list(range(min(found), max(found) + 1)) if found else []

    @property
    def has_stars(self) -> bool:
        """Whether the source gives stars with its reviews."""
        return any(review.rating is not None for review in self._reviews)

    @property
    def has_feelings(self) -> bool:
        """Whether feelings were read."""
        return bool(self._feelings)

    @property
    def has_deal_breakers(self) -> bool:
        """Whether a review is quoted with a deal-breaker."""
        return bool(self._breakers)

    @property
    def aspects(self) -> list[str]:
        """Aspects that topics are about."""
        return sorted({aspect for aspect in self._aspects.values() if aspect})

    def _languages_of(self, review: Review) -> set[str]:
        """The language that the source gives, else those that were found in the text."""
        found = {review.language} if review.language else self._spoken[review.id] - {"und"}
        return {language for language in found if language}

    @property
    def languages(self) -> list[str]:
        """Language codes that occur, the most frequent first."""
        counts: dict[str, int] = defaultdict(int)
        for review in self._reviews:
            for language in self._languages_of(review):
                counts[language] += 1
        return sorted(counts, key=lambda code: (-counts[code], code))

    def select(self, wanted: Wanted) -> list[ReviewRow]:
        """Reviews that fit in every respect."""
        return [self._row(review) for review in self._reviews if self._fits(review, wanted)]

    def _fits(self, review: Review, wanted: Wanted) -> bool:
        topics = self._topics[review.id]
        year = None if review.date is None else review.date.year
        text = f"{review.text}\n{review.translation or ''}".casefold()
        return all(
            (
                not wanted.languages or bool(self._languages_of(review) & set(wanted.languages)),
                not wanted.topics or bool(topics & set(wanted.topics)),
                wanted.search.casefold().strip() in text,
                not wanted.stars or (review.rating is not None and round(review.rating) in wanted.stars),
                not wanted.feeling or bool(self._feelings[review.id] & set(FEELINGS[wanted.feeling])),
                not wanted.aspect or any(self._aspects[topic] == wanted.aspect for topic in topics),
                wanted.since is None or (year is not None and year >= wanted.since),
                wanted.until is None or (year is not None and year <= wanted.until),
                not wanted.deal_breakers or review.id in self._breakers,
            )
        )

    def _row(self, review: Review) -> ReviewRow:
        return ReviewRow(review, tuple(self._labels[topic] for topic in sorted(self._topics[review.id])))

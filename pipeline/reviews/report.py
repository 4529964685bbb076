"""``ReviewReport``: what the reviews of one listing say, ready to be shown."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from pipeline.reviews.sentences import Sentence, Sentences
from pipeline.reviews.topics import Topic, Topics, stable_order
from scrapers.listing import Review

REPORT_FILE: Final = "review_report.json"
TIMINGS_FILE: Final = "review_timings.json"
MAX_MAP_POINTS: Final = 5000


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Counts(_Record):
    """How much there was to read. ``languages``: sentences by BCP 47 code, most first."""

    reviews: int
    reviews_without_words: int
    sentences: int
    languages: dict[str, int]


class PeriodRating(_Record):
    """One month (``2024-05``) or quarter (``2024-Q2``); ``mean`` is absent where nobody gave stars."""

    period: str
    reviews: int
    rated: int
    mean: float | None


class Ratings(_Record):
    """Stars of all reviews that have them; ``histogram``: reviews by whole stars, 1 to 5."""

    rated: int
    mean: float | None
    histogram: dict[int, int]
    monthly: tuple[PeriodRating, ...]
    quarterly: tuple[PeriodRating, ...]


class Quote(_Record):
    """A sentence of a review, with its place in the original text (characters)."""

    review_id: str
    text: str
    start: int
    end: int
    language: str
    date: dt.date | None
    rating: float | None


class Keyword(_Record):
    """A word or word pair with its c-TF-IDF weight."""

    word: str
    weight: float


class TopicSummary(_Record):
    """One topic: ``share`` of all sentences, ``reviews`` that mention it, their mean rating, quotes."""

    id: int
    label: str
    sentences: int
    share: float
    reviews: int
    mean_rating: float | None
    keywords: tuple[Keyword, ...]
    languages: dict[str, int]
    representatives: tuple[Quote, ...]


class MapPoint(_Record):
    """A sentence on the map, ``x`` and ``y`` in [-1, 1]; topic -1 fits none."""

    x: float
    y: float
    topic: int
    review_id: str
    text: str


class ReviewReport(_Record):
    """Everything that is known about the reviews of one listing.

    Attributes:
        status: ``empty`` where there is nothing to analyse; ``reason`` says why.
        unassigned: sentences that fit no topic.
        map: at most :data:`MAX_MAP_POINTS` sentences.
        encoder: name of the backend that made the vectors.
        settings: all that was set, as plain values.
        timings_s: seconds by stage; kept in a file of its own, so that equal inputs give equal reports.
    """

    status: Literal["ok", "empty"]
    reason: str | None = None
    counts: Counts
    ratings: Ratings
    topics: tuple[TopicSummary, ...] = ()
    unassigned: int = 0
    map: tuple[MapPoint, ...] = ()
    encoder: str | None = None
    seed: int
    settings: dict[str, object] = Field(default_factory=dict)
    timings_s: dict[str, float] = Field(default_factory=dict, exclude=True)

    def save(self, folder: Path) -> Path:
        """Write the report and its timings into ``folder``; returns the report's path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / REPORT_FILE
        path.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        (folder / TIMINGS_FILE).write_text(json.dumps(self.timings_s, indent=1), encoding="utf-8")
        return path

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote; timings may be missing."""
        raw = json.loads((folder / REPORT_FILE).read_text(encoding="utf-8"))
        timings = folder / TIMINGS_FILE
        if timings.is_file():
            raw["timings_s"] = json.loads(timings.read_text(encoding="utf-8"))
        return cls.model_validate_json(json.dumps(raw))


def build_report(
    reviews: Sequence[Review],
    sentences: Sentences,
    topics: Topics,
    *,
    encoder: str | None = None,
    settings: dict[str, object] | None = None,
    timings_s: dict[str, float] | None = None,
) -> ReviewReport:
    """Put the results of the stages together; no reviews, or none with words, is an ``empty`` report."""
    if len(topics.assignment) != len(sentences):
        raise ValueError(f"{len(sentences)} sentences but {len(topics.assignment)} assignments")
    reason = _why_empty(reviews, sentences)
    return ReviewReport(
        status="empty" if reason else "ok",
        reason=reason,
        counts=Counts(
            reviews=len(reviews),
            reviews_without_words=len(sentences.without_words),
            sentences=len(sentences),
            languages=_count_languages(sentences),
        ),
        ratings=summarise_ratings(reviews),
        topics=tuple(_summary(topic, sentences, topics) for topic in topics.topics),
        unassigned=int((topics.assignment < 0).sum()),
        map=_map(sentences, topics),
        encoder=None if reason else encoder,
        seed=topics.seed,
        settings=settings or {},
        timings_s=timings_s or {},
    )


def summarise_ratings(reviews: Iterable[Review]) -> Ratings:
    """Mean, histogram, and the months and quarters that have reviews (undated ones are in neither)."""
    reviews = list(reviews)
    stars = [review.rating for review in reviews if review.rating is not None]
    histogram = Counter(min(max(int(value + 0.5), 1), 5) for value in stars)
    return Ratings(
        rated=len(stars),
        mean=_mean(stars),
        histogram={star: histogram[star] for star in range(1, 6)},
        monthly=_by_period(reviews, lambda date: f"{date.year:04d}-{date.month:02d}"),
        quarterly=_by_period(reviews, lambda date: f"{date.year:04d}-Q{(date.month + 2) // 3}"),
    )


def _why_empty(reviews: Sequence[Review], sentences: Sentences) -> str | None:
    if not reviews:
        return "no reviews"
    if not len(sentences):
        return (
            f"none of the {len(reviews)} reviews holds words (they are empty, or only emoji, digits or signs)"
        )
    return None


def _summary(topic: Topic, sentences: Sentences, topics: Topics) -> TopicSummary:
    members = [row for row, label in zip(sentences, topics.assignment, strict=True) if label == topic.id]
    stars = {row.review_id: row.rating for row in members if row.rating is not None}
    return TopicSummary(
        id=topic.id,
        label=topic.label,
        sentences=topic.size,
        share=round(topic.size / len(sentences), 4),
        reviews=len({row.review_id for row in members}),
        mean_rating=_mean(list(stars.values())),
        keywords=tuple(Keyword(word=word, weight=weight) for word, weight in topic.keywords),
        languages=_count_languages(members),
        representatives=tuple(_quote(sentences.rows[row]) for row in topic.representatives),
    )


def _quote(row: Sentence) -> Quote:
    return Quote(
        review_id=row.review_id,
        text=row.text,
        start=row.start,
        end=row.end,
        language=row.language,
        date=row.date,
        rating=row.rating,
    )


def _map(sentences: Sentences, topics: Topics) -> tuple[MapPoint, ...]:
    points = []
    for row in stable_order(sentences)[:MAX_MAP_POINTS]:
        x, y = (round(float(value), 3) + 0.0 for value in topics.places[row])
        sentence = sentences.rows[row]
        points.append(
            MapPoint(
                x=x, y=y, topic=int(topics.assignment[row]), review_id=sentence.review_id, text=sentence.text
            )
        )
    return tuple(points)


def _count_languages(rows: Iterable[Sentence]) -> dict[str, int]:
    counts = Counter(row.language for row in rows)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _by_period(reviews: Iterable[Review], name: Callable[[dt.date], str]) -> tuple[PeriodRating, ...]:
    periods: dict[str, list[float | None]] = defaultdict(list)
    for review in reviews:
        if review.date is not None:
            periods[name(review.date)].append(review.rating)
    rows = []
    for period, ratings in sorted(periods.items()):
        stars = [value for value in ratings if value is not None]
        rows.append(PeriodRating(period=period, reviews=len(ratings), rated=len(stars), mean=_mean(stars)))
    return tuple(rows)


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(sorted(values)) / len(values), 3) if values else None

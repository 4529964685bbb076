"""``ReviewReport``: what the reviews of one listing say, ready to be shown."""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, Literal, Self

import numpy as np
from jaxtyping import Float32
from pydantic import Field

from pipeline.reviews.opinions import OpinionsLike
from pipeline.reviews.report.aspect_summaries import quarter, summarise_all
from pipeline.reviews.report.contradictions import find_contradictions
from pipeline.reviews.report.deal_breakers import find_deal_breakers, is_weighed
from pipeline.reviews.report.highlights import summarise
from pipeline.reviews.report.quotes import quote
from pipeline.reviews.report.report_records import (
    AspectSummary,
    Contradiction,
    Counts,
    DealBreaker,
    Keyword,
    MapPoint,
    PeriodCount,
    PeriodRating,
    PeriodScore,
    Quote,
    Ratings,
    Record,
    Score,
    Special,
    TopicMerge,
    TopicSummary,
)
from pipeline.reviews.report.special import Baseline, Vocabulary, vocabulary_of, what_is_special
from pipeline.reviews.text import Sentence, Sentences
from pipeline.reviews.topics import Topic, Topics, stable_order
from scrapers.listing import Listing, Review

__all__ = [
    "AspectSummary",
    "Contradiction",
    "Counts",
    "Keyword",
    "MapPoint",
    "PeriodCount",
    "PeriodRating",
    "PeriodScore",
    "Quote",
    "Ratings",
    "ReviewReport",
    "Score",
    "Special",
    "TopicMerge",
    "TopicSummary",
    "build_report",
    "summarise_ratings",
]

REPORT_FILE: Final = "review_report.json"
TIMINGS_FILE: Final = "review_timings.json"
MAX_MAP_POINTS: Final = 5000


class ReviewReport(Record):
    """Everything that is known about the reviews of one listing.

    Attributes:
        status: ``empty`` where there is nothing to analyse; ``reason`` says why.
        unassigned: sentences that fit no topic.
        map: at most :data:`MAX_MAP_POINTS` sentences.
        hierarchy: which topics belong together, the nearest first.
        aspects: what guests say of each aspect, the most mentioned first; none where feelings were not read.
        overall: the feeling of the reviews as a whole, each counted once.
        whole: the same like an aspect: its last months, what changed; its name is empty and it quotes nobody.
        deal_breakers: what nobody should book in spite of, the most told first.
        weighed: whether criticism was weighed, so that no deal-breaker means that there is none.
        since: date of the oldest review, if any has one.
        summary: at most five sentences that stand for all, in the guests' own words.
        baseline: what the listing was compared with, ``None`` if with nothing.
        special: what guests say more, less, better or worse here than there.
        contradictions: where guests say otherwise than the host or the platform.
        vocabulary: the commonest words of the commonest language and how many reviews hold them.
        vocabulary_language, vocabulary_reviews: that language, and how many reviews speak it.
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
    hierarchy: tuple[TopicMerge, ...] = ()
    aspects: tuple[AspectSummary, ...] = ()
    overall: Score | None = None
    whole: AspectSummary | None = None
    deal_breakers: tuple[DealBreaker, ...] = ()
    weighed: bool = False
    since: dt.date | None = None
    summary: tuple[Quote, ...] = ()
    baseline: str | None = None
    special: tuple[Special, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    vocabulary: dict[str, int] = Field(default_factory=dict)
    vocabulary_language: str = ""
    vocabulary_reviews: int = 0
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

    @property
    def reviews_with_words(self) -> int:
        """Reviews that were read: with words, and no copy of another one."""
        return self.counts.reviews - self.counts.reviews_without_words - self.counts.copies

    def about(self) -> dict[str, float | None]:
        """What a list or map of many listings needs of it: how good guests say it is, 0 to 1."""
        return {"overall": None if self.overall is None else self.overall.value}

    def against(self, baseline: Baseline | None) -> Self:
        """The same report with what is special against ``baseline``; ``None``: with nothing."""
        return self.model_copy(
            update={
                "baseline": None if baseline is None else baseline.name,
                "special": ()
                if baseline is None
                else what_is_special(self._words, self.aspects, self.reviews_with_words, baseline),
            }
        )

    @property
    def _words(self) -> Vocabulary:
        return Vocabulary(self.vocabulary, self.vocabulary_language, self.vocabulary_reviews)

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
    vectors: Float32[np.ndarray, "N D"] | None = None,
    opinions: Sequence[OpinionsLike] | None = None,
    listing: Listing | None = None,
    baseline: Baseline | None = None,
    encoder: str | None = None,
    settings: dict[str, object] | None = None,
    timings_s: dict[str, float] | None = None,
) -> ReviewReport:
    """Put the results of the stages together; no reviews, or none with words, is an ``empty`` report.

    Args:
        vectors: of the sentences; without them there is no summary.
        opinions: of the sentences; without them there are no aspects.
        listing: what host and platform say, to look for contradictions.
        baseline: other listings, to see what is special here.
    """
    if len(topics.assignment) != len(sentences):
        raise ValueError(f"{len(sentences)} sentences but {len(topics.assignment)} assignments")
    reason = _why_empty(reviews, sentences)
    whole, aspects = (None, ()) if opinions is None else summarise_all(sentences, opinions, seed=topics.seed)
    periods, words = _reviews_by_quarter(sentences), vocabulary_of(sentences)
    report = ReviewReport(
        status="empty" if reason else "ok",
        reason=reason,
        counts=Counts(
            reviews=len(reviews),
            reviews_without_words=len(sentences.without_words),
            sentences=len(sentences),
            languages=_count_languages(sentences),
            automated=sum(row.automated for row in sentences),
            copies=len(sentences.copies),
            unread=_read_by("nothing", opinions),
            by_encoder=_read_by("encoder", opinions),
        ),
        ratings=summarise_ratings(reviews),
        topics=tuple(_summary(topic, sentences, topics, opinions, periods) for topic in topics.topics),
        unassigned=int((topics.assignment < 0).sum()),
        map=_map(sentences, topics, opinions),
        hierarchy=tuple(TopicMerge(**asdict(merge)) for merge in topics.hierarchy),
        aspects=aspects,
        overall=None if whole is None else whole.score,
        whole=whole,
        deal_breakers=() if opinions is None else find_deal_breakers(reviews, sentences, opinions),
        weighed=opinions is not None and is_weighed(opinions),
        since=min((review.date for review in reviews if review.date is not None), default=None),
        summary=() if vectors is None else summarise(sentences, vectors, _groups(topics, opinions), opinions),
        contradictions=()
        if listing is None or opinions is None
        else find_contradictions(listing, sentences, opinions, aspects),
        vocabulary=dict(words.words),
        vocabulary_language=words.language,
        vocabulary_reviews=words.spoken,
        encoder=None if reason else encoder,
        seed=topics.seed,
        # as it comes back from JSON: lists for tuples
        settings=json.loads(json.dumps(settings or {})),
        timings_s=timings_s or {},
    )
    return report.against(baseline)


def _read_by(reading: str, opinions: Sequence[OpinionsLike] | None) -> int:
    return sum(getattr(opinion, "reading", "") == reading for opinion in opinions or ())


def _groups(topics: Topics, opinions: Sequence[OpinionsLike] | None) -> list[str | None]:
    """What each sentence is about, for the summary: its one aspect, else nothing; its topic without aspects."""
    if opinions is None or not any(opinion.aspects for opinion in opinions):
        return [None if label < 0 else f"topic {label:04d}" for label in topics.assignment]
    return [next(iter(opinion.aspects)) if len(opinion.aspects) == 1 else None for opinion in opinions]


def _reviews_by_quarter(sentences: Sentences) -> dict[str, int]:
    dated = {row.review_id: row.date for row in sentences if row.date is not None}
    return dict(Counter(quarter(date) for date in dated.values()))


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
        quarterly=_by_period(reviews, quarter),
    )


def _why_empty(reviews: Sequence[Review], sentences: Sentences) -> str | None:
    if not reviews:
        return "no reviews"
    if not len(sentences):
        return (
            f"none of the {len(reviews)} reviews holds words (they are empty, or only emoji, digits or signs)"
        )
    return None


def _summary(
    topic: Topic,
    sentences: Sentences,
    topics: Topics,
    opinions: Sequence[OpinionsLike] | None,
    periods: dict[str, int],
) -> TopicSummary:
    rows = np.flatnonzero(topics.assignment == topic.id).tolist()
    members = [sentences.rows[row] for row in rows]
    stars = {row.review_id: row.rating for row in members if row.rating is not None}
    counts = Counter(None if opinions is None else opinions[row].polarity for row in rows)
    here = _reviews_by_quarter(Sentences(tuple(members)))
    return TopicSummary(
        id=topic.id,
        label=topic.label,
        sentences=topic.size,
        share=round(topic.size / len(sentences), 4),
        reviews=len({row.review_id for row in members}),
        mean_rating=_mean(list(stars.values())),
        keywords=tuple(Keyword(word=word, weight=weight) for word, weight in topic.keywords),
        languages=_count_languages(members),
        representatives=tuple(quote(sentences.rows[row]) for row in topic.representatives),
        aspect=topic.aspect,
        subject=topic.subject,
        over_time=tuple(
            PeriodCount(period=period, reviews=here.get(period, 0), of=total)
            for period, total in sorted(periods.items())
        ),
        positive=None if opinions is None else round(counts["pos"] / len(rows), 4),
        negative=None if opinions is None else round(counts["neg"] / len(rows), 4),
    )


def _map(sentences: Sentences, topics: Topics, opinions: Sequence[OpinionsLike] | None) -> tuple[MapPoint, ...]:
    points = []
    for row in stable_order(sentences)[:MAX_MAP_POINTS]:
        x, y = (round(float(value), 3) + 0.0 for value in topics.places[row])
        sentence = sentences.rows[row]
        points.append(
            MapPoint(
                x=x,
                y=y,
                topic=int(topics.assignment[row]),
                review_id=sentence.review_id,
                text=sentence.text,
                language=sentence.language,
                translation=sentence.translation,
                polarity=None if opinions is None else opinions[row].polarity,
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

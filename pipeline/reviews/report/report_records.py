"""The parts of a review report: plain, validated, serialisable."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """Immutable, and nothing but its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Counts(Record):
    """How much there was to read.

    Attributes:
        languages: sentences by BCP 47 code, most first.
        automated: sentences that the platform wrote (a cancelled stay); they are in no topic and no aspect.
        copies: reviews that repeat another one word for word; they are read once.
        unread: sentences in languages that nobody here reads; they are in no aspect and no score.
        by_encoder: sentences in languages without a word list, read by the encoder alone.
    """

    reviews: int
    reviews_without_words: int
    sentences: int
    languages: dict[str, int]
    automated: int = 0
    copies: int = 0
    unread: int = 0
    by_encoder: int = 0


class PeriodRating(Record):
    """One month (``2024-05``) or quarter (``2024-Q2``); ``mean`` is absent where nobody gave stars."""

    period: str
    reviews: int
    rated: int
    mean: float | None


class Ratings(Record):
    """Stars of all reviews that have them; ``histogram``: reviews by whole stars, 1 to 5."""

    rated: int
    mean: float | None
    histogram: dict[int, int]
    monthly: tuple[PeriodRating, ...]
    quarterly: tuple[PeriodRating, ...]


class Quote(Record):
    """A sentence of a review, with its place in the original text (characters).

    ``translation``: by the source, shown beside the original.
    """

    review_id: str
    text: str
    start: int
    end: int
    language: str
    date: dt.date | None
    rating: float | None
    translation: str | None = None


class Complaint(Quote):
    """A sentence, and what the host answered to its review (``None``: nothing)."""

    answer: str | None = None


class DealBreaker(Record):
    """Something that nobody should book in spite of.

    Attributes:
        kind: what it is ("vermin").
        reviews: that tell of it.
        newest: date of the newest of them, if any has one.
        answered: how many of them the host answered.
        complaints: at most three sentences, the newest first.
    """

    kind: str
    reviews: int
    newest: dt.date | None
    answered: int
    complaints: tuple[Complaint, ...]


class Keyword(Record):
    """A word with its c-TF-IDF weight."""

    word: str
    weight: float


class PeriodCount(Record):
    """How many reviews of a period (``2024-Q2``) speak of something, of how many."""

    period: str
    reviews: int
    of: int


class TopicSummary(Record):
    """One topic: ``share`` of all sentences, ``reviews`` that mention it, their mean rating, quotes.

    Attributes:
        aspect: that most of its sentences are about, if there is one.
        subject: what it is about, the same word in every place and language, if there is one.
        over_time: by quarter.
        positive, negative: share of its sentences that praise or criticise, where feelings were read.
    """

    id: int
    label: str
    sentences: int
    share: float
    reviews: int
    mean_rating: float | None
    keywords: tuple[Keyword, ...]
    languages: dict[str, int]
    representatives: tuple[Quote, ...]
    aspect: str | None = None
    subject: str | None = None
    over_time: tuple[PeriodCount, ...] = ()
    positive: float | None = None
    negative: float | None = None


class TopicMerge(Record):
    """Two topics that belong together; merges are numbered on from the topics."""

    left: int
    right: int
    distance: float


class MapPoint(Record):
    """A sentence on the map, ``x`` and ``y`` in [-1, 1]; topic -1 fits none.

    Attributes:
        translation: by the source, shown beside the original.
        polarity: ``pos``, ``neg``, ``mixed`` or ``neutral``, where feelings were read.
    """

    x: float
    y: float
    topic: int
    review_id: str
    text: str
    language: str = "und"
    translation: str | None = None
    polarity: str | None = None


class Score(Record):
    """How good something is said to be, 0 (all bad) to 1 (all good), with a 90 % credible interval.

    Attributes:
        weight: number of reviews it rests on, each counted by how surely it was read.
    """

    value: float
    low: float
    high: float
    weight: float


class PeriodScore(Record):
    """The score of one period (a quarter or, where there are many, a year), shrunk to that of all time."""

    period: str
    reviews: int
    score: Score


class WindowScore(Record):
    """The score of the last ``months`` before the newest review, shrunk to that of all time.

    Attributes:
        since: its first day.
        reviews: that judge; ``score`` leans on all time where they are few.
    """

    months: int
    since: dt.date
    reviews: int
    score: Score


class AspectSummary(Record):
    """What guests say of one aspect.

    Attributes:
        sentences, reviews: that speak of it.
        share: of all reviews with words.
        positive, negative, mixed, neutral: sentences by feeling.
        score: absent where nobody judges it.
        recent: scores of the last twelve and 24 months, where somebody judged in them.
        trend: scores by period.
        change: what the last twelve months (24 if they have too few reviews) are better than the time before,
            -1 to 1; only where that is more than chance, all that is shown together counted...
        change_certainty: ...1 minus the probability that chance shows as much anywhere...
        changed: ...and sentences that say what changed.
        supporting, critical: the three sentences that say it best.
    """

    aspect: str
    sentences: int
    reviews: int
    share: float
    positive: int
    negative: int
    mixed: int
    neutral: int
    score: Score | None
    recent: tuple[WindowScore, ...] = ()
    trend: tuple[PeriodScore, ...] = ()
    change: float | None = None
    change_certainty: float | None = None
    changed: tuple[Quote, ...] = ()
    supporting: tuple[Quote, ...] = ()
    critical: tuple[Quote, ...] = ()


class Special(Record):
    """Something that guests say more, less, better or worse here than elsewhere.

    Attributes:
        kind: ``word`` and ``mentions`` compare shares of reviews, ``score`` compares scores.
        name: the word, or the aspect.
        here, elsewhere: the shares or scores.
        p_value: of the difference, corrected for how many were looked at (Benjamini and Hochberg).
    """

    kind: Literal["word", "mentions", "score"]
    name: str
    here: float
    elsewhere: float
    p_value: float


class Contradiction(Record):
    """Where guests say otherwise than the host or the platform.

    Attributes:
        source: who claims it.
        claim: the sentence, amenity, tag or stars as they stand there.
        about: the aspect or the thing.
        agreeing, disagreeing: reviews.
        quotes: of guests who disagree.
    """

    source: Literal["description", "amenities", "tag", "stars"]
    claim: str
    about: str
    agreeing: int
    disagreeing: int
    quotes: tuple[Quote, ...] = Field(default=())

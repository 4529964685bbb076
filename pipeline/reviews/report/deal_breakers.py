"""What nobody should book in spite of: vermin, fraud, danger... how many say so, how lately, and the answer."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from pipeline.reviews.opinions import OpinionsLike
from pipeline.reviews.report.quotes import quote, wording
from pipeline.reviews.report.report_records import Complaint, DealBreaker
from pipeline.reviews.text import Sentence, Sentences
from scrapers.listing import Review

#: quoted of each kind
_QUOTES: Final = 3


def deal_breaker_of(opinion: OpinionsLike) -> str | None:
    """The kind of deal-breaker that a sentence complains of, ``None`` for everything else."""
    return getattr(opinion, "deal_breaker", None)


def is_weighed(opinions: Sequence[OpinionsLike]) -> bool:
    """Whether whoever read the sentences can tell a deal-breaker at all."""
    return bool(opinions) and all(hasattr(opinion, "deal_breaker") for opinion in opinions)


def find_deal_breakers(
    reviews: Iterable[Review], sentences: Sentences, opinions: Sequence[OpinionsLike]
) -> tuple[DealBreaker, ...]:
    """By kind, the one that most reviews tell of first; of equal ones the newer."""
    answers = {review.id: review.response for review in reviews}
    told: dict[str, list[Sentence]] = defaultdict(list)
    for sentence, opinion in zip(sentences, opinions, strict=True):
        kind = deal_breaker_of(opinion)
        if kind is not None:
            told[kind].append(sentence)
    found = [_deal_breaker(kind, own, answers) for kind, own in told.items()]
    return tuple(sorted(found, key=lambda one: (-one.reviews, -_days(one.newest), one.kind)))


def _deal_breaker(kind: str, told: Sequence[Sentence], answers: dict[str, str | None]) -> DealBreaker:
    newest_first = sorted(told, key=lambda row: (-_days(row.date), row.review_id, row.start))
    dates = [row.date for row in told if row.date is not None]
    own = {row.review_id for row in told}
    return DealBreaker(
        kind=kind,
        reviews=len(own),
        newest=max(dates, default=None),
        answered=sum(bool(answers.get(review)) for review in own),
        complaints=tuple(
            Complaint(**quote(row).model_dump(), answer=answers.get(row.review_id))
            for row in _one_each(newest_first)[:_QUOTES]
        ),
    )


def _one_each(rows: Sequence[Sentence]) -> list[Sentence]:
    """The first of every review and wording."""
    seen: set[str] = set()
    chosen = []
    for row in rows:
        marks = {"review " + row.review_id, wording(row)}
        if not marks & seen:
            seen |= marks
            chosen.append(row)
    return chosen


def _days(date: dt.date | None) -> int:
    return 0 if date is None else date.toordinal()

"""Per aspect: how many speak of it, how good they find it and how sure that is, since when, in whose words."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from pipeline.reviews.opinions import WORTH, AspectOpinionLike, OpinionsLike
from pipeline.reviews.report.quotes import best_quotes
from pipeline.reviews.report.report_records import AspectSummary, PeriodScore, Score
from pipeline.reviews.report.scores import Judgement, difference, score_of
from pipeline.reviews.text import Sentences

_QUOTES: Final = 3
_MAX_QUARTERS: Final = 12
_YEAR: Final = dt.timedelta(days=365)


def summarise_aspects(
    sentences: Sentences, opinions: Sequence[OpinionsLike], names: Iterable[str] = ()
) -> tuple[AspectSummary, ...]:
    """One summary per aspect, the most mentioned first; ``names``: also those nobody speaks of.

    Raises:
        ValueError: there is not one opinion per sentence.
    """
    if len(opinions) != len(sentences):
        raise ValueError(f"{len(sentences)} sentences but {len(opinions)} opinions")
    rows: dict[str, list[int]] = {name: [] for name in names}
    for index, (sentence, opinion) in enumerate(zip(sentences, opinions, strict=True)):
        if not sentence.automated:
            for aspect in opinion.aspects:
                rows.setdefault(aspect, []).append(index)
    reviews = len({row.review_id for row in sentences if not row.automated})
    found = [_summary(aspect, own, sentences, opinions, reviews) for aspect, own in rows.items()]
    return tuple(sorted(found, key=lambda summary: (-summary.reviews, summary.aspect)))


def judgements_of(
    aspect: str, rows: Iterable[int], sentences: Sentences, opinions: Sequence[OpinionsLike]
) -> dict[str, Judgement]:
    """What each review says of the aspect: the mean of its sentences, by how surely they were read."""
    said: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        opinion = opinions[row].aspects[aspect]
        if opinion.polarity in WORTH:
            said[sentences.rows[row].review_id].append((WORTH[opinion.polarity], opinion.confidence))
    result = {}
    for review, pairs in said.items():
        weights = math.fsum(weight for _, weight in pairs) or 1e-9
        worth = math.fsum(worth * weight for worth, weight in pairs) / weights
        result[review] = Judgement(worth, min(max(weight for _, weight in pairs), 1.0))
    return result


def _summary(
    aspect: str, rows: Sequence[int], sentences: Sentences, opinions: Sequence[OpinionsLike], reviews: int
) -> AspectSummary:
    feelings = Counter(opinions[row].aspects[aspect].polarity for row in rows)
    judged = judgements_of(aspect, rows, sentences, opinions)
    dates = {row.review_id: row.date for row in sentences if row.date is not None}
    mentioned = {sentences.rows[row].review_id for row in rows}
    change, certainty = _change(judged, dates)

    def quotes(wanted: str) -> list[tuple[int, float]]:
        return [
            (row, _sureness(opinions[row].aspects[aspect]) * _purity(opinions[row], wanted))
            for row in rows
            if opinions[row].aspects[aspect].polarity == wanted
        ]

    critical = best_quotes(sentences, quotes("neg"), _QUOTES)
    return AspectSummary(
        aspect=aspect,
        sentences=len(rows),
        reviews=len(mentioned),
        share=round(len(mentioned) / max(reviews, 1), 4),
        positive=feelings["pos"],
        negative=feelings["neg"],
        mixed=feelings["mixed"],
        neutral=feelings["neutral"],
        score=score_of(list(judged.values())),
        trend=_trend(judged, dates),
        change=change,
        change_certainty=certainty,
        supporting=best_quotes(sentences, quotes("pos"), _QUOTES),
        critical=critical or best_quotes(sentences, quotes("mixed"), _QUOTES),
    )


def _sureness(opinion: AspectOpinionLike) -> float:
    """Probability that the sentence speaks of the aspect, and means what was read."""
    return opinion.confidence * opinion.polarity_confidence


def _purity(opinion: OpinionsLike, wanted: str) -> float:
    """1 for a sentence that speaks of nothing else and means nothing else."""
    return (1.0 if opinion.polarity == wanted else 0.5) / len(opinion.aspects)


def quarter(date: dt.date) -> str:
    """``2024-Q2``."""
    return f"{date.year:04d}-Q{(date.month + 2) // 3}"


def _trend(judged: Mapping[str, Judgement], dates: Mapping[str, dt.date]) -> tuple[PeriodScore, ...]:
    """By quarter, or by year where there are many."""
    dated = {review: dates[review] for review in judged if review in dates}
    name: Callable[[dt.date], str] = quarter
    if len({quarter(date) for date in dated.values()}) > _MAX_QUARTERS:
        name = lambda date: f"{date.year:04d}"  # noqa: E731
    periods: dict[str, list[Judgement]] = defaultdict(list)
    for review, date in dated.items():
        periods[name(date)].append(judged[review])
    return tuple(
        PeriodScore(period=period, reviews=len(own), score=score)
        for period, own in sorted(periods.items())
        if (score := score_of(own)) is not None
    )


def _change(judged: Mapping[str, Judgement], dates: Mapping[str, dt.date]) -> tuple[float | None, float | None]:
    """The last twelve months (up to the newest review) against the time before."""
    dated = [(dates[review], judgement) for review, judgement in judged.items() if review in dates]
    if not dated:
        return None, None
    newest = max(dates.values())
    recent = score_of([judgement for date, judgement in dated if date > newest - _YEAR])
    before = score_of([judgement for date, judgement in dated if date <= newest - _YEAR])
    if recent is None or before is None:
        return None, None
    gap, p_value = difference(recent, before)
    return gap, round(1 - p_value / 2, 3)


def overall_score(sentences: Sentences, opinions: Sequence[OpinionsLike]) -> Score | None:
    """The feeling of the reviews as a whole, each counted once."""
    said: dict[str, list[float]] = defaultdict(list)
    for sentence, opinion in zip(sentences, opinions, strict=True):
        if opinion.polarity in WORTH and not sentence.automated:
            said[sentence.review_id].append(WORTH[opinion.polarity])
    return score_of([Judgement(math.fsum(own) / len(own), 1.0) for own in said.values()])

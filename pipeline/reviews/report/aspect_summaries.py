"""Per aspect: how many speak of it, how good they find it, how sure that is, what changed, in whose words."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.reviews.opinions import WORTH, AspectOpinionLike, OpinionsLike, surely
from pipeline.reviews.report.changes import WHOLE, WINDOWS, Change, begin_of, find_changes
from pipeline.reviews.report.quotes import best_quotes
from pipeline.reviews.report.report_records import AspectSummary, PeriodScore, Quote, Score, WindowScore
from pipeline.reviews.report.scores import Judgement, score_of
from pipeline.reviews.text import Sentences

_QUOTES: Final = 3
_MAX_QUARTERS: Final = 12
_Said = Mapping[str, Judgement]


def summarise_aspects(
    sentences: Sentences, opinions: Sequence[OpinionsLike], names: Iterable[str] = (), seed: int = 0
) -> tuple[AspectSummary, ...]:
    """One summary per aspect, the most mentioned first; ``names``: also those nobody speaks of.

    Raises:
        ValueError: there is not one opinion per sentence.
    """
    return summarise_all(sentences, opinions, names, seed)[1]


def summarise_all(
    sentences: Sentences, opinions: Sequence[OpinionsLike], names: Iterable[str] = (), seed: int = 0
) -> tuple[AspectSummary, tuple[AspectSummary, ...]]:
    """The reviews as a whole (no aspect's name, no quotes), and all aspects, the most mentioned first.

    Args:
        names: aspects to list even if nobody speaks of them.
        seed: of the test for changes, which looks at the whole and all aspects together.

    Raises:
        ValueError: there is not one opinion per sentence.
    """
    if len(opinions) != len(sentences):
        raise ValueError(f"{len(sentences)} sentences but {len(opinions)} opinions")
    rows: dict[str, list[int]] = {WHOLE: [], **{name: [] for name in names}}
    for index, (sentence, opinion) in enumerate(zip(sentences, opinions, strict=True)):
        if not sentence.automated:
            rows[WHOLE].append(index)
            for aspect in opinion.aspects:
                rows.setdefault(aspect, []).append(index)
    said = {name: judgements_of(name, own, sentences, opinions) for name, own in rows.items()}
    dates = {row.review_id: row.date for row in sentences if row.date is not None}
    changes = find_changes(said, dates, seed)
    reviews = len({sentences.rows[row].review_id for row in rows[WHOLE]})
    found = [
        _Speaking(name, own, said[name], dates, sentences, opinions).summary(reviews, changes.get(name))
        for name, own in rows.items()
    ]
    return found[0], tuple(sorted(found[1:], key=lambda summary: (-summary.reviews, summary.aspect)))


def judgements_of(
    aspect: str, rows: Iterable[int], sentences: Sentences, opinions: Sequence[OpinionsLike]
) -> dict[str, Judgement]:
    """What each review says of the aspect: the mean of its sentences, by how surely they were read.

    The whole (:data:`WHOLE`) is the plain mean of all sentences that judge.
    """
    said: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        opinion = opinions[row]
        polarity = opinion.polarity if aspect == WHOLE else opinion.aspects[aspect].polarity
        weight = 1.0 if aspect == WHOLE else opinion.aspects[aspect].confidence
        if polarity in WORTH:
            said[sentences.rows[row].review_id].append((WORTH[polarity], weight))
    result = {}
    for review, pairs in said.items():
        weights = math.fsum(weight for _, weight in pairs) or 1e-9
        worth = math.fsum(worth * weight for worth, weight in pairs) / weights
        result[review] = Judgement(worth, min(max(weight for _, weight in pairs), 1.0))
    return result


@dataclass(frozen=True)
class _Speaking:
    """Everything that is said of one aspect: its sentences (``rows``), and what each review judges."""

    aspect: str
    rows: Sequence[int]
    judged: _Said
    dates: Mapping[str, dt.date]
    sentences: Sentences
    opinions: Sequence[OpinionsLike]

    def summary(self, reviews: int, change: Change | None) -> AspectSummary:
        """All of it in one record; ``reviews``: how many there are in all."""
        feelings = Counter(self._polarity(row) for row in self.rows)
        mentioned = {self.sentences.rows[row].review_id for row in self.rows}
        score = score_of(list(self.judged.values()))
        quoting = self.aspect != WHOLE
        return AspectSummary(
            aspect=self.aspect,
            sentences=len(self.rows),
            reviews=len(mentioned),
            share=round(len(mentioned) / max(reviews, 1), 4),
            positive=feelings["pos"],
            negative=feelings["neg"],
            mixed=feelings["mixed"],
            neutral=feelings["neutral"],
            score=score,
            recent=_windows(self.judged, self.dates, score),
            trend=_trend(self.judged, self.dates, score),
            change=None if change is None else change.gap,
            change_certainty=None if change is None else change.certainty,
            changed=() if change is None else self._proof(change),
            supporting=self._quotes("pos") if quoting else (),
            critical=self._quotes("neg") if quoting else (),
        )

    def _polarity(self, row: int) -> str:
        opinion = self.opinions[row]
        return opinion.polarity if self.aspect == WHOLE else opinion.aspects[self.aspect].polarity

    def _quotes(
        self, wanted: str, rows: Iterable[int] | None = None, count: int = _QUOTES
    ) -> tuple[Quote, ...]:
        own = self.rows if rows is None else rows
        scored = [
            (row, self._sureness(row, wanted))
            for row in own
            if self._polarity(row) == wanted and surely(self.opinions[row], wanted)
        ]
        return best_quotes(self.sentences, scored, count)

    def _sureness(self, row: int, wanted: str) -> float:
        opinion = self.opinions[row]
        if self.aspect == WHOLE:
            return opinion.polarity_confidence
        return _sureness(opinion.aspects[self.aspect]) * _purity(opinion, wanted)

    def _proof(self, change: Change) -> tuple[Quote, ...]:
        """Sentences that say what changed: new criticism, or new praise after what was criticised before."""
        begin = begin_of(change.months, max(self.dates.values()))
        dated = [row for row in self.rows if self.sentences.rows[row].review_id in self.dates]
        new = [row for row in dated if self.dates[self.sentences.rows[row].review_id] >= begin]
        if change.gap < 0:
            return self._quotes("neg", new) or self._quotes("mixed", new)
        old = [row for row in dated if self.dates[self.sentences.rows[row].review_id] < begin]
        return self._quotes("neg", old, 1) + self._quotes("pos", new, _QUOTES - 1)


def _sureness(opinion: AspectOpinionLike) -> float:
    """Probability that the sentence speaks of the aspect, and means what was read."""
    return opinion.confidence * opinion.polarity_confidence


def _purity(opinion: OpinionsLike, wanted: str) -> float:
    """1 for a sentence that speaks of nothing else and means nothing else."""
    return (1.0 if opinion.polarity == wanted else 0.5) / len(opinion.aspects)


def quarter(date: dt.date) -> str:
    """``2024-Q2``."""
    return f"{date.year:04d}-Q{(date.month + 2) // 3}"


def _trend(judged: _Said, dates: Mapping[str, dt.date], whole: Score | None) -> tuple[PeriodScore, ...]:
    """By quarter, or by year where there are many; each shrunk to the score of all time."""
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
        if whole is not None and (score := score_of(own, whole.value)) is not None
    )


def _windows(judged: _Said, dates: Mapping[str, dt.date], whole: Score | None) -> tuple[WindowScore, ...]:
    """The last twelve and 24 months up to the newest review, where somebody judged; shrunk like periods."""
    if not dates or whole is None:
        return ()
    newest = max(dates.values())
    found = []
    for months in WINDOWS:
        begin = begin_of(months, newest)
        own = [said for review, said in judged.items() if review in dates and dates[review] >= begin]
        score = score_of(own, whole.value)
        if score is not None:
            found.append(WindowScore(months=months, since=begin, reviews=len(own), score=score))
    return tuple(found)

"""What decides about a place in a few seconds: what guests praise, and what they blame, most surely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from pipeline.reviews.report.report import ReviewReport
from pipeline.reviews.report.report_records import AspectSummary, Quote, Record


class Point(Record):
    """One thing that speaks for a place or against it, in a guest's words.

    Attributes:
        about: the aspect, or the kind of deal-breaker.
        quote: the sentence that says it best.
        kind: ``praise``, ``complaint``, or ``deal-breaker``, which weighs more than any complaint.
    """

    about: str
    quote: Quote
    kind: Literal["praise", "complaint", "deal-breaker"]


def best_praise(report: ReviewReport, reader: str = "en") -> Point | None:
    """The aspect that is surely best (by the low end of its band) with its best sentence.

    Args:
        reader: language of whoever reads it: of the sentences shown, one in it (or translated) goes first.
    """
    judged = _judged(report.aspects, lambda own: own.supporting)
    best = max(judged, key=lambda own: (_low(own), own.reviews, own.aspect), default=None)
    return (
        None
        if best is None
        else Point(about=best.aspect, quote=_readable(best.supporting, reader), kind="praise")
    )


def worst_complaint(report: ReviewReport, reader: str = "en") -> Point | None:
    """The newest deal-breaker, else the aspect that is surely worst (by the high end of its band)."""
    for found in report.deal_breakers:
        if found.complaints:
            told = _readable(found.complaints, reader)
            plain = {name: getattr(told, name) for name in Quote.model_fields}
            return Point(about=found.kind, quote=Quote(**plain), kind="deal-breaker")
    judged = _judged(report.aspects, lambda own: own.critical)
    worst = min(judged, key=lambda own: (_high(own), -own.negative, own.aspect), default=None)
    return (
        None
        if worst is None
        else Point(about=worst.aspect, quote=_readable(worst.critical, reader), kind="complaint")
    )


def _readable(quotes: Sequence[Quote], reader: str) -> Quote:
    """The first that ``reader`` can read, else the first."""
    known = (one for one in quotes if one.language.startswith(reader) or one.translation)
    return next(known, quotes[0])


def _judged(
    aspects: Sequence[AspectSummary], quotes: Callable[[AspectSummary], Sequence[Quote]]
) -> list[AspectSummary]:
    return [own for own in aspects if own.score is not None and quotes(own)]


def _low(own: AspectSummary) -> float:
    return own.score.low if own.score else 0.0


def _high(own: AspectSummary) -> float:
    return own.score.high if own.score else 1.0

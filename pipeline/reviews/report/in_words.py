"""Facts of a report as short plain English, for pages and terminals alike."""

from __future__ import annotations

from pipeline.reviews.report.report_records import AspectSummary
from pipeline.wording import counted


def points(share: float) -> str:
    """A score as it is shown: 0 to 100."""
    return f"{100 * share:.0f}"


def change_words(summary: AspectSummary) -> str:
    """``getting worse: 15 points below the time before``; empty where nothing changed beyond chance."""
    if summary.change is None:
        return ""
    size = counted(round(100 * abs(summary.change)), "point")
    if summary.change < 0:
        return f"getting worse: {size} below the time before"
    return f"getting better: {size} above the time before"


def recent_words(summary: AspectSummary) -> str:
    """``last 12 months 93 (20 reviews), last 24 months 92 (41 reviews)``; empty where that is all there is."""
    windows = [own for own in summary.recent if own.reviews < summary.reviews]
    return ", ".join(
        f"last {own.months} months {points(own.score.value)} ({counted(own.reviews, 'review')})"
        for own in windows
    )

"""Facts of a report as short plain English, for pages and terminals alike."""

from __future__ import annotations

from pipeline.reviews.report.report import ReviewReport
from pipeline.reviews.report.report_records import AspectSummary, DealBreaker, Score
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


def score_words(score: Score) -> str:
    """``91 (84 to 95)``: the score with its band."""
    return f"{points(score.value)} ({points(score.low)} to {points(score.high)})"


def no_deal_breaker_words(report: ReviewReport) -> str:
    """``No deal-breaker in 168 reviews since 2021``: what a clean record is worth; empty if nobody looked."""
    if not report.weighed or report.deal_breakers:
        return ""
    since = "" if report.since is None else f" since {report.since.year}"
    return f"No deal-breaker in {counted(report.reviews_with_words, 'review')}{since}"


def deal_breaker_words(found: DealBreaker) -> str:
    """``2 reviews, the newest of March 2023, 1 answered by the host``."""
    newest = "" if found.newest is None else f", the newest of {found.newest:%B %Y}"
    answered = "none answered by the host" if not found.answered else f"{found.answered} answered by the host"
    return f"{counted(found.reviews, 'review')}{newest}, {answered}"

"""What a review report says of scores, changes and deal-breakers, in the words of the pages."""

from __future__ import annotations

from dashboard.formatting import count
from dashboard.words import date_words, t, tn
from pipeline.reviews.asking import Answer
from pipeline.reviews.report import AspectSummary, DealBreaker, ReviewReport, Score, points


def reviews_since(report: ReviewReport) -> str:
    """``168 reviews since 2021``."""
    reviews = report.reviews_with_words
    if report.since is None:
        return count(reviews, "review")
    year = date_words(report.since, "year")
    return tn("{number} review since {year}", "{number} reviews since {year}", reviews, year=year)


def change(summary: AspectSummary) -> str:
    """``getting worse: 15 points below the time before``; empty where nothing changed beyond chance."""
    if summary.change is None:
        return ""
    size = round(100 * abs(summary.change))
    if summary.change < 0:
        return tn(
            "getting worse: {number} point below the time before",
            "getting worse: {number} points below the time before",
            size,
        )
    return tn(
        "getting better: {number} point above the time before",
        "getting better: {number} points above the time before",
        size,
    )


def recent(summary: AspectSummary) -> str:
    """``last 12 months 93 (20 reviews), ...``; empty where that is all there is."""
    windows = [own for own in summary.recent if own.reviews < summary.reviews]
    return ", ".join(
        t(
            "last {months} months {score} ({reviews})",
            months=own.months,
            score=points(own.score.value),
            reviews=count(own.reviews, "review"),
        )
        for own in windows
    )


def score(found: Score) -> str:
    """``91 (84 to 95)``: the score with its band."""
    low, high = points(found.low), points(found.high)
    return t("{score} ({low} to {high})", score=points(found.value), low=low, high=high)


def no_deal_breaker(report: ReviewReport) -> str:
    """What a clean record is worth: in how many reviews nobody tells of one; empty if nobody looked."""
    if not report.weighed or report.deal_breakers:
        return ""
    return t("No deal-breaker in {reviews}", reviews=reviews_since(report))


def deal_breaker(found: DealBreaker) -> str:
    """``2 reviews, the newest of March 2023, 1 answered by the host``."""
    parts = [count(found.reviews, "review")]
    if found.newest is not None:
        parts.append(t("the newest of {month}", month=date_words(found.newest, "month")))
    answered = t("{answered} answered by the host", answered=found.answered)
    parts.append(answered if found.answered else t("none answered by the host"))
    return ", ".join(parts)


def answer(found: Answer) -> str:
    """``7 of 168 reviews speak of it: 5 with praise, 2 with criticism``; or that nobody does."""
    if found.nobody:
        return t("Nobody speaks of it in {reviews}", reviews=count(found.of, "review"))
    said = tn(
        "{number} of {reviews} speaks of it",
        "{number} of {reviews} speak of it",
        found.speaking,
        reviews=count(found.of, "review"),
    )
    if found.newest is not None:
        said += ", " + t("the newest of {month}", month=date_words(found.newest, "month"))
    split = t("{praise} with praise, {blame} with criticism", praise=found.praising, blame=found.blaming)
    return f"{said}: {split}"

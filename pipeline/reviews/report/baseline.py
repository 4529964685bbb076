"""The reports of other listings summed up, to see what is special of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipeline.reviews.report.report import ReviewReport
from pipeline.reviews.report.scores import sums_of
from pipeline.reviews.report.special import Baseline


def baseline_of(reports: Iterable[ReviewReport], name: str = "") -> Baseline:
    """The sum of other listings' reports (those that found something)."""
    return sum_of((_part(report) for report in reports if report.status == "ok"), name)


def _part(report: ReviewReport) -> Baseline:
    sums = {aspect.aspect: sums_of(aspect.score) for aspect in report.aspects if aspect.score is not None}
    good = {aspect: worth for aspect, (worth, _) in sums.items()}
    bad = {aspect: weight - worth for aspect, (worth, weight) in sums.items()}
    mentions = {aspect.aspect: aspect.reviews for aspect in report.aspects}
    return Baseline("", report.reviews_with_words, dict(report.vocabulary), mentions, good, bad)


def sum_of(parts: Iterable[Baseline], name: str = "") -> Baseline:
    """The sum of baselines of one listing each."""
    words: Counter[str] = Counter()
    mentions: Counter[str] = Counter()
    good: dict[str, float] = {}
    bad: dict[str, float] = {}
    count = reviews = 0
    for part in parts:
        count, reviews = count + 1, reviews + part.reviews
        words.update(part.words)
        mentions.update(part.mentions)
        for total, added in ((good, part.good), (bad, part.bad)):
            for aspect, weight in added.items():
                total[aspect] = total.get(aspect, 0.0) + weight
    others = "1 other listing" if count == 1 else f"{count} other listings"
    return Baseline(name or others, reviews, dict(words), dict(mentions), good, bad)

"""The reports of other listings summed up, to see what is special of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipeline.reviews.report.report import ReviewReport
from pipeline.reviews.report.scores import sums_of
from pipeline.reviews.report.special import Baseline


def baseline_of(reports: Iterable[ReviewReport], name: str = "") -> Baseline:
    """The sum of other listings' reports (those that found something)."""
    words: Counter[str] = Counter()
    mentions: Counter[str] = Counter()
    good: dict[str, float] = {}
    bad: dict[str, float] = {}
    found = [report for report in reports if report.status == "ok"]
    for report in found:
        words.update(report.vocabulary)
        for aspect in report.aspects:
            mentions[aspect.aspect] += aspect.reviews
            if aspect.score is not None:
                worth, weight = sums_of(aspect.score)
                good[aspect.aspect] = good.get(aspect.aspect, 0.0) + worth
                bad[aspect.aspect] = bad.get(aspect.aspect, 0.0) + weight - worth
    others = "1 other listing" if len(found) == 1 else f"{len(found)} other listings"
    reviews = sum(report.reviews_with_words for report in found)
    return Baseline(name or others, reviews, dict(words), dict(mentions), good, bad)

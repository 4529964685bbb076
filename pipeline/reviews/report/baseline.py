"""The reports of other listings summed up, to see what is special of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pipeline.reviews.report.report import ReviewReport
from pipeline.reviews.report.scores import sums_of
from pipeline.reviews.report.special import Baseline


def baseline_of(reports: Iterable[ReviewReport], name: str = "") -> Baseline:
    """The sum of other listings' reports (those that found something)."""
    return sum_of([_part(report) for report in reports if report.status == "ok"], name)


def _part(report: ReviewReport) -> Baseline:
    sums = {aspect.aspect: sums_of(aspect.score) for aspect in report.aspects if aspect.score is not None}
    return Baseline(
        "",
        report.reviews_with_words,
        dict(report.vocabulary),
        mentions={aspect.aspect: aspect.reviews for aspect in report.aspects},
        good={aspect: worth for aspect, (worth, _) in sums.items()},
        bad={aspect: weight - worth for aspect, (worth, weight) in sums.items()},
        language=report.vocabulary_language,
        spoken=report.vocabulary_reviews,
    )


def sum_of(parts: Sequence[Baseline], name: str = "") -> Baseline:
    """The sum of baselines of one listing each; words of the language that most of their reviews have."""
    words: Counter[str] = Counter()
    mentions: Counter[str] = Counter()
    spoken: Counter[str] = Counter()
    good: dict[str, float] = {}
    bad: dict[str, float] = {}
    for part in parts:
        spoken[part.language] += part.spoken
        mentions.update(part.mentions)
        for total, added in ((good, part.good), (bad, part.bad)):
            for aspect, weight in added.items():
                total[aspect] = total.get(aspect, 0.0) + weight
    language = max(spoken, key=lambda code: (spoken[code], code), default="")
    for part in parts:
        if part.language == language:
            words.update(part.words)
    others = "1 other listing" if len(parts) == 1 else f"{len(parts)} other listings"
    reviews = sum(part.reviews for part in parts)
    return Baseline(name or others, reviews, dict(words), dict(mentions), good, bad, language, spoken[language])

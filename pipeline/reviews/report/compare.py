"""Several listings side by side: aspects with significance, topics that they share and topics of one alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import Field

from pipeline.reviews.report.baseline import baseline_of
from pipeline.reviews.report.report import ReviewReport
from pipeline.reviews.report.report_records import Record, Score, Special, TopicSummary
from pipeline.reviews.report.scores import corrected, difference
from pipeline.reviews.text import stem

#: share of comparisons of equal places that may show any difference, of one; as for changes
_SIGNIFICANT: Final = 0.02
#: cosine of keyword weights from which two topics are about the same
_SAME_TOPIC: Final = 0.35
_SAME_TOPIC_AND_ASPECT: Final = 0.25


class AspectCell(Record):
    """One aspect of one listing: share of reviews that speak of it, and score."""

    listing: str
    share: float
    score: Score | None


class AspectDifference(Record):
    """``better`` beats ``worse`` by ``gap``; ``p_value`` is corrected over all pairs and aspects."""

    aspect: str
    better: str
    worse: str
    gap: float
    p_value: float
    significant: bool


class AspectRow(Record):
    """One aspect across all listings, in their order."""

    aspect: str
    cells: tuple[AspectCell, ...]


class TopicRef(Record):
    """A topic of one listing; ``share`` of its sentences."""

    listing: str
    topic: int
    label: str
    share: float


class SharedTopic(Record):
    """A topic that several listings have, the largest first."""

    label: str
    members: tuple[TopicRef, ...]


class Comparison(Record):
    """What several listings have in common, and what tells them apart.

    Attributes:
        listings: their names, as given.
        aspects: rows of the table, the most mentioned first.
        differences: of scores, the surest first.
        shared: topics of at least two listings.
        distinguishing: topics that no other listing has.
        special: per listing, words and aspects that differ from all others together.
    """

    listings: tuple[str, ...]
    aspects: tuple[AspectRow, ...] = ()
    differences: tuple[AspectDifference, ...] = ()
    shared: tuple[SharedTopic, ...] = ()
    distinguishing: tuple[TopicRef, ...] = ()
    special: dict[str, tuple[Special, ...]] = Field(default_factory=dict)


def compare_reports(reports: Mapping[str, ReviewReport]) -> Comparison:
    """Compare listings by their reports.

    Args:
        reports: by the name under which each listing is shown.

    Raises:
        ValueError: fewer than two listings were given.
    """
    if len(reports) < 2:
        raise ValueError("give at least two listings to compare")
    names = tuple(reports)
    shared, alone = _match_topics(reports)
    return Comparison(
        listings=names,
        aspects=_rows(reports),
        differences=_differences(reports),
        shared=shared,
        distinguishing=alone,
        special={name: _special(name, reports) for name in names},
    )


def _rows(reports: Mapping[str, ReviewReport]) -> tuple[AspectRow, ...]:
    found = {name: {own.aspect: own for own in report.aspects} for name, report in reports.items()}
    aspects = {aspect for own in found.values() for aspect in own}
    total = {aspect: sum(own[aspect].share for own in found.values() if aspect in own) for aspect in aspects}
    return tuple(
        AspectRow(
            aspect=aspect,
            cells=tuple(
                AspectCell(listing=name, share=own[aspect].share, score=own[aspect].score)
                if aspect in own
                else AspectCell(listing=name, share=0.0, score=None)
                for name, own in found.items()
            ),
        )
        for aspect in sorted(aspects, key=lambda aspect: (-total[aspect], aspect))
    )


def _differences(reports: Mapping[str, ReviewReport]) -> tuple[AspectDifference, ...]:
    tests = []
    for (name, one), (other_name, other) in itertools.combinations(reports.items(), 2):
        others = {own.aspect: own.score for own in other.aspects}
        for own in one.aspects:
            score = others.get(own.aspect)
            if own.score is None or score is None:
                continue
            gap, p_value = difference(own.score, score)
            better, worse = (name, other_name) if gap >= 0 else (other_name, name)
            tests.append((own.aspect, better, worse, abs(gap), p_value))
    p_values = corrected([test[-1] for test in tests])
    found = [
        AspectDifference(
            aspect=aspect,
            better=better,
            worse=worse,
            gap=gap,
            p_value=round(p_value, 6),
            significant=p_value < _SIGNIFICANT,
        )
        for (aspect, better, worse, gap, _), p_value in zip(tests, p_values, strict=True)
    ]
    return tuple(sorted(found, key=lambda row: (row.p_value, -row.gap, row.aspect, row.better, row.worse)))


def _special(name: str, reports: Mapping[str, ReviewReport]) -> tuple[Special, ...]:
    others = baseline_of(report for other, report in reports.items() if other != name)
    return reports[name].against(others).special


def _match_topics(
    reports: Mapping[str, ReviewReport],
) -> tuple[tuple[SharedTopic, ...], tuple[TopicRef, ...]]:
    """Groups of topics of different listings about the same subject, or of the same keywords; the rest."""
    topics = [(name, topic, _bag(topic)) for name, report in reports.items() for topic in report.topics]
    group = list(range(len(topics)))

    def root(index: int) -> int:
        while group[index] != index:
            index = group[index]
        return index

    for one, other in itertools.combinations(range(len(topics)), 2):
        (name, topic, bag), (other_name, other_topic, other_bag) = topics[one], topics[other]
        if topic.subject is not None and other_topic.subject is not None:
            same = topic.subject == other_topic.subject
        else:
            aspect = topic.aspect is not None and topic.aspect == other_topic.aspect
            same = _cosine(bag, other_bag) >= (_SAME_TOPIC_AND_ASPECT if aspect else _SAME_TOPIC)
        if name != other_name and same:
            group[max(root(one), root(other))] = min(root(one), root(other))
    members: dict[int, list[int]] = {}
    for index in range(len(topics)):
        members.setdefault(root(index), []).append(index)
    shared, alone = [], []
    for rows in members.values():
        refs = [
            TopicRef(
                listing=topics[row][0],
                topic=topics[row][1].id,
                label=topics[row][1].label,
                share=topics[row][1].share,
            )
            for row in rows
        ]
        refs.sort(key=lambda ref: (-ref.share, ref.listing, ref.topic))
        if len({ref.listing for ref in refs}) > 1:
            shared.append(SharedTopic(label=refs[0].label.split(" · ")[0], members=tuple(refs)))
        else:
            alone.extend(refs)
    shared.sort(key=lambda topic: (-sum(ref.share for ref in topic.members), topic.label))
    alone.sort(key=lambda ref: (-ref.share, ref.listing, ref.topic))
    return tuple(shared), tuple(alone)


def _bag(topic: TopicSummary) -> dict[str, float]:
    bag: dict[str, float] = {}
    for keyword in topic.keywords:
        bag[stem(keyword.word)] = bag.get(stem(keyword.word), 0.0) + max(keyword.weight, 0.0)
    return bag


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    norm = math.sqrt(_square(one.values()) * _square(other.values()))
    return sum(weight * other.get(word, 0.0) for word, weight in one.items()) / norm if norm else 0.0


def _square(values: Iterable[float]) -> float:
    return math.fsum(value * value for value in values)

"""What is special about a listing: words and aspects that differ from other listings' by more than chance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Self

from pipeline.reviews.report.report_records import AspectSummary, Score, Special
from pipeline.reviews.report.scores import corrected, difference, pooled, shares_differ
from pipeline.reviews.text import Sentences, people_named, words_of
from pipeline.reviews.topics import town_named

VOCABULARY: Final = 1000
_MAX_WORDS: Final = 12
_LEAST_REVIEWS: Final = 3
LEAST_BASELINE_REVIEWS: Final = 20
#: share of places like all others of which anything may be called special, of one; as for changes
_SIGNIFICANT: Final = 0.02
#: smaller differences are not worth a line, however sure
_LEAST_RATIO: Final = 1.5
_LEAST_SHARE_GAP: Final = 0.05
_LEAST_SCORE_GAP: Final = 0.05


@dataclass(frozen=True)
class Baseline:
    """What guests of other places say, summed up.

    Attributes:
        name: for whom it stands ("Singapore", "12 other listings").
        reviews: with words.
        words: in how many reviews each word stands.
        mentions: in how many reviews each aspect is spoken of.
        good, bad: weights of the judgements on each aspect.
        language: of the words; empty: of all languages.
        spoken: reviews in that language.
    """

    name: str
    reviews: int
    words: dict[str, int] = field(default_factory=dict)
    mentions: dict[str, int] = field(default_factory=dict)
    good: dict[str, float] = field(default_factory=dict)
    bad: dict[str, float] = field(default_factory=dict)
    language: str = ""
    spoken: int = 0

    def score(self, aspect: str) -> Score | None:
        """The score of an aspect elsewhere."""
        return pooled(self.good.get(aspect, 0.0), self.bad.get(aspect, 0.0))

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what :meth:`save` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Vocabulary:
    """Words of one place, of the language that most of its reviews have.

    Attributes:
        words: in how many reviews each of the commonest words stands; no names of people, and not the town's.
        language: BCP 47; empty: of all languages.
        spoken: reviews in that language.
    """

    words: Mapping[str, int] = field(default_factory=dict)
    language: str = ""
    spoken: int = 0


def vocabulary_of(sentences: Sentences, limit: int = VOCABULARY) -> Vocabulary:
    """The commonest words of the commonest language."""
    guests = [row for row in sentences if not row.automated]
    by_language: dict[str, set[str]] = {}
    for row in guests:
        by_language.setdefault(row.language, set()).add(row.review_id)
    if not by_language:
        return Vocabulary()
    language = max(by_language, key=lambda code: (len(by_language[code]), code))
    texts = [row.text for row in guests]
    exclude = people_named(texts) | {town_named(texts)}
    holders: dict[str, set[str]] = {}
    for row in guests:
        if row.language == language:
            for word in words_of(row.text, exclude=exclude):
                holders.setdefault(word, set()).add(row.review_id)
    ranked = sorted(holders, key=lambda word: (-len(holders[word]), word))[:limit]
    return Vocabulary({word: len(holders[word]) for word in ranked}, language, len(by_language[language]))


def what_is_special(
    vocabulary: Vocabulary, aspects: Sequence[AspectSummary], reviews: int, baseline: Baseline
) -> tuple[Special, ...]:
    """Differences that chance does not explain, the surest first; none where either side is too small.

    Args:
        vocabulary: words of this listing with their reviews.
        aspects: its aspects.
        reviews: how many of its reviews have words.
    """
    if reviews < _LEAST_REVIEWS or baseline.reviews < LEAST_BASELINE_REVIEWS:
        return ()
    tests = [
        *_words(vocabulary, reviews, baseline),
        *_mentions(aspects, reviews, baseline),
        *_scores(aspects, baseline),
    ]
    p_values = corrected([test.p_value for test in tests])
    sure = [
        test.model_copy(update={"p_value": round(p_value, 6)})
        for test, p_value in zip(tests, p_values, strict=True)
        if p_value < _SIGNIFICANT and _matters(test)
    ]
    ranked = sorted(sure, key=lambda test: (test.p_value, -abs(test.here - test.elsewhere), test.name))
    words = [test for test in ranked if test.kind == "word"][:_MAX_WORDS]
    return tuple(test for test in ranked if test.kind != "word" or test in words)


def _matters(test: Special) -> bool:
    if test.kind == "score":
        return abs(test.here - test.elsewhere) >= _LEAST_SCORE_GAP
    if test.kind == "word":
        return test.here >= _LEAST_RATIO * test.elsewhere
    return abs(test.here - test.elsewhere) >= _LEAST_SHARE_GAP


def _words(vocabulary: Vocabulary, reviews: int, baseline: Baseline) -> list[Special]:
    """Words of one language beside the same language elsewhere; the name of the city says nothing."""
    if vocabulary.language != baseline.language:
        return []
    here, elsewhere = vocabulary.spoken or reviews, baseline.spoken or baseline.reviews
    city = set(baseline.name.casefold().split())
    return [
        _share("word", word, count, here, baseline.words.get(word, 0), elsewhere)
        for word, count in vocabulary.words.items()
        if count >= _LEAST_REVIEWS and not city & set(word.split())
    ]


def _mentions(aspects: Sequence[AspectSummary], reviews: int, baseline: Baseline) -> list[Special]:
    return [
        _share("mentions", own.aspect, own.reviews, reviews, baseline.mentions[own.aspect], baseline.reviews)
        for own in aspects
        if own.aspect in baseline.mentions
    ]


def _share(kind: str, name: str, count: int, reviews: int, other: int, others: int) -> Special:
    return Special.model_validate(
        {
            "kind": kind,
            "name": name,
            "here": round(count / reviews, 4),
            "elsewhere": round(other / others, 4),
            "p_value": shares_differ(min(count, reviews), reviews, min(other, others), others),
        }
    )


def _scores(aspects: Sequence[AspectSummary], baseline: Baseline) -> list[Special]:
    found = []
    for own in aspects:
        other = baseline.score(own.aspect)
        if own.score is not None and other is not None:
            _, p_value = difference(own.score, other)
            found.append(
                Special(
                    kind="score", name=own.aspect, here=own.score.value, elsewhere=other.value, p_value=p_value
                )
            )
    return found

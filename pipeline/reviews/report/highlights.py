"""A listing in five real sentences: what most guests speak of, praise and criticism in their share."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float32

from pipeline.reviews.opinions import WORTH, OpinionsLike, surely
from pipeline.reviews.report.quotes import handiness, quote, wording
from pipeline.reviews.report.report_records import Quote
from pipeline.reviews.text import Sentence, Sentences, names_somebody

LINES: Final = 5
#: how much a sentence loses for being like one that was chosen
_REDUNDANCY: Final = 0.5
#: one line is criticism as soon as this share of all judging sentences is
_CRITICISM: Final = 0.08
_GOOD: Final = 0.75
_FOREIGN: Final = 0.4

#: what a sentence is about, and what it says of it
_Key = tuple[str, float | None]


def summarise(
    sentences: Sentences,
    vectors: Float32[np.ndarray, "N D"],
    groups: Sequence[str | None],
    opinions: Sequence[OpinionsLike] | None = None,
    lines: int = LINES,
) -> tuple[Quote, ...]:
    """At most ``lines`` sentences that stand for the rest.

    Every line is the most central sentence of one group with the feeling that is common there; the larger
    groups come first. One line is criticism where there is enough of it.

    Args:
        sentences: N sentences.
        vectors: their unit vectors.
        groups: what each is about (aspect or topic); ``None``: nothing that counts.
        opinions: feelings, if they were read.
    """
    feelings: list[float | None] = [None] * len(sentences)
    if opinions is not None:
        feelings = [WORTH.get(opinion.polarity) for opinion in opinions]
    buckets: dict[_Key, list[int]] = defaultdict(list)

    def may_stand(row: int, sentence: Sentence) -> bool:
        """Whether the sentence is read surely enough, and names nobody."""
        wanted = "pos" if feelings[row] == WORTH["pos"] else "neg"
        sure = opinions is None or surely(opinions[row], wanted)
        return sure and not names_somebody(sentence.text, sentences.people)

    for row, (sentence, group) in enumerate(zip(sentences, groups, strict=True)):
        judges = opinions is None or feelings[row] is not None
        if group is not None and judges and not sentence.automated and may_stand(row, sentence):
            buckets[group, feelings[row]].append(row)
    ranked = sorted(
        buckets,
        key=lambda key: (-len({sentences.rows[row].review_id for row in buckets[key]}), key[0], str(key[1])),
    )
    spoken = Counter(row.language for row in sentences)
    chosen: list[int] = []
    for key in _plan(ranked, buckets, lines):
        best = _most_central(sentences, vectors, buckets[key], chosen, spoken)
        if best is not None:
            chosen.append(best)
        if len(chosen) == lines:
            break
    return tuple(quote(sentences.rows[row]) for row in chosen)


def _plan(ranked: Sequence[_Key], buckets: Mapping[_Key, Sequence[int]], lines: int) -> list[_Key]:
    """The groups in the order in which they get a line, repeated until there are enough."""
    first: dict[str, _Key] = {}
    for key in ranked:
        first.setdefault(key[0], key)
    plan = list(first.values())
    critical = [key for key in ranked if key[1] is not None and key[1] < _GOOD]
    total = sum(len(rows) for rows in buckets.values())
    blamed = sum(len(buckets[key]) for key in critical)
    if critical and blamed >= _CRITICISM * total and not any(key in critical for key in plan[:lines]):
        plan = [*plan[: lines - 2], critical[0], *plan[lines - 2 :]]
    return plan + [key for key in ranked if key not in plan] + plan * lines


def _most_central(
    sentences: Sentences,
    vectors: Float32[np.ndarray, "N D"],
    rows: Sequence[int],
    chosen: Sequence[int],
    spoken: Mapping[str, int],
) -> int | None:
    """The member nearest to the mean, of a handy length, unlike the lines before and of another review.

    Sentences in rare languages stand back: readers may not know them.
    """
    commonest = max(spoken.values())
    mean = vectors[rows].mean(0)
    near = np.round(vectors[rows] @ (mean / max(float(np.linalg.norm(mean)), 1e-9)), 4)
    reviews = {sentences.rows[row].review_id for row in chosen}
    wordings = {wording(sentences.rows[row]) for row in chosen}
    best: tuple[float, str, str] | None = None
    found = None
    for row, similarity in zip(rows, near, strict=True):
        sentence = sentences.rows[row]
        if sentence.review_id in reviews or wording(sentence) in wordings:
            continue
        alike = max((float(vectors[row] @ vectors[other]) for other in chosen), default=0.0)
        understood = 1 - _FOREIGN * (1 - spoken[sentence.language] / commonest)
        score = round(float(similarity) * handiness(sentence) ** 2 * understood - _REDUNDANCY * alike, 4)
        candidate = (-score, wording(sentence), sentence.review_id)
        if best is None or candidate < best:
            best, found = candidate, row
    return found

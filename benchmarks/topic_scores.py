"""How good topics are, without labels: coherence (NPMI) and diversity of their words.

A method may choose its keywords so that they score well. :func:`class_words` takes that choice away: the same
list for all methods, made of nothing but the topic of every sentence.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

_WORD: Final = re.compile(r"\w\w+")
_HAN_KANA: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{2,}")


def word_set(text: str) -> frozenset[str]:
    """The words of a sentence; of scripts without spaces its pairs of characters."""
    small = text.lower()
    pairs = (a + b for run in _HAN_KANA.findall(small) for a, b in itertools.pairwise(run))
    return frozenset(_WORD.findall(small)) | frozenset(pairs)


def npmi(topics: Sequence[Sequence[str]], texts: Sequence[str], words: int = 10) -> float:
    """Mean normalised pointwise mutual information of all pairs of a topic's first ``words`` keywords.

    A document is one sentence. Pairs that never meet count -1; keywords of several words are taken apart.
    After Bouma, *Normalized (pointwise) mutual information in collocation extraction*, 2009.
    """
    lists = [_single_words(topic, words) for topic in topics]
    wanted = {word for topic in lists for word in topic}
    alone: Counter[str] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    for text in texts:
        seen = sorted(word_set(text) & wanted)
        alone.update(seen)
        together.update(itertools.combinations(seen, 2))
    scores = [
        sum(_pair(pair, alone, together, len(texts)) for pair in pairs) / len(pairs)
        for topic in lists
        if (pairs := list(itertools.combinations(sorted(topic), 2)))
    ]
    return sum(scores) / len(scores) if scores else 0.0


def diversity(topics: Sequence[Sequence[str]], words: int = 10) -> float:
    """Share of different words among the first ``words`` keywords of all topics (Dieng et al., 2020)."""
    shown = [word for topic in topics for word in topic[:words] if word.strip()]
    return len(set(shown)) / len(shown) if shown else 0.0


def class_words(labels: Sequence[int], texts: Sequence[str], words: int = 10) -> list[list[str]]:
    """The first ``words`` of every topic by class-based TF-IDF (Grootendorst 2022), stop words and all.

    Args:
        labels: topic of each text, 0..K-1; -1 fits none.
    """
    counts = [Counter[str]() for _ in range(max(labels, default=-1) + 1)]
    for label, text in zip(labels, texts, strict=True):
        if label >= 0:
            counts[label].update(word_set(text))
    everywhere: Counter[str] = Counter()
    for own in counts:
        everywhere.update(own)
    mean = float(np.mean([own.total() for own in counts])) if counts else 0.0
    return [
        sorted(own, key=lambda word: (-own[word] * math.log(1 + mean / everywhere[word]), word))[:words]
        for own in counts
    ]


def _single_words(topic: Sequence[str], count: int) -> list[str]:
    singles = dict.fromkeys(part for word in topic for part in word.split() if part)
    return list(singles)[:count]


def _pair(pair: tuple[str, str], alone: Counter[str], together: Counter[tuple[str, str]], texts: int) -> float:
    both = together[pair]
    if not both:
        return -1.0
    if both == texts:
        return 1.0
    first, second = alone[pair[0]], alone[pair[1]]
    return math.log(both * texts / (first * second)) / -math.log(both / texts)

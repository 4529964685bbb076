"""How good topics are, without labels: coherence (NPMI) and diversity of their keywords."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

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

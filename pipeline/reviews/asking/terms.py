"""Words of a question and of sentences, as stems, each with how much it says."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pipeline.reviews.text import stem, words_of

#: words that ask, or judge anything: they tell nothing of what is asked for
_ASKING_WORDS: Final = """
    work works working look looks like leave allowed possible available have good great nice comfortable fast
    speed enough okay alone place stay room flat apartment airbnb house accommodation need want know tell
    guests people anyone problem problems 좋은가요 있나요 어때요 어떤가요 괜찮 지내 지내기 숙소
    房间 怎么样 可以 有没有 部屋 ですか どう あります gibt wohnung logement appartement hay alojamiento piso
"""
_ASKING: Final = frozenset(_ASKING_WORDS.split())


def stems_in(text: str) -> frozenset[str]:
    """Stems of the words of a text that mean something."""
    words = (word for word in words_of(text) if " " not in word and word not in _ASKING)
    return frozenset(stem(word) for word in words)


def rareness(held: Sequence[Iterable[str]]) -> dict[str, float]:
    """How much it says that a sentence holds a term: 1 for one of a single sentence, near 0 for one of all."""
    counts = Counter(term for terms in held for term in set(terms))
    most = math.log(len(held) + 1) or 1.0
    return {term: math.log((len(held) + 1) / count) / most for term, count in counts.items()}


def shared(asked: frozenset[str], held: frozenset[str], rare: Mapping[str, float]) -> float:
    """Share of the asked terms that a sentence holds, 0 to 1, rare ones counting more; 0 if none is asked."""
    total = math.fsum(sorted(rare.get(term, 1.0) for term in asked))
    return math.fsum(sorted(rare.get(term, 1.0) for term in asked & held)) / total if total else 0.0

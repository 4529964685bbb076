"""What a text is about, the same in all languages: things of a table, and stems where it names none.

``things.tsv`` was written for reviews of places to stay: a thing, then words for it in seven languages. ``*``
stands for any ending, ``_`` for a blank or hyphen; a thing with ``~`` is a manner: how something is said to be
(fast, near).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pipeline.reviews.text import stem, words_of

THINGS_FILE: Final = Path(__file__).with_name("things.tsv")
_NO_SPACES: Final = re.compile(r"[぀-ヿ㐀-鿿가-힣]")
#: another script begins a new word: Wi-Fiは
_LATIN: Final = "a-zß-öø-ÿœ"
#: before the name of what tells how something is (fast, near), not what it is
MANNER: Final = "~"
#: words that ask, or judge anything: they tell nothing of what is asked for
_ASKING_WORDS: Final = """
    work works working look looks like leave allowed possible available have good great nice comfortable fast
    speed enough okay alone place stay room flat apartment airbnb house accommodation need want know tell
    guests people anyone problem problems 좋은가요 있나요 어때요 어떤가요 괜찮 지내 지내기 숙소
    房间 怎么样 可以 有没有 部屋 ですか どう あります gibt wohnung logement appartement hay alojamiento piso
"""
_ASKING: Final = frozenset(_ASKING_WORDS.split())


def things_in(text: str) -> frozenset[str]:
    """The things of the table that a text names in any of the languages."""
    return frozenset(name for name, pattern in _things().items() if pattern.search(text.casefold()))


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


@cache
def _things() -> dict[str, re.Pattern[str]]:
    lines = [line.split("\t") for line in THINGS_FILE.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {name: re.compile("|".join(map(_pattern, words.split()))) for name, words in lines}


def _pattern(word: str) -> str:
    written = re.escape(word.rstrip("*")).replace("_", r"[\s-]?")
    if _NO_SPACES.search(word):
        return written
    return rf"(?<![{_LATIN}]){written}" + ("" if word.endswith("*") else rf"(?![{_LATIN}])")

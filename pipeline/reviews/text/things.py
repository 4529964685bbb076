"""Things that guests speak of, the same in all languages.

``things.tsv`` was written for reviews of places to stay: a thing, then words for it in seven languages. ``*``
stands for any ending, ``_`` for a blank or hyphen; a thing with ``~`` is a manner: how something is said to be
(fast, near).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

THINGS_FILE: Final = Path(__file__).with_name("things.tsv")
_NO_SPACES: Final = re.compile(r"[぀-ヿ㐀-鿿가-힣]")
#: another script begins a new word: Wi-Fiは
_LATIN: Final = "a-zß-öø-ÿœ"
#: before the name of what tells how something is (fast, near), not what it is
MANNER: Final = "~"


def things_in(text: str) -> frozenset[str]:
    """The things of the table, and manners, that a text names in any of the languages."""
    return frozenset(name for name, pattern in _things().items() if pattern.search(text.casefold()))


def names_thing(word: str, thing: str) -> bool:
    """Whether a word stands for a thing."""
    return bool(_things()[thing].search(word.casefold()))


@cache
def _things() -> dict[str, re.Pattern[str]]:
    lines = [line.split("\t") for line in THINGS_FILE.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {name: re.compile("|".join(map(_pattern, words.split()))) for name, words in lines}


def _pattern(word: str) -> str:
    written = re.escape(word.rstrip("*")).replace("_", r"[\s-]?")
    if _NO_SPACES.search(word):
        return written
    return rf"(?<![{_LATIN}]){written}" + ("" if word.endswith("*") else rf"(?![{_LATIN}])")

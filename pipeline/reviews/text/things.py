"""Things that guests speak of, the same in all languages.

``things.tsv`` was written for reviews of places to stay: a thing, then words for it in seven languages. ``*``
stands for any ending, ``_`` for a blank or hyphen; a thing with ``~`` is a manner: how something is said to be
(fast, near).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

THINGS_FILE: Final = Path(__file__).with_name("things.tsv")
_NO_SPACES: Final = re.compile(r"[぀-ヿ㐀-鿿가-힣]")
#: another script begins a new word: Wi-Fiは
_LATIN: Final = "a-zß-öø-ÿœ"
_TOKEN: Final = re.compile(rf"[{_LATIN}]+")
#: before the name of what tells how something is (fast, near), not what it is
MANNER: Final = "~"


def things_in(text: str) -> frozenset[str]:
    """The things of the table, and manners, that a text names in any of the languages."""
    folded, table = text.casefold(), _table()
    found: set[str] = set()
    for token in set(_TOKEN.findall(folded)):
        found |= _of_token(token)
        found.update(name for form, name in table.phrases.get(token, ()) if form.search(folded))
    if _NO_SPACES.search(folded):
        found.update(name for name, form in table.dense.items() if form.search(folded))
    return frozenset(found)


def names_thing(word: str, thing: str) -> bool:
    """Whether a word stands for a thing."""
    return thing in things_in(word)


@dataclass(frozen=True)
class _Table:
    """The words of the table by how they are found.

    Attributes:
        words, beginnings: whole words, and beginnings of words, to their things.
        phrases: first word of a phrase to its pattern and thing.
        dense: thing to a pattern of its words in scripts without spaces.
    """

    words: dict[str, set[str]]
    beginnings: dict[str, set[str]]
    phrases: dict[str, list[tuple[re.Pattern[str], str]]]
    dense: dict[str, re.Pattern[str]]


@cache
def _table() -> _Table:
    found = _Table(defaultdict(set), defaultdict(set), defaultdict(list), {})
    lines = [line.split("\t") for line in THINGS_FILE.read_text(encoding="utf-8").splitlines() if line.strip()]
    for name, words in lines:
        dense = [word for word in words.split() if _NO_SPACES.search(word)]
        if dense:
            found.dense[name] = re.compile("|".join(re.escape(word).replace("_", r"\s?") for word in dense))
        for word in words.split():
            if word in dense:
                continue
            stem = word.rstrip("*")
            (found.beginnings if word.endswith("*") else found.words)[stem.replace("_", "")].add(name)
            if "_" in stem:
                found.phrases[stem.split("_")[0]].append((_phrase(word), name))
    return found


@lru_cache(maxsize=100_000)
def _of_token(token: str) -> frozenset[str]:
    """The things of one word, by itself or by how it begins."""
    table = _table()
    own = set(table.words.get(token, ()))
    for length in range(2, len(token) + 1):
        own |= table.beginnings.get(token[:length], set())
    return frozenset(own)


def _phrase(word: str) -> re.Pattern[str]:
    written = re.escape(word.rstrip("*")).replace("_", r"[\s'’/-]?")
    return re.compile(rf"(?<![{_LATIN}]){written}" + ("" if word.endswith("*") else rf"(?![{_LATIN}])"))

"""Words of Airbnb's pages in the languages in which people see them, from ``words.tsv``; what they count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Final

Counted = Mapping[str, float | None]
#: fields of a listing in the order in which every page counts them
_COUNTED: Final[Mapping[str, str]] = {
    **{"guests": "person_capacity", "bedrooms": "bedrooms"},
    **{"beds": "beds", "baths": "bathrooms"},
}
_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]\d)?(?![\d])")
_HALF: Final = 0.5
_MOST: Final = 100


@lru_cache(maxsize=1)
def _table() -> Mapping[str, frozenset[str]]:
    text = resources.files("scrapers.airbnb.parse").joinpath("words.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {what: frozenset(words.split("|")) for what, words in rows}


def words(what: str) -> frozenset[str]:
    """The words for ``what``, in lower case."""
    return _table()[what]


def speaks_of(text: str, what: str) -> bool:
    """Whether one of the words for ``what`` stands in ``text``."""
    lower = text.casefold()
    return any(word in lower for word in words(what))


def named(text: str, kind: str) -> str | None:
    """Which of the rows ``kind ...`` has the text for a word; ``None`` if none or several have."""
    lower = text.casefold().strip(" :·,.")
    rows = [what for what in _table() if what.startswith(f"{kind} ") and lower in words(what)]
    return rows[0].removeprefix(f"{kind} ") if len(rows) == 1 else None


def counts(items: Iterable[str]) -> Counted:
    """What a page counts ("8 guests", "침실 3개", "Studio") by the field of a listing; a studio has no bedroom.

    Args:
        items: each of them a phrase of its own.
    """
    phrases = [item.strip(" ·,") for item in items if item.strip(" ·,")]
    found: dict[str, float | None] = {}
    for phrase in phrases:
        counted = _count(phrase)
        if counted is not None:
            found.setdefault(*counted)
    numbered = [_NUMBER.findall(phrase) for phrase in phrases]
    if not found and len(phrases) == len(_COUNTED) and all(len(numbers) == 1 for numbers in numbered):
        return dict(zip(_COUNTED.values(), (_float(numbers[0]) for numbers in numbered), strict=True))
    return found


def _count(phrase: str) -> tuple[str, float | None] | None:
    lower = phrase.casefold()
    if lower in words("studio"):
        return "bedrooms", None
    if lower in words("half bath"):
        return "bathrooms", _HALF
    numbers = _NUMBER.findall(phrase)
    if len(numbers) != 1 or (number := _float(numbers[0])) > _MOST:
        return None
    rest = " ".join(_NUMBER.sub(" ", lower).split())
    kind = max(_COUNTED, key=lambda name: _longest(rest, words(f"count {name}")))
    return (_COUNTED[kind], number) if _longest(rest, words(f"count {kind}")) else None


def _longest(text: str, known: frozenset[str]) -> int:
    """Length of the longest known word that stands in ``text``, as a word where the language has blanks."""
    padded = f" {text} "
    return max((len(w) for w in known if (w in text if _has_no_blanks(w) else f" {w} " in padded)), default=0)


def _has_no_blanks(word: str) -> bool:
    return any(
        "\u0e00" <= c <= "\u0e7f" or "\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" for c in word
    )


def _float(number: str) -> float:
    return float(number.replace(",", "."))

"""Stars out of the numbers of one column. The scale is that of the column, never of a single value. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_STARS = 5
_SIGNS = re.compile(r"[★⭐🌟]\ufe0f?")
_EMPTY_SIGNS = re.compile(r"[☆✩✰]")
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_STAR_WORD = (
    r"(?:stars?|sterne?n?|étoiles?|estrellas?|estrelas?|stell[ae]|sterren|ster|별점?|つ星|星級?|星级|점|★|⭐)"
)
_OF = r"(?:/|out of|of|von|sur|de|su|van|중|満点中)"
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,3})?")
_OUT_OF = re.compile(rf"(\d+(?:[.,]\d+)?)\s*{_OF}\s*(5|10|100)(?:[.,]0+)?\b", re.IGNORECASE)
_WITH_STARS = re.compile(rf"[^\d]{{0,30}}?(\d+(?:[.,]\d+)?)\s*{_STAR_WORD}", re.IGNORECASE)
_WORD_STARS = re.compile(r"(one|two|three|four|five)(?:[\s_-]stars?)?", re.IGNORECASE)
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
_AFTER_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s+[^\W\d_][\w\s'-]*")
#: of the values of a ten-point column, at least this share lies above five; of a five-point column with slips
#: of the pen, at most the other (benchmarks of real exports: 60 % and more; 1 % and less)
_SHARE_OF_TEN, _SHARE_OF_SLIPS = 0.4, 0.05
_ENOUGH_TO_SEE_SLIPS = 20
#: a column that ends at six or seven may be of six or seven points
_LEAST_TOP_OF_TEN = 8
#: a column that ends at fifty is of five times ten
_LEAST_TOP_OF_HUNDRED = 50
_HEADER_SCALES = (
    (
        re.compile(r"(?:/|of|sur|von|su|de|van)\s*100\b|\b(?:0|1)\s*[-–]\s*100\b|%|percent|prozent|pourcent"),
        100.0,
    ),
    (re.compile(r"(?:/|of|sur|von|su|de|van)\s*10\b|\b(?:0|1)\s*[-–]\s*10\b|10\s*점"), 10.0),
    (re.compile(r"(?:/|of|sur|von|su|de|van)\s*5\b|\b(?:0|1)\s*[-–]\s*5\b|5\s*점"), 5.0),
)


@dataclass(frozen=True)
class Mark:
    """One cell: a number, and out of how many where the cell says so itself."""

    value: float
    out_of: float | None = None


@dataclass(frozen=True)
class Scale:
    """How the numbers of a column become stars.

    Attributes:
        top: highest number of the scale; ``None`` where it cannot be told, and then nothing becomes stars.
    """

    top: float | None

    def stars(self, mark: Mark) -> float | None:
        """Stars, at most 5; ``None`` for what is off the scale. A zero is no review of no stars but none."""
        top = mark.out_of or self.top
        if top is None or not 0 < mark.value <= top:
            return None
        found = round(mark.value * _STARS / top, 2)
        least = 1.0 if top == _STARS else 0.0
        return found if found >= least else None


def read_mark(value: object) -> Mark | None:
    """The number in a cell, as it is written in the usual ways; ``None`` for anything else."""
    if value is None or isinstance(value, bool | list | dict):
        return None
    text = str(value).strip()
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return Mark(_float(text))
    signs = len(_SIGNS.findall(text))
    if signs and not re.search(r"\w", _EMPTY_SIGNS.sub("", _SIGNS.sub("", text))):
        return Mark(float(signs), 5.0) if signs <= _STARS else None
    if (word := _WORD_STARS.fullmatch(text)) and word[1].lower() in _WORDS:
        return Mark(float(_WORDS[word[1].lower()]), 5.0)
    for pattern, out_of in ((_OUT_OF, None), (_WITH_STARS, 5.0), (_PERCENT, 100.0)):
        found = pattern.search(text) if pattern is _OUT_OF else pattern.fullmatch(text)
        if found:
            return Mark(_float(found[1]), out_of or float(found[2]))
    found = _AFTER_NUMBER.fullmatch(text)
    return Mark(_float(found[1])) if found else None


def scale_of(marks: Sequence[Mark], header: str = "", hint: float | None = None) -> Scale:
    """The scale of a column.

    Args:
        marks: its cells.
        header: its name, which may say the scale ("score (1-10)").
        hint: the scale of the program that seems to have written the file; where all marks fit five stars, too,
            neither is believed.
    """
    plain = [mark.value for mark in marks if mark.out_of is None and mark.value > 0]
    if not plain:
        return Scale(None)
    named = next((top for pattern, top in _HEADER_SCALES if pattern.search(header.casefold())), None)
    if named is not None:
        return Scale(named) if max(plain) <= named else Scale(None)
    if hint is not None:
        return Scale(hint) if _STARS < max(plain) <= hint else Scale(None)
    return Scale(_top(plain))


def _top(values: Sequence[float]) -> float | None:
    """5, 10 or 100 by where the values lie; ``None`` where that is not sure."""
    highest = max(values)
    if highest <= _STARS:
        return 5.0 if highest >= 1 and not _is_share(values) else None
    above_five = sum(value > _STARS for value in values) / len(values)
    if above_five <= _SHARE_OF_SLIPS and len(values) >= _ENOUGH_TO_SEE_SLIPS:
        return 5.0
    if highest <= 2 * _STARS:
        return 10.0 if highest >= _LEAST_TOP_OF_TEN and above_five >= _SHARE_OF_TEN else None
    above_ten = sum(value > 2 * _STARS for value in values) / len(values)
    if above_ten <= _SHARE_OF_SLIPS and len(values) >= _ENOUGH_TO_SEE_SLIPS:
        return _top([value for value in values if value <= 2 * _STARS])
    is_hundred = _LEAST_TOP_OF_HUNDRED < highest <= 100 and above_ten >= 1 - _SHARE_OF_SLIPS
    return 100.0 if is_hundred else None


def _is_share(values: Iterable[float]) -> bool:
    """Whether numbers are shares of one or likes, which are no stars: some lie between zero and one."""
    return any(0 < value < 1 and value != 0.5 for value in values)


def _float(text: str) -> float:
    return float(text.replace(",", "."))

"""Times that count back from the day on which they were shown: "3 weeks ago", "vor einem Monat". Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final, Literal

from scrapers.exports.words import words_by

Unit = Literal["moment", "day", "week", "month", "year"]
Ago = tuple[dt.date, Literal["day", "week", "month", "year"]]

_DAYS: Final = {"moment": 0, "day": 1, "week": 7}
_MONTHS_OF_A_YEAR: Final = 12
_MOST: Final[Mapping[Unit, int]] = {"moment": 10_000, "day": 400, "week": 300, "month": 240, "year": 30}
#: how each language says that something is so long ago; ``N`` stands for the number with its unit
_FORMS: Final = tuple(
    re.compile(pattern.replace("N", r"(?P<span>.+?)"), re.IGNORECASE)
    for pattern in (
        *("N ago", "vor (?:etwa |ca\\. )?N", "il y a (?:environ )?N", "hace (?:unos |unas )?N", "N fa"),
        *("há (?:cerca de )?N", "N atrás", "N geleden", "N sedan", "för N sedan", "for N siden", "N siden"),
        *("N temu", "před N", "N önce", "N назад", "N тому", "N sitten", "N yang lalu", "N trước"),
        *("πριν από N", "N\\s*전", "N\\s*前", "N\\s*以前"),
    )
)
_SPAN: Final = re.compile(r"(?P<number>\d{1,4}|[^\W\d_]+)?\s*(?P<unit>[^\W\d_]+)\.?")
_WORD: Final = re.compile(r"[^\W\d_]+")
#: languages from here on write words together
_EAST_ASIAN: Final = 0x3000
_EDITED: Final = re.compile(
    r"^(?:edited|reviewed|posted|written|updated|bearbeitet|bewertet|modifié|editado|modificato|수정됨|編集済み|"
    r"已编辑|已編輯)[:\s·-]*",
    re.IGNORECASE,
)


def parse_ago(text: str, today: dt.date | None) -> Ago | None:
    """The day and what it stands for; ``None`` if ``text`` is no such time or ``today`` is unknown.

    Args:
        text: "3 weeks ago", "yesterday", "hace un mes", "3주 전".
        today: the day that it counts from.
    """
    span = _span(_EDITED.sub("", text.strip()).strip().casefold())
    if span is None or today is None:
        return None
    number, unit = span
    if number > _MOST[unit]:
        return None
    match unit:
        case "month":
            return _months_before(today, number), "month"
        case "year":
            return _months_before(today, number * _MONTHS_OF_A_YEAR), "year"
        case _:
            back = dt.timedelta(days=number * _DAYS[unit])
            return today - back, ("week" if unit == "week" else "day")


def is_ago(text: str) -> bool:
    """Whether ``text`` counts back from some day."""
    return parse_ago(text, dt.date(2000, 1, 1)) is not None


def _span(text: str) -> tuple[int, Unit] | None:
    if (now := words_by("now").get(text)) is not None:
        unit, number = now.split()
        return int(number), _unit(unit)
    for form in _FORMS:
        if (found := form.fullmatch(text)) and (span_found := _count(found["span"])) is not None:
            return span_found
    return None


def _count(text: str) -> tuple[int, Unit] | None:
    """A number and its unit, apart or written together as in 一年前."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    number, unit = found["number"] or "", found["unit"]
    if unit not in words_by("unit") or not number:
        number, unit = text.strip()[:1], text.strip()[1:].strip()
    named = words_by("unit").get(unit)
    many = number if number.isdecimal() else words_by("number").get(number)
    return (int(many), _unit(named)) if named is not None and many is not None else None


def _unit(name: str) -> Unit:
    return next(unit for unit in _MOST if unit == name)


def _months_before(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * _MONTHS_OF_A_YEAR + day.month - 1 - months, _MONTHS_OF_A_YEAR)
    last = 28 if month + 1 == 2 else 30
    return dt.date(max(year, 1), month + 1, min(day.day, last))


def names_a_time(text: str) -> bool:
    """Whether a phrase names a unit of time, as "within an hour" and "1시간 이내에" do."""
    units = words_by("unit")
    tokens = _WORD.findall(text.casefold())
    return any(t in units or (ord(t[0]) > _EAST_ASIAN and t.startswith(tuple(units))) for t in tokens)


def unit_of(word: str) -> Unit | None:
    """The unit of time that a word names in some language."""
    name = words_by("unit").get(word.casefold())
    return None if name is None else _unit(name)

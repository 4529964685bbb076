"""When a review was written, as people and sites write it: a day, a month, a year, or so long ago. Pure.

A day that could be two days (03/04/2024) is read where the other dates of its column settle the order; so is a
year of two digits. What names no time for sure is ``None``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from scrapers.exports.ago import parse_ago
from scrapers.exports.words import months, words
from scrapers.listing import DatePrecision
from scrapers.review_fields import DateOrder, date_order, parse_date

_MAX_CHARACTERS = 80
#: reviews of places to stay are younger than the sites that collect them
_FIRST_YEAR, _LAST_YEAR = 1995, 2100
_FIRST_SHORT_YEAR = 8
_BUDDHIST_YEARS = 543
_REIWA_BEGAN = 2019
#: the days that spreadsheets count from, and the numbers of 2008 and of 2050
_SPREADSHEET_ZERO = dt.date(1899, 12, 30)
_SPREADSHEET_DAYS = range(39448, 54790)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_YEAR = re.compile(r"\d{4}")
_YEAR_MONTH = re.compile(r"(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[月월.]?")
_MONTH_YEAR = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{4})")
_VIETNAMESE = re.compile(r"tháng\s+(\d{1,2})\s*(?:,|/|năm|-)?\s*(\d{4})", re.IGNORECASE)
_REIWA = re.compile(r"令和\s*(\d{1,2}|元)\s*年\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?")
_SHORT = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{2})(?!\d)\.?(?=$|[\sT,])")
_WORD_SHORT_YEAR = re.compile(r"(\d{1,2})[-\s.]([^\W\d_]{3,})\.?[-\s.](\d{2})")
_WORD_DASHES = re.compile(r"(\d{1,2})-([^\W\d_]{3,})\.?-(\d{4})")
_CLOCK = re.compile(
    r"(?:[T,\s]|\bat\b|\bum\b|à)*\d{1,2}[:.h]\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?"
    r"\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*$"
)
_PIECES = re.compile(
    r"\d+|[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u097f\u0e00-\u0e7f]|[.](?=[\u0e00-\u0e7f]))*"
)
_ENDINGS = str.maketrans("", "", "׳'’॰")
#: they name October in Croatian and November in Polish and Czech; with them, three shorter ones
_CROATIAN = {"listopad": 10, "listopada": 10, "lis": 10, "lip": 6, "srp": 7}


@dataclass(frozen=True)
class When:
    """A time as exactly as it is named; see :class:`scrapers.listing.Review`."""

    date: dt.date
    precision: DatePrecision = "day"


@dataclass(frozen=True)
class DateStyle:
    """What all dates of a column tell about each of them.

    Attributes:
        order: which comes first, day or month.
        short: what comes first in dates whose year has two digits.
        croatian: whether its months are Croatian.
        today: the day from which "3 weeks ago" counts; ``None`` where it is unknown.
    """

    order: DateOrder | None = None
    short: str | None = None
    croatian: bool = False
    today: dt.date | None = None


def style_of(texts: Iterable[str], today: dt.date | None = None) -> DateStyle:
    """The style of the dates of one column.

    Args:
        texts: of all rows.
        today: day on which the file was written.
    """
    known = [text for text in texts if text]
    said = {word for text in known for word in _words(text)}
    return DateStyle(
        date_order(known), _short_order(known, today), bool(said & words("only croatian month")), today
    )


def parse_when(text: str, style: DateStyle | None = None) -> When | None:
    """The time that ``text`` names; ``None`` where it names none for sure.

    Args:
        text: see the module.
        style: what its column tells.
    """
    text, style = text.strip(), style or DateStyle()
    if not text or len(text) > _MAX_CHARACTERS:
        return None
    day = parse_date(text, style.order) or _other_day(text, style)
    if day is not None:
        return When(day) if _FIRST_YEAR <= day.year < _LAST_YEAR else None
    if (ago := parse_ago(text, style.today)) is not None:
        return When(*ago)
    return _month(text, style) or _year(text)


def is_clear(text: str) -> bool:
    """Whether ``text`` names a time without the help of its column."""
    return parse_when(text, DateStyle(today=dt.date(_REIWA_BEGAN, 1, 1))) is not None


def _month_number(word: str, style: DateStyle) -> int | None:
    word = word.casefold().translate(_ENDINGS).strip(".")
    if style.croatian and word in _CROATIAN:
        return _CROATIAN[word]
    return months().get(word)


def _words(text: str) -> list[str]:
    return [piece.casefold() for piece in _PIECES.findall(text) if not piece[0].isdecimal()]


def _other_day(text: str, style: DateStyle) -> dt.date | None:
    """Days in forms that :func:`scrapers.review_fields.parse_date` does not know."""
    plain = _CLOCK.sub("", text).strip(" ,")
    if (found := _SERIAL.fullmatch(plain)) and int(found[1]) in _SPREADSHEET_DAYS:
        return _SPREADSHEET_ZERO + dt.timedelta(days=int(found[1]))
    if found := _SHORT.match(text):
        return _short_day(int(found[1]), int(found[3]), int(found[4]), style.short)
    if (found := _REIWA.fullmatch(plain)) and found[3]:
        return _day(_reiwa(found[1]), int(found[2]), int(found[3]))
    if found := _WORD_DASHES.fullmatch(plain):
        return _day(int(found[3]), _month_number(found[2], style), int(found[1]))
    if (found := _WORD_SHORT_YEAR.fullmatch(plain)) and int(found[3]) >= _FIRST_SHORT_YEAR:
        return _day(2000 + int(found[3]), _month_number(found[2], style), int(found[1]))
    return _day_in_words(plain, style)


def _day_in_words(text: str, style: DateStyle) -> dt.date | None:
    """One month by name, one year, and a number beside the month: the day."""
    year, month, _ = _named(text, style)
    if not year or not month:
        return None
    pieces = [
        piece for piece in _PIECES.findall(text) if piece.casefold() not in words("between day and month")
    ]
    at = next(index for index, piece in enumerate(pieces) if _month_number(piece, style) is not None)
    beside = [piece for piece in pieces[max(at - 1, 0) : at + 2] if piece.isdecimal() and len(piece) < 3]
    return _day(year, month, int(beside[0])) if len(beside) == 1 else None


def _named(text: str, style: DateStyle) -> tuple[int | None, int | None, list[int]]:
    """The year, the month by its name, and all other numbers; ``None`` where there is not exactly one."""
    pieces = _PIECES.findall(text)
    numbers = [piece for piece in pieces if piece[0].isdecimal()]
    years = [_ad(int(number), text) for number in numbers if len(number) == 4]
    named = {month for piece in pieces if (month := _month_number(piece, style)) is not None}
    rest = [int(number) for number in numbers if len(number) != 4]
    year = years[0] if len(years) == 1 and years[0] is not None else None
    return year, (named.pop() if len(named) == 1 else None), rest


def _month(text: str, style: DateStyle) -> When | None:
    for pattern in (_YEAR_MONTH, _MONTH_YEAR, _VIETNAMESE):
        if found := pattern.fullmatch(text):
            year, month = (found[1], found[2]) if pattern is _YEAR_MONTH else (found[2], found[1])
            return _first_of(_ad(int(year), text), int(month))
    if (found := _REIWA.fullmatch(text)) and not found[3]:
        return _first_of(_reiwa(found[1]), int(found[2]))
    year_named, month_named, rest = _named(text, style)
    if month_named is None or (rest and _day_in_words(text, style) is not None):
        return None
    return _first_of(year_named, month_named)


def _first_of(year: int | None, month: int) -> When | None:
    first = _day(year, month, 1)
    return None if first is None or not _FIRST_YEAR <= first.year < _LAST_YEAR else When(first, "month")


def _year(text: str) -> When | None:
    plain = text.strip(" .년年г")
    year = _ad(int(plain), text) if _YEAR.fullmatch(plain) and plain.isascii() else None
    return When(dt.date(year, 1, 1), "year") if year is not None else None


def _ad(year: int, text: str) -> int | None:
    """A year of our calendar; Thai ones are 543 ahead."""
    is_thai = any("\u0e00" <= character <= "\u0e7f" for character in text)
    year = year - _BUDDHIST_YEARS if is_thai and year > _LAST_YEAR else year
    return year if _FIRST_YEAR <= year < _LAST_YEAR else None


def _reiwa(year: str) -> int:
    return _REIWA_BEGAN - 1 + (1 if year == "元" else int(year))


def _day(year: int | None, month: int | None, day: int) -> dt.date | None:
    try:
        return dt.date(year or 0, month or 0, day)
    except ValueError:
        return None


def _short_order(texts: Iterable[str], today: dt.date | None) -> str | None:
    """Which of day, month and year come first to last where years have two digits, if only one order fits."""
    found = [match for text in texts if (match := _SHORT.match(text)) is not None]
    triples = {(int(match[1]), int(match[3]), int(match[4])) for match in found}
    if not triples:
        return None
    newest = (today or dt.date(_LAST_YEAR - 1, 1, 1)).year % 100
    fits = [order for order in ("dmy", "mdy", "ymd") if all(_fits(triple, order, newest) for triple in triples)]
    if fits == ["dmy", "mdy"]:
        return "dmy" if all(match[2] == "." for match in found) else None
    return fits[0] if len(fits) == 1 else None


def _fits(triple: tuple[int, int, int], order: str, newest: int) -> bool:
    parts = dict(zip(order, triple, strict=True))
    is_day = _day(2000 + parts["y"], parts["m"], parts["d"]) is not None
    return is_day and _FIRST_SHORT_YEAR <= parts["y"] <= newest


def _short_day(first: int, second: int, third: int, order: str | None) -> dt.date | None:
    if order is None:
        return None
    parts = dict(zip(order, (first, second, third), strict=True))
    return _day(2000 + parts["y"], parts["m"], parts["d"])

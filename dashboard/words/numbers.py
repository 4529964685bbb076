"""Numbers, dates, lists and names of languages as the reader writes them (Unicode CLDR, by Babel)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, Literal

from babel.core import UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from dashboard.words.language import language, locale

Precision = Literal["day", "week", "month", "year"]
#: English with a gap before the sign, as all of this project's pages
_PERCENT: Final = {"en": "#,##0 %", "ko": "#,##0%"}


def number(value: float, digits: int = 0) -> str:
    """``1,204``; with ``digits`` after the point."""
    return format_decimal(value, format="#,##0" + ("." + "0" * digits if digits else ""), locale=locale())


def percent(share: float) -> str:
    """A share (0 to 1) in whole percent."""
    return format_percent(share, format=_PERCENT[language()], locale=locale())


def date_words(day: dt.date, precision: Precision = "day") -> str:
    """A date as exactly as it is known: ``5 March 2026``, ``March 2026``, ``2026``."""
    if precision == "year":
        return format_skeleton("y", day, locale=locale())
    if precision == "day":
        return format_date(day, format="long", locale=locale())
    return format_skeleton("yMMMM", day, locale=locale())


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return format_list(list(names), locale=locale()) if names else ""


def language_of(code: str) -> str | None:
    """The name of a language, ``None`` where CLDR has none."""
    try:
        return locale().languages.get(code.lower().partition("-")[0])
    except UnknownLocaleError:
        return None

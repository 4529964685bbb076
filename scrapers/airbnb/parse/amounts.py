"""Amounts of money as pages write them in any country, and what they are for. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

from scrapers.airbnb.parse.shapes import Node, child, node, nodes, text
from scrapers.listing import PriceDetails, PriceLine

#: signs that name one currency; the bare dollar, yen and krone name several
_SIGNS: Final[Mapping[str, str]] = {
    **{
        "US$": "USD",
        "A$": "AUD",
        "AU$": "AUD",
        "CA$": "CAD",
        "C$": "CAD",
        "HK$": "HKD",
        "NT$": "TWD",
        "S$": "SGD",
    },
    **{"NZ$": "NZD", "MX$": "MXN", "R$": "BRL", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "฿": "THB"},
    **{"zł": "PLN", "Kč": "CZK", "₺": "TRY", "₪": "ILS", "₫": "VND", "₱": "PHP", "Ft": "HUF", "лв": "BGN"},
}
_CODE: Final = re.compile(r"\b([A-Z]{3})\b")
_AMOUNT: Final = re.compile(r"\d{1,3}(?:[.,'’\s\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?")
_WHOLE: Final = re.compile(r"\d+")
_BEFORE: Final = re.compile(r"[^\s\d.,·:()]{1,4}[\s\u00a0\u202f]?$")
_AFTER: Final = re.compile(r"^[\s\u00a0\u202f]?[^\s\d.,·:()]{1,4}(?=[\s\u00a0\u202f]|$)")
_MOST_LINES: Final = 20
_MOST_NIGHTS: Final = 730


def amount(value: object) -> float | None:
    """The number in a text with one amount; ``None`` for anything else."""
    found = _AMOUNT.findall(value) if isinstance(value, str) else []
    if len(found) != 1:
        return None
    digits = re.sub(r"['’\s\u00a0\u202f]", "", found[0])
    head, separator, tail = digits.rpartition("," if digits.rfind(",") > digits.rfind(".") else ".")
    if separator and len(tail) != 3:
        return float(re.sub(r"[.,]", "", head) + "." + tail)
    return float(re.sub(r"[.,]", "", digits))


def currency(value: object) -> str | None:
    """The ISO code of the currency that a text names for sure."""
    if not isinstance(value, str):
        return None
    if (code := _CODE.search(value)) is not None:
        return code[1]
    signs = [sign for sign in _SIGNS if sign in value]
    return _SIGNS[max(signs, key=len)] if signs else None


def nights(value: object) -> int | None:
    """The only whole number in a phrase like "for 5 nights"."""
    found = _WHOLE.findall(value) if isinstance(value, str) else []
    return int(found[0]) if len(found) == 1 and 1 <= int(found[0]) <= _MOST_NIGHTS else None


def price_and_nights(phrase: str) -> tuple[str, int] | None:
    """The price and the number of nights in one phrase ("€846 for 5 nights", "5박 ₩846,000").

    ``None`` where it names another number, or no currency beside the price.
    """
    found = [(match, money) for match in _AMOUNT.finditer(phrase) if (money := _money(phrase, match))]
    others = [match[0] for match in _AMOUNT.finditer(phrase) if not _money(phrase, match)]
    if len(found) != 1 or len(others) != 1 or (count := nights(others[0])) is None:
        return None
    return found[0][1], count


def _money(phrase: str, match: re.Match[str]) -> str | None:
    """The amount with the sign or code of its currency, which stands right before or after it."""
    before, after = _BEFORE.search(phrase[: match.start()]), _AFTER.match(phrase[match.end() :])
    for beside, written in ((before, "{0}{1}"), (after, "{1}{0}")):
        if beside is not None and currency(beside[0]) is not None:
            return written.format(beside[0], match[0]).strip()
    return None


def asked_days(check_in: object, check_out: object) -> tuple[dt.date, dt.date] | None:
    """The days of a stay that was asked for, both ISO dates, the second after the first."""
    try:
        first, last = dt.date.fromisoformat(str(check_in)), dt.date.fromisoformat(str(check_out))
    except ValueError:
        return None
    return (first, last) if first < last else None


def price_of(shown: Node, days: tuple[dt.date, dt.date] | None) -> tuple[str, PriceDetails] | None:
    """A ``structuredDisplayPrice`` as it is shown, and what it is for.

    Args:
        shown: the object.
        days: of the stay that was asked for.
    """
    primary = node(shown, "primaryLine")
    price = text(primary.get("discountedPrice")) or text(primary.get("price"))
    if price is None or amount(price) is None:
        return None
    qualifier = text(primary.get("qualifier")) or ""
    count = (days[1] - days[0]).days if days is not None else nights(qualifier)
    total = amount(child(shown, "secondaryLine", "price")) or (amount(price) if nights(qualifier) else None)
    per_night = None if nights(qualifier) else amount(price)
    details = PriceDetails(
        total=total,
        per_night=per_night,
        currency=currency(price),
        nights=count,
        check_in=None if days is None else days[0],
        check_out=None if days is None else days[1],
        lines=_lines(shown),
    )
    return f"{price} {qualifier}".strip(), details


def _lines(shown: Node) -> tuple[PriceLine, ...]:
    groups = nodes(shown, "explanationData", "priceDetails")
    rows: list[Any] = [item for group in groups for item in nodes(group, "items")]
    pairs = ((text(row.get("description")), text(row.get("priceString"))) for row in rows)
    return tuple(PriceLine(label=a, amount=b) for a, b in pairs if a is not None and b is not None)[
        :_MOST_LINES
    ]

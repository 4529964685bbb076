"""Prices as sources write them (``$150.00``, ``₩93,225``, ``€ 240 for 2 nights``), read without guessing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SIGNS: Final = "$€£₩¥￥₹₫₱฿₺₪₽"
_CURRENCY: Final = re.compile(rf"[A-Z]{{0,3}}[{_SIGNS}]|\b[A-Z]{{3}}\b|\b(?:kr|Kč|zł|Ft|Rp)\b")
_AMOUNT: Final = re.compile(r"\d(?:[\d.,'’\u00a0\u202f ]*\d)?")
_NIGHTS: Final = re.compile(r"(?:for|/|·)\s*(\d+)\s*(?:nights?|박|泊|晚)")
#: a separator before its last one or two digits marks decimals
_DECIMALS: Final = re.compile(r"[.,](\d{1,2})$")


@dataclass(frozen=True)
class Price:
    """Money for one night.

    Attributes:
        amount: for one night, in ``currency``.
        currency: sign or code as the source writes it; a bare ``$`` does not say which dollar.
    """

    amount: float
    currency: str

    def each(self, people: int) -> Price:
        """The share of one of ``people`` guests; ``ValueError`` for none."""
        if people < 1:
            raise ValueError(f"a price is shared by at least one guest, not by {people}")
        return Price(self.amount / people, self.currency)

    def __str__(self) -> str:
        gap = " " if self.currency[-1:].isalpha() else ""
        exact = self.amount < 10 and self.amount % 1 > 0.005
        return f"{self.currency}{gap}{self.amount:,.2f}" if exact else f"{self.currency}{gap}{self.amount:,.0f}"


def read_price(text: str | None) -> Price | None:
    """The price of one night; ``None`` where ``text`` names no amount or no currency."""
    if not text:
        return None
    currency = _CURRENCY.search(text)
    amount = _AMOUNT.search(text)
    if currency is None or amount is None:
        return None
    nights = _NIGHTS.search(text)
    shared = max(int(nights[1]), 1) if nights else 1
    return Price(_number(amount[0]) / shared, currency[0])


def _number(written: str) -> float:
    plain = re.sub(r"['’\u00a0\u202f ]", "", written)
    decimals = _DECIMALS.search(plain)
    if decimals is None:
        return float(re.sub(r"\D", "", plain))
    whole = re.sub(r"\D", "", plain[: decimals.start()]) or "0"
    return float(f"{whole}.{decimals[1]}")

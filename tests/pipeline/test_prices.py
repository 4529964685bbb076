"""Prices are read as sources write them, and nothing is guessed."""

from __future__ import annotations

import pytest

from pipeline.prices import Price, read_price


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("$150.00", Price(150.0, "$")),
        ("$1,250.00", Price(1250.0, "$")),
        ("S$ 95", Price(95.0, "S$")),
        ("₩93,225", Price(93225.0, "₩")),
        ("1.234,50 €", Price(1234.5, "€")),
        ("€ 240 for 2 nights", Price(120.0, "€")),
        ("USD 80 per night", Price(80.0, "USD")),
        ("CHF 1’200", Price(1200.0, "CHF")),
    ],
)
def test_a_price_is_the_one_of_a_night(written: str, read: Price) -> None:
    assert read_price(written) == read


@pytest.mark.parametrize("written", [None, "", "on request", "150", "$", "from 90"])
def test_without_amount_or_currency_there_is_no_price(written: str | None) -> None:
    assert read_price(written) is None


def test_prices_in_words_and_shared() -> None:
    assert str(Price(93225.0, "₩")) == "₩93,225"
    assert str(Price(80.0, "USD")) == "USD 80"
    assert str(Price(9.5, "$")) == "$9.50"
    assert str(Price(150.0, "$").each(4)) == "$38"
    with pytest.raises(ValueError, match="at least one guest"):
        Price(1.0, "$").each(0)

"""Lengths and areas in words, metric and imperial."""

from __future__ import annotations

from typing import Final

_INCHES: Final = 39.3701
_SQUARE_FEET: Final = 10.7639
_INCHES_OF_A_FOOT: Final = 12


def metres(value: float) -> str:
    """``4.2 m``; hundredths from photos would be made up."""
    return f"{value:.1f} m"


def feet(value_m: float) -> str:
    """``13 ft 9 in``."""
    inches = round(value_m * _INCHES)
    return f"{inches // _INCHES_OF_A_FOOT} ft {inches % _INCHES_OF_A_FOOT} in"


def square_metres(value: float) -> str:
    """``18 m²``."""
    return f"{value:.0f} m²" if value >= 10 else f"{value:.1f} m²"


def square_feet(value_m2: float) -> str:
    """``194 sq ft``."""
    return f"{value_m2 * _SQUARE_FEET:,.0f} sq ft"

"""The floor area that a listing's own text claims, kept apart from what was measured."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: square metres of a square foot, and of a tsubo or pyeong
_FOOT_M2: Final = 0.09290304
_TSUBO_M2: Final = 3.305785
#: areas that a flat or house can have, square metres
_LEAST_M2: Final = 8.0
_MOST_M2: Final = 1000.0
_NUMBER: Final = r"(?P<number>\d{1,3}(?:[ ,.']\d{3})+|\d+(?:[.,]\d{1,2})?)"
_UNITS: Final = {
    1.0: (
        r"m²|m2|㎡|qm|m\^2|sqm|sq\.? ?m(?:et(?:er|re)s?)?\b|square[ -]?met(?:er|re)s?|quadratmetern?|"
        r"m[èe]tres? carr[ée]s?|metros? cuadrados?|平方米|平米|平方メートル|제곱미터|평방미터"
    ),
    _FOOT_M2: (
        r"sq\.? ?f(?:ee|oo)?t\b\.?|sqft|square[ -]?f(?:ee|oo)t|ft²|ft2|平方英尺|"
        r"pies cuadrados|pieds carr[ée]s"
    ),
    _TSUBO_M2: r"坪|평",
}
_CLAIM: Final = re.compile(
    _NUMBER
    + r"\s*-?\s*(?:"
    + "|".join(f"(?P<u{index}>{unit})" for index, unit in enumerate(_UNITS.values()))
    + r")",
    re.IGNORECASE,
)
_FACTORS: Final = tuple(_UNITS)
#: what else than the inside of the home an area may be of
_OUTSIDE: Final = re.compile(
    r"garden|terrace|balcon|patio|yard|plot\b|\bland\b|\blot\b|acre|pool|deck|roof ?top|garage|parking|lawn|"
    r"garten|terrass|grundst|dachterr|hof\b|jard[ií]n|terraza|parcela|terreno|piscin|jardin|terrain|cour\b|"
    r"庭|テラス|バルコニー|花园|阳台|露台|정원|테라스|발코니",
    re.IGNORECASE,
)
#: a single room of several, of which the area is not that of the home
_ONE_ROOM: Final = re.compile(
    r"bed ?room|living ?room|kitchen|bath ?room|dining|lounge\b|schlafzimmer|wohnzimmer|k[üu]che|\bbad\b|"
    r"dormitorio|habitaci[oó]n|sal[oó]n\b|cocina|ba[ñn]o\b|chambre|s[ée]jour|cuisine|salle de bain|"
    r"寝室|リビング|キッチン|卧室|客厅|厨房|침실|거실|주방",
    re.IGNORECASE,
)
#: a number of rooms, which belongs to the home: ``60 m² two bedroom flat``
_COUNTED: Final = re.compile(r"\d[ -]?$|(?:one|two|three|single|with)[ -]+$", re.IGNORECASE)
#: characters between an area and the room that it is of
_ADJACENT: Final = 12
_SENTENCE: Final = re.compile(r"[^.!?;\n。！？]*(?:[.](?=\d)[^.!?;\n。！？]*)*")
#: characters on either side of an area in which it says what it is of
_NEAR_BEFORE: Final = 24
_NEAR_AFTER: Final = 30


@dataclass(frozen=True)
class ClaimedArea:
    """An area that the listing claims for the whole home.

    Attributes:
        square_metres: as claimed, in metric units.
        quote: the words that say it.
    """

    square_metres: float
    quote: str


def claimed_area(*texts: str | None) -> ClaimedArea | None:
    """The floor area of the whole home that a title or description claims; the largest of several.

    Areas of gardens, terraces and single rooms are passed over, and those that no home has.

    Args:
        texts: title and description, in any language of the reviews.
    """
    found = [claim for text in texts if text for claim in _claims(text)]
    return max(found, key=lambda claim: claim.square_metres, default=None)


def _claims(text: str) -> list[ClaimedArea]:
    claims = []
    for match in _CLAIM.finditer(text):
        metres2 = _number(match["number"]) * _factor(match)
        near = text[max(0, match.start() - _NEAR_BEFORE) : match.end() + _NEAR_AFTER]
        if _LEAST_M2 <= metres2 <= _MOST_M2 and not _OUTSIDE.search(near) and not _of_one_room(text, match):
            claims.append(ClaimedArea(metres2, " ".join(_sentence(text, match).split())))
    return claims


def _factor(match: re.Match[str]) -> float:
    return next(factor for index, factor in enumerate(_FACTORS) if match[f"u{index}"])


def _number(text: str) -> float:
    """``1,200``, ``1.200`` and ``1 200`` are thousands; ``42,5`` and ``42.5`` are fractions."""
    if re.fullmatch(r"\d{1,3}(?:[ ,.']\d{3})+", text):
        return float(re.sub(r"[ ,.']", "", text))
    return float(text.replace(",", "."))


def _of_one_room(text: str, match: re.Match[str]) -> bool:
    """Whether the area is of one room: ``20 m² bedroom``, ``the living room has 25 m²``."""
    after = text[match.end() : match.end() + _NEAR_BEFORE]
    before = text[max(0, match.start() - _NEAR_BEFORE) : match.start()]
    named = _ONE_ROOM.search(after)
    counted = (
        re.search(r"\d[ -]?$|(?:one|two|three|single|with)[ -]+$", after[: named.start()]) if named else None
    )
    return bool((named and not counted and named.start() < 12) or _ONE_ROOM.search(before))


def _sentence(text: str, match: re.Match[str]) -> str:
    for found in _SENTENCE.finditer(text):
        if found.start() <= match.start() < found.end():
            return found.group().strip()
    return match.group()

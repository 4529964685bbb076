"""What is told of the size of a room and of a listing: numbers and words, metric and imperial."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.report import RoomReport
from pipeline.rooms.sizes import Band, RoomSize
from pipeline.sizing.claims import ClaimedArea, claimed_area
from pipeline.sizing.stored import ListingSizes
from pipeline.sizing.words import feet, metres, square_feet, square_metres
from pipeline.wording import enumerated
from scrapers.listing import Listing

#: how far beyond the measured area a claim has to lie, standard deviations; set by hand between right claims
#: and lies of 40 %: of 20 of each that the tests simulate it flags none and at least 15
_TOO_LARGE: Final = 1.4
#: a claim that is larger by less is none to speak of, times
_WORTH_TELLING: Final = 1.2
#: the most that a room without a measured floor may have, square metres: a large living room
_UNMEASURED_M2: Final = 35.0
_CALLED: Final = {"length_m": "Length", "width_m": "Width", "height_m": "Height", "floor_area_m2": "Floor area"}


@dataclass(frozen=True)
class CardLine:
    """One number of a card.

    Attributes:
        name: what it is of.
        value, imperial: in words, with the unit.
        band, imperial_band: where the truth lies eight times of ten; empty for "at least".
    """

    name: str
    value: str
    band: str
    imperial: str
    imperial_band: str


@dataclass(frozen=True)
class RoomCard:
    """The size of a room.

    Attributes:
        short: in a few words; empty where nothing is known.
        lines: numbers, floor area last.
        rests_on: what they rest on, in one sentence; empty where nothing is known.
        why: why numbers are missing.
    """

    short: str
    lines: tuple[CardLine, ...]
    rests_on: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class ListingCard:
    """The size of a listing beside what it claims.

    Attributes:
        measured_m2: floor area of all measured rooms together; ``None`` where none was measured.
        rooms: how many rooms that is, and of how many.
        claim: what the listing's text says, ``None`` where it says nothing.
        short: in a few words; empty where nothing is known.
        contradiction: an estimate beside the claim, where the claim is clearly larger; else ``None``.
    """

    measured_m2: Band | None
    rooms: tuple[int, int]
    claim: ClaimedArea | None
    short: str
    contradiction: str | None


def room_card(size: RoomSize | None, why: Sequence[str] = ()) -> RoomCard:
    """What is told of one room.

    Args:
        size: of the room; ``None`` where it was not measured.
        why: why numbers are missing.
    """
    if size is None:
        return RoomCard("", (), "", tuple(why))
    lines = [line for name in _CALLED for line in _line(size, name)]
    rests_on = f"Estimated from {enumerated(list(size.evidence))}." if size.evidence else ""
    return RoomCard(_short(size), tuple(lines), rests_on, tuple(why))


def _line(size: RoomSize, name: str) -> list[CardLine]:
    band: Band | None = getattr(size, name)
    if band is None:
        least = size.at_least.get(name.removesuffix("_m"))
        if least is None:
            return []
        return [CardLine(_CALLED[name], f"at least {metres(least)}", "", f"at least {feet(least)}", "")]
    if name == "floor_area_m2":
        values = (square_metres(band.value), _range(band, square_metres), square_feet(band.value))
        return [CardLine(_CALLED[name], *values, _range(band, square_feet))]
    values = (metres(band.value), _range(band, metres), feet(band.value))
    return [CardLine(_CALLED[name], *values, _range(band, feet))]


def _range(band: Band, words: Callable[[float], str]) -> str:
    low, high = words(band.low), words(band.high)
    if words is feet:
        return f"{low} to {high}"
    unit = high[high.index(" ") :]
    return f"{low.removesuffix(unit)} to {high}"


def _short(size: RoomSize) -> str:
    """``4.2 × 5.8 × 2.5 m, about 24 m²``, as far as it is known."""
    sides = [size.length_m, size.width_m, size.height_m]
    if size.floor_area_m2 is not None and size.length_m is not None and size.width_m is not None:
        known = " × ".join(f"{side.value:.1f}" for side in sides if side is not None)
        return f"{known} m, about {square_metres(size.floor_area_m2.value)}"
    told = [f"{_side(name, size)}" for name in ("length", "width", "height")]
    return ", ".join(word for word in told if word)


def _side(name: str, size: RoomSize) -> str:
    band = size.of(name)
    if band is not None:
        return f"{name} {metres(band.value)}"
    return f"{name} at least {metres(size.at_least[name])}" if name in size.at_least else ""


def listing_card(listing: Listing, rooms: Sequence[RoomReport], sizes: ListingSizes) -> ListingCard:
    """What is told of a listing: the sum of its measured rooms beside the area that its text claims.

    A room that came out in several parts counts once, by the largest of them.
    """
    areas, unmeasured = _areas(rooms, sizes)
    measured = _sum(areas)
    claim = claimed_area(listing.title, listing.description)
    counts = (len(areas), len(areas) + unmeasured)
    contradiction = None
    if claim is not None and measured is not None:
        contradiction = _contradiction(claim, measured, counts)
    return ListingCard(measured, counts, claim, _listing_short(measured, counts), contradiction)


def _areas(rooms: Sequence[RoomReport], sizes: ListingSizes) -> tuple[list[Band], int]:
    """Floor area of each room that has one, and how many have none."""
    found: dict[str, Band | None] = {}
    names = {room.room_id for room in rooms}
    for room in rooms:
        base = _whole(room.room_id, names)
        size = sizes.rooms.get(room.room_id)
        area = size.floor_area_m2 if size is not None else None
        before = found.get(base)
        larger = area is not None and (before is None or area.value > before.value)
        found[base] = area if larger else before
    known = [area for area in found.values() if area is not None]
    return known, len(found) - len(known)


def _whole(room_id: str, names: set[str]) -> str:
    """The room that a part belongs to: parts of ``bedroom`` are ``bedroom-2``, ``bedroom-3``."""
    base, _, number = room_id.rpartition("-")
    return base if number.isdigit() and base in names else room_id


def _sum(areas: Sequence[Band]) -> Band | None:
    """The sum; errors of one listing's rooms go together, for they share their scale."""
    if not areas:
        return None
    total = sum(area.value for area in areas)
    return Band(total, sum(area.low for area in areas), sum(area.high for area in areas))


def _contradiction(claim: ClaimedArea, measured: Band, counts: tuple[int, int]) -> str | None:
    """Careful words where the claim is clearly larger than what the photos show."""
    known, count = counts
    possible = measured.value + _UNMEASURED_M2 * (count - known)
    ratio = claim.square_metres / possible
    if ratio < _WORTH_TELLING or math.log(ratio) < _TOO_LARGE * measured.log_sigma:
        return None
    shown = (
        "the room that was measured has"
        if known == 1
        else f"the {known} rooms that were measured have together"
    )
    return (
        f"The text says {square_metres(claim.square_metres)}; by the photos, {shown} about "
        f"{measured.low:.0f} to {measured.high:.0f} m². "
        "This is an estimate, and parts of the home may be on no photo."
    )


def _listing_short(measured: Band | None, counts: tuple[int, int]) -> str:
    if measured is None:
        return ""
    known, count = counts
    rooms = "1 room" if known == 1 else f"{known} rooms"
    of = f" of {count}" if count > known else ""
    return (
        f"About {square_metres(measured.value)} in {rooms}{of} ({measured.low:.0f} to {measured.high:.0f} m²)"
    )

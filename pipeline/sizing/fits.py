"""Does it fit: whether a thing finds room on the floor that photos show free, and how sure that is.

Free is floor that photos show with nothing on it. Floor that no photo shows may be free too, so "no" is never
said of a room that was seen in part: then nobody knows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool

from pipeline.rooms.sizes import RoomMeasure, RoomSize

#: from this chance on it likely fits, and below its complement it hardly does, shares
_LIKELY: Final = 0.75
#: floor seen of the room from which on "hardly" can be said, share
_WELL_SEEN: Final = 0.8
#: scales beyond which nobody needs to look, times the expected one
_WIDEST: Final = 4.0
_HALVINGS: Final = 24


@dataclass(frozen=True)
class Thing:
    """Something with a rectangular foot, metres; room to use it is part of it."""

    name: str
    length_m: float
    width_m: float


#: what guests bring or ask for; sizes are usual ones with the room that their use takes
THINGS: Final = (
    Thing("a cot", 1.25, 0.65),
    Thing("a large suitcase, opened", 1.1, 0.8),
    Thing("a desk with a chair", 1.2, 1.3),
    Thing("a wheelchair that turns round", 1.5, 1.5),
    Thing("a single mattress", 2.0, 0.9),
    Thing("a double bed", 2.05, 1.65),
)


@dataclass(frozen=True)
class Fit:
    """Whether a thing fits.

    Attributes:
        chance: that it fits on floor that photos show free, 0 to 1.
        answer: ``likely``, ``perhaps``, ``hardly`` or ``unknown``.
        words: the answer for people.
    """

    chance: float
    answer: str
    words: str


def fits(thing: Thing, measure: RoomMeasure, size: RoomSize) -> Fit:
    """Whether a thing finds room on the free floor, along the walls either way.

    Args:
        thing: of positive size.
        measure: what the photos of the room tell.
        size: how large it is.

    Raises:
        ValueError: the thing has no size.
    """
    if not (0 < thing.length_m < math.inf and 0 < thing.width_m < math.inf):
        raise ValueError(
            f"{thing.name} needs a length and a width above 0, not {thing.length_m}, {thing.width_m}"
        )
    free = np.array([[cell == "1" for cell in row] for row in measure.floor.rows], bool)
    chance = _chance(thing, free, measure.floor.cell, size)
    if chance >= _LIKELY:
        return Fit(chance, "likely", f"Likely, {chance:.0%}: photos show enough free floor for {thing.name}.")
    if chance > 1 - _LIKELY:
        return Fit(chance, "perhaps", f"Perhaps, {chance:.0%}: the free floor is about as large.")
    if free.mean() >= _WELL_SEEN:
        return Fit(chance, "hardly", f"Hardly, {chance:.0%}: the floor is seen, and too little is free.")
    return Fit(chance, "unknown", f"Unknown: the floor that photos show free is too small for {thing.name}.")


def _chance(thing: Thing, free: Bool[np.ndarray, "A B"], cell: float, size: RoomSize) -> float:
    """Probability that the scale is at least the smallest at which the thing fits."""
    expected, sigma = math.log(size.scale.value), size.scale.log_sigma
    low, high = expected - math.log(_WIDEST), expected + math.log(_WIDEST)
    if not _has_room(thing, free, cell * math.exp(high)):
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _has_room(thing, free, cell * math.exp(middle)) else (middle, high)
    return 0.5 * math.erfc((high - expected) / (max(sigma, 1e-9) * math.sqrt(2)))


def _has_room(thing: Thing, free: Bool[np.ndarray, "A B"], cell_m: float) -> bool:
    """Whether a free rectangle holds the thing, lengthwise or crosswise."""
    sums = np.pad(free.astype(np.int64).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    for sides in ((thing.length_m, thing.width_m), (thing.width_m, thing.length_m)):
        rows, columns = (math.ceil(side / cell_m - 1e-9) for side in sides)
        if rows > free.shape[0] or columns > free.shape[1]:
            continue
        within = (
            sums[rows:, columns:] - sums[:-rows, columns:] - sums[rows:, :-columns] + sums[:-rows, :-columns]
        )
        if (within == rows * columns).any():
            return True
    return False

"""``TypedLength``: a length that somebody measured and typed, between two points of a room."""

import math
from dataclasses import dataclass
from typing import Final

#: how well a person measures with a tape, metres; a tape that sags or stands askew, set by hand
TAPE_SIGMA_M: Final = 0.01
#: shortest length that is taken, metres; a hand's width
LEAST_M: Final = 0.1
#: longest length that is taken, metres; longer than any room
MOST_M: Final = 40.0
#: names of the dimensions of a room, by axis of the size as it is shown
DIMENSIONS: Final = ("length", "width", "height")


@dataclass(frozen=True)
class TypedLength:
    """A true length in a room.

    Attributes:
        room_id: of the room.
        metres: as measured.
        of: ``length``, ``width`` or ``height`` of the room; ``points`` for two places in it.
        units: distance of the two places in the units of the point maps, where ``of`` is ``points``.

    Raises:
        ValueError: says what is wrong with the number.
    """

    room_id: str
    metres: float
    of: str
    units: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.metres) and LEAST_M <= self.metres <= MOST_M):
            raise ValueError(f"A length from {LEAST_M:g} to {MOST_M:g} m is needed, not {self.metres:g} m.")
        if self.of not in (*DIMENSIONS, "points"):
            raise ValueError(f"A length is of {', '.join(DIMENSIONS)} or points, not of {self.of!r}.")
        if self.of == "points" and not (self.units and math.isfinite(self.units) and self.units > 0):
            raise ValueError("Two different places are needed for a typed length.")

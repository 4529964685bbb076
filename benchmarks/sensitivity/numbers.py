"""Which numbers are varied, and how: found in the source by :mod:`tools.thresholds`."""

import re
from dataclasses import dataclass
from typing import Final

from benchmarks.sensitivity.changed import Change
from tools.thresholds import ROOMS, Threshold, thresholds

#: by which every number is multiplied, one at a time
FACTORS: Final = (0.7, 1.3)
#: what chose these numbers is not a measurement, and no variation would say more
_DEFINED: Final = re.compile(
    r"by definition|progress|Wang et al|ITU|IEC|the original|prime|only keeps|keeps? (it|an?|its)\b|"
    r"DUSt3R|weights are not|Knuth|efficient \(|only tells|below one level|any$"
)
_HAS_UNIT: Final = re.compile(r"\b(metres|units?|px|radians|degrees|seconds|count|cells|bins|levels)\b")


@dataclass(frozen=True)
class Number:
    """A named number that can be varied.

    Attributes:
        wing: its folder.
        threshold: where it stands and what is said of it.
    """

    wing: str
    threshold: Threshold

    @property
    def file(self) -> str:
        """Its module within the wing."""
        return self.threshold.path.as_posix()

    @property
    def module(self) -> str:
        """Its module, with dots."""
        return ".".join(("pipeline", "rooms", self.wing, *self.threshold.path.with_suffix("").parts))

    def change(self, factor: float) -> Change:
        """The number varied by a factor."""
        meaning = self.threshold.meaning
        unit = meaning.rpartition(", ")[2]
        odd = "window" in meaning and self.threshold.value.isdecimal() and int(self.threshold.value) % 2 == 1
        return Change(self.module, self.threshold.name, factor, not _HAS_UNIT.search(unit), odd)


def numbers_of(wing: str, everything: bool = False) -> list[Number]:
    """Numbers of a wing whose effect nobody measured; with ``everything`` all that are no definitions."""
    folder = ROOMS / wing
    rows = [row for path in sorted(folder.rglob("*.py")) for row in thresholds(path, folder)]
    return [Number(wing, row) for row in rows if row.name.isidentifier() and is_varied(row, everything)]


def is_varied(row: Threshold, everything: bool = False) -> bool:
    """Whether a number is a threshold that was set and not measured."""
    if _DEFINED.search(row.data):
        return False
    return everything or "by hand" in row.data or "not measured" in row.data

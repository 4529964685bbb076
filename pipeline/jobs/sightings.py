"""How long heartbeats have stood still, by this process's own monotonic clock.

A heartbeat is a number that changes. Its age is the time in which this process looked and saw no change: no
step of any clock makes a worker look dead, nor does an outage in which nobody could look, nor a sleep of this
process.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from pipeline.store import Catalogue

#: seconds between two looks that count at most: in a longer gap the look itself may have been impossible
#: (twice the five seconds in which a worker looks)
MOST_BETWEEN_LOOKS_S = 10.0


@dataclass
class _Sighting:
    value: float | None
    looked_s: float
    still_s: float = 0.0


class Sightings:
    """What this process saw of the heartbeats of others."""

    def __init__(self) -> None:
        self._seen: dict[str, _Sighting] = {}
        self._lock = threading.Lock()

    def still_s(self, name: str, heartbeat: float | None) -> float:
        """Look at a heartbeat: for how many seconds it was seen standing still."""
        now_s = time.monotonic()
        with self._lock:
            seen = self._seen.get(name)
            if seen is None or seen.value != heartbeat:
                self._seen[name] = _Sighting(heartbeat, now_s)
                return 0.0
            seen.still_s += min(now_s - seen.looked_s, MOST_BETWEEN_LOOKS_S)
            seen.looked_s = now_s
            return seen.still_s

    def forget_all_but(self, names: set[str]) -> None:
        """Keep only these, so that the record does not grow."""
        with self._lock:
            for name in self._seen.keys() - names:
                del self._seen[name]


_ALL: WeakKeyDictionary[Catalogue, Sightings] = WeakKeyDictionary()


def sightings_in(catalogue: Catalogue) -> Sightings:
    """What this process saw of the heartbeats in a catalogue."""
    return _ALL.setdefault(catalogue, Sightings())

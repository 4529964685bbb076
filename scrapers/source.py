"""What every way to get a listing looks like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from scrapers.listing import Listing

#: Reports how far a long step is (0 to 1) and what it does; raises to stop it.
Report = Callable[[float, str], None]


def silent(fraction: float, message: str) -> None:
    """A :data:`Report` that tells nobody."""


class Source(Protocol):
    """A way to get one listing.

    A source is built from what the user gave (path, URL, options) and checks that at construction.
    """

    #: name under which the listing records it
    name: str

    def fingerprint(self) -> str:
        """Hex digest of everything that ``collect`` would read: same digest, same listing."""
        ...

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Write photos below ``folder`` and return the listing (``folder`` is also where it is saved).

        Raises:
            CollectError: with what happened and what to do.
        """
        ...

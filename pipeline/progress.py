"""One way to report progress and to be cancelled: every stage gets a :class:`Progress`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class Cancelled(Exception):
    """The user asked to stop; raised out of a progress report, between two steps."""


class Interrupted(Exception):
    """The work stops here and goes on later, or elsewhere; raised out of a progress report too."""


def _nobody(fraction: float, message: str) -> None:
    pass


@dataclass(frozen=True)
class Progress:
    """Calls ``sink(fraction, message)`` with a fraction in [0, 1] of the whole stage.

    A sink cancels the work by raising :class:`Cancelled`. ``Progress`` is itself a plain callable, so it
    can be passed wherever ``(fraction, message)`` is expected.
    """

    sink: Callable[[float, str], None] = _nobody
    start: float = 0.0
    stop: float = 1.0

    def __call__(self, fraction: float, message: str = "") -> None:
        """Report that ``fraction`` (clipped to [0, 1]) of this part is done."""
        clipped = min(max(fraction, 0.0), 1.0)
        self.sink(self.start + clipped * (self.stop - self.start), message)

    def part(self, start: float, stop: float) -> Progress:
        """The progress of the piece from ``start`` to ``stop`` of this part."""
        width = self.stop - self.start
        return Progress(self.sink, self.start + start * width, self.start + stop * width)

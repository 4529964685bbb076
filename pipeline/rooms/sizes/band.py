"""``Band``: a number with the interval that holds the truth eight times of ten."""

import math
from dataclasses import dataclass
from typing import Final, Self

#: standard normal quantile of the ends of a band, standard deviations; by definition: 80 % lie between them
BAND_Z: Final = 1.2816


@dataclass(frozen=True)
class Band:
    """A positive number, and where the truth lies eight times of ten.

    Raises:
        ValueError: not ``0 < low <= value <= high``.
    """

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not (0 < self.low <= self.value <= self.high and math.isfinite(self.high)):
            raise ValueError(
                f"a band needs 0 < low <= value <= high, not {self.low}, {self.value}, {self.high}"
            )

    @classmethod
    def of_log(cls, log_value: float, log_sigma: float) -> Self:
        """The band of a number whose logarithm has this mean and standard deviation."""
        return cls(
            math.exp(log_value),
            math.exp(log_value - BAND_Z * log_sigma),
            math.exp(log_value + BAND_Z * log_sigma),
        )

    @property
    def log_sigma(self) -> float:
        """Standard deviation of the logarithm."""
        return math.log(self.high / self.low) / (2 * BAND_Z)

    def times(self, factor: float) -> Self:
        """The same in another unit."""
        return type(self)(factor * self.value, factor * self.low, factor * self.high)

    def holds(self, truth: float) -> bool:
        """Whether the truth lies in it."""
        return self.low <= truth <= self.high

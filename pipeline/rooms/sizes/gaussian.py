"""A small joint normal distribution of named unknowns, built from observations of their sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

#: freedom of the t distribution by which an observation that disagrees counts less, count; set by hand: twice
#: as far as expected weighs .6
_FREEDOM: Final = 4.0
#: rounds in which those weights settle, count; they change by under 1 % after six
_ROUNDS: Final = 8
#: least information on any unknown, none; keeps the matrix regular
_LEAST: Final = 1e-9


@dataclass(frozen=True)
class Observation:
    """A weighted sum of unknowns that was observed.

    Attributes:
        parts: name of each unknown and its factor.
        value, sigma: what was observed, and its standard deviation.
        doubtful: whether it may be far off now and then (what is usual, not what was measured).
    """

    parts: Mapping[str, float]
    value: float
    sigma: float
    doubtful: bool = False


@dataclass(frozen=True)
class Posterior:
    """Means and covariance of the unknowns."""

    names: tuple[str, ...]
    mean: Float[np.ndarray, " N"]
    covariance: Float[np.ndarray, "N N"]

    def of(self, parts: Mapping[str, float]) -> tuple[float, float]:
        """Mean and standard deviation of a weighted sum of unknowns."""
        row = np.array([parts.get(name, 0.0) for name in self.names])
        return float(row @ self.mean), float(np.sqrt(max(row @ self.covariance @ row, 0.0)))


def solve(observations: list[Observation]) -> Posterior:
    """The joint distribution; doubtful observations far from the others weigh less, as of a t distribution."""
    names = tuple(dict.fromkeys(name for one in observations for name in one.parts))
    rows = np.array([[one.parts.get(name, 0.0) for name in names] for one in observations])
    values = np.array([one.value for one in observations])
    sigma = np.array([one.sigma for one in observations])
    doubtful = np.array([one.doubtful for one in observations])
    weight = np.ones(len(observations))
    for _ in range(_ROUNDS):
        scaled = rows * (weight / sigma**2)[:, None]
        covariance = np.linalg.inv(rows.T @ scaled + _LEAST * np.eye(len(names)))
        mean = covariance @ (scaled.T @ values)
        off = ((rows @ mean - values) / sigma) ** 2
        weight = np.where(doubtful, np.minimum((_FREEDOM + 1) / (_FREEDOM + off), 1.0), 1.0)
    return Posterior(names, mean, covariance)

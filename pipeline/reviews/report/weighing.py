"""Which of several places fits somebody best: own weights on what decides, and whether it is chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.reviews.report.report_records import Score

#: half the width of a 90 % band in standard deviations of a normal distribution
_HALF_BAND: Final = 1.645
#: standard deviation of what is not known, in [0, 1]: that of an even distribution between bad and good
_UNKNOWN_SIGMA: Final = 1 / math.sqrt(12)
#: difference of worth from which a reason is named, in points of 100 of the total
_NAMED: Final = 0.01
_REASONS: Final = 2
#: share of the weights of which something must be known; below it a total tells of the others, not of the place
_LEAST_KNOWN: Final = 0.5


@dataclass(frozen=True)
class Worth:
    """How good a place is in one respect.

    Attributes:
        value: 0 (worst) to 1 (best).
        sigma: standard deviation of its uncertainty; 0 for what the source states.
        told: the value as pages show it.
    """

    value: float
    sigma: float
    told: str


@dataclass(frozen=True)
class Rank:
    """A place among others.

    Attributes:
        name: of the place.
        total: weighted mean of its worths, 0 to 1.
        low, high: its 90 % band.
        ahead: whether it is ahead of the next one by more than chance (one side, 5 %).
        strengths, weaknesses: what moves it most above and below the others, the strongest first.
        unknown: weighed criteria that nothing is known of; the mean of the others stands in, with a wide band.
        placed: whether enough of what is weighed is known; the others come last, without an order.
    """

    name: str
    total: float
    low: float
    high: float
    ahead: bool
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    unknown: tuple[str, ...]
    placed: bool = True


def worth_of_score(score: Score) -> Worth:
    """The worth of what guests judge."""
    sigma = (score.high - score.low) / (2 * _HALF_BAND)
    return Worth(score.value, sigma, f"{100 * score.value:.0f}")


def rank(worths: Mapping[str, Mapping[str, Worth]], weights: Mapping[str, float]) -> tuple[Rank, ...]:
    """Places, the best first; of equal ones in their order.

    Args:
        worths: by place, then by criterion; a criterion may be missing.
        weights: by criterion, at least 0. Criteria that nothing is known of anywhere do not count.

    Raises:
        ValueError: a weight is negative, or none is above 0.
    """
    if any(weight < 0 for weight in weights.values()) or not any(weights.values()):
        raise ValueError("give every criterion a weight of at least 0, and one of them more")
    known = {name for own in worths.values() for name in own}
    used = {name: weight for name, weight in weights.items() if weight > 0 and name in known}
    means = {name: _mean([own[name].value for own in worths.values() if name in own]) for name in used}
    found = [(name, _filled(own, means)) for name, own in worths.items()]
    totals = {name: _total(own, used) for name, own in found}
    placed = {name for name, own in worths.items() if _is_known(own, used)}
    order = sorted(totals, key=lambda name: (name not in placed, -totals[name][0] if name in placed else 0.0))
    rivals = [name for name in order if name in placed]
    return tuple(
        _rank(name, place, rivals, totals, worths[name], used, means) for place, name in enumerate(order)
    )


def _rank(
    name: str,
    place: int,
    rivals: Sequence[str],
    totals: Mapping[str, tuple[float, float]],
    own: Mapping[str, Worth],
    used: Mapping[str, float],
    means: Mapping[str, float],
) -> Rank:
    total, sigma = totals[name]
    sums = sum(used.values()) or 1.0
    moved = {key: used[key] * (own[key].value - means[key]) / sums for key in used if key in own}
    up = sorted((key for key in moved if moved[key] >= _NAMED), key=lambda key: -moved[key])
    down = sorted((key for key in moved if moved[key] <= -_NAMED), key=lambda key: moved[key])
    ahead = False
    if place + 1 < len(rivals):
        other, other_sigma = totals[rivals[place + 1]]
        ahead = total - other > _HALF_BAND * math.hypot(sigma, other_sigma) and total - other >= _NAMED
    return Rank(
        name=name,
        total=total,
        low=max(total - _HALF_BAND * sigma, 0.0),
        high=min(total + _HALF_BAND * sigma, 1.0),
        ahead=ahead,
        strengths=tuple(up[:_REASONS]),
        weaknesses=tuple(down[:_REASONS]),
        unknown=tuple(key for key in used if key not in own),
        placed=place < len(rivals),
    )


def _is_known(own: Mapping[str, Worth], used: Mapping[str, float]) -> bool:
    return sum(weight for key, weight in used.items() if key in own) >= _LEAST_KNOWN * sum(used.values())


def _filled(own: Mapping[str, Worth], means: Mapping[str, float]) -> dict[str, Worth]:
    return {name: own.get(name, Worth(mean, _UNKNOWN_SIGMA, "")) for name, mean in means.items()}


def _total(own: Mapping[str, Worth], used: Mapping[str, float]) -> tuple[float, float]:
    """Weighted mean and its standard deviation; criteria are taken as independent."""
    sums = sum(used.values()) or 1.0
    mean = sum(weight * own[name].value for name, weight in used.items()) / sums
    sigma = math.sqrt(sum((weight * own[name].sigma) ** 2 for name, weight in used.items())) / sums
    return mean, sigma


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)

"""Scores that say how sure they are: Beta posteriors of weighted judgements between 0 (bad) and 1 (good)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.reviews.report.report_records import Score

#: before anybody spoke, every score is as likely as any other
_PRIOR = 1.0
_TAIL = 0.05


class Judgement(NamedTuple):
    """What one review says of something: ``worth`` in [0, 1], read with ``weight`` in (0, 1]."""

    worth: float
    weight: float


def posterior(judgements: Iterable[Judgement]) -> tuple[float, float]:
    """The two parameters of the Beta distribution of the score."""
    # sorted: the order of the reviews must not change the last digit
    pairs = sorted(judgements)
    good = math.fsum(worth * weight for worth, weight in pairs)
    bad = math.fsum((1 - worth) * weight for worth, weight in pairs)
    return _PRIOR + good, _PRIOR + bad


def score_of(judgements: Sequence[Judgement]) -> Score | None:
    """Mean and 90 % interval; ``None`` without judgements. Two good reviews give 0.75 (0.37 to 0.98)."""
    if not judgements:
        return None
    from scipy.special import betaincinv

    good, bad = posterior(judgements)
    low, high = (float(betaincinv(good, bad, tail)) for tail in (_TAIL, 1 - _TAIL))
    return Score(
        value=round(good / (good + bad), 3),
        low=round(low, 3),
        high=round(high, 3),
        weight=round(good + bad - 2 * _PRIOR, 2),
    )


def moments(score: Score) -> tuple[float, float]:
    """Mean and variance of the posterior behind a score."""
    total = score.weight + 2 * _PRIOR
    return score.value, score.value * (1 - score.value) / (total + 1)


def difference(one: Score, other: Score) -> tuple[float, float]:
    """``one - other`` and the two-sided p-value that they are equal (normal approximation)."""
    (mean, variance), (other_mean, other_variance) = moments(one), moments(other)
    z = (mean - other_mean) / math.sqrt(variance + other_variance + 1e-12)
    return round(mean - other_mean, 3), two_sided(z)


def shares_differ(count: int, total: int, other_count: float, other_total: float) -> float:
    """Two-sided p-value that two shares are equal (z-test with a pooled share and continuity correction)."""
    if not total or not other_total:
        return 1.0
    pooled = (count + other_count) / (total + other_total)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / total + 1 / other_total))
    gap = abs(count / total - other_count / other_total) - 0.5 * (1 / total + 1 / other_total)
    return two_sided(gap / spread) if spread > 0 and gap > 0 else 1.0


def two_sided(z: float) -> float:
    """p-value of a standard normal ``z``."""
    return math.erfc(abs(z) / math.sqrt(2))


def corrected(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's step-up correction (1995), in the given order."""
    count = len(p_values)
    order = sorted(range(count), key=lambda index: p_values[index], reverse=True)
    result = [1.0] * count
    least = 1.0
    for place, index in enumerate(order):
        least = min(least, p_values[index] * count / (count - place))
        result[index] = least
    return result

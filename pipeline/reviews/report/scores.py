"""Scores that say how sure they are: Beta posteriors of weighted judgements between 0 (bad) and 1 (good)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.reviews.report.report_records import Score

#: before anybody spoke, every score is as likely as any other
_PRIOR = 1.0
_TAIL = 0.05
#: expected count from which the z-test is near enough, in reviews; the usual rule (Cochran 1954)
_EXPECTED_FOR_Z = 5.0
#: how firmly the mean of all is believed of a part, in reviews; set by hand, the false alarms
#: and the power that it gives stand in docs/how_reviews_are_read.md
PRIOR_REVIEWS = 10.0
#: judging reviews below which nobody is called better or worse, in weight of reviews; of fewer than 5 a single
#: one is a fifth and more
LEAST_COMPARED = 5.0


class Judgement(NamedTuple):
    """What one review says of something: ``worth`` in [0, 1], read with ``weight`` in (0, 1]."""

    worth: float
    weight: float


def posterior(judgements: Iterable[Judgement], towards: float | None = None) -> tuple[float, float]:
    """The two parameters of the Beta distribution of the score.

    Args:
        towards: mean of the whole of which this is a part: few judgements stay near it.
    """
    # sorted: the order of the reviews must not change the last digit
    pairs = sorted(judgements)
    good = math.fsum(worth * weight for worth, weight in pairs)
    bad = math.fsum((1 - worth) * weight for worth, weight in pairs)
    if towards is None:
        return _PRIOR + good, _PRIOR + bad
    return PRIOR_REVIEWS * towards + good, PRIOR_REVIEWS * (1 - towards) + bad


def score_of(judgements: Sequence[Judgement], towards: float | None = None) -> Score | None:
    """Mean and 90 % interval; ``None`` without judgements. Two good reviews give 0.75 (0.37 to 0.98).

    Args:
        towards: in (0, 1): the score of the whole, if this is a part of it (a year of all years).
    """
    if not judgements:
        return None
    from scipy.special import betaincinv

    good, bad = posterior(judgements, towards)
    low, high = (float(betaincinv(good, bad, tail)) for tail in (_TAIL, 1 - _TAIL))
    prior = 2 * _PRIOR if towards is None else PRIOR_REVIEWS
    return Score(
        value=round(good / (good + bad), 3),
        low=round(low, 3),
        high=round(high, 3),
        weight=round(good + bad - prior, 2),
    )


def pooled(good: float, bad: float) -> Score | None:
    """The score of sums: ``good`` and ``bad`` are worths by weights, added up over many reviews."""
    return score_of([Judgement(1.0, good), Judgement(0.0, bad)]) if good + bad > 0 else None


def difference(one: Score, other: Score) -> tuple[float, float]:
    """``one - other`` and the two-sided p-value that both are the same.

    Both are shrunk to the mean of the two together, so that the one with fewer reviews does not look worse for
    that alone. Below :data:`LEAST_COMPARED` the p-value is 1. Neither may be a part that was shrunk already.
    """
    (good, weight), (other_good, other_weight) = sums_of(one), sums_of(other)
    mean = (good + other_good) / max(weight + other_weight, 1e-9)
    gap = (good + PRIOR_REVIEWS * mean) / (weight + PRIOR_REVIEWS)
    gap -= (other_good + PRIOR_REVIEWS * mean) / (other_weight + PRIOR_REVIEWS)
    if min(weight, other_weight) < LEAST_COMPARED:
        return round(gap, 3), 1.0
    return round(gap, 3), shares_differ(good, weight, other_good, other_weight)


def sums_of(score: Score) -> tuple[float, float]:
    """Sum of the worths, and of the weights, behind a score."""
    good = score.value * (score.weight + 2 * _PRIOR) - _PRIOR
    return min(max(good, 0.0), score.weight), score.weight


def shares_differ(count: float, total: float, other_count: float, other_total: float) -> float:
    """Two-sided p-value that two shares are equal.

    A z-test with a pooled share and continuity correction; where either side expects only a few, the exact test
    of two rates (given their sum, the one count is binomial).
    """
    if not total or not other_total:
        return 1.0
    pooled_share = (count + other_count) / (total + other_total)
    if pooled_share > 0.5:
        count, other_count, pooled_share = total - count, other_total - other_count, 1 - pooled_share
    if pooled_share * min(total, other_total) < _EXPECTED_FOR_Z:
        return _rates_differ(count, count + other_count, total / (total + other_total))
    spread = math.sqrt(pooled_share * (1 - pooled_share) * (1 / total + 1 / other_total))
    gap = abs(count / total - other_count / other_total) - 0.5 * (1 / total + 1 / other_total)
    return two_sided(gap / spread) if spread > 0 and gap > 0 else 1.0


def _rates_differ(count: float, both: float, share: float) -> float:
    """Two-sided p-value of ``count`` out of ``both``, if each falls on this side with probability ``share``."""
    from scipy.special import betainc

    at_least = float(betainc(count, both - count + 1, share)) if count > 0 else 1.0
    at_most = 1 - float(betainc(count + 1, both - count, share)) if count < both else 1.0
    return min(1.0, 2 * min(at_least, at_most))


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

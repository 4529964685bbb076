"""What changed at a place: the last year against the time before, and only what chance does not explain.

Chance is what shuffled dates give (a permutation test): were the quality constant, any review could have come
at any time. All that is shown together is judged together (the largest of all differences, Westfall and Young
1993), so that of places that never changed at most :data:`FALSE_ALARMS` show a change anywhere.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float

from pipeline.reviews.report.scores import PRIOR_REVIEWS, Judgement

#: share of places of constant quality that may show a change in anything, of one; the issue's bar, held by
#: simulation in tests/pipeline/reviews/report/test_changes.py
FALSE_ALARMS: Final = 0.02
#: part of the false alarms that falls may take (rises have the rest), of one; a missed fall costs a guest more
_FOR_FALLS: Final = 0.75
#: part that the reviews as a whole may take (the aspects together have the rest, and this too once the whole
#: has changed: Bretz 2009), of one; even halves, for falls of both kinds are looked for
_FOR_THE_WHOLE: Final = 0.5
#: judging reviews on each side below which nothing is compared, in reviews; 8 can show a fall from all good to
#: half bad, fewer cannot reach the bar at all
LEAST_EACH_SIDE: Final = 8
#: smaller changes are not worth a word however sure they are, of one; a third of 15 points that must be found
_LEAST_GAP: Final = 0.05
#: shuffles of the dates; of 0.25 % (the smallest share that is asked for) they leave 10
_SHUFFLES: Final = 3999
#: shuffles at a time, so that 20,000 reviews take 80 MB
_AT_ONCE: Final = 500
#: standardised difference below which shuffling is spared; 2 is reached by chance in one of twenty, too often
_WORTH_A_TEST: Final = 2.0
_MONTH: Final = dt.timedelta(days=365.25 / 12)
#: months that are looked at beside all time, the preferred one first
WINDOWS: Final = (12, 24)
#: name of the reviews as a whole among the aspects
WHOLE: Final = ""


@dataclass(frozen=True)
class Change:
    """Something changed by more than chance.

    Attributes:
        months: the window that was held against the time before.
        gap: posterior mean in the window minus the one before, both shrunk to the mean of all time.
        certainty: 1 minus the share of shuffled histories that show as much in anything.
    """

    months: int
    gap: float
    certainty: float


def begin_of(months: int, newest: dt.date) -> dt.date:
    """First day of the window that ends with the newest review."""
    return newest - months * _MONTH + dt.timedelta(days=1)


def find_changes(
    said: Mapping[str, Mapping[str, Judgement]], dates: Mapping[str, dt.date], seed: int = 0
) -> dict[str, Change]:
    """What changed, by name; nothing where there are too few reviews on either side.

    Args:
        said: by aspect (:data:`WHOLE`: the reviews as a whole), what each review says of it.
        dates: of the reviews; those without one count for neither side.
        seed: of the shuffles.
    """
    reviews = sorted({review for own in said.values() for review in own} & dates.keys())
    if not reviews:
        return {}
    newest = max(dates.values())
    for months in WINDOWS:
        begin = begin_of(months, newest)
        recent = np.array([dates[review] >= begin for review in reviews])
        table = _Table.of(said, reviews, recent)
        if table is not None:
            return table.changes(recent, months, seed)
    return {}


@dataclass(frozen=True)
class _Table:
    """Weighted judgements of reviews (rows) on what has enough of them on both sides (columns).

    Attributes:
        names: of the columns.
        good: worth times weight.
        weight: 0 where the review does not judge.
        rows: a digest of the reviews, so that each listing has shuffles of its own.
    """

    names: tuple[str, ...]
    good: Float[np.ndarray, "R S"]
    weight: Float[np.ndarray, "R S"]
    rows: int

    @classmethod
    def of(
        cls, said: Mapping[str, Mapping[str, Judgement]], reviews: Sequence[str], recent: Bool[np.ndarray, "R"]
    ) -> "_Table | None":
        names = []
        for name in sorted(said):
            judging = np.array([review in said[name] for review in reviews])
            if min((judging & recent).sum(), (judging & ~recent).sum()) >= LEAST_EACH_SIDE:
                names.append(name)
        if not names:
            return None
        none = Judgement(0.0, 0.0)
        judged = np.array([[said[name].get(review, none) for name in names] for review in reviews])
        digest = hashlib.sha256("\0".join(reviews).encode("utf-8", "surrogatepass")).digest()
        weight = judged[..., 1]
        return cls(tuple(names), judged[..., 0] * weight, weight, int.from_bytes(digest[:4], "big"))

    def changes(self, recent: Bool[np.ndarray, "R"], months: int, seed: int) -> dict[str, Change]:
        """The columns that changed by more than chance."""
        gap, strength = self._differences(recent[None].astype(np.float64))
        if np.abs(strength).max() < _WORTH_A_TEST:
            return {}
        by_chance = self._by_chance(int(recent.sum()), seed)
        found: dict[str, Change] = {}
        for sign, alarms in ((-1, FALSE_ALARMS * _FOR_FALLS), (1, FALSE_ALARMS * (1 - _FOR_FALLS))):
            for column, p_value in self._surprising(sign * strength[0], sign * by_chance, alarms).items():
                if sign * gap[0, column] >= _LEAST_GAP:
                    size = round(float(gap[0, column]), 3)
                    found[self.names[column]] = Change(months, size, round(1 - p_value, 4))
        return found

    def _surprising(
        self, strength: Float[np.ndarray, "S"], by_chance: Float[np.ndarray, "B S"], alarms: float
    ) -> dict[int, float]:
        """Columns that chance does not explain, with their p-values: the whole, then the aspects together."""
        whole = [column for column, name in enumerate(self.names) if name == WHOLE]
        aspects = [column for column, name in enumerate(self.names) if name != WHOLE]
        if not whole or not aspects:
            return _beyond(whole or aspects, strength, by_chance, alarms)
        found = _beyond(whole, strength, by_chance, alarms * _FOR_THE_WHOLE)
        left = alarms if found else alarms * (1 - _FOR_THE_WHOLE)
        return found | _beyond(aspects, strength, by_chance, left)

    def _by_chance(self, recent: int, seed: int) -> Float[np.ndarray, "B S"]:
        """Standardised differences of shuffled dates."""
        random = np.random.default_rng([seed, self.rows])
        parts = []
        for start in range(0, _SHUFFLES, _AT_ONCE):
            keys = random.random((min(_AT_ONCE, _SHUFFLES - start), len(self.good)), dtype=np.float32)
            drawn = np.zeros(keys.shape)
            np.put_along_axis(drawn, np.argpartition(keys, recent - 1, axis=1)[:, :recent], 1.0, axis=1)
            parts.append(self._differences(drawn)[1])
        return np.concatenate(parts)

    def _differences(
        self, recent: Float[np.ndarray, "B R"]
    ) -> tuple[Float[np.ndarray, "B S"], Float[np.ndarray, "B S"]]:
        """Shrunk mean of the recent rows minus that of the others, and the same in units of its spread."""
        total, weights = self.good.sum(0), self.weight.sum(0)
        mean = total / weights
        spread = np.sqrt(((self.weight * mean - self.good) ** 2).sum(0) / weights)
        good, weight = recent @ self.good, recent @ self.weight
        prior = PRIOR_REVIEWS
        new = (good + prior * mean) / (weight + prior)
        old = (total - good + prior * mean) / (weights - weight + prior)
        gap = np.round(new - old, 9)
        noise = np.sqrt(weight / (weight + prior) ** 2 + (weights - weight) / (weights - weight + prior) ** 2)
        return gap, np.round(gap / np.maximum(noise * spread, 1e-9), 6)


def _beyond(
    columns: Sequence[int], strength: Float[np.ndarray, "S"], by_chance: Float[np.ndarray, "B S"], share: float
) -> dict[int, float]:
    """Columns that at most ``share`` of the shuffles reach in any of them."""
    largest = by_chance[:, columns].max(1)
    p_values = {
        column: float((1 + (largest >= strength[column]).sum()) / (1 + len(largest))) for column in columns
    }
    return {column: p_value for column, p_value in p_values.items() if p_value <= share}

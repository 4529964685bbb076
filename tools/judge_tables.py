"""What the judge finds out of fold, as tables: criticism at natural rates, calibration, quotes, the rest."""

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from jaxtyping import Bool, Float

from pipeline.reviews.opinions import BUILT_IN
from pipeline.reviews.opinions.judge import DOUBT, polarity_of
from pipeline.reviews.opinions.sentiment import POLARITIES

if TYPE_CHECKING:
    from tools.judge import OutOfFold, Table

_POS, _NEG, _MIXED, _NEUTRAL = (POLARITIES.index(name) for name in ("pos", "neg", "mixed", "neutral"))
_BINS: Final = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
#: stars from which on a listing is a good one
_GOOD_LISTING: Final = 4.85


def in_two_readings(found: "OutOfFold") -> Float[np.ndarray, "N 4"]:
    """The second reading where the first doubts."""
    doubtful = 1 - found.first[:, _POS] > DOUBT
    return np.where(doubtful[:, None], found.second, found.first)


def print_tables(table: "Table", found: "OutOfFold") -> None:
    """All of them."""
    source = np.array([example.source for example in table.examples])
    language = np.array([example.language for example in table.examples])
    truth = np.isin(table.polarity, (_NEG, _MIXED))
    natural = source == "natural"
    drawn = np.array([example.drawn for example in table.examples])
    doubtful = 1 - found.first[:, _POS] > DOUBT
    print(
        f"read twice: {doubtful[drawn].mean():.3f} of sentences drawn at random, "
        f"{doubtful[drawn & truth].mean():.3f} of their criticism"
    )
    for name, probabilities in (
        ("first reading", found.first),
        ("second reading", found.second),
        ("in two readings", in_two_readings(found)),
    ):
        criticism = probabilities[:, [_NEG, _MIXED]].sum(axis=1)
        choice = criticism > 0.5
        print(name)
        for group, mask in (("en", natural & (language == "en")), ("others", natural & (language != "en"))):
            print(f"  {group:7}" + _criticism(truth[mask], choice[mask], criticism[mask]))
        _print_labels(table, probabilities, source == "dev", language, natural)
    found_at_last = in_two_readings(found)
    _print_calibration(truth[natural], found_at_last[natural][:, [_NEG, _MIXED]].sum(axis=1))
    _print_quotes(table, found_at_last, truth, natural)
    _print_aspects(table, found, source == "dev", language)


def _criticism(
    truth: Bool[np.ndarray, "N"], choice: Bool[np.ndarray, "N"], scores: Float[np.ndarray, "N"]
) -> str:
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / truth.sum()
    reach = {bar: recall[precision >= bar].max(initial=0.0) for bar in (0.8, 0.85, 0.9, 0.95)}
    right = (truth & choice).sum()
    return (
        f"{len(truth)} sentences, {truth.sum()} criticise: precision {right / max(choice.sum(), 1):.3f}, "
        f"recall {right / truth.sum():.3f}; recall at precision "
        + ", ".join(f"{bar:.2f}: {value:.3f}" for bar, value in reach.items())
    )


def _print_labels(
    table: "Table",
    probabilities: Float[np.ndarray, "N 4"],
    dev: Bool[np.ndarray, "N"],
    language: np.ndarray,
    natural: Bool[np.ndarray, "N"],
) -> None:
    choice = np.array([POLARITIES.index(polarity_of(row)) for row in probabilities])
    truth = table.polarity
    signed = dev & np.isin(truth, (_POS, _NEG))
    leaning = (probabilities[:, _POS] > probabilities[:, _NEG]) == (truth == _POS)
    by_language = ", ".join(
        f"{code} {np.mean((choice == truth)[dev & (language == code)]):.2f}"
        for code in sorted(set(language[dev]))
    )
    both = dev | natural
    neutral = [_f1(choice[m] == _NEUTRAL, truth[m] == _NEUTRAL) for m in (dev, natural, both)]
    print(
        f"  labelled sentences: polarity {np.mean((choice == truth)[dev]):.3f} ({by_language}), "
        f"pos against neg {leaning[signed].mean():.3f}, "
        f"F1 of neutral {neutral[0]:.2f}, at natural rates {neutral[1]:.2f}, both {neutral[2]:.2f}"
    )


def _f1(found: Bool[np.ndarray, "N"], truth: Bool[np.ndarray, "N"]) -> float:
    return float(2 * (found & truth).sum() / max(found.sum() + truth.sum(), 1))


def _print_calibration(truth: Bool[np.ndarray, "N"], scores: Float[np.ndarray, "N"]) -> None:
    print("probability of criticism, and how often it is")
    for low, high in pairwise(_BINS):
        inside = (scores >= low) & (scores < high + (high == 1.0))
        if inside.any():
            print(
                f"  {low:.2f} to {high:.2f}: {inside.sum():5} sentences, said {scores[inside].mean():.3f}, "
                f"found {truth[inside].mean():.3f}"
            )


def _print_quotes(
    table: "Table",
    probabilities: Float[np.ndarray, "N 4"],
    truth: Bool[np.ndarray, "N"],
    natural: Bool[np.ndarray, "N"],
) -> None:
    ratings = np.array([example.rating or 0.0 for example in table.examples])
    criticism = probabilities[:, [_NEG, _MIXED]].sum(axis=1)
    print("shown as criticism from a probability on: how many, and how many of them are")
    for least in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        shown = natural & (criticism >= least)
        good = shown & (ratings >= _GOOD_LISTING)
        print(
            f"  {least:.2f}: {shown.sum()} {truth[shown].mean():.3f}; in listings of {_GOOD_LISTING} and more "
            f"{good.sum()} {truth[good].mean():.3f}"
        )
    print("shown as praise from a probability on")
    for least in (0.8, 0.9, 0.95):
        shown = natural & (probabilities[:, _POS] >= least)
        print(f"  {least:.2f}: {shown.sum()} {np.mean(table.polarity[shown] == _POS):.3f}")


def _print_aspects(
    table: "Table", found: "OutOfFold", dev: Bool[np.ndarray, "N"], language: np.ndarray
) -> None:
    truth = np.array([[name in (e.aspects or {}) for name in BUILT_IN] for e in table.examples])
    chosen = found.aspects >= 0.5
    for group, mask in (("en", dev & (language == "en")), ("all", dev)):
        print(f"aspects, {group}: micro-F1 {_f1(chosen[mask], truth[mask]):.3f}")

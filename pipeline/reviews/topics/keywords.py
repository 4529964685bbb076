"""The words that tell what a topic is about: typical of it, at home in it alone, and met together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from jaxtyping import Float, Int64

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

_CANDIDATES: Final = 150
#: so many of the most typical words are tried as the first one
_STARTS: Final = 5
#: a word of a single sentence says nothing about a topic
_LEAST_SENTENCES: Final = 2
#: how much a word loses that is more typical of another topic
_ALONE: Final = 3


@dataclass(frozen=True)
class KeywordSettings:
    """Which words describe a topic.

    Attributes:
        most: how many.
        coherence: weight of meeting the others (mean NPMI) against being typical.
    """

    most: int = 10
    coherence: float = 2.0

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError("a topic needs at least one keyword")
        if self.coherence < 0:
            raise ValueError("coherence must not be negative")


def choose_keywords(
    presence: "csc_matrix", weights: Float[np.ndarray, "K V"], settings: KeywordSettings
) -> list[Int64[np.ndarray, "_"]]:
    """Columns of the keywords of every topic, heaviest first.

    Args:
        presence: N x V, 1 where sentence n holds word v.
        weights: c-TF-IDF of the topics.
    """
    sentences = np.asarray(presence.sum(0)).ravel()
    best = np.maximum(weights.max(0), 1e-12)
    chosen = []
    for row in weights:
        ranked = np.argsort(-row, kind="stable")
        ranked = ranked[row[ranked] > 0]
        usual = ranked[sentences[ranked] >= _LEAST_SENTENCES]
        candidates = (usual if len(usual) >= settings.most else ranked)[:_CANDIDATES]
        if not len(candidates):
            chosen.append(np.zeros(0, dtype=np.int64))
            continue
        # typical of this topic, and more of it than of any other
        typical = row[candidates] / row[candidates].max() * (row[candidates] / best[candidates]) ** _ALONE
        places = np.sort(candidates[_best_set(typical, npmi_matrix(presence[:, candidates]), settings)])
        chosen.append(places[np.argsort(-row[places], kind="stable")])
    return chosen


def npmi_matrix(presence: "csc_matrix") -> Float[np.ndarray, "V V"]:
    """Normalised pointwise mutual information of all pairs of columns; -1 where they never meet."""
    together = np.asarray((presence.T @ presence).todense(), dtype=np.float64)
    alone, rows = np.diag(together), presence.shape[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.log(together * rows / np.outer(alone, alone)) / -np.log(together / rows)
    scores[together == rows] = 1.0
    scores[together == 0] = -1.0
    result: Float[np.ndarray, "V V"] = scores
    return result


def _best_set(
    typical: Float[np.ndarray, "C"], npmi: Float[np.ndarray, "C C"], settings: KeywordSettings
) -> list[int]:
    """The best of a few greedy choices, each begun with another of the most typical words."""
    starts = np.argsort(-typical, kind="stable")[:_STARTS]
    sets = [_greedy(int(start), typical, npmi, settings) for start in starts]
    worth = [_worth(places, typical, npmi, settings) for places in sets]
    return sets[int(np.argmax(np.round(worth, 9)))]


def _greedy(
    start: int, typical: Float[np.ndarray, "C"], npmi: Float[np.ndarray, "C C"], settings: KeywordSettings
) -> list[int]:
    places = [start]
    while len(places) < min(settings.most, len(typical)):
        score = typical + settings.coherence * npmi[:, places].mean(1)
        score[places] = -np.inf
        places.append(int(np.argmax(score)))
    return places


def _worth(
    places: list[int],
    typical: Float[np.ndarray, "C"],
    npmi: Float[np.ndarray, "C C"],
    settings: KeywordSettings,
) -> float:
    pairs = npmi[np.ix_(places, places)][np.triu_indices(len(places), 1)]
    return float(typical[places].mean() + settings.coherence * (pairs.mean() if len(pairs) else 0.0))

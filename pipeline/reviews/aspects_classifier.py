"""The small trained part: logistic regressions over the rule features and, for English, over MiniLM vectors.

Weights come from ``lexicon/weights.json``, written by ``python -m pipeline.reviews.training.train``.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from jaxtyping import Float

from pipeline.reviews import aspects_features, sentiment
from pipeline.reviews.aspects_lexicon import LEXICON_FOLDER

WEIGHTS_FILE: Final = LEXICON_FOLDER / "weights.json"
#: settings chosen on the development set: how much the vectors say beside the rules...
VECTOR_SHARE_ASPECTS: Final = 1.2
VECTOR_SHARE_POLARITY: Final = 0.6
#: ...and log odds of pos, neg, mixed, neutral that real reviews have beside the sentences written for training
POLARITY_PRIOR: Final = (0.0, 0.0, -0.2, 0.0)
ASPECT_POLARITY_PRIOR: Final = (0.0, 0.0, 0.0, -0.5)


@dataclass(frozen=True)
class Weights:
    """Everything that was learned.

    Attributes:
        aspect: by rule feature.
        polarity, aspect_polarity: by polarity and rule feature, of sentences and of aspects in them.
        vector_aspect: by built-in aspect, of a vector with a 1 before it; (6, 0) if never trained.
        vector_polarity: by polarity, the same.
        calibration: slope and offset of the aspect logits without and with vectors (Platt).
    """

    aspect: Float[np.ndarray, "F"]
    polarity: Float[np.ndarray, "4 G"]
    aspect_polarity: Float[np.ndarray, "4 G"]
    vector_aspect: Float[np.ndarray, "6 D"]
    vector_polarity: Float[np.ndarray, "4 D"]
    calibration: Float[np.ndarray, "2 2"]

    def __post_init__(self) -> None:
        expected = (len(aspects_features.FEATURE_NAMES), len(sentiment.FEATURE_NAMES))
        found = (self.aspect.shape[-1], self.polarity.shape[-1])
        if found != expected:
            raise ValueError(
                f"weights for {found} features, the code has {expected}: "
                "run python -m pipeline.reviews.training.train again"
            )

    @property
    def vector_size(self) -> int:
        """Length of the vectors that it was trained on; 0 if on none."""
        return max(int(self.vector_aspect.shape[1]) - 1, 0)

    def save(self, path: Path = WEIGHTS_FILE) -> None:
        """Write as JSON with four significant digits."""
        rows: dict[str, Any] = {
            name: [[float(f"{value:.4g}") for value in row] for row in np.atleast_2d(getattr(self, name))]
            for name in type(self).__dataclass_fields__
        }
        path.write_text(json.dumps(rows, separators=(",", ":")) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path = WEIGHTS_FILE) -> Self:
        """Read what :meth:`save` wrote; ``ValueError`` if it is of another version of the features."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        arrays = {name: np.array(raw[name], dtype=np.float64) for name in cls.__dataclass_fields__}
        arrays["aspect"] = arrays["aspect"][0]
        return cls(**arrays)


@cache
def default_weights() -> Weights:
    """The weights that come with the project."""
    return Weights.load()


def combine_aspects(
    weights: Weights, rules: Float[np.ndarray, "N"], vectors: Float[np.ndarray, "N"] | None
) -> Float[np.ndarray, "N"]:
    """Calibrated probabilities of aspects from their logits."""
    slope, offset = weights.calibration[0 if vectors is None else 1]
    logits = rules if vectors is None else rules + VECTOR_SHARE_ASPECTS * vectors
    return sigmoid(slope * logits + offset)


def combine_polarity(
    rules: Float[np.ndarray, "N 4"], vectors: Float[np.ndarray, "N 4"] | None, prior: tuple[float, ...]
) -> Float[np.ndarray, "N 4"]:
    """Probabilities of the four polarities from their scores."""
    scores = log_softmax(rules)
    if vectors is not None:
        scores = scores + VECTOR_SHARE_POLARITY * log_softmax(vectors)
    probabilities: Float[np.ndarray, "N 4"] = np.exp(log_softmax(scores + np.array(prior)))
    return probabilities


def with_one(vectors: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N E"]:
    """A 1 before every vector, for the intercept."""
    return np.concatenate([np.ones((len(vectors), 1)), vectors], axis=1)


def sigmoid(logits: Float[np.ndarray, "N"]) -> Float[np.ndarray, "N"]:
    """Logits to probabilities."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30))))


def log_softmax(scores: Float[np.ndarray, "N K"]) -> Float[np.ndarray, "N K"]:
    """Scores to log probabilities, by row."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    result: Float[np.ndarray, "N K"] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result

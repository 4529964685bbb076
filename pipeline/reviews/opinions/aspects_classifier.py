"""The trained part: linear models over n-grams, English sentence vectors and the rules, stacked.

First come base scores: of n-grams (of sentences, of clauses, of what is said of one aspect) and, for English,
of MiniLM vectors. They were learned on sentences that this project wrote. A second, small logistic regression
weighs them beside the rule features; it was trained on base scores of sentences that the base had not seen
(stacking, Wolpert 1992). ``python -m pipeline.reviews.opinions.training.train`` writes both into ``lexicon/``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from pipeline.reviews.opinions import aspects_features, sentiment
from pipeline.reviews.opinions.aspects_features import BUILT_IN
from pipeline.reviews.opinions.aspects_lexicon import LEXICON_FOLDER
from pipeline.reviews.opinions.sentiment import POLARITIES

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

WEIGHTS_FILE: Final = LEXICON_FOLDER / "weights.json"
#: hashed n-grams, 8 bits a weight; beside the file above
GRAMS_FILE: Final = "grams.safetensors"
#: what base models of whole sentences score: aspects, any praise, any blame, overall polarity
SENTENCE_OUTPUTS: Final = (*BUILT_IN, "good", "bad", *POLARITIES)
#: what those of one aspect's clauses score
SCOPE_OUTPUTS: Final = SENTENCE_OUTPUTS[len(BUILT_IN) :]
GOOD_BAD: Final = slice(len(BUILT_IN), len(BUILT_IN) + 2)
FEELINGS: Final = slice(len(BUILT_IN), None)
#: settings chosen on the development set: log odds of pos, neg, mixed, neutral that real reviews have beside
#: the sentences written for training, which are harder
POLARITY_PRIOR: Final = (0.0, 0.3, -0.6, -0.5)
ASPECT_POLARITY_PRIOR: Final = (0.0, 0.3, -0.6, -0.5)


@dataclass(frozen=True)
class Grams:
    """A linear model over hashed n-grams.

    Attributes:
        weights: by bucket and output.
        bias: by output.
    """

    weights: Float32[np.ndarray, "B K"]
    bias: Float[np.ndarray, "K"]

    def scores(self, rows: "csr_matrix") -> Float[np.ndarray, "N K"]:
        """Log odds of every output for every row of :func:`.aspects_ngrams.gram_rows`."""
        scores: Float[np.ndarray, "N K"] = np.asarray(rows @ self.weights, dtype=np.float64) + self.bias
        return scores


@dataclass(frozen=True)
class Stack:
    """The second stage, without and with sentence vectors; an intercept stands first in every row.

    Attributes:
        aspect: of :func:`aspect_rows`, and the slope and offset (Platt) that calibrate it behind.
        polarity: by polarity, of :func:`overall_rows`.
        aspect_polarity: by polarity, of :func:`scope_rows`.
    """

    aspect: Float[np.ndarray, "F"]
    calibration: Float[np.ndarray, "2"]
    polarity: Float[np.ndarray, "4 G"]
    aspect_polarity: Float[np.ndarray, "4 H"]


@dataclass(frozen=True)
class Weights:
    """Everything that was learned.

    Attributes:
        sentence: n-grams of sentences and clauses, by :data:`SENTENCE_OUTPUTS`.
        scope: n-grams of what is said of one aspect, by :data:`SCOPE_OUTPUTS`.
        vector: by output of a sentence, of a vector with a 1 before it; (12, 0) if never trained.
        without_vectors, with_vectors: second stages.
    """

    sentence: Grams
    scope: Grams
    vector: Float[np.ndarray, "K D"]
    without_vectors: Stack
    with_vectors: Stack

    def __post_init__(self) -> None:
        for stack, extra in ((self.without_vectors, 0), (self.with_vectors, 1)):
            found = (stack.aspect.shape[-1], stack.polarity.shape[-1], stack.aspect_polarity.shape[-1])
            if found != _widths(bool(extra)):
                raise ValueError(
                    f"weights for {found} features, the code has {_widths(bool(extra))}: "
                    "run python -m pipeline.reviews.opinions.training.train again"
                )

    @property
    def vector_size(self) -> int:
        """Length of the vectors that it was trained on; 0 if on none."""
        return max(int(self.vector.shape[1]) - 1, 0)

    def save(self, path: Path = WEIGHTS_FILE) -> None:
        """Write the small part as JSON with four significant digits, the n-grams beside it in 8 bits."""
        from safetensors.numpy import save_file

        tensors: dict[str, np.ndarray] = {}
        for name, grams in (("sentence", self.sentence), ("scope", self.scope)):
            scale = np.maximum(np.abs(grams.weights).max(axis=0), 1e-9) / 127
            tensors[f"{name}.weights"] = np.ascontiguousarray(np.rint(grams.weights / scale), dtype=np.int8)
            tensors[f"{name}.scale"] = scale.astype(np.float32)
            tensors[f"{name}.bias"] = grams.bias.astype(np.float32)
        save_file(tensors, path.with_name(GRAMS_FILE))
        rows = {"vector": _rounded(self.vector)}
        for name in ("without_vectors", "with_vectors"):
            stack = getattr(self, name)
            rows |= {f"{name}.{part.name}": _rounded(getattr(stack, part.name)) for part in fields(stack)}
        path.write_text(json.dumps(rows, separators=(",", ":")) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path = WEIGHTS_FILE) -> Self:
        """Read what :meth:`save` wrote; ``ValueError`` if it is of another version of the features."""
        from safetensors.numpy import load_file

        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        tensors = load_file(path.with_name(GRAMS_FILE))
        return cls(
            sentence=_grams(tensors, "sentence"),
            scope=_grams(tensors, "scope"),
            vector=np.array(raw["vector"]),
            without_vectors=_stack(raw, "without_vectors"),
            with_vectors=_stack(raw, "with_vectors"),
        )


def _widths(with_vectors: bool) -> tuple[int, int, int]:
    rules, feelings = len(sentiment.FEATURE_NAMES), len(SCOPE_OUTPUTS)
    vector_aspect, vector_feelings = (1, feelings) if with_vectors else (0, 0)
    return (
        len(aspects_features.FEATURE_NAMES) + 1 + vector_aspect,
        rules + feelings + CLAUSE_FEATURES + vector_feelings,
        rules + 2 * feelings + vector_feelings,
    )


def _rounded(array: Float[np.ndarray, "..."]) -> Any:
    return [_rounded(row) for row in array] if array.ndim > 1 else [float(f"{value:.4g}") for value in array]


def _grams(tensors: Mapping[str, np.ndarray], name: str) -> Grams:
    weights = tensors[f"{name}.weights"].astype(np.float32) * tensors[f"{name}.scale"]
    return Grams(weights, tensors[f"{name}.bias"].astype(np.float64))


def _stack(raw: Mapping[str, Any], name: str) -> Stack:
    return Stack(**{part.name: np.array(raw[f"{name}.{part.name}"]) for part in fields(Stack)})


@cache
def default_weights() -> Weights:
    """The weights that come with the project."""
    return Weights.load()


#: numbers that :func:`clause_numbers` gives
CLAUSE_FEATURES: Final = 10


def clause_numbers(
    sentence: Float[np.ndarray, "N 12"], clauses: Float[np.ndarray, "C 2"], counts: Sequence[int]
) -> Float[np.ndarray, "N 10"]:
    """How praise and blame are spread over the clauses of each sentence.

    Args:
        sentence: base scores of the sentences.
        clauses: praise and blame of all clauses, sentence after sentence.
        counts: clauses of each sentence, at least one.
    """
    good, bad = sentence[:, GOOD_BAD].T
    if not len(sentence):
        return np.zeros((0, CLAUSE_FEATURES))
    begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
    last = np.cumsum(counts) - 1
    lean = clauses[:, 0] - clauses[:, 1]
    most, least = np.maximum.reduceat(lean, begins), np.minimum.reduceat(lean, begins)
    top = np.maximum.reduceat(clauses, begins, axis=0)
    return np.stack(
        [
            *top.T,
            most,
            least,
            lean[last],
            good * bad,
            np.minimum(good, bad),
            np.abs(good - bad),
            top[:, 0] * top[:, 1],
            np.minimum(most, -least),
        ],
        axis=1,
    )


def aspect_rows(
    rules: Float[np.ndarray, "N F"], grams: Float[np.ndarray, "N"], vectors: Float[np.ndarray, "N"] | None
) -> Float[np.ndarray, "N G"]:
    """Second-stage features of one aspect: the rules' and the base scores of it."""
    return np.column_stack([rules, grams] if vectors is None else [rules, grams, vectors])


def overall_rows(
    rules: Float[np.ndarray, "N F"],
    sentence: Float[np.ndarray, "N 12"],
    clauses: Float[np.ndarray, "N 10"],
    vectors: Float[np.ndarray, "N 12"] | None,
) -> Float[np.ndarray, "N G"]:
    """Second-stage features of overall polarity."""
    columns = [rules, sentence[:, FEELINGS], clauses]
    return np.column_stack(columns if vectors is None else [*columns, vectors[:, FEELINGS]])


def scope_rows(
    rules: Float[np.ndarray, "M F"],
    scope: Float[np.ndarray, "M 6"],
    sentence: Float[np.ndarray, "M 12"],
    vectors: Float[np.ndarray, "M 12"] | None,
    alone: Bool[np.ndarray, "M"],
) -> Float[np.ndarray, "M H"]:
    """Second-stage features of what is said of one aspect.

    What the sentence as a whole says counts only where the aspect is ``alone`` in it: no global score overrides
    a clause of its own.
    """
    mask = alone[:, None].astype(np.float64)
    columns = [rules, scope, sentence[:, FEELINGS] * mask]
    return np.column_stack(columns if vectors is None else [*columns, vectors[:, FEELINGS] * mask])


def probabilities(scores: Float[np.ndarray, "N 4"], prior: Sequence[float]) -> Float[np.ndarray, "N 4"]:
    """Probabilities of the four polarities from their scores."""
    found: Float[np.ndarray, "N 4"] = np.exp(log_softmax(scores + np.array(prior)))
    return found


def one_hot(labels: Int[np.ndarray, "N"], classes: int) -> Float[np.ndarray, "N K"]:
    """A 1 at the place of each label."""
    return np.asarray(np.eye(classes)[labels])


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

"""The last word on a sentence: praise, blame, both or neither, at the rates of real reviews.

A logistic regression weighs what the rules heard, the n-grams' scores and the vector of an encoder that knows
many languages. Sentences that may be more than plain praise are read a second time with the vector of a finer,
slower encoder beside. It was trained on sentences that this project wrote and on real ones that it labelled
(``lexicon/CARD.md``), so that its probabilities are those of real listings.
"""

from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from jaxtyping import Bool, Float, Float32

from pipeline.reviews.opinions.aspects_classifier import FEELINGS, log_softmax, sigmoid
from pipeline.reviews.opinions.aspects_features import BUILT_IN
from pipeline.reviews.opinions.aspects_lexicon import LEXICON_FOLDER
from pipeline.reviews.opinions.sentiment import FEATURE_NAMES, POLARITIES, Polarity
from pipeline.reviews.text import Encoder

JUDGE_FILE: Final = LEXICON_FOLDER / "judge.safetensors"
#: a sentence that is read as plain praise less surely than this is read a second time. Out of fold on the 1,500
#: sentences of benchmarks/labels drawn at random these are 35 %, among them 99.5 % of the criticism
DOUBT: Final = 0.08


@dataclass(frozen=True)
class Judge:
    """Coefficients; an intercept stands first in every row.

    Attributes:
        first: by polarity, of :func:`stack_rows` and the vector.
        second: the same with the finer vector behind.
        aspects: by built-in aspect, of :func:`aspect_stack_rows` and the vector.
        finer: makes the finer vectors; without it the first reading stands.
    """

    first: Float32[np.ndarray, "4 F"]
    second: Float32[np.ndarray, "4 G"]
    aspects: Float32[np.ndarray, "6 H"]
    finer: Encoder | None = None

    @property
    def vector_size(self) -> int:
        """Length of the vectors that it was trained on."""
        return int(self.aspects.shape[1]) - 2 - len(BUILT_IN)

    def knows(self, vectors: Float32[np.ndarray, "N D"] | None) -> bool:
        """Whether the vectors are of the length that it was trained on."""
        return vectors is not None and vectors.ndim == 2 and vectors.shape[1] == self.vector_size

    def overall(
        self, stack: Float[np.ndarray, "N S"], vectors: Float32[np.ndarray, "N D"], texts: list[str]
    ) -> Float[np.ndarray, "N 4"]:
        """Probabilities of the polarities of whole sentences."""
        found = self.read_once(stack, vectors)
        doubtful = np.flatnonzero(1 - found[:, 0] > DOUBT)
        if self.finer is not None and len(doubtful):
            finer = self.finer.encode([texts[index] for index in doubtful])
            found[doubtful] = self.read_twice(stack[doubtful], vectors[doubtful], finer)
        return found

    def read_once(
        self, stack: Float[np.ndarray, "N S"], vectors: Float32[np.ndarray, "N D"]
    ) -> Float[np.ndarray, "N 4"]:
        """The first reading."""
        return _softmax(_applied(self.first, np.concatenate([stack, vectors], axis=1)))

    def read_twice(
        self,
        stack: Float[np.ndarray, "N S"],
        vectors: Float32[np.ndarray, "N D"],
        finer: Float32[np.ndarray, "N E"],
    ) -> Float[np.ndarray, "N 4"]:
        """The second reading."""
        return _softmax(_applied(self.second, np.concatenate([stack, vectors, finer], axis=1)))

    def aspect_confidences(
        self,
        logits: Float[np.ndarray, "N 6"],
        base: Float[np.ndarray, "N 12"],
        vectors: Float32[np.ndarray, "N D"],
    ) -> Float[np.ndarray, "N 6"]:
        """Probabilities that sentences speak of the built-in aspects."""
        whole = np.concatenate([base[:, : len(BUILT_IN)], vectors], axis=1)
        columns = [
            _applied(self.aspects[[k]], np.concatenate([logits[:, [k]], whole], axis=1))[:, 0]
            for k in range(len(BUILT_IN))
        ]
        return np.asarray(sigmoid(np.stack(columns, axis=1)))

    def with_finer(self, encoder: Encoder | None) -> Self:
        """The same with another encoder for the second reading."""
        return replace(self, finer=encoder)

    def save(self, path: Path = JUDGE_FILE) -> None:
        """Write the coefficients."""
        from safetensors.numpy import save_file

        names = [part.name for part in fields(self) if part.name != "finer"]
        save_file({name: np.ascontiguousarray(getattr(self, name), dtype=np.float32) for name in names}, path)

    @classmethod
    def load(cls, path: Path = JUDGE_FILE) -> Self:
        """Read what :meth:`save` wrote; ``ValueError`` if it is of another version of the features."""
        from safetensors.numpy import load_file

        read: dict[str, Any] = load_file(path)
        judge = cls(**read)
        expected = 1 + STACK_SIZE + judge.vector_size
        if judge.first.shape != (len(POLARITIES), expected):
            raise ValueError(
                f"{path.name} is for {judge.first.shape[1]} features, the code has {expected}: "
                "run python -m tools.judge again"
            )
        return judge


@cache
def default_judge() -> Judge:
    """The coefficients that come with the project."""
    return Judge.load()


#: numbers of :func:`stack_rows`: rules without their bias, feelings of n-grams, clauses
STACK_SIZE: Final = len(FEATURE_NAMES) - 1 + 6 + 10


def stack_rows(
    rules: Float[np.ndarray, "N F"], base: Float[np.ndarray, "N 12"], clauses: Float[np.ndarray, "N 10"]
) -> Float[np.ndarray, "N S"]:
    """What the rules heard in whole sentences, and what n-grams say of them and of their clauses."""
    return np.concatenate([rules[:, 1:], base[:, FEELINGS], clauses], axis=1)


#: log odds of pos, neg, mixed and neutral beside what the words say, by the stars of the whole review (1 to 5).
#: By hand, and small: no open data has words and stars of single reviews to choose them on
_STARS: Final = (
    (-1.5, 1.5, 0.3, 0.0),
    (-1.0, 1.0, 0.5, 0.0),
    (-0.5, 0.5, 0.5, 0.0),
    (0.0, 0.0, 0.2, 0.0),
    (0.3, -0.7, -0.2, 0.0),
)


def with_stars(found: Float[np.ndarray, "N 4"], stars: list[float | None]) -> Float[np.ndarray, "N 4"]:
    """The probabilities where the stars of the review are known, too; ``None`` changes nothing."""
    shifts = np.zeros_like(found)
    for index, value in enumerate(stars):
        if value is not None:
            shifts[index] = _STARS[min(max(round(value), 1), len(_STARS)) - 1]
    return leaned(found, shifts)


def leaned(found: Float[np.ndarray, "N 4"], shifts: Float[np.ndarray, "N 4"]) -> Float[np.ndarray, "N 4"]:
    """The probabilities with ``shifts`` added to their logarithms."""
    return _softmax(np.log(np.maximum(found, 1e-12)) + shifts)


def polarity_of(chances: Float[np.ndarray, "4"]) -> Polarity:
    """Criticism (neg or mixed, the likelier) where it is likelier than not; else pos or neutral."""
    pos, neg, mixed, neutral = chances.tolist()
    if neg + mixed > (pos + neutral):
        return "neg" if neg >= mixed else "mixed"
    return "pos" if pos >= neutral else "neutral"


def agreed(
    felt: Float[np.ndarray, "M 4"], overall: Float[np.ndarray, "M 4"], alone: Bool[np.ndarray, "M"]
) -> Float[np.ndarray, "M 4"]:
    """What is said of aspects, as far as the whole sentence allows it.

    Where the aspect is ``alone`` in its sentence, the sentence decides. Elsewhere nothing is blamed in a
    sentence that blames nothing, nor praised in one that praises nothing.
    """
    blamed = overall[:, [1, 2]].sum(axis=1)
    praised = overall[:, [0, 2]].sum(axis=1)
    allowed = np.stack([praised, blamed, np.maximum(blamed, overall[:, 2]), np.ones(len(felt))], axis=1)
    own = np.maximum(felt, _LEAST_SAY) ** _OWN_SAY
    weighed = np.where(alone[:, None], own * overall, felt * np.sqrt(np.maximum(allowed, 1e-9)))
    return np.asarray(weighed / np.maximum(weighed.sum(axis=1, keepdims=True), 1e-12))


#: how much the clauses of a lone aspect still count beside its sentence
_OWN_SAY: Final = 0.3
#: probability that is left of what the clauses rule out, so that a sure sentence can still overrule them
_LEAST_SAY: Final = 0.01


def _applied(rows: Float32[np.ndarray, "K F"], features: Float[np.ndarray, "N E"]) -> Float[np.ndarray, "N K"]:
    return np.asarray(features @ rows[:, 1:].T.astype(np.float64) + rows[:, 0])


def _softmax(scores: Float[np.ndarray, "N K"]) -> Float[np.ndarray, "N K"]:
    return np.asarray(np.exp(log_softmax(scores)))

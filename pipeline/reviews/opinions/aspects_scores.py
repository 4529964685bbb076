"""From sentences to probabilities: readings, base scores and the second stage, on arrays.

Everything that both the training and the reading of reviews need of a batch of sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol, Self

import numpy as np
from jaxtyping import Bool, Float, Float32

from pipeline.reviews.opinions.aspects_classifier import (
    ASPECT_POLARITY_PRIOR,
    GOOD_BAD,
    POLARITY_PRIOR,
    Grams,
    Weights,
    aspect_rows,
    clause_numbers,
    overall_rows,
    probabilities,
    scope_rows,
    sigmoid,
    with_one,
)
from pipeline.reviews.opinions.aspects_features import BUILT_IN, aspect_features
from pipeline.reviews.opinions.aspects_ngrams import gram_rows
from pipeline.reviews.opinions.aspects_text import clause_texts, scope_text, sentence_text
from pipeline.reviews.opinions.clauses import Reading, read_sentence
from pipeline.reviews.opinions.judge import stack_rows
from pipeline.reviews.opinions.sentiment import POLARITIES, clear_sign, polarity_features

_POS: Final = POLARITIES.index("pos")
_NEG: Final = POLARITIES.index("neg")


class SentenceLike(Protocol):
    """What is needed of a sentence: :class:`pipeline.reviews.text.sentences.Sentence` has it."""

    @property
    def text(self) -> str: ...

    @property
    def language(self) -> str: ...


@dataclass(frozen=True)
class Batch:
    """Sentences with their readings and base scores.

    Attributes:
        sentences, readings: the same sentences, as written and as read by the rules.
        base: n-gram scores of every sentence.
        clauses: numbers of :func:`clause_numbers`.
        vectors: scores of the English sentences' vectors; rows of others are 0.
        english: sentences that have vector scores.
    """

    sentences: Sequence[SentenceLike]
    readings: Sequence[Reading]
    base: Float[np.ndarray, "N 12"]
    clauses: Float[np.ndarray, "N 10"]
    vectors: Float[np.ndarray, "N 12"]
    english: Bool[np.ndarray, "N"]

    @classmethod
    def read(
        cls, sentences: Sequence[SentenceLike], vectors: Float32[np.ndarray, "N D"] | None, weights: Weights
    ) -> Self:
        """Read the sentences; ``vectors`` of another size than the weights know are left aside."""
        readings = [read_sentence(row.text, row.language) for row in sentences]
        base, clauses = base_scores(sentences, readings, weights.sentence)
        english = np.array([reading.language == "en" for reading in readings], dtype=bool)
        scored = np.zeros_like(base)
        if vectors is None or vectors.ndim != 2 or vectors.shape[1] != weights.vector_size or not len(vectors):
            english = np.zeros(len(readings), dtype=bool)
        else:
            scored[english] = with_one(vectors[english].astype(np.float64)) @ weights.vector.T
        return cls(sentences, readings, base, clauses, scored, english)

    @cached_property
    def rules(self) -> Float[np.ndarray, "N F"]:
        """What the rules heard in whole sentences."""
        pairs = zip(self.readings, self.sentences, strict=True)
        return np.array([polarity_features(reading, row.text) for reading, row in pairs])

    @property
    def stack(self) -> Float[np.ndarray, "N S"]:
        """What :class:`.judge.Judge` reads beside the vectors."""
        return stack_rows(self.rules, self.base, self.clauses)

    def aspect_logits(self, weights: Weights) -> Float[np.ndarray, "N 6"]:
        """Log odds of the built-in aspects by rules and n-grams alone."""
        columns = []
        for index, name in enumerate(BUILT_IN):
            rules = np.array([aspect_features(reading, name) for reading in self.readings])
            columns.append(aspect_rows(rules, self.base[:, index], None) @ weights.without_vectors.aspect)
        return np.stack(columns, axis=1)

    def overall(self, weights: Weights) -> Float[np.ndarray, "N 4"]:
        """Probabilities of the polarities of whole sentences."""
        scores = overall_rows(self.rules, self.base, self.clauses, None) @ weights.without_vectors.polarity.T
        if self.english.any():
            rows = overall_rows(self.rules, self.base, self.clauses, self.vectors)[self.english]
            scores[self.english] = rows @ weights.with_vectors.polarity.T
        return probabilities(scores, POLARITY_PRIOR)

    def confidences(self, aspect: str, weights: Weights) -> Float[np.ndarray, "N"]:
        """Calibrated probabilities that sentences speak of a built-in aspect."""
        index = BUILT_IN.index(aspect)
        rules = np.array([aspect_features(reading, aspect) for reading in self.readings])
        result = np.zeros(len(rules))
        for stack, rows, chosen in (
            (weights.without_vectors, aspect_rows(rules, self.base[:, index], None), ~self.english),
            (
                weights.with_vectors,
                aspect_rows(rules, self.base[:, index], self.vectors[:, index]),
                self.english,
            ),
        ):
            slope, offset = stack.calibration
            result[chosen] = sigmoid(slope * (rows[chosen] @ stack.aspect) + offset)
        return result

    def aspect_polarities(
        self,
        indices: Sequence[int],
        aspects: Sequence[str],
        readings: Sequence[Reading],
        alone: Bool[np.ndarray, "M"],
        weights: Weights,
    ) -> Float[np.ndarray, "M 4"]:
        """Probabilities of what sentences ``indices`` say of ``aspects``, as ``readings`` name them.

        Where the clauses of an aspect are clear, no learned score makes good of bad or bad of good.
        """
        marked = zip(indices, aspects, readings, strict=True)
        rules = np.array([polarity_features(r, self.sentences[i].text, a) for i, a, r in marked])
        base = weights.scope.scores(gram_rows(scope_texts(self.sentences, indices, aspects, readings)))
        picked = np.asarray(indices, dtype=np.int64)
        scores = (
            scope_rows(rules, base, self.base[picked], None, alone) @ weights.without_vectors.aspect_polarity.T
        )
        english = self.english[picked]
        if english.any():
            rows = scope_rows(rules, base, self.base[picked], self.vectors[picked], alone)
            scores[english] = rows[english] @ weights.with_vectors.aspect_polarity.T
        found = probabilities(scores, ASPECT_POLARITY_PRIOR)
        signs = np.array([clear_sign(r, a) for a, r in zip(aspects, readings, strict=True)])
        found[signs > 0, _NEG] = 0.0
        found[signs < 0, _POS] = 0.0
        return np.asarray(found / found.sum(axis=1, keepdims=True))


def base_scores(
    sentences: Sequence[SentenceLike], readings: Sequence[Reading], grams: Grams
) -> tuple[Float[np.ndarray, "N 12"], Float[np.ndarray, "N 10"]]:
    """n-gram scores of sentences, and how praise and blame are spread over their clauses."""
    pairs = list(zip(sentences, readings, strict=True))
    parts = [clause_texts(row.text, row.language, reading) for row, reading in pairs]
    whole = grams.scores(gram_rows([sentence_text(row.text, row.language, reading) for row, reading in pairs]))
    several = Grams(grams.weights[:, GOOD_BAD], grams.bias[GOOD_BAD])
    clauses = several.scores(gram_rows([text for texts in parts for text in texts]))
    return whole, clause_numbers(whole, clauses, [len(texts) for texts in parts])


def scope_texts(
    sentences: Sequence[SentenceLike],
    indices: Sequence[int],
    aspects: Sequence[str],
    readings: Sequence[Reading],
) -> list[str]:
    """What each sentence says of its aspect."""
    return [
        scope_text(sentences[index].text, sentences[index].language, reading, aspect)
        for index, aspect, reading in zip(indices, aspects, readings, strict=True)
    ]

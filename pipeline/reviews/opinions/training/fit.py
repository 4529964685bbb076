"""Fit base models and second stage, the second on scores of sentences that the first had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.reviews.opinions.aspects_classifier import (
    FEELINGS,
    GOOD_BAD,
    SENTENCE_OUTPUTS,
    Grams,
    Stack,
    Weights,
    aspect_rows,
    clause_numbers,
    one_hot,
    overall_rows,
    scope_rows,
    with_one,
)
from pipeline.reviews.opinions.aspects_features import BUILT_IN, aspect_features
from pipeline.reviews.opinions.aspects_ngrams import gram_rows
from pipeline.reviews.opinions.aspects_scores import scope_texts
from pipeline.reviews.opinions.aspects_text import clause_texts, sentence_text
from pipeline.reviews.opinions.clauses import Reading, read_sentence
from pipeline.reviews.opinions.sentiment import POLARITIES, polarity_features
from pipeline.reviews.opinions.training.corpus import LabelledSentence

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FOLDS: Final = 5
#: inverse penalties, chosen by cross-validation on the written sentences
_GRAM_C: Final = 16.0
_VECTOR_C: Final = 4.0
_ASPECT_C: Final = 0.3
_CALIBRATION_C: Final = 10.0
#: chosen on the development set
_PLAIN_TRUST: Final = 20.0
_POLARITY_C: Final = 0.1


@dataclass(frozen=True)
class Data:
    """Labelled sentences as arrays; M pairs of a sentence and an aspect that it speaks of.

    Attributes:
        fold: which fold a sentence is held out in; classes and languages are spread evenly.
        english: sentences with vectors.
        labels: 0 or 1 for every output of a sentence.
        clause_counts: clauses of each sentence, in the order of ``clause_rows``.
        pair_owner, pair_aspect: sentence and aspect of each pair.
        pair_labels: 0 or 1 for every output of a pair.
        pair_alone: pairs whose sentence speaks of nothing else.
    """

    languages: tuple[str, ...]
    fold: Int[np.ndarray, "N"]
    english: Bool[np.ndarray, "N"]
    vectors: Float[np.ndarray, "N D"]
    sentence_rows: "csr_matrix"
    clause_rows: "csr_matrix"
    clause_counts: tuple[int, ...]
    pair_rows: "csr_matrix"
    labels: Int[np.ndarray, "N 12"]
    pair_owner: Int[np.ndarray, "M"]
    pair_aspect: Int[np.ndarray, "M"]
    pair_labels: Int[np.ndarray, "M 6"]
    pair_alone: Bool[np.ndarray, "M"]
    rules: Float[np.ndarray, "N G"]
    aspect_rules: Float[np.ndarray, "N 6 F"]
    pair_rules: Float[np.ndarray, "M G"]

    @property
    def polarity(self) -> Int[np.ndarray, "N"]:
        """Index of each sentence's polarity."""
        return np.asarray(self.labels[:, FEELINGS][:, 2:].argmax(axis=1))

    @property
    def pair_polarity(self) -> Int[np.ndarray, "M"]:
        """Index of each pair's polarity."""
        return np.asarray(self.pair_labels[:, 2:].argmax(axis=1))


def prepare(rows: Sequence[LabelledSentence], vectors: Float[np.ndarray, "N D"]) -> Data:
    """Read ``rows``; ``vectors`` of the English ones matter, those of others do not."""
    readings = [read_sentence(row.text, row.language) for row in rows]
    read = list(zip(rows, readings, strict=True))
    clauses = [clause_texts(row.text, row.language, reading) for row, reading in read]
    owners = [index for index, row in enumerate(rows) for _ in row.aspects]
    aspects = list(chain.from_iterable(row.aspects for row in rows))
    marked = [readings[index] for index in owners]
    return Data(
        languages=tuple(row.language for row in rows),
        fold=_folds(rows),
        english=np.array([r.language == "en" for r in readings]) & bool(vectors.shape[1]),
        vectors=vectors,
        sentence_rows=gram_rows([sentence_text(row.text, row.language, r) for row, r in read]),
        clause_rows=gram_rows(list(chain.from_iterable(clauses))),
        clause_counts=tuple(map(len, clauses)),
        pair_rows=gram_rows(scope_texts(rows, owners, aspects, marked)),
        labels=_sentence_labels(rows),
        pair_owner=np.array(owners),
        pair_aspect=np.array(list(map(BUILT_IN.index, aspects))),
        pair_labels=_pair_labels(rows),
        pair_alone=np.array([len(rows[index].aspects) == 1 for index in owners]),
        rules=np.array([polarity_features(r, row.text) for row, r in read]),
        aspect_rules=np.array([[aspect_features(r, a) for a in BUILT_IN] for r in readings]),
        pair_rules=_pair_rules(rows, owners, aspects, marked),
    )


def _sentence_labels(rows: Sequence[LabelledSentence]) -> Int[np.ndarray, "N 12"]:
    """Which aspects a sentence speaks of, then its :func:`feeling_labels`."""
    present = np.array([[int(aspect in row.aspects) for aspect in BUILT_IN] for row in rows])
    polarity = np.array([POLARITIES.index(row.polarity) for row in rows])
    return np.concatenate([present, feeling_labels(polarity)], axis=1)


def _pair_labels(rows: Sequence[LabelledSentence]) -> Int[np.ndarray, "M 6"]:
    """:func:`feeling_labels` of every sentence's every aspect."""
    return feeling_labels(np.array([POLARITIES.index(p) for row in rows for p in row.aspects.values()]))


def _pair_rules(
    rows: Sequence[LabelledSentence], owners: Sequence[int], aspects: Sequence[str], marked: Sequence[Reading]
) -> Float[np.ndarray, "M G"]:
    """Features of what the sentences of ``owners``, read as ``marked``, say of ``aspects``."""
    pairs = zip(owners, aspects, marked, strict=True)
    return np.array([polarity_features(reading, rows[i].text, aspect) for i, aspect, reading in pairs])


def feeling_labels(polarity: Int[np.ndarray, "N"]) -> Int[np.ndarray, "N 6"]:
    """Any praise, any blame, and each polarity as 0 or 1."""
    names = np.array(POLARITIES)[polarity]
    good, bad = np.isin(names, ("pos", "mixed")), np.isin(names, ("neg", "mixed"))
    return np.column_stack([good, bad, one_hot(polarity, len(POLARITIES))]).astype(np.int64)


def _folds(rows: Sequence[LabelledSentence]) -> Int[np.ndarray, "N"]:
    """Deal the sentences of each language and polarity out in turn."""
    dealt: dict[tuple[str, str], int] = {}
    fold = []
    for row in rows:
        key = (row.language, row.polarity)
        dealt[key] = dealt.get(key, len(dealt)) + 1
        fold.append(dealt[key] % FOLDS)
    return np.array(fold)


@dataclass(frozen=True)
class Scores:
    """Base scores of all sentences and pairs of :class:`Data`."""

    sentence: Float[np.ndarray, "N 12"]
    clauses: Float[np.ndarray, "N 10"]
    scope: Float[np.ndarray, "M 6"]
    vectors: Float[np.ndarray, "N 12"]


@dataclass(frozen=True)
class Base:
    """Models of the first stage."""

    sentence: Grams
    scope: Grams
    vector: Float[np.ndarray, "K D"]

    def scores(self, data: Data) -> Scores:
        """What the models say of everything, seen or not."""
        whole = self.sentence.scores(data.sentence_rows)
        clauses = self.sentence.scores(data.clause_rows)[:, GOOD_BAD]
        vectors = np.zeros_like(whole)
        if data.english.any():
            vectors[data.english] = with_one(data.vectors[data.english]) @ self.vector.T
        return Scores(
            whole,
            clause_numbers(whole, clauses, data.clause_counts),
            self.scope.scores(data.pair_rows),
            vectors,
        )


def fit_base(data: Data, chosen: Bool[np.ndarray, "N"]) -> Base:
    """Fit the first stage on the ``chosen`` sentences."""
    pairs = chosen[data.pair_owner]
    english = chosen & data.english
    width = data.vectors.shape[1] + 1 if english.any() else 0
    vector = np.zeros((len(SENTENCE_OUTPUTS), width))
    if width:
        vector = _vector_model(data.vectors[english], data.labels[english])
    return Base(
        _gram_model(data.sentence_rows[chosen], data.labels[chosen]),
        _gram_model(data.pair_rows[pairs], data.pair_labels[pairs]),
        vector,
    )


def _gram_model(rows: "csr_matrix", labels: Int[np.ndarray, "N K"]) -> Grams:
    weights, bias = [], []
    for column in labels.T:
        coefficients, intercept = _binary(rows, column, _GRAM_C, dual=True)
        weights.append(coefficients)
        bias.append(intercept)
    return Grams(np.array(weights, dtype=np.float32).T, np.array(bias))


def _vector_model(
    vectors: Float[np.ndarray, "N D"], labels: Int[np.ndarray, "N K"]
) -> Float[np.ndarray, "K E"]:
    fitted = [_binary(vectors, column, _VECTOR_C, dual=False) for column in labels.T]
    return np.array([np.concatenate([[intercept], weights]) for weights, intercept in fitted])


def _binary(
    rows: "csr_matrix | Float[np.ndarray, 'N D']", labels: Int[np.ndarray, "N"], c: float, *, dual: bool
) -> tuple[Float[np.ndarray, "D"], float]:
    from sklearn.linear_model import LogisticRegression

    if labels.min() == labels.max():
        return np.zeros(rows.shape[1]), 4.0 if labels.min() else -4.0
    model = LogisticRegression(C=c, solver="liblinear", dual=dual, max_iter=1000, tol=1e-3, random_state=0)
    model.fit(rows, labels)
    return model.coef_[0], float(model.intercept_[0])


def held_out_scores(data: Data) -> Scores:
    """Base scores of every sentence by models that were fitted without its fold."""
    parts = [fit_base(data, data.fold != fold).scores(data) for fold in range(FOLDS)]
    every, owner = np.arange(len(data.fold)), data.fold[data.pair_owner]
    pairs = np.arange(len(owner))
    return Scores(
        np.stack([part.sentence for part in parts])[data.fold, every],
        np.stack([part.clauses for part in parts])[data.fold, every],
        np.stack([part.scope for part in parts])[owner, pairs],
        np.stack([part.vectors for part in parts])[data.fold, every],
    )


@dataclass(frozen=True)
class StackData:
    """Rows of the second stage; an aspect's rows lie one aspect after the other."""

    aspect: Float[np.ndarray, "P F"]
    present: Int[np.ndarray, "P"]
    aspect_fold: Int[np.ndarray, "P"]
    overall: Float[np.ndarray, "N G"]
    polarity: Int[np.ndarray, "N"]
    fold: Int[np.ndarray, "N"]
    scope: Float[np.ndarray, "M H"]
    scope_polarity: Int[np.ndarray, "M"]
    scope_fold: Int[np.ndarray, "M"]
    trust: Float[np.ndarray, "N"]
    scope_trust: Float[np.ndarray, "M"]

    @property
    def aspect_trust(self) -> Float[np.ndarray, "P"]:
        """How much each row of an aspect counts."""
        return np.tile(self.trust, len(BUILT_IN))


def stack_data(data: Data, scores: Scores, trust: Float[np.ndarray, "N"], *, with_vectors: bool) -> StackData:
    """Second-stage rows of all sentences, or of those that have vectors; ``trust``: how much each counts."""
    chosen = data.english if with_vectors else np.ones(len(data.fold), dtype=bool)
    pairs = chosen[data.pair_owner]
    owner = data.pair_owner[pairs]
    vectors = scores.vectors if with_vectors else None
    aspects = [
        aspect_rows(
            data.aspect_rules[chosen, k],
            scores.sentence[chosen, k],
            None if vectors is None else vectors[chosen, k],
        )
        for k in range(len(BUILT_IN))
    ]
    overall = overall_rows(
        data.rules[chosen],
        scores.sentence[chosen],
        scores.clauses[chosen],
        None if vectors is None else vectors[chosen],
    )
    scope = scope_rows(
        data.pair_rules[pairs],
        scores.scope[pairs],
        scores.sentence[owner],
        None if vectors is None else vectors[owner],
        data.pair_alone[pairs],
    )
    return StackData(
        aspect=np.concatenate(aspects),
        present=data.labels[chosen][:, : len(BUILT_IN)].T.ravel(),
        aspect_fold=np.tile(data.fold[chosen], len(BUILT_IN)),
        overall=overall,
        polarity=data.polarity[chosen],
        fold=data.fold[chosen],
        scope=scope,
        scope_polarity=data.pair_polarity[pairs],
        scope_fold=data.fold[owner],
        trust=trust[chosen],
        scope_trust=trust[owner],
    )


def trust_of(rows: Sequence[LabelledSentence]) -> Float[np.ndarray, "N"]:
    """How much each sentence counts in the second stage (mean 1).

    Real reviews are mostly plain. On sentences that are hard on purpose the second stage would learn to trust
    the rules too little.
    """
    trust = np.where([row.plain for row in rows], _PLAIN_TRUST, 1.0)
    return np.asarray(trust / trust.mean())


def fit_stack(rows: StackData) -> Stack:
    """Second stage on everything, with Platt's calibration from held-out folds."""
    held = held_out_logits(rows)[0]
    column = np.column_stack([np.ones(len(held)), held])
    offset, slope = logistic(column, rows.present, _CALIBRATION_C, rows.aspect_trust)[0]
    return Stack(
        aspect=logistic(rows.aspect, rows.present, _ASPECT_C, rows.aspect_trust)[0],
        calibration=np.array([slope, offset]),
        polarity=logistic(rows.overall, rows.polarity, _POLARITY_C, rows.trust),
        aspect_polarity=logistic(rows.scope, rows.scope_polarity, _POLARITY_C, rows.scope_trust),
    )


def held_out_logits(
    rows: StackData,
) -> tuple[Float[np.ndarray, "P"], Float[np.ndarray, "N 4"], Float[np.ndarray, "M 4"]]:
    """Second-stage scores of aspects, overall polarity and aspects' polarity, each without its own fold."""
    aspect = np.zeros(len(rows.aspect))
    overall, scope = np.zeros((len(rows.overall), 4)), np.zeros((len(rows.scope), 4))
    for fold in range(FOLDS):
        out = rows.aspect_fold == fold
        model = logistic(rows.aspect[~out], rows.present[~out], _ASPECT_C, rows.aspect_trust[~out])
        aspect[out] = rows.aspect[out] @ model[0]
        out = rows.fold == fold
        model = logistic(rows.overall[~out], rows.polarity[~out], _POLARITY_C, rows.trust[~out])
        overall[out] = rows.overall[out] @ model.T
        out = rows.scope_fold == fold
        model = logistic(rows.scope[~out], rows.scope_polarity[~out], _POLARITY_C, rows.scope_trust[~out])
        scope[out] = rows.scope[out] @ model.T
    return aspect, overall, scope


def logistic(
    rows: Float[np.ndarray, "N F"], labels: Int[np.ndarray, "N"], c: float, trust: Float[np.ndarray, "N"]
) -> Float[np.ndarray, "K F"]:
    """Weights with the intercept at the first place, where every row has a 1; one row for labels 0 and 1."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, solver="newton-cholesky")
    model.fit(rows[:, 1:], labels, sample_weight=trust)
    return np.concatenate([model.intercept_[:, None], model.coef_], axis=1)


def fit(rows: Sequence[LabelledSentence], vectors: Float[np.ndarray, "N D"]) -> Weights:
    """Everything that is learned of labelled sentences; ``vectors`` (N, 0): without vectors."""
    data, trust = prepare(rows, vectors), trust_of(rows)
    held = held_out_scores(data)
    without = fit_stack(stack_data(data, held, trust, with_vectors=False))
    beside = _padded(without)
    if data.english.any():
        beside = fit_stack(stack_data(data, held, trust, with_vectors=True))
    base = fit_base(data, np.ones(len(data.fold), dtype=bool))
    return Weights(base.sentence, base.scope, base.vector, without, beside)


def _padded(stack: Stack) -> Stack:
    """A stack for vectors that says the same without them."""
    feelings = len(SENTENCE_OUTPUTS) - len(BUILT_IN)
    wider = [np.pad(rows, ((0, 0), (0, feelings))) for rows in (stack.polarity, stack.aspect_polarity)]
    return replace(stack, aspect=np.pad(stack.aspect, (0, 1)), polarity=wider[0], aspect_polarity=wider[1])

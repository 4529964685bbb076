"""What is learned beside the rules: it helps on sentences it has not seen, and comes out the same again."""

from collections import Counter

import numpy as np
import pytest

from pipeline.reviews.opinions.aspects_classifier import Weights, default_weights
from pipeline.reviews.opinions.training.corpus import LabelledSentence, written_sentences
from pipeline.reviews.opinions.training.fit import (
    Data,
    Scores,
    StackData,
    fit,
    fit_stack,
    held_out_logits,
    held_out_scores,
    prepare,
    stack_data,
    trust_of,
)


def some(rows: list[LabelledSentence], most: int) -> list[LabelledSentence]:
    """Every so many of each language, in order."""
    step = max(len(rows) // most, 1)
    return rows[::step]


@pytest.fixture(scope="module")
def written() -> list[LabelledSentence]:
    return written_sentences()


@pytest.fixture(scope="module")
def data(written: list[LabelledSentence]) -> Data:
    rows = some(written, 1200)
    return prepare(rows, np.zeros((len(rows), 0)))


def accuracies(rows: StackData) -> tuple[float, float, float]:
    """Aspect micro-F1, overall polarity and aspects' polarity on held-out folds."""
    aspect, overall, scope = held_out_logits(rows)
    found, present = aspect > 0, rows.present > 0
    f1 = 2 * (found & present).sum() / (found.sum() + present.sum())
    right = np.mean(overall.argmax(axis=1) == rows.polarity)
    return float(f1), float(right), float(np.mean(scope.argmax(axis=1) == rows.scope_polarity))


@pytest.mark.slow
def test_learned_scores_help_the_rules_on_unseen_sentences(data: Data) -> None:
    count, pairs = len(data.fold), len(data.pair_owner)
    nothing = Scores(np.zeros((count, 12)), np.zeros((count, 10)), np.zeros((pairs, 6)), np.zeros((count, 12)))
    even = np.ones(count)
    rules = accuracies(stack_data(data, nothing, even, with_vectors=False))
    both = accuracies(stack_data(data, held_out_scores(data), even, with_vectors=False))
    assert both[0] > rules[0]
    assert both[1] > rules[1] + 0.01
    assert both[2] > rules[2] + 0.01


def test_folds_hold_every_language_and_polarity_alike(written: list[LabelledSentence]) -> None:
    rows = some(written, 600)
    folds = prepare(rows, np.zeros((len(rows), 0))).fold
    sizes = Counter(folds.tolist())
    assert max(sizes.values()) - min(sizes.values()) < len(rows) / 20


def test_the_same_sentences_give_the_same_weights(written: list[LabelledSentence]) -> None:
    rows = some(written, 150)
    one, other = (fit(rows, np.zeros((len(rows), 0))) for _ in range(2))
    assert np.array_equal(one.sentence.weights, other.sentence.weights)
    assert np.array_equal(one.without_vectors.polarity, other.without_vectors.polarity)


def test_calibration_makes_confidence_a_frequency(data: Data) -> None:
    scores = Scores(
        np.zeros((len(data.fold), 12)),
        np.zeros((len(data.fold), 10)),
        np.zeros((len(data.pair_owner), 6)),
        np.zeros((len(data.fold), 12)),
    )
    rows = stack_data(data, scores, np.ones(len(data.fold)), with_vectors=False)
    slope, offset = fit_stack(rows).calibration
    held = held_out_logits(rows)[0]
    confidence = 1 / (1 + np.exp(-(slope * held + offset)))
    assert confidence.mean() == pytest.approx(rows.present.mean(), abs=0.01)
    sure = confidence > 0.8
    assert rows.present[sure].mean() == pytest.approx(confidence[sure].mean(), abs=0.05)


def test_plain_sentences_count_more(written: list[LabelledSentence]) -> None:
    trust = trust_of(written)
    plain = np.array([row.plain for row in written])
    assert trust.mean() == pytest.approx(1)
    assert trust[plain].min() > trust[~plain].max()


def test_weights_are_small_and_of_these_features() -> None:
    weights: Weights = default_weights()
    assert weights.sentence.weights.shape[1] == 12
    assert weights.scope.weights.shape[1] == 6
    assert weights.vector_size == 384

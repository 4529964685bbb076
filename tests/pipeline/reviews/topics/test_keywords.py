"""Keywords belong to their topic and to each other."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from benchmarks.topic_scores import class_words, diversity, npmi
from pipeline.reviews.topics.keywords import KeywordSettings, choose_keywords, npmi_matrix


def test_words_that_meet_are_chosen_before_loners() -> None:
    # columns: two words that always meet, one that is as typical but always alone
    presence = csc_matrix(np.array([[1, 1, 0]] * 6 + [[0, 0, 1]] * 6 + [[0, 0, 0]] * 20, dtype=float))
    weights = np.array([[0.5, 0.4, 0.45]])
    (chosen,) = choose_keywords(presence, weights, KeywordSettings(most=2))
    assert chosen.tolist() == [0, 1]


def test_npmi_has_its_bounds() -> None:
    presence = csc_matrix(np.array([[1, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 0]], dtype=float))
    scores = npmi_matrix(presence)
    assert scores[0, 1] == pytest.approx(1)
    assert scores[0, 2] == -1
    assert scores[0, 3] == pytest.approx(0)


def test_the_benchmark_agrees_about_coherence() -> None:
    texts = ["mrt station near", "mrt station walk", "clean room", "clean bed room"]
    assert npmi([["mrt", "station"]], texts) == pytest.approx(1)
    assert npmi([["mrt", "clean"]], texts) == -1
    assert diversity([["a", "b"], ["b", "c"]]) == 0.75
    assert diversity([]) == 0


def test_the_same_words_for_all_methods_follow_from_the_topics_alone() -> None:
    texts = ["clean clean room", "clean bed", "near station", "near the station", "bye"]
    assert class_words([0, 0, 1, 1, -1], texts, 2) == [["clean", "bed"], ["near", "station"]]
    assert class_words([-1] * 5, texts) == []

"""Labels at natural rates: named by id and hash, found again, and counted as they should be."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.natural_rates import Label, find_sentences, read_labels, row_of
from pipeline.reviews.city.city import read_file
from pipeline.reviews.text import Sentence, split_reviews
from tests.places import SHARED

REVIEWS = SHARED / "data" / "reviews" / "inside_airbnb_singapore_reviews.csv.gz"


def sentence(text: str, index: int = 0) -> Sentence:
    return Sentence("r", index, text, 0, len(text), "en")


def label(text: str, index: int = 0) -> Label:
    sha = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Label("r", index, sha, "en", "main", "neg", frozenset({"noise"}))


def test_there_are_enough_labels_at_real_rates_in_seven_languages() -> None:
    labels = read_labels()
    main = [one for one in labels if one.draw == "main"]
    assert len(main) == 1500
    assert {one.language for one in labels} == {"en", "ko", "zh", "ja", "fr", "de", "es"}
    assert len({(one.review, one.index) for one in labels}) == len(labels)
    assert 0.05 < np.mean([one.criticism for one in main]) < 0.2
    aspects = {"cleanliness", "noise", "location", "price", "facilities", "host"}
    assert all(one.criticised <= aspects for one in labels)
    assert not any(one.criticised for one in labels if not one.criticism)


def test_sentences_are_found_by_place_and_checked_by_hash() -> None:
    texts = ["It was loud.", "Dirty."]
    labels = [label(text, index) for index, text in enumerate(texts)]
    sentences = [sentence(text, index) for index, text in enumerate(texts)]
    assert find_sentences(labels, reversed(sentences)) == sentences
    with pytest.raises(ValueError, match="1 are not in the reviews and 0 differ"):
        find_sentences(labels, sentences[:1])
    with pytest.raises(ValueError, match="0 are not in the reviews and 1 differ"):
        find_sentences(labels, [sentences[0], replace(sentences[1], text="Clean.")])


def test_precision_and_recall_count_criticism() -> None:
    truth, found = np.array([True, True, False, False]), np.array([True, False, True, False])
    row = row_of("en", truth, found, found & truth)
    assert (row["precision"], row["recall"], row["sure_precision"]) == (0.5, 0.5, 1.0)
    assert row_of("none", truth[:0], truth[:0], truth[:0])["precision"] == 0.0


@pytest.mark.skipif(not REVIEWS.exists(), reason="needs the development data")
def test_every_labelled_sentence_is_in_the_open_data_as_it_was_labelled() -> None:
    labels = read_labels()
    wanted = {one.review for one in labels}
    reviews = [review for review in read_file(REVIEWS) if review.id in wanted]
    assert len(find_sentences(labels, split_reviews(reviews))) == len(labels)

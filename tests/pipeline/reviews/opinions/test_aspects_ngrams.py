"""Hashed n-grams: the same for the same text, apart for others, whatever stands around."""

import numpy as np
import pytest

from pipeline.reviews.opinions.aspects_ngrams import BITS, gram_rows


def test_a_text_has_the_same_grams_whatever_stands_around_it() -> None:
    alone = gram_rows(["Very clean room!"]).toarray()[0]
    among = gram_rows(["방이 넓어요", "Very clean room!", "", "離車站很近"]).toarray()[1]
    assert np.array_equal(alone, among)


def test_case_accents_and_digits_do_not_matter() -> None:
    one, other = gram_rows(["Café à 5 minutes", "CAFE a 9 minutes"]).toarray()
    assert np.array_equal(one, other)


def test_word_order_matters() -> None:
    one, other = gram_rows(["not clean but quiet", "not quiet but clean"]).toarray()
    assert 0.3 < float(one @ other) < 0.999


def test_words_that_share_their_stem_share_grams() -> None:
    base, near, far = gram_rows(["comfortable", "uncomfortably", "station"]).toarray()
    assert base @ near > base @ far


def test_rows_are_about_as_long_as_one_another() -> None:
    lengths = np.linalg.norm(
        gram_rows(["Nice.", "A much longer sentence about the room " * 3]).toarray(), axis=1
    )
    assert ((lengths > 0.8) & (lengths < 1.6)).all()


@pytest.mark.parametrize("text", ["", " ", "a", "?", "\ud800", "😀", "방", "a b", "İİ"])
def test_any_text_has_a_row(text: str) -> None:
    assert gram_rows([text]).shape == (1, 2**BITS)


def test_no_texts_have_no_rows() -> None:
    assert gram_rows([]).shape == (0, 2**BITS)

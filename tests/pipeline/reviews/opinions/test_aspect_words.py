"""Words of an aspect are found where they stand, in several scripts."""

from __future__ import annotations

import itertools

import pytest

from pipeline.reviews.opinions import aspect_words


@pytest.mark.parametrize(
    ("text", "language", "aspect", "words"),
    [
        ("The bathroom was dirty but the host was kind.", "en", "cleanliness", ["dirty"]),
        ("The street is noisy at night.", "en", "noise", ["noisy"]),
        ("숙소가 정말 깨끗했어요.", "ko", "cleanliness", ["깨끗"]),
        ("Nothing to see here.", "en", "noise", []),
    ],
)
def test_words_of_one_aspect(text: str, language: str, aspect: str, words: list[str]) -> None:
    assert [text[own.start : own.end] for own in aspect_words(text, language, aspect)] == words


def test_words_do_not_overlap_and_keep_their_order() -> None:
    found = aspect_words("Very clean, very quiet, very close to the station, very kind host.", "en")
    assert {"cleanliness", "noise", "location", "host"} <= {own.aspect for own in found}
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))

"""Which words of a sentence speak of an aspect, to be marked where the sentence is shown."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.reviews.opinions.aspects_lexicon import lexicon, reading_language


class AspectWord(NamedTuple):
    """Characters ``start`` to ``end`` of a text, and the aspect that they speak of."""

    start: int
    end: int
    aspect: str


def aspect_words(text: str, language: str, aspect: str | None = None) -> list[AspectWord]:
    """Words that name an aspect for sure (hints are left out), in order, without overlaps.

    Args:
        aspect: only this one.
    """
    found: list[AspectWord] = []
    for cue in lexicon(reading_language(text, language)).find(text):
        named = next((tag.aspect for tag in cue.tags if tag.aspect and not tag.hint), "")
        if named and (aspect is None or named == aspect) and (not found or cue.start >= found[-1].end):
            found.append(AspectWord(cue.start, cue.end, named))
    return found

"""HTML of an answer of the reviews: how many speak of it, and their sentences, praise and blame told apart."""

from __future__ import annotations

import htpy as h
from markupsafe import Markup, escape

from dashboard.data import review_words
from dashboard.formatting import sentence
from dashboard.markup.markup import quote_block
from pipeline.reviews.asking import Answer

#: the frame that a sentence gets
_FRAMES = {"praise": ".sr-praise", "blame": ".sr-blame", "both": ".sr-blame", "neither": ".sr-summary"}


def answer(found: Answer) -> Markup:
    """Numbers first, then the guests' own sentences."""
    return escape(
        h.article(".sr-topic")[
            h.header[h.h3[found.question]],
            h.p(".sr-words")[sentence(review_words.answer(found))],
            (h.div(_FRAMES[one.feeling])[quote_block(one.quote)] for one in found.said),
        ]
    )

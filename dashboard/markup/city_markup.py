"""HTML of a listing beside the city that it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import htpy as h
from markupsafe import Markup, escape

from dashboard.formatting import count
from dashboard.markup.aspect_markup import score_bar
from dashboard.markup.tables import table
from pipeline.reviews.report import Score


def score_table(aspects: Sequence[str], columns: Mapping[str, Mapping[str, tuple[Score, int]]]) -> Markup:
    """Aspects as rows; ``columns``: for each place the score of every aspect and the reviews it rests on."""
    rows = (
        h.tr[h.th(scope="row")[aspect.capitalize()], (_cell(place.get(aspect)) for place in columns.values())]
        for aspect in aspects
    )
    return escape(table(["Aspect", *columns], rows, "sr-versus"))


def _cell(found: tuple[Score, int] | None) -> h.Element:
    if found is None:
        return h.td[h.span(".sr-none")["nobody judges it"]]
    score, reviews = found
    return h.td[h.div[h.b[f"{100 * score.value:.0f}"], h.span[count(reviews, "review")]], score_bar(score)]

"""HTML of a city: a listing beside it, its neighbourhoods in order, what is said there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import htpy as h
from markupsafe import Markup, escape

from dashboard.data import city_data, maps
from dashboard.formatting import count
from dashboard.markup.aspect_markup import score_bar
from dashboard.markup.markup import note
from dashboard.markup.tables import table
from dashboard.words import in_address, t, word
from pipeline.reviews.report import Score


def score_table(aspects: Sequence[str], columns: Mapping[str, Mapping[str, tuple[Score, int]]]) -> Markup:
    """Aspects as rows; ``columns``: for each place the score of every aspect and the reviews it rests on."""
    rows = (
        h.tr[
            h.th(scope="row")[word("aspect", aspect).capitalize()],
            (_cell(place.get(aspect)) for place in columns.values()),
        ]
        for aspect in aspects
    )
    return escape(table([t("Aspect"), *columns], rows, "sr-versus"))


def _cell(found: tuple[Score, int] | None) -> h.Element:
    if found is None:
        return h.td[h.span(".sr-none")[t("nobody judges it")]]
    score, reviews = found
    return h.td[h.div[h.b[f"{100 * score.value:.0f}"], h.span[count(reviews, "review")]], score_bar(score)]


def ranked(scores: Mapping[str, tuple[Score, int]], least: int) -> Markup:
    """Neighbourhoods from the worst to the best, with their bands: the map as a table."""
    rows = (h.tr[h.th(scope="row")[name], _cell(scores[name])] for name in city_data.worst_first(scores))
    shown = table([t("Neighbourhood"), t("Worst first")], rows, "sr-versus sr-ranked")
    return escape(
        h.fragment[
            shown, note(t("Neighbourhoods with fewer than {least} judging reviews are left out.", least=least))
        ]
    )


def sentences(said: Sequence[city_data.Said]) -> Markup:
    """Sentences of guests with their month."""
    lines = (h.blockquote(lang=one.language)[one.text, h.em[one.month]] for one in said)
    return escape(h.div(".sr-summary.sr-blame")[lines])


def place_list(pins: Sequence[maps.Pin]) -> Markup:
    """The listings of a map as a list of links."""
    items = (
        h.li[
            h.a(href=f"overview?listing={quote(one.listing_id)}{in_address()}", target="_self")[one.title],
            f" {one.told}",
        ]
        for one in pins
    )
    return escape(h.ul(".sr-special")[items])

"""HTML of several listings side by side: aspects with significance, topics shared and topics of one alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import htpy as h
from markupsafe import Markup, escape

from dashboard.markup.aspect_markup import score_bar
from dashboard.markup.markup import bar_line, note, pill
from dashboard.markup.tables import table
from pipeline.reviews.report import (
    LEAST_COMPARED,
    AspectCell,
    AspectDifference,
    AspectRow,
    Comparison,
    SharedTopic,
    TopicRef,
)

#: shared and distinguishing topics shown
MOST_SHARED = 8
MOST_ALONE = 5


def aspect_table(found: Comparison, titles: Mapping[str, str]) -> Markup:
    """Aspects as rows, listings as columns; a listing that is surely better says so.

    Args:
        titles: what each of ``found.listings`` is called on the page.
    """
    rows = (_aspect_row(row, found.differences, titles) for row in found.aspects)
    return escape(table(["Aspect", *(titles[name] for name in found.listings)], rows, "sr-versus"))


def _aspect_row(
    row: AspectRow, differences: Sequence[AspectDifference], titles: Mapping[str, str]
) -> h.Element:
    beaten: dict[str, list[str]] = {}
    for found in differences:
        if found.significant and found.aspect == row.aspect:
            beaten.setdefault(found.better, []).append(titles[found.worse])
    cells = (_cell(cell, beaten.get(cell.listing, [])) for cell in row.cells)
    return h.tr[h.th(scope="row")[row.aspect.capitalize()], cells]


def _cell(cell: AspectCell, beaten: Sequence[str]) -> h.Element:
    if cell.score is None:
        return h.td[h.span(".sr-none")["nobody judges it"]]
    return h.td[
        h.div(title=f"better than {', '.join(beaten)}" if beaten else None)[
            h.b[f"{100 * cell.score.value:.0f}"],
            h.span[f"in {100 * cell.share:.0f} % of reviews"],
            beaten and pill("clearly better", "good"),
            cell.score.weight < LEAST_COMPARED and pill("too few to compare"),
        ],
        score_bar(cell.score),
    ]


def shared_topics(topics: Sequence[SharedTopic], found: Comparison, titles: Mapping[str, str]) -> Markup:
    """Topics that several listings have, with the share of each listing's sentences."""
    if not topics:
        return note("These listings share no topic.")
    return escape(h.div(".sr-topics")[(_shared(topic, found, titles) for topic in topics[:MOST_SHARED])])


def _shared(topic: SharedTopic, found: Comparison, titles: Mapping[str, str]) -> h.Element:
    shares = {name: sum(ref.share for ref in topic.members if ref.listing == name) for name in found.listings}
    most = max(shares.values()) or 1.0
    lines = (
        h.li[
            h.span(title=titles[name])[titles[name]],
            h.i[h.u(style=f"width:{100 * share / most:.1f}%")],
            h.b[f"{100 * share:.0f} %"],
        ]
        for name, share in shares.items()
        if share > 0
    )
    return h.article(".sr-topic")[h.header[h.h3[topic.label]], h.ul(".sr-bars.sr-topic-lines")[lines]]


def topics_alone(topics: Sequence[TopicRef], listing: str) -> Markup:
    """The largest topics that only ``listing`` has."""
    own = [topic for topic in topics if topic.listing == listing][:MOST_ALONE]
    if not own:
        return note("Nothing that the others do not have.")
    most = max(topic.share for topic in own)
    lines = (bar_line(topic.label, topic.share / most, f"{100 * topic.share:.0f} %") for topic in own)
    return escape(h.ul(".sr-bars.sr-topic-lines")[lines])

"""HTML of several listings side by side: aspects with significance, topics shared and topics of one alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.formatting import text
from dashboard.markup.aspect_markup import score_bar
from dashboard.markup.markup import pill
from pipeline.reviews.report import AspectCell, AspectDifference, AspectRow, Comparison, SharedTopic, TopicRef

#: shared and distinguishing topics shown
MOST_SHARED = 8
MOST_ALONE = 5


def aspect_table(found: Comparison, titles: Mapping[str, str]) -> str:
    """Aspects as rows, listings as columns; a listing that is surely better says so.

    Args:
        titles: what each of ``found.listings`` is called on the page.
    """
    head = "".join(f'<th scope="col">{text(titles[name])}</th>' for name in found.listings)
    rows = "".join(_aspect_row(row, found.differences, titles) for row in found.aspects)
    return (
        '<div class="sr-scroll"><table class="sr-versus"><thead><tr><th scope="col">Aspect</th>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _aspect_row(row: AspectRow, differences: Sequence[AspectDifference], titles: Mapping[str, str]) -> str:
    beaten: dict[str, list[str]] = {}
    for found in differences:
        if found.significant and found.aspect == row.aspect:
            beaten.setdefault(found.better, []).append(titles[found.worse])
    cells = "".join(_cell(cell, beaten.get(cell.listing, [])) for cell in row.cells)
    return f'<tr><th scope="row">{text(row.aspect.capitalize())}</th>{cells}</tr>'


def _cell(cell: AspectCell, beaten: Sequence[str]) -> str:
    if cell.score is None:
        return '<td><span class="sr-none">nobody judges it</span></td>'
    better = pill("clearly better", "good") if beaten else ""
    title = f' title="{text("better than " + ", ".join(beaten))}"' if beaten else ""
    return (
        f"<td><div{title}><b>{100 * cell.score.value:.0f}</b>"
        f"<span>in {100 * cell.share:.0f} % of reviews</span>{better}</div>{score_bar(cell.score)}</td>"
    )


def shared_topics(topics: Sequence[SharedTopic], found: Comparison, titles: Mapping[str, str]) -> str:
    """Topics that several listings have, with the share of each listing's sentences."""
    if not topics:
        return '<p class="sr-note">These listings share no topic.</p>'
    items = "".join(_shared(topic, found, titles) for topic in topics[:MOST_SHARED])
    return f'<div class="sr-topics">{items}</div>'


def _shared(topic: SharedTopic, found: Comparison, titles: Mapping[str, str]) -> str:
    shares = {name: sum(ref.share for ref in topic.members if ref.listing == name) for name in found.listings}
    most = max(shares.values()) or 1.0
    bars = "".join(
        f'<li><span title="{text(titles[name])}">{text(titles[name])}</span>'
        f'<i><u style="width:{100 * share / most:.1f}%"></u></i><b>{100 * share:.0f} %</b></li>'
        for name, share in shares.items()
        if share > 0
    )
    return (
        f'<article class="sr-topic"><header><h3>{text(topic.label)}</h3></header>'
        f'<ul class="sr-bars sr-topic-lines">{bars}</ul></article>'
    )


def topics_alone(topics: Sequence[TopicRef], listing: str) -> str:
    """The largest topics that only ``listing`` has."""
    own = [topic for topic in topics if topic.listing == listing][:MOST_ALONE]
    if not own:
        return '<p class="sr-note">Nothing that the others do not have.</p>'
    most = max(topic.share for topic in own)
    items = "".join(
        f"<li><span>{text(topic.label)}</span>"
        f'<i><u style="width:{100 * topic.share / most:.1f}%"></u></i><b>{100 * topic.share:.0f} %</b></li>'
        for topic in own
    )
    return f'<ul class="sr-bars sr-topic-lines">{items}</ul>'

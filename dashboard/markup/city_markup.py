"""HTML of a listing beside the city that it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.formatting import count, text
from dashboard.markup.aspect_markup import score_bar
from pipeline.reviews.report import Score


def score_table(aspects: Sequence[str], columns: Mapping[str, Mapping[str, tuple[Score, int]]]) -> str:
    """Aspects as rows; ``columns``: for each place the score of every aspect and the reviews it rests on."""
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in columns)
    rows = "".join(
        f'<tr><th scope="row">{text(aspect.capitalize())}</th>'
        f"{''.join(_cell(place.get(aspect)) for place in columns.values())}</tr>"
        for aspect in aspects
    )
    return (
        '<div class="sr-scroll"><table class="sr-versus"><thead><tr><th scope="col">Aspect</th>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(found: tuple[Score, int] | None) -> str:
    if found is None:
        return '<td><span class="sr-none">nobody judges it</span></td>'
    score, reviews = found
    return (
        f"<td><div><b>{100 * score.value:.0f}</b><span>{text(count(reviews, 'review'))}</span></div>"
        f"{score_bar(score)}</td>"
    )

"""Small multiples: for each listing a radar of what guests judge, over the mean of the others.

Streamlit lets no SVG pass, so shapes are boxes cut out by CSS polygons: they take the colours of the theme.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import htpy as h
from markupsafe import Markup, escape

from dashboard.words import t, word
from pipeline.reviews.report import Comparison, Score

_LEAST_AXES: Final = 3
#: rings, as scores, the widest first
_RINGS: Final = (1.0, 0.75, 0.5, 0.25)
#: half the width of a line, as a score
_LINE: Final = 0.018
#: where the label of an axis stands, as a score
_LABEL: Final = 1.2
#: of the box, in percent
_MIDDLE: Final = 50.0
_Values = Sequence[float | None]


def radars(found: Comparison, titles: Mapping[str, str]) -> Markup | None:
    """A radar for each listing; ``None`` where fewer than three aspects are judged."""
    rows = [row for row in found.aspects if any(cell.score for cell in row.cells)]
    if len(rows) < _LEAST_AXES:
        return None
    axes = [row.aspect for row in rows]
    scores = {name: [row.cells[place].score for row in rows] for place, name in enumerate(found.listings)}
    figures = (
        h.figure[_radar(axes, own, _mean(name, scores), titles[name]), h.figcaption[titles[name]]]
        for name, own in scores.items()
    )
    return escape(h.div(".sr-radars")[figures])


def _mean(name: str, scores: Mapping[str, Sequence[Score | None]]) -> list[float | None]:
    others = [own for other, own in scores.items() if other != name]
    columns = ([score.value for score in column if score] for column in zip(*others, strict=True))
    return [sum(values) / len(values) if values else None for values in columns]


def _radar(axes: Sequence[str], own: Sequence[Score | None], mean: _Values, title: str) -> h.Element:
    told = ", ".join(
        f"{word('aspect', axis)} " + (f"{100 * score.value:.0f}" if score else t("not judged"))
        for axis, score in zip(axes, own, strict=True)
    )
    values = [None if score is None else score.value for score in own]
    low = [None if score is None else score.low for score in own]
    high = [None if score is None else score.high for score in own]
    full = [1.0] * len(axes)
    return h.div(".sr-radar", role="img", aria_label=f"{title}: {told}")[
        (h.i(".sr-ring", style=_cut(_scaled(full, ring))) for ring in _RINGS),
        h.i(".sr-band", style=_cut(high, low)),
        h.i(".sr-others", style=_line(mean)),
        h.i(".sr-own", style=_line(values)),
        (_label(axis, place, len(axes), own[place]) for place, axis in enumerate(axes)),
    ]


def _scaled(values: Sequence[float], factor: float) -> list[float]:
    return [factor * value for value in values]


def _line(values: _Values) -> str:
    """The outline of a shape: what lies between two of it, one a little larger."""
    wider = [None if value is None else value + _LINE for value in values]
    narrower = [None if value is None else max(value - _LINE, 0.0) for value in values]
    return _cut(wider, narrower)


def _cut(outer: _Values, inner: _Values = ()) -> str:
    """CSS that leaves of a box the shape between two outlines."""
    corners = [*_closed(outer), *_closed(inner)]
    return f"clip-path:polygon(evenodd,{','.join(f'{x:.1f}% {y:.1f}%' for x, y in corners)})"


def _closed(values: _Values) -> list[tuple[float, float]]:
    corners = [_at(value, place, len(values)) for place, value in enumerate(values) if value is not None]
    return [*corners, *corners[:1]]


def _at(value: float, place: int, count: int) -> tuple[float, float]:
    """Percent of the box, from its left and top, of a score on an axis."""
    angle_rad = 2 * math.pi * place / count - math.pi / 2
    radius = _MIDDLE * value / (1 + _LINE)
    return _MIDDLE + radius * math.cos(angle_rad), _MIDDLE + radius * math.sin(angle_rad)


def _label(axis: str, place: int, count: int, score: Score | None) -> h.Element:
    x, y = _at(_LABEL, place, count)
    value = "–" if score is None else f"{100 * score.value:.0f}"
    side = "middle" if abs(x - _MIDDLE) < _MIDDLE / 5 else ("right" if x > _MIDDLE else "left")
    return h.span(class_=f"sr-at-{side}", style=f"left:{x:.1f}%;top:{y:.1f}%", aria_hidden="true")[
        word("aspect", axis).capitalize(), " ", h.b[value]
    ]

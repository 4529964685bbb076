"""Charts of the reviews. Colours come from the theme; text of reviews is escaped for plotly's hover boxes."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from markupsafe import Markup, escape

from dashboard.data import topic_periods
from dashboard.formatting import language_name
from dashboard.words import mark, t
from pipeline.reviews.report import MapPoint, PeriodRating, ReviewReport

ACCENT = "#2a8f83"
QUIET = "#98a5a0"
_FEELINGS = (
    ("pos", mark("Praise"), "#2f9e5b"),
    ("neg", mark("Criticism"), "#c8394f"),
    ("mixed", mark("Both"), "#d98a1f"),
    ("neutral", mark("Neither"), QUIET),
)
_PLAIN = {
    "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
}
#: lines of so few points show them
_FEW_POINTS = 40
HIDE_TOOLS = {"displayModeBar": False, "displaylogo": False}


def rating_trend(periods: Sequence[PeriodRating]) -> go.Figure:
    """Mean stars by period; the size of a mark is the number of reviews."""
    most = max(period.rated for period in periods)
    figure = go.Figure(
        go.Scatter(
            x=[period.period for period in periods],
            y=[period.mean for period in periods],
            customdata=[period.rated for period in periods],
            mode="lines+markers",
            line={"shape": "spline", "smoothing": 0.6, "width": 2.5, "color": ACCENT},
            marker={"size": [7 + 11 * (period.rated / most) ** 0.5 for period in periods], "color": ACCENT},
            hovertemplate=_hover(t("[x]<br>[y:.2f] stars of [customdata] reviews")) + "<extra></extra>",
        )
    )
    lowest = min(period.mean or 5.0 for period in periods)
    figure.update_layout(
        height=280,
        **_PLAIN,
        xaxis={"type": "category", "showgrid": False, "nticks": 8, "fixedrange": True},
        yaxis={"range": [min(3.0, lowest - 0.3), 5.15], "title": t("Stars"), "fixedrange": True, "nticks": 5},
        showlegend=False,
    )
    return figure


def _hover(text: str) -> str:
    """Plotly's own places, which would be places of the catalogue, too."""
    return text.replace("[", "%{").replace("]", "}")


def _wrapped(sentence: str) -> str:
    lines = textwrap.wrap(sentence, 56, max_lines=6, placeholder=" …")
    return str(Markup("<br>").join(lines))


def _tick(label: str) -> str:
    return str(escape(textwrap.shorten(label, 48, placeholder="…")))


def _shown(point: MapPoint) -> str:
    return _wrapped(point.text) + (f"<br>— {_wrapped(point.translation)}" if point.translation else "")


#: name, sentences and colour (``None``: the next one of the theme)
_Group = tuple[str, list[MapPoint], str | None]


def _by_feeling(report: ReviewReport) -> list[_Group]:
    return [(t(name), [p for p in report.map if p.polarity == key], hue) for key, name, hue in _FEELINGS]


def _by_language(report: ReviewReport) -> list[_Group]:
    return [
        (language_name(code), [point for point in report.map if point.language == code], None)
        for code in report.counts.languages
    ]


def _by_topic(report: ReviewReport) -> list[_Group]:
    groups: list[_Group] = [
        (topic.label, [point for point in report.map if point.topic == topic.id], None)
        for topic in report.topics
    ]
    return [*groups, (t("No topic"), [point for point in report.map if point.topic == -1], QUIET)]


#: how the marks of the map may be coloured
_GROUPED = {mark("Topic"): _by_topic, mark("Feeling"): _by_feeling, mark("Language"): _by_language}
MAP_COLOURS = tuple(_GROUPED)


def sentence_map(report: ReviewReport, colour: str = "Topic") -> go.Figure:
    """All sentences on a plane, near when they say similar things; coloured by one of :data:`MAP_COLOURS`."""
    figure = go.Figure()
    groups = _GROUPED.get(colour, _by_topic)(report)
    for name, points, hue in (group for group in groups if group[1]):
        quiet = hue == QUIET
        figure.add_scattergl(
            x=[point.x for point in points],
            y=[point.y for point in points],
            mode="markers",
            name=str(escape(textwrap.shorten(name, 34, placeholder="…"))),
            text=[_shown(point) for point in points],
            hovertemplate="%{text}<extra>%{fullData.name}</extra>",
            marker={"size": 7, "opacity": 0.4 if quiet else 0.8, **({"color": hue} if hue else {})},
        )
    hidden = {"visible": False, "range": [-1.08, 1.08]}
    figure.update_layout(
        height=520,
        **_PLAIN,
        xaxis=hidden,
        yaxis=hidden,
        legend={"orientation": "h", "yanchor": "top", "y": -0.02, "x": 0},
        dragmode="pan",
    )
    return figure


def topics_over_time(report: ReviewReport) -> go.Figure | None:
    """Share of the reviews of each period that speak of the largest topics; ``None`` with too few periods."""
    periods, rows = topic_periods(report)
    if not rows:
        return None
    figure = go.Figure()
    for topic, shares in rows:
        figure.add_scatter(
            x=periods,
            y=[100 * share for share in shares],
            mode="lines+markers",
            name=str(escape(textwrap.shorten(topic.label, 40, placeholder="…"))),
            line={"width": 2.2},
            hovertemplate=_hover(t("[x]: [y:.0f] % of the reviews")) + "<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        height=340,
        **_PLAIN,
        xaxis={"type": "category", "showgrid": False, "nticks": 10, "fixedrange": True},
        yaxis={"title": t("% of reviews"), "rangemode": "tozero", "fixedrange": True, "nticks": 5},
        legend={"orientation": "h", "yanchor": "top", "y": -0.14, "x": 0},
    )
    return figure


def topic_tree(report: ReviewReport) -> go.Figure | None:
    """Which topics belong together: a dendrogram, near topics joined far to the left; ``None`` below three."""
    count = len(report.topics)
    if count < 3 or len(report.hierarchy) != count - 1:
        return None
    order = _leaves(report)
    places = {topic: (0.0, float(row)) for row, topic in enumerate(order)}
    x: list[float | None] = []
    y: list[float | None] = []
    for number, merge in enumerate(report.hierarchy, start=count):
        (left, top), (right, bottom) = places[merge.left], places[merge.right]
        x += [left, merge.distance, merge.distance, right, None]
        y += [top, top, bottom, bottom, None]
        places[number] = (merge.distance, (top + bottom) / 2)
    labels = {topic.id: topic.label for topic in report.topics}
    figure = go.Figure(
        go.Scatter(x=x, y=y, mode="lines", line={"width": 1.8, "color": ACCENT}, hoverinfo="skip")
    )
    figure.update_layout(
        height=90 + 26 * count,
        **_PLAIN,
        xaxis={"visible": False, "fixedrange": True, "rangemode": "tozero"},
        yaxis={
            "tickvals": list(range(count)),
            "ticktext": [_tick(labels[topic]) for topic in order],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "range": [count - 0.5, -0.5],
        },
        showlegend=False,
    )
    return figure


def _leaves(report: ReviewReport) -> list[int]:
    """Topics from top to bottom so that no lines of the tree cross."""
    count = len(report.topics)
    below = {topic.id: [topic.id] for topic in report.topics}
    for number, merge in enumerate(report.hierarchy, start=count):
        below[number] = below[merge.left] + below[merge.right]
    return below[2 * count - 2]


def training_curves(lines: Mapping[str, Sequence[tuple[int, float]]], height: int = 260) -> go.Figure:
    """Values by step, a line for each name."""
    figure = go.Figure()
    for name, points in lines.items():
        figure.add_scatter(
            x=[step for step, _ in points],
            y=[value for _, value in points],
            mode="lines+markers" if len(points) < _FEW_POINTS else "lines",
            name=str(escape(name)),
            line={"width": 2, "color": ACCENT} if len(lines) == 1 else {"width": 2},
            hovertemplate="step %{x}: %{y:.3g}<extra></extra>",
        )
    figure.update_layout(
        height=height,
        **_PLAIN,
        xaxis={"title": "Step", "showgrid": False, "fixedrange": True, "rangemode": "tozero"},
        yaxis={"fixedrange": True, "nticks": 5, "rangemode": "tozero"},
        showlegend=len(lines) > 1,
    )
    return figure

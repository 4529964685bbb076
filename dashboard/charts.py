"""Charts of the reviews. Colours come from the theme; text of reviews is escaped for plotly's hover boxes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.formatting import text
from pipeline.reviews.report import PeriodRating, ReviewReport

ACCENT = "#2a8f83"
QUIET = "#98a5a0"
_PLAIN = {
    "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
}
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
            hovertemplate="%{x}<br>%{y:.2f} stars of %{customdata} reviews<extra></extra>",
        )
    )
    lowest = min(period.mean or 5.0 for period in periods)
    figure.update_layout(
        height=280,
        **_PLAIN,
        xaxis={"type": "category", "showgrid": False, "nticks": 8, "fixedrange": True},
        yaxis={"range": [min(3.0, lowest - 0.3), 5.15], "title": "Stars", "fixedrange": True, "nticks": 5},
        showlegend=False,
    )
    return figure


def _wrapped(sentence: str) -> str:
    lines = textwrap.wrap(sentence, 56, max_lines=6, placeholder=" …")
    return "<br>".join(text(line) for line in lines)


def sentence_map(report: ReviewReport) -> go.Figure:
    """All sentences on a plane, near when they say similar things; one colour per topic."""
    figure = go.Figure()
    labels = [(topic.id, topic.label) for topic in report.topics]
    for topic_id, label in [*labels, (-1, "No topic")]:
        points = [point for point in report.map if point.topic == topic_id]
        if not points:
            continue
        loose = {"color": QUIET, "opacity": 0.45} if topic_id == -1 else {"opacity": 0.8}
        figure.add_scattergl(
            x=[point.x for point in points],
            y=[point.y for point in points],
            mode="markers",
            name=text(textwrap.shorten(label, 28, placeholder="…")),
            text=[_wrapped(point.text) for point in points],
            hovertemplate="%{text}<extra>%{fullData.name}</extra>",
            marker={"size": 7, **loose},
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

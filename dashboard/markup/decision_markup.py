"""HTML of what decides in ten seconds: score, deal-breakers, aspects with bands, a praise, a complaint."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from markupsafe import Markup, escape

from dashboard.data import Glance
from dashboard.formatting import count, language_name, sentence
from dashboard.markup.aspect_markup import score_bar
from dashboard.markup.markup import topic_lines
from pipeline.reviews.report import (
    AspectSummary,
    Point,
    ReviewReport,
    best_praise,
    change_words,
    deal_breaker_words,
    no_deal_breaker_words,
    points,
    worst_complaint,
)

#: aspects in the card, the most mentioned first
ASPECTS = 7
#: topics beside the sentences that stand for all
TOPICS = 3
_SIGNS = {"praise": "+", "complaint": "−", "deal-breaker": "!"}
_TITLES = {"praise": "Praised most surely", "complaint": "Blamed most", "deal-breaker": "Deal-breaker"}


def verdict(report: ReviewReport) -> Markup:
    """The card of a listing whose reviews were read."""
    said = [point for point in (best_praise(report), worst_complaint(report)) if point is not None]
    return escape(
        h.section(".sr-verdict", aria_label="What guests say, in short")[
            _whole(report),
            _breakers(report),
            h.ul(".sr-aspects")[(_aspect(own) for own in report.aspects[:ASPECTS])],
            (point_line(point) for point in said),
        ]
    )


def unread(title: str, body: str) -> Markup:
    """The card where no review was read: why, and that nothing can be said."""
    return escape(h.section(".sr-verdict.sr-unread")[h.h2[title], h.p[body]])


def in_short(report: ReviewReport) -> Markup:
    """Sentences that stand for all reviews and what they speak of, for a listing without photos."""
    lines = (h.blockquote(lang=one.language)[one.text] for one in report.summary)
    return escape(
        h.section(".sr-in-short")[
            h.h2["In short, in guests' own words"],
            lines,
            report.topics and h.h2["What they talk about"],
            report.topics and topic_lines(report.topics[:TOPICS]),
        ]
    )


def _whole(report: ReviewReport) -> h.Element | None:
    since = f" since {report.since.year}" if report.since else ""
    told = f"{count(report.reviews_with_words, 'review')}{since}"
    score = report.overall
    if score is None:
        return h.header[h.p[told]]
    band = f"{points(score.low)} to {points(score.high)} of 100"
    return h.header[
        h.b[points(score.value)],
        h.div[h.h2["How guests find it"], h.p[f"{band}, from {told}"]],
    ]


def _breakers(report: ReviewReport) -> h.Element | None:
    if report.deal_breakers:
        first = report.deal_breakers[0]
        more = len(report.deal_breakers) - 1
        others = f" and {count(more, 'other kind')}" if more else ""
        told = f"{sentence(first.kind).rstrip('.')}{others}: {deal_breaker_words(first)}"
        return h.p(".sr-breakers.sr-bad", role="note")[h.b["Deal-breaker. "], sentence(told)]
    clean = no_deal_breaker_words(report)
    return h.p(".sr-breakers.sr-good", role="note")[sentence(clean)] if clean else None


def _aspect(own: AspectSummary) -> h.Element:
    changed = change_words(own)
    arrow = own.change is not None and ("↓" if own.change < 0 else "↑")
    tone = "bad" if (own.change or 0.0) < 0 else "good"
    return h.li(title=count(own.reviews, "review"))[
        h.span[own.aspect.capitalize()],
        score_bar(own.score) if own.score else h.em["nobody judges it"],
        h.b[
            points(own.score.value) if own.score else "–",
            arrow and h.i(class_=f"sr-{tone}", title=changed, aria_label=changed)[arrow],
        ],
    ]


def point_line(point: Point) -> h.Element:
    """One sentence for or against, told by sign and word as well as by colour."""
    tone = "good" if point.kind == "praise" else "bad"
    quote = point.quote
    facts = [_TITLES[point.kind], point.about]
    if quote.date is not None:
        facts.append(str(quote.date.year))
    if not quote.language.startswith("en"):
        facts.append(language_name(quote.language))
    return h.figure(class_=f"sr-point sr-{tone}")[
        h.i(aria_hidden="true")[_SIGNS[point.kind]],
        h.div[
            h.figcaption[" · ".join(facts)],
            h.blockquote(lang=quote.language, title=quote.text)[quote.text],
            quote.translation and h.p(".sr-translation")[quote.translation],
        ],
    ]


def glances(rows: Sequence[Glance], maps: Sequence[Markup | None] = ()) -> Markup:
    """Tiles: question, answer, a line below; ``maps``: a picture for the tile of the same place."""
    pictures = [*maps, *[None] * (len(rows) - len(maps))]
    tiles = (
        h.div(class_=["sr-glance", {"sr-unknown": not row.is_known}])[
            h.div[h.span[row.question], h.b[row.answer], row.note and h.p[row.note]], picture
        ]
        for row, picture in zip(rows, pictures, strict=True)
    )
    return escape(h.div(".sr-glances")[tiles])

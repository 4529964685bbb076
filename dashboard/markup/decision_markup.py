"""HTML of what decides in ten seconds: score, deal-breakers, aspects with bands, a praise, a complaint."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from markupsafe import Markup, escape

from dashboard.data import Glance, review_words
from dashboard.formatting import count, language_name, sentence
from dashboard.markup.aspect_markup import score_bar
from dashboard.markup.markup import topic_lines
from dashboard.words import date_words, language, mark, t, tn, word
from pipeline.reviews.report import (
    AspectSummary,
    Point,
    ReviewReport,
    best_praise,
    points,
    worst_complaint,
)

#: aspects in the card, the most mentioned first
ASPECTS = 7
#: topics beside the sentences that stand for all
TOPICS = 3
_SIGNS = {"praise": "+", "complaint": "−", "deal-breaker": "!"}
_TITLES = {
    "praise": mark("Praised most surely"),
    "complaint": mark("Blamed most"),
    "deal-breaker": mark("Deal-breaker"),
}


def verdict(report: ReviewReport) -> Markup:
    """The card of a listing whose reviews were read."""
    said = [point for point in (best_praise(report), worst_complaint(report)) if point is not None]
    return escape(
        h.section(".sr-verdict", aria_label=t("What guests say, in short"))[
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
            h.h2[t("In short, in guests' own words")],
            lines,
            report.topics and h.h2[t("What they talk about")],
            report.topics and topic_lines(report.topics[:TOPICS]),
        ]
    )


def _whole(report: ReviewReport) -> h.Element | None:
    told = review_words.reviews_since(report)
    score = report.overall
    if score is None:
        return h.header[h.p[told]]
    band = t("{low} to {high} of 100", low=points(score.low), high=points(score.high))
    return h.header[
        h.b[points(score.value)],
        h.div[h.h2[t("How guests find it")], h.p[t("{band}, from {reviews}", band=band, reviews=told)]],
    ]


def _breakers(report: ReviewReport) -> h.Element | None:
    if report.deal_breakers:
        first = report.deal_breakers[0]
        more = len(report.deal_breakers) - 1
        kind = sentence(word("deal-breaker", first.kind)).rstrip(".")
        kinds = (
            tn("{kind} and {number} other kind", "{kind} and {number} other kinds", more, kind=kind)
            if more
            else kind
        )
        told = f"{kinds}: {review_words.deal_breaker(first)}"
        return h.p(".sr-breakers.sr-bad", role="note")[h.b[t("Deal-breaker"), ". "], sentence(told)]
    clean = review_words.no_deal_breaker(report)
    return h.p(".sr-breakers.sr-good", role="note")[sentence(clean)] if clean else None


def _aspect(own: AspectSummary) -> h.Element:
    changed = review_words.change(own)
    arrow = own.change is not None and ("↓" if own.change < 0 else "↑")
    tone = "bad" if (own.change or 0.0) < 0 else "good"
    return h.li(title=count(own.reviews, "review"))[
        h.span[word("aspect", own.aspect).capitalize()],
        score_bar(own.score) if own.score else h.em[t("nobody judges it")],
        h.b[
            points(own.score.value) if own.score else "–",
            arrow and h.i(class_=f"sr-{tone}", title=changed, aria_label=changed)[arrow],
        ],
    ]


def point_line(point: Point) -> h.Element:
    """One sentence for or against, told by sign and word as well as by colour."""
    tone = "good" if point.kind == "praise" else "bad"
    quote = point.quote
    kind = "deal-breaker" if point.kind == "deal-breaker" else "aspect"
    facts = [t(_TITLES[point.kind]), word(kind, point.about)]
    if quote.date is not None:
        facts.append(date_words(quote.date, "year"))
    if not quote.language.startswith(language()):
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

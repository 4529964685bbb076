"""HTML of what guests say by aspect (score, uncertainty, proof), of contradictions and of what is special."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from markupsafe import Markup, escape

from dashboard.formatting import count, sentence
from dashboard.markup.markup import pill, quote_block, topic_cards
from pipeline.reviews.report import (
    AspectSummary,
    Complaint,
    Contradiction,
    DealBreaker,
    Quote,
    Score,
    Special,
    change_words,
    deal_breaker_words,
    points,
    recent_words,
    score_words,
)

#: shown of the three best each way
QUOTES_EACH = 3
CLAIMANTS = {
    "description": "The description says",
    "amenities": "The amenities list",
    "tag": "Airbnb's tag says",
    "stars": "The stars say",
}


def score_bar(score: Score) -> Markup:
    """A scale from bad to good: the band is the 90 % interval, the mark the score; few reviews, wide band."""
    low, high, value = (100 * number for number in (score.low, score.high, score.value))
    told = f"score {value:.0f} of 100, between {low:.0f} and {high:.0f} with 90 % certainty"
    band = f"left:{low:.1f}%;width:{max(high - low, 1.0):.1f}%"
    return escape(
        h.div(".sr-score", role="img", aria_label=told, title=told)[
            h.i(style=band), h.b(style=f"left:{value:.1f}%")
        ]
    )


def aspect_card(aspect: AspectSummary) -> Markup:
    """One aspect: how often, how good and how sure, lately and before, the best sentences each way."""
    figure = points(aspect.score.value) if aspect.score else "–"
    return escape(
        h.article(".sr-topic")[
            h.header[h.h3[aspect.aspect.capitalize()], h.span[figure]],
            aspect.score and score_bar(aspect.score),
            h.p(".sr-words")[f"{count(aspect.reviews, 'review')}, {100 * aspect.share:.0f} %"],
            h.p(".sr-words")[f"{aspect.positive} good · {aspect.negative} bad · {aspect.mixed} mixed"],
            lately(aspect),
            _told("praise", "+ Praise", aspect.supporting, aspect.aspect),
            _told("blame", "− Complaint", aspect.critical, aspect.aspect),
        ]
    )


def _told(kind: str, name: str, quotes: Sequence[Quote], aspect: str) -> h.Node:
    """Sentences one way, told by a word and a sign as well as by colour."""
    if not quotes:
        return None
    return h.div(class_=f"sr-{kind}")[
        h.p(".sr-told")[name], (quote_block(quote, aspect) for quote in quotes[:QUOTES_EACH])
    ]


def whole(everything: AspectSummary) -> h.Fragment:
    """The score of all reviews together, lately and before."""
    if everything.score is None:
        return h.fragment[""]
    told = f"Everything together: {score_words(everything.score)} of 100"
    return h.fragment[h.p(".sr-words")[h.b[sentence(told)]], lately(everything)]


def lately(aspect: AspectSummary) -> h.Fragment:
    """The last 12 and 24 months beside all time, and what changed, with its sentences."""
    recent, changed = recent_words(aspect), change_words(aspect)
    tone = "bad" if (aspect.change or 0.0) < 0 else "good"
    return h.fragment[
        recent and h.p(".sr-words")[sentence(recent)],
        changed and h.p(".sr-words")[h.em(class_=f"sr-{tone}")[sentence(changed)]],
        changed and (quote_block(quote) for quote in aspect.changed[:QUOTES_EACH]),
    ]


def aspect_cards(aspects: Sequence[AspectSummary]) -> Markup:
    """All aspects, the most mentioned first."""
    return topic_cards(aspect_card(aspect) for aspect in aspects)


def summary(quotes: Sequence[Quote]) -> Markup:
    """The sentences that stand for all reviews, as guests wrote them."""
    return escape(h.div(".sr-summary")[(quote_block(quote) for quote in quotes)])


def deal_breaker(found: DealBreaker) -> Markup:
    """One kind: how many tell of it, how lately, their words and what the host answered."""
    return escape(
        h.article(".sr-topic")[
            h.header[h.h3[found.kind.capitalize()]],
            h.p(".sr-words")[h.em(".sr-bad")[sentence(deal_breaker_words(found))]],
            h.div(".sr-blame")[(_complaint(one) for one in found.complaints)],
        ]
    )


def _complaint(one: Complaint) -> h.Fragment:
    answered = one.answer and h.p(".sr-words")[h.b["The host: "], one.answer]
    return h.fragment[quote_block(one), answered]


def contradiction(found: Contradiction) -> Markup:
    """A claim, and the guests who say otherwise."""
    return escape(
        h.article(".sr-topic")[
            h.header[h.h3[found.about.capitalize()]],
            h.p(".sr-words")[f"{CLAIMANTS[found.source]}: “{found.claim}”"],
            h.p(".sr-words")[f"{count(found.disagreeing, 'review')} disagree, {found.agreeing} agree"],
            (quote_block(quote) for quote in found.quotes[:QUOTES_EACH]),
        ]
    )


def special_list(found: Sequence[Special]) -> Markup:
    """What guests say more, less, better or worse here than elsewhere: scores first, then what is spoken of."""
    ranked = [one for kind in ("score", "mentions") for one in found if one.kind == kind]
    named = [pill(one.name, "accent", _times(one)) for one in found if one.kind == "word"]
    told = h.li["Words that stand out: ", h.span(".sr-pills.sr-inline")[named]]
    return escape(h.ul(".sr-special")[(h.li[_special(one)] for one in ranked), named and told])


def _special(one: Special) -> h.Fragment:
    here, elsewhere = 100 * one.here, 100 * one.elsewhere
    name = h.b[one.name.capitalize()]
    if one.kind == "score":
        word, tone = ("better", "good") if one.here > one.elsewhere else ("worse", "bad")
        judged = h.em(class_=f"sr-{tone}")[word]
        return h.fragment[name, " is judged ", judged, f": {here:.0f} of 100 here, {elsewhere:.0f} elsewhere"]
    word = "more" if one.here > one.elsewhere else "less"
    often = f" is spoken of {word} often: in {here:.0f} % of reviews here, {elsewhere:.0f} % elsewhere"
    return h.fragment[name, often]


def _times(one: Special) -> str:
    return f"in {100 * one.here:.0f} % of reviews here, {100 * one.elsewhere:.1f} % elsewhere"

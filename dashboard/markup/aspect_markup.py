"""HTML of what guests say by aspect (score, uncertainty, proof), of contradictions and of what is special."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from markupsafe import Markup, escape

from dashboard.data import review_words
from dashboard.formatting import count, sentence
from dashboard.markup.markup import pill, quote_block, topic_cards
from dashboard.words import mark, percent, t, word
from pipeline.reviews.report import (
    AspectSummary,
    Complaint,
    Contradiction,
    DealBreaker,
    Quote,
    Score,
    Special,
    points,
)

#: shown of the three best each way
QUOTES_EACH = 3
CLAIMANTS = {
    "description": mark("The description says"),
    "amenities": mark("The amenities list"),
    "tag": mark("Airbnb's tag says"),
    "stars": mark("The stars say"),
}


def score_bar(score: Score) -> Markup:
    """A scale from bad to good: the band is the 90 % interval, the mark the score; few reviews, wide band."""
    low, high, value = (100 * number for number in (score.low, score.high, score.value))
    told = t(
        "score {score} of 100, between {low} and {high} with 90 % certainty",
        score=f"{value:.0f}",
        low=f"{low:.0f}",
        high=f"{high:.0f}",
    )
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
            h.header[h.h3[word("aspect", aspect.aspect).capitalize()], h.span[figure]],
            aspect.score and score_bar(aspect.score),
            h.p(".sr-words")[f"{count(aspect.reviews, 'review')}, {percent(aspect.share)}"],
            h.p(".sr-words")[
                t(
                    "{good} good · {bad} bad · {mixed} mixed",
                    good=aspect.positive,
                    bad=aspect.negative,
                    mixed=aspect.mixed,
                )
            ],
            lately(aspect),
            _told("praise", t("+ Praise"), aspect.supporting, aspect.aspect),
            _told("blame", t("− Complaint"), aspect.critical, aspect.aspect),
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
    told = t("Everything together: {score} of 100", score=review_words.score(everything.score))
    return h.fragment[h.p(".sr-words")[h.b[sentence(told)]], lately(everything)]


def lately(aspect: AspectSummary) -> h.Fragment:
    """The last 12 and 24 months beside all time, and what changed, with its sentences."""
    recent, changed = review_words.recent(aspect), review_words.change(aspect)
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
            h.header[h.h3[word("deal-breaker", found.kind).capitalize()]],
            h.p(".sr-words")[h.em(".sr-bad")[sentence(review_words.deal_breaker(found))]],
            h.div(".sr-blame")[(_complaint(one) for one in found.complaints)],
        ]
    )


def _complaint(one: Complaint) -> h.Fragment:
    answered = one.answer and h.p(".sr-words")[h.b[t("The host"), ": "], one.answer]
    return h.fragment[quote_block(one), answered]


def contradiction(found: Contradiction) -> Markup:
    """A claim, and the guests who say otherwise."""
    return escape(
        h.article(".sr-topic")[
            h.header[h.h3[word("aspect", found.about).capitalize()]],
            h.p(".sr-words")[f"{t(CLAIMANTS[found.source])}: “{found.claim}”"],
            h.p(".sr-words")[
                t(
                    "{reviews} disagree, {agreeing} agree",
                    reviews=count(found.disagreeing, "review"),
                    agreeing=found.agreeing,
                )
            ],
            (quote_block(quote) for quote in found.quotes[:QUOTES_EACH]),
        ]
    )


def special_list(found: Sequence[Special]) -> Markup:
    """What guests say more, less, better or worse here than elsewhere: scores first, then what is spoken of."""
    ranked = [one for kind in ("score", "mentions") for one in found if one.kind == kind]
    named = [pill(one.name, "accent", _times(one)) for one in found if one.kind == "word"]
    told = h.li[t("Words that stand out"), ": ", h.span(".sr-pills.sr-inline")[named]]
    return escape(h.ul(".sr-special")[(h.li[_special(one)] for one in ranked), named and told])


def _special(one: Special) -> h.Fragment:
    here, elsewhere = f"{100 * one.here:.0f}", f"{100 * one.elsewhere:.0f}"
    name = h.b[word("aspect", one.name).capitalize()]
    if one.kind == "score":
        better, tone = (t("judged better"), "good") if one.here > one.elsewhere else (t("judged worse"), "bad")
        scores = t("{here} of 100 here, {elsewhere} elsewhere", here=here, elsewhere=elsewhere)
        return h.fragment[name, " – ", h.em(class_=f"sr-{tone}")[better], ": ", scores]
    often = t("spoken of more often") if one.here > one.elsewhere else t("spoken of less often")
    return h.fragment[name, " – ", often, ": ", _times(one)]


def _times(one: Special) -> str:
    here, elsewhere = percent(one.here), percent(one.elsewhere)
    return t("in {here} of reviews here, {elsewhere} elsewhere", here=here, elsewhere=elsewhere)

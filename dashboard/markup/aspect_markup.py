"""HTML of what guests say by aspect (score, uncertainty, proof), of contradictions and of what is special."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.formatting import count, text
from dashboard.markup.markup import quote_block
from pipeline.reviews.report import AspectSummary, Contradiction, Quote, Score, Special

#: shown of the three best each way
QUOTES_EACH = 3
CLAIMANTS = {
    "description": "The description says",
    "amenities": "The amenities list",
    "tag": "Airbnb's tag says",
    "stars": "The stars say",
}


def score_bar(score: Score) -> str:
    """A scale from bad to good: the band is the 90 % interval, the mark the score; few reviews, wide band."""
    low, high, value = (100 * number for number in (score.low, score.high, score.value))
    told = f"score {value:.0f} of 100, between {low:.0f} and {high:.0f} with 90 % certainty"
    return (
        f'<div class="sr-score" role="img" aria-label="{text(told)}" title="{text(told)}">'
        f'<i style="left:{low:.1f}%;width:{max(high - low, 1.0):.1f}%"></i>'
        f'<b style="left:{value:.1f}%"></b></div>'
    )


def _change(aspect: AspectSummary) -> str:
    if aspect.change is None or (aspect.change_certainty or 0.0) < 0.9:
        return ""
    return " · getting better" if aspect.change > 0 else " · getting worse"


def aspect_card(aspect: AspectSummary) -> str:
    """One aspect: how often, how good and how sure, the best supporting and critical sentences."""
    said = f"{count(aspect.reviews, 'review')}, {100 * aspect.share:.0f} %{_change(aspect)}"
    figure = f"<span>{100 * aspect.score.value:.0f}</span>" if aspect.score else "<span>–</span>"
    praise = "".join(quote_block(quote) for quote in aspect.supporting[:QUOTES_EACH])
    blame = "".join(quote_block(quote) for quote in aspect.critical[:QUOTES_EACH])
    return (
        f'<article class="sr-topic"><header><h3>{text(aspect.aspect.capitalize())}</h3>{figure}</header>'
        f"{score_bar(aspect.score) if aspect.score else ''}"
        f'<p class="sr-words">{text(said)}</p>'
        f'<p class="sr-words">{aspect.positive} good · {aspect.negative} bad · {aspect.mixed} mixed</p>'
        f'<div class="sr-praise">{praise}</div><div class="sr-blame">{blame}</div></article>'
    )


def aspect_cards(aspects: Sequence[AspectSummary]) -> str:
    """All aspects, the most mentioned first."""
    return f'<div class="sr-topics">{"".join(aspect_card(aspect) for aspect in aspects)}</div>'


def summary(quotes: Sequence[Quote]) -> str:
    """The sentences that stand for all reviews, as guests wrote them."""
    return f'<div class="sr-summary">{"".join(quote_block(quote) for quote in quotes)}</div>'


def contradiction(found: Contradiction) -> str:
    """A claim, and the guests who say otherwise."""
    said = "".join(quote_block(quote) for quote in found.quotes[:QUOTES_EACH])
    return (
        f'<article class="sr-topic"><header><h3>{text(found.about.capitalize())}</h3></header>'
        f'<p class="sr-words">{text(CLAIMANTS[found.source])}: “{text(found.claim)}”</p>'
        f'<p class="sr-words">{text(count(found.disagreeing, "review"))} disagree, {found.agreeing} agree</p>'
        f"{said}</article>"
    )


def special_list(found: Sequence[Special]) -> str:
    """What guests say more, less, better or worse here than elsewhere: scores first, then what is spoken of."""
    ranked = [one for kind in ("score", "mentions") for one in found if one.kind == kind]
    lines = "".join(f"<li>{_special(one)}</li>" for one in ranked)
    words = [one for one in found if one.kind == "word"]
    named = "".join(
        f'<span class="sr-pill sr-accent" title="{text(_times(one))}">{text(one.name)}</span>' for one in words
    )
    told = f'<li>Words that stand out: <span class="sr-pills sr-inline">{named}</span></li>' if words else ""
    return f'<ul class="sr-special">{lines}{told}</ul>'


def _special(one: Special) -> str:
    here, elsewhere = 100 * one.here, 100 * one.elsewhere
    name = f"<b>{text(one.name.capitalize())}</b>"
    if one.kind == "score":
        word, tone = ("better", "good") if one.here > one.elsewhere else ("worse", "bad")
        judged = f'{name} is judged <em class="sr-{tone}">{word}</em>'
        return f"{judged}: {here:.0f} of 100 here, {elsewhere:.0f} elsewhere"
    word = "more" if one.here > one.elsewhere else "less"
    return f"{name} is spoken of {word} often: in {here:.0f} % of reviews here, {elsewhere:.0f} % elsewhere"


def _times(one: Special) -> str:
    return f"in {100 * one.here:.0f} % of reviews here, {100 * one.elsewhere:.1f} % elsewhere"

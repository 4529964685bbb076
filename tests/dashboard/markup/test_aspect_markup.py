"""What guests say by aspect is shown with its uncertainty and never as HTML of theirs."""

from __future__ import annotations

import datetime as dt

from dashboard.markup.aspect_markup import aspect_card, contradiction, deal_breaker, score_bar
from pipeline.reviews.report.report_records import (
    AspectSummary,
    Complaint,
    Contradiction,
    DealBreaker,
    Quote,
    Score,
    WindowScore,
)


def _quote(text: str) -> Quote:
    return Quote(review_id="1", text=text, start=0, end=len(text), language="en", date=None, rating=None)


def test_few_reviews_show_a_wide_band() -> None:
    sure = score_bar(Score(value=0.8, low=0.75, high=0.85, weight=200))
    unsure = score_bar(Score(value=0.8, low=0.3, high=0.97, weight=2))
    assert "width:10.0%" in sure
    assert "width:67.0%" in unsure
    assert "between 30 and 97" in unsure


def test_words_of_guests_and_hosts_stay_text() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    aspect = AspectSummary(
        aspect=hostile,
        sentences=1,
        reviews=1,
        share=1.0,
        positive=1,
        negative=0,
        mixed=0,
        neutral=0,
        score=None,
        supporting=(_quote(hostile),),
    )
    claim = Contradiction(
        source="description", claim=hostile, about=hostile, agreeing=0, disagreeing=1, quotes=(_quote(hostile),)
    )
    breaker = DealBreaker(
        kind=hostile,
        reviews=1,
        newest=None,
        answered=1,
        complaints=(Complaint(**_quote(hostile).model_dump(), answer=hostile),),
    )
    for shown in (aspect_card(aspect), contradiction(claim), deal_breaker(breaker)):
        assert "<img" not in shown
        assert "&lt;img" in shown


def test_a_deal_breaker_says_how_many_how_lately_and_what_the_host_answered() -> None:
    told = Complaint(**_quote("A mouse ran over the bed.").model_dump(), answer="We called someone.")
    mice = DealBreaker(kind="vermin", reviews=3, newest=dt.date(2023, 3, 9), answered=1, complaints=(told,))
    shown = deal_breaker(mice)
    for words in ("Vermin", "3 reviews, the newest of March 2023, 1 answered by the host.", "A mouse ran"):
        assert words in shown
    assert "<b>The host: </b>We called someone." in shown


def test_a_change_is_told_with_its_sentences_and_nothing_without_one() -> None:
    window = WindowScore(
        months=12,
        since=dt.date(2022, 9, 2),
        reviews=14,
        score=Score(value=0.41, low=0.3, high=0.5, weight=13),
    )
    quiet = AspectSummary(
        aspect="noise",
        sentences=50,
        reviews=40,
        share=0.4,
        positive=30,
        negative=15,
        mixed=0,
        neutral=5,
        score=Score(value=0.62, low=0.5, high=0.73, weight=38),
        recent=(window,),
    )
    assert "Last 12 months 41 (14 reviews)." in aspect_card(quiet)
    assert "getting" not in aspect_card(quiet).casefold()
    worse = quiet.model_copy(update={"change": -0.26, "changed": (_quote("They build next door."),)})
    shown = aspect_card(worse)
    assert "Getting worse: 26 points below the time before." in shown
    assert "They build next door." in shown

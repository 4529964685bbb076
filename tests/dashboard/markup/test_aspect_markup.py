"""What guests say by aspect is shown with its uncertainty and never as HTML of theirs."""

from __future__ import annotations

from dashboard.markup.aspect_markup import aspect_card, contradiction, score_bar
from pipeline.reviews.report.report_records import AspectSummary, Contradiction, Quote, Score


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
    for shown in (aspect_card(aspect), contradiction(claim)):
        assert "<img" not in shown
        assert "&lt;img" in shown

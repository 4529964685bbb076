"""What speaks most for a place and against it: the surest aspect, not the one with the highest number."""

from __future__ import annotations

import datetime as dt

from pipeline.reviews.report import ReviewReport, Score, best_praise, worst_complaint
from pipeline.reviews.report.report import Counts, summarise_ratings
from pipeline.reviews.report.report_records import AspectSummary, Complaint, DealBreaker, Quote

FEW = Score(value=0.95, low=0.4, high=0.99, weight=2)
SURE = Score(value=0.9, low=0.86, high=0.93, weight=80)
POOR = Score(value=0.4, low=0.3, high=0.5, weight=60)
POOR_OF_FEW = Score(value=0.3, low=0.05, high=0.8, weight=1)


def quote(text: str, language: str = "en", translation: str | None = None) -> Quote:
    return Quote(
        review_id=text,
        text=text,
        start=0,
        end=len(text),
        language=language,
        date=dt.date(2024, 5, 1),
        rating=None,
        translation=translation,
    )


def aspect(
    name: str, score: Score | None, good: tuple[Quote, ...] = (), bad: tuple[Quote, ...] = ()
) -> AspectSummary:
    return AspectSummary(
        aspect=name,
        sentences=9,
        reviews=9,
        share=0.3,
        positive=len(good),
        negative=len(bad),
        mixed=0,
        neutral=0,
        score=score,
        supporting=good,
        critical=bad,
    )


def report(*aspects: AspectSummary, breakers: tuple[DealBreaker, ...] = ()) -> ReviewReport:
    return ReviewReport(
        status="ok",
        counts=Counts(reviews=90, reviews_without_words=0, sentences=90, languages={"en": 90}),
        ratings=summarise_ratings([]),
        aspects=aspects,
        deal_breakers=breakers,
        weighed=True,
        seed=0,
    )


def test_the_surest_praise_beats_a_higher_score_of_few() -> None:
    found = best_praise(report(aspect("price", FEW, (quote("cheap"),)), aspect("host", SURE, (quote("kind"),))))
    assert found is not None and (found.about, found.quote.text, found.kind) == ("host", "kind", "praise")


def test_the_surest_blame_beats_a_lower_score_of_one() -> None:
    poor = aspect("noise", POOR, bad=(quote("loud"),))
    found = worst_complaint(report(aspect("price", POOR_OF_FEW, bad=(quote("dear"),)), poor))
    assert found is not None and (found.about, found.kind) == ("noise", "complaint")


def test_a_deal_breaker_is_worse_than_any_complaint() -> None:
    told = Complaint(**quote("cockroaches").model_dump(), answer="Sorry")
    breaker = DealBreaker(kind="vermin", reviews=1, newest=None, answered=1, complaints=(told,))
    found = worst_complaint(report(aspect("noise", POOR, bad=(quote("loud"),)), breakers=(breaker,)))
    assert found is not None and (found.about, found.kind, found.quote.text) == (
        "vermin",
        "deal-breaker",
        "cockroaches",
    )


def test_of_the_best_sentences_one_that_the_reader_can_read_goes_first() -> None:
    own = aspect("host", SURE, (quote("sehr nett", "de"), quote("very kind")))
    assert best_praise(report(own)).quote.text == "very kind"  # type: ignore[union-attr]
    assert best_praise(report(own), reader="de").quote.text == "sehr nett"  # type: ignore[union-attr]


def test_without_sentences_nothing_is_claimed() -> None:
    silent = report(aspect("host", SURE), aspect("noise", None, bad=(quote("loud"),)))
    assert best_praise(silent) is None and worst_complaint(silent) is None

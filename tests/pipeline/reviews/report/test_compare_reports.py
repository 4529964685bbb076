"""Listings side by side: real differences, shared topics, topics of one alone."""

import pytest

from pipeline.reviews.analyse import analyse_reviews
from pipeline.reviews.report.compare import compare_reports
from pipeline.reviews.report.report import ReviewReport
from pipeline.reviews.text.embeddings import Encoder
from scrapers.listing import Review


def report(encoder: Encoder, *texts: str) -> ReviewReport:
    return analyse_reviews([Review(id=str(n), text=text) for n, text in enumerate(texts)], encoder=encoder)


def test_two_listings(encoder: Encoder) -> None:
    shared = ["The room was very clean."] * 15 + ["The metro station is near."] * 10
    quiet = report(encoder, *shared, *["It was quiet at night."] * 20, *["The pool on the roof is great."] * 12)
    loud = report(
        encoder, *shared, *["It was terribly loud at night."] * 20, *["The garden had lovely roses."] * 12
    )
    found = compare_reports({"Quiet": quiet, "Loud": loud})
    assert found.listings == ("Quiet", "Loud")
    noise = next(row for row in found.differences if row.aspect == "noise")
    assert (noise.better, noise.worse, noise.significant) == ("Quiet", "Loud", True)
    assert not any(row.significant for row in found.differences if row.aspect == "cleanliness")
    assert any({ref.listing for ref in topic.members} == {"Quiet", "Loud"} for topic in found.shared)
    assert {"pool", "roof"} & {item.name for item in found.special["Quiet"]}
    assert {"garden", "roses"} & {item.name for item in found.special["Loud"]}


def test_empty_reports_compare_too(encoder: Encoder) -> None:
    found = compare_reports({"one": report(encoder), "other": report(encoder, "Clean.")})
    assert found.differences == ()
    with pytest.raises(ValueError, match="at least two"):
        compare_reports({"one": report(encoder)})

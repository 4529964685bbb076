"""Reviews as they were written: original, language, translation, date, stars, answer; never a name."""

from __future__ import annotations

import copy
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from scrapers.airbnb.parse.reviews import parse_reviews
from scrapers.errors import SchemaChanged, StaleQuery
from scrapers.listing import Review
from tests.replica.payloads import invent, reviews_response, stale_query_response
from tests.replica.texts import HOST_NAME, REVIEWERS


def answer(*rows: dict[str, Any], **metadata: object) -> dict[str, Any]:
    body = {"reviews": list(rows), "metadata": {"reviewsCount": len(rows), **metadata}}
    return {"data": {"presentation": {"stayProductDetailPage": {"reviews": body}}}}


def one(**row: object) -> Review:
    (review,) = parse_reviews(answer({"id": "1", "comments": "Fine.", **row})).reviews
    return review


@pytest.mark.parametrize("seed", range(10))
def test_every_review_is_what_was_written(seed: int) -> None:
    listing = invent(seed, 50, "old")
    page = parse_reviews(reviews_response(listing, 0, 50))
    assert page.reviews == tuple(
        Review(
            id=r.id,
            text=r.text,
            language=r.language,
            translation=r.translation,
            date=r.created_at.date(),
            rating=r.rating,
            response=r.response,
        )
        for r in listing.reviews
    )
    assert (page.total, page.skipped) == (50, 0)
    assert tuple((tag.name, tag.count) for tag in page.tags or ()) == listing.review_tags


def test_names_never_come_through() -> None:
    read = repr(parse_reviews(reviews_response(invent(1, 50, "old"), 0, 50)))
    assert not any(name in read for name in (*REVIEWERS, HOST_NAME, "Springfield"))


def test_line_breaks_entities_and_marks_are_cleaned() -> None:
    written = "Great &amp; quiet<br/>host&#39;s <mark>breakfast</mark><br />I &lt;3 it, 1 < 2"
    assert one(comments=written).text == "Great & quiet\nhost's breakfast\nI <3 it, 1 < 2"


def test_the_original_is_kept_and_the_translation_beside_it() -> None:
    translated = {"comments": "Very<br/>nice", "needsTranslation": True}
    review = one(comments="Très<br/>bien", language="fr", localizedReview=translated)
    assert (review.text, review.language, review.translation) == ("Très\nbien", "fr", "Very\nnice")


@pytest.mark.parametrize(
    "localized",
    [
        None,
        {"comments": "Fine.", "needsTranslation": True},
        {"comments": "Other", "needsTranslation": False},
        {"comments": "Other"},
        {"comments": None, "needsTranslation": True},
        "Other",
    ],
)
def test_what_is_no_translation_is_not_called_one(localized: object) -> None:
    assert one(localizedReview=localized, localizedCommentV2=localized).translation is None


def test_the_second_place_of_a_translation_counts() -> None:
    second = {"comments": "Nice", "needsTranslation": True}
    assert one(localizedReview=None, localizedCommentV2=second).translation == "Nice"


def test_the_second_place_of_the_text_counts() -> None:
    (review,) = parse_reviews(answer({"id": "1", "commentV2": "Fine."})).reviews
    assert review.text == "Fine."


def test_dates_come_from_the_iso_time_only() -> None:
    assert one(createdAt="2026-09-15T23:59:10Z").date == dt.date(2026, 9, 15)
    for value in ("1 week ago", "", None, 1757946610, "2026-13-40T00:00:00Z", ["2026-09-15"]):
        assert one(createdAt=value, localizedDate="September 2026").date is None


def test_stars_outside_one_to_five_are_absent() -> None:
    assert one(rating=5).rating == 5
    for value in (0, 6, -1, None, True, "★★★", "4,9", [5], float("nan"), float("inf")):
        assert one(rating=value).rating is None


def test_a_review_of_stars_only_counts() -> None:
    page = parse_reviews(answer({"id": "1", "comments": "", "rating": 4}))
    assert (page.reviews[0].text, page.skipped) == ("", 0)


def test_rows_without_a_readable_text_are_counted() -> None:
    page = parse_reviews(answer({"id": "1"}, {"id": "2", "comments": 7}, {"id": "3", "comments": "x"}))
    assert ([r.id for r in page.reviews], page.skipped) == (["3"], 2)
    body: Any = answer({"id": "3", "comments": "x"})
    body["data"]["presentation"]["stayProductDetailPage"]["reviews"]["reviews"] += [None, "text", []]
    assert parse_reviews(body).skipped == 3


def test_doubles_are_removed_by_id() -> None:
    page = parse_reviews(
        answer({"id": "1", "comments": "a"}, {"id": 1, "comments": "a"}, {"id": "2", "comments": "a"})
    )
    assert [r.id for r in page.reviews] == ["1", "2"]


def test_without_an_id_the_content_tells_reviews_apart() -> None:
    rows: list[dict[str, Any]] = [
        {"comments": "a", "createdAt": "2026-01-01T00:00:00Z"},
        {"comments": "b", "id": {"x": 1}},
    ]
    first, second = (parse_reviews(answer(*rows)).reviews for _ in range(2))
    assert first == second
    assert len({r.id for r in first}) == 2


def test_a_search_does_not_tell_the_total() -> None:
    assert parse_reviews(answer({"id": "1", "comments": "x"}, isReviewsSearchResults=True)).total is None


def test_no_reviews_at_all_is_an_answer() -> None:
    page = parse_reviews(reviews_response(invent(1, 0, "old")))
    assert (page.reviews, page.total, page.tags) == ((), 0, ())


def test_a_stale_query_is_told_apart() -> None:
    with pytest.raises(StaleQuery):
        parse_reviews(stale_query_response())


@pytest.mark.parametrize(
    "body", [None, {}, [], "x", {"data": None}, {"data": {"presentation": None}}, {"errors": []}]
)
def test_an_answer_without_a_list_means_the_site_changed(body: object) -> None:
    with pytest.raises(SchemaChanged) as caught:
        parse_reviews(body)
    assert not isinstance(caught.value, StaleQuery)


def test_the_list_is_found_by_shape_where_its_path_changed() -> None:
    body = copy.deepcopy(reviews_response(invent(2, 5, "old")))
    page = body["data"]["presentation"].pop("stayProductDetailPage")
    assert len(parse_reviews({"data": {"stay": {"reviewsOf": [page]}}}).reviews) == 5


def test_the_recorded_answers(shared_data: Path) -> None:
    folder = shared_data / "airbnb"
    if not folder.is_dir():
        pytest.skip("needs the recorded structures beside the checkout")
    page = parse_reviews(json.loads((folder / "reviews_response.json").read_text()))
    assert (page.total, page.skipped) == (490, 0)
    assert page.reviews[0].text == "Text with\na line break"
    assert page.reviews[0].date == dt.date(2026, 9, 15)
    with pytest.raises(StaleQuery):
        parse_reviews(json.loads((folder / "stale_query_hash_response.json").read_text()))

"""The page's own reviews request: recognised, and asked again for other offsets."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from scrapers.airbnb.fetch.reviews_request import ReviewsRequest
from tests.replica.payloads import relay_id

HEADERS = {"x-airbnb-api-key": "k", "User-Agent": "u", "Cookie": "c", "sec-ch-ua": "s", "X-CSRF-Token": "t"}
VARIABLES = {
    "id": relay_id("StayListing", "42"),
    "pdpReviewsRequest": {
        "fieldSelector": "for_p3_translation_only",
        "limit": 24,
        "first": 24,
        "offset": "0",
        "sortingPreference": "BEST_QUALITY",
        "showingTranslationButton": False,
    },
}


def address(variables: object = VARIABLES, path: str = "/api/v3/StaysPdpReviewsQuery/abc/") -> str:
    query = {"operationName": "StaysPdpReviewsQuery", "locale": "de", "extensions": '{"a":{"b":"c d"}}'}
    return f"https://www.airbnb.com{path}?{urlencode({**query, 'variables': json.dumps(variables)})}"


def parsed(variables: object = VARIABLES) -> ReviewsRequest:
    request = ReviewsRequest.parse(address(variables), HEADERS)
    assert request is not None
    return request


def test_another_offset_changes_nothing_else() -> None:
    before, after = parse_qs(urlsplit(address()).query), parse_qs(urlsplit(parsed().at(74, 50, 0)).query)
    wanted = json.loads(after.pop("variables")[0])
    asked = json.loads(before.pop("variables")[0])
    assert after == before
    assert wanted["id"] == asked["id"]
    changed = {"offset": "74", "limit": 50, "first": 50}
    assert wanted["pdpReviewsRequest"] == asked["pdpReviewsRequest"] | changed


@pytest.mark.parametrize(("order", "other"), [("BEST_QUALITY", "MOST_RECENT"), ("MOST_RECENT", "BEST_QUALITY")])
def test_the_second_sweep_has_another_order(order: str, other: str) -> None:
    variables = VARIABLES | {"pdpReviewsRequest": {"sortingPreference": order}}
    query = parse_qs(urlsplit(parsed(variables).at(0, 50, 1)).query)
    assert json.loads(query["variables"][0])["pdpReviewsRequest"]["sortingPreference"] == other


def test_only_the_api_s_own_headers_are_repeated() -> None:
    assert set(parsed().headers) == {"x-airbnb-api-key", "X-CSRF-Token"}


def test_it_says_which_listing_and_which_offset_it_asks_for() -> None:
    assert parsed().listing_id == "42"
    assert parsed().offset == 0
    assert parsed({"id": "%%", "pdpReviewsRequest": {"offset": "x"}}).listing_id is None
    assert parsed({"pdpReviewsRequest": {"offset": 48}}).offset == 48


@pytest.mark.parametrize(
    "url",
    [
        address(path="/api/v3/StaysPdpSections/abc/"),
        address(path="/StaysPdpReviewsQuery"),
        address([]),
        address({"pdpReviewsRequest": None}),
        "https://www.airbnb.com/api/v3/StaysPdpReviewsQuery/abc/",
        "https://www.airbnb.com/api/v3/StaysPdpReviewsQuery/abc/?variables=%7B",
    ],
)
def test_other_requests_are_not_taken_for_it(url: str) -> None:
    assert ReviewsRequest.parse(url, HEADERS) is None

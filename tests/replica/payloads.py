"""What the replica site serves, and what the parsers are tested with: invented content in real shapes."""

from __future__ import annotations

import html
from typing import Any

from tests.replica.listings import (
    FEW_REVIEWS,
    LAYOUTS,
    MEDIA_ORIGIN,
    InventedListing,
    InventedPhoto,
    InventedReview,
    Layout,
    invent,
)
from tests.replica.pages import challenge_html, page_html, review_card_html, tour_html, unavailable_html
from tests.replica.sections import as_html
from tests.replica.states import page_state, relay_id, unavailable_state
from tests.replica.texts import HOST_NAME

__all__ = [
    "FEW_REVIEWS",
    "LAYOUTS",
    "MAX_REVIEWS_A_PAGE",
    "MEDIA_ORIGIN",
    "InventedListing",
    "InventedPhoto",
    "InventedReview",
    "Layout",
    "challenge_html",
    "invent",
    "page_html",
    "page_state",
    "relay_id",
    "review_card_html",
    "reviews_response",
    "stale_query_response",
    "tour_html",
    "unavailable_html",
    "unavailable_state",
]
#: the site gives no more than this, whatever the limit
MAX_REVIEWS_A_PAGE = 50


def reviews_response(listing: InventedListing, offset: int = 0, limit: int = 24) -> dict[str, Any]:
    """Answer of the reviews request, from row ``offset`` on, at most ``limit`` (capped at 50) rows."""
    rows = listing.reviews[offset : offset + min(limit, MAX_REVIEWS_A_PAGE)]
    tags = [
        {
            "__typename": "ReviewTag",
            "count": count,
            "localizedName": name.title(),
            "name": name,
            "summary": None,
        }
        for name, count in listing.review_tags
    ]
    reviews = {
        "__typename": "PdpReviews",
        "reviews": [_row(listing, review) for review in rows],
        "metadata": {
            "__typename": "PdpReviewsMetadata",
            "reviewsCount": listing.review_count,
            "isReviewsSearchResults": None,
            "isAutoTranslateOn": True,
            "endCursor": None,
            "reviewTags": tags,
        },
    }
    page = {"__typename": "StayPDPPresentationContainer", "reviews": reviews}
    presentation = {"__typename": "RootPresentationContainer", "stayProductDetailPage": page}
    return {"data": {"presentation": presentation}, "extensions": {"traceId": "abc-def"}}


def stale_query_response() -> dict[str, Any]:
    """HTTP 200 to a query hash that is no longer known."""
    error = {
        "message": "Sorry, something went wrong.",
        "locations": [{"line": 1, "column": 131}],
        "extensions": {"classification": "ValidationError"},
    }
    return {"errors": [error], "data": None, "extensions": {"traceId": "abc-def"}}


def _user(name: str) -> dict[str, Any]:
    return {
        "__typename": "ReviewUser",
        "deleted": False,
        "firstName": name,
        "hostName": name,
        "id": "4242424242",
        "pictureUrl": f"https://a0.muscache.com/im/pictures/user/{name}.jpg",
        "profilePath": "/users/show/4242424242",
        "isSuperhost": False,
    }


def _row(listing: InventedListing, review: InventedReview) -> dict[str, Any]:
    text = as_html(review.text)
    translated = review.translation is not None
    localized = {
        "__typename": "LocalizedReview",
        "comments": as_html(review.translation) if review.translation is not None else text,
        "commentsLanguage": listing.language,
        "disclaimer": None,
        "needsTranslation": translated,
        "response": None,
        "responseDisclaimer": None,
    }
    return {
        "__typename": "PdpReviewForP3",
        "collectionTag": None,
        "comments": text.replace("<br />", "<br/>"),
        "id": review.id,
        "language": review.language,
        "createdAt": f"{review.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "responder": None,
        "reviewee": _user(HOST_NAME),
        "reviewer": _user(review.reviewer),
        "reviewHighlight": None,
        "highlightType": "LENGTH_OF_STAY",
        "localizedDate": "1 ☾",
        "localizedRespondedDate": None,
        "localizedReviewerLocation": "Springfield, Elsewhere",
        "localizedReview": localized if translated else None,
        "rating": review.rating,
        "ratingAccessibilityLabel": f"{review.rating}/5",
        "response": html.escape(review.response, quote=False) if review.response is not None else None,
        "highlightedReviewSentence": [],
        "reviewMediaItems": [],
        "reviewPhotoUrls": [],
        "commentV2": text,
        "localizedCommentV2": localized,
    }

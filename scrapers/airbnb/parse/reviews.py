"""From an answer of the reviews request to reviews. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any

from scrapers.airbnb.parse.parsed import ReviewsPage
from scrapers.airbnb.parse.shapes import Node, child, count, is_empty_list, node, nodes, stars, text
from scrapers.airbnb.parse.state import review_tags
from scrapers.digests import digest_of
from scrapers.errors import SchemaChanged, StaleQuery
from scrapers.listing import Review
from scrapers.review_fields import parse_language

__all__ = ["ReviewsPage", "is_reviews_answer", "parse_reviews"]
_MAX_NODES = 200_000
_MAX_ID_CHARACTERS = 100


def parse_reviews(body: object) -> ReviewsPage:
    """The reviews of one answer.

    Args:
        body: parsed JSON of the answer.

    Raises:
        StaleQuery: the site no longer knows the query (HTTP 200, ``data: null`` and an error).
        SchemaChanged: there is no list of reviews in the answer.
    """
    found = _find(body)
    if found is None:
        if child(body, "data") is None and nodes(body, "errors"):
            raise StaleQuery(
                "Airbnb no longer knows this reviews request.",
                "Open the listing again: its page sends the request that is known now.",
            )
        raise SchemaChanged("The answer to the reviews request holds no list of reviews.")
    rows = found["reviews"]
    reviews: dict[str, Review] = {}
    skipped = 0
    for row in rows:
        review = parse_row(row)
        if review is None:
            skipped += 1
        else:
            reviews.setdefault(review.id, review)
    metadata = node(found, "metadata")
    tags = review_tags(nodes(metadata, "reviewTags"))
    if tags is None and is_empty_list(metadata, "reviewTags"):
        tags = ()
    searched = metadata.get("isReviewsSearchResults") is True
    total = None if searched else count(metadata.get("reviewsCount"))
    return ReviewsPage(tuple(reviews.values()), total, tags, skipped)


def is_reviews_answer(body: object) -> bool:
    """Whether ``body`` holds a list of reviews."""
    return _find(body) is not None


def parse_row(row: object) -> Review | None:
    """One review; ``None`` where it has no text that could be read. Names are not looked at."""
    if not isinstance(row, dict):
        return None
    original = _text_or_empty(row.get("comments"))
    if original is None:
        original = _text_or_empty(row.get("commentV2"))
    if original is None:
        return None
    created = row.get("createdAt")
    return Review(
        id=_review_id(row.get("id")) or digest_of(original, str(created))[:20],
        text=original,
        language=parse_language(row.get("language")),
        translation=_translation(row, original),
        date=_day(created),
        rating=stars(row.get("rating")),
        response=text(row.get("response")),
        response_translation=_translated_response(row),
    )


def _find(body: object) -> dict[str, Any] | None:
    """The object with the list of reviews: at its path, else by its shape."""
    at_path = child(body, "data", "presentation", "stayProductDetailPage", "reviews")
    if isinstance(at_path, dict) and isinstance(at_path.get("reviews"), list):
        return at_path
    stack: list[Any] = [body]
    for _ in range(_MAX_NODES):
        if not stack:
            break
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(reversed(value))
        elif isinstance(value, dict):
            if _holds_rows(value):
                return value
            stack.extend(reversed(list(value.values())))
    return None


def _holds_rows(value: dict[str, Any]) -> bool:
    rows = value.get("reviews")
    if not isinstance(rows, list):
        return False
    if not rows:
        return isinstance(child(value, "metadata", "reviewsCount"), int)
    return any(isinstance(row, dict) and ("comments" in row or "commentV2" in row) for row in rows)


def _text_or_empty(value: object) -> str | None:
    """Clean text; empty for a review of stars only; ``None`` for what is no text."""
    return (text(value) or "") if isinstance(value, str) else None


def _translation(row: Node, original: str) -> str | None:
    """The site's own translation, where it says that this one is one."""
    for name in ("localizedReview", "localizedCommentV2"):
        localized = node(row, name)
        if localized.get("needsTranslation") is True:
            translated = text(localized.get("comments"))
            if translated is not None and translated != original:
                return translated
    return None


def _translated_response(row: Node) -> str | None:
    """The site's own translation of the host's answer."""
    original = text(row.get("response"))
    translated = text(node(row, "localizedReview").get("response"))
    return translated if original is not None and translated != original else None


def _review_id(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 < value < 10**_MAX_ID_CHARACTERS else None
    found = text(value)
    return found if found is not None and len(found) <= _MAX_ID_CHARACTERS else None


def _day(value: object) -> dt.date | None:
    """The day of an ISO time; never of a localised date."""
    if not isinstance(value, str):
        return None
    try:
        return dt.datetime.fromisoformat(value).date()
    except ValueError:
        return None

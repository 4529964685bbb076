"""What a saved page of an invented listing holds, by the form of saving, and what was found in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scrapers.airbnb.parse import ParsedListing, parse_page
from scrapers.airbnb.saved import SavedPageSource, read_saved_page, recorded
from scrapers.listing import Review
from tests.replica import terms
from tests.replica.expect import given
from tests.replica.facts import facts_of
from tests.replica.listings import InventedListing
from tests.replica.saving import IN_DIALOG, Form

#: come with requests of their own, or only with the photo tour
_NOT_SAVED = frozenset({"availability", "minimum_nights", "reviews"})
Card = tuple[object, ...]
Different = dict[str, tuple[Any, Any]]


def differences(path: Path, listing: InventedListing, form: Form) -> Different:
    """Fields of a saved page that are not as the form holds them: what it holds, what was found."""
    page = parse_page(recorded(read_saved_page(path), path))
    if form == "html":
        wanted, seen = _of_state(listing), _of_page(page)
    else:
        wanted, seen = _of_drawing(listing), {"reviews": sorted(map(card, page.reviews), key=repr)}
        folder = path.parent / "listing"
        folder.mkdir()
        source = SavedPageSource(path, cache=path.parent / "cache", download=False)
        seen["photos"] = len(source.collect(folder).photos) if listing.photos or listing.reviews else 0
    seen = {name: getattr(page, name, None) for name in wanted} | {"url": page.canonical_url} | seen
    return {name: (wanted[name], seen[name]) for name in wanted if wanted[name] != seen[name]}


def fields(listing: InventedListing, form: Form) -> int:
    """How many fields are compared."""
    return len(_of_state(listing) if form == "html" else _of_drawing(listing))


def _of_state(listing: InventedListing) -> dict[str, Any]:
    kept = {name: value for name, value in given(listing).items() if name not in _NOT_SAVED}
    return kept | {"id": listing.listing_id, "price_details": terms.price_given(listing)}


def _of_page(page: ParsedListing) -> dict[str, Any]:
    members = {room.id: [photo.url for photo in page.photos if photo.room == room.id] for room in page.rooms}
    loose = [("Photos", [photo.url for photo in page.photos])]
    return {
        "id": page.listing_id,
        "rooms": [(room.name, members[room.id]) for room in page.rooms] or loose,
        "captions": {photo.url: photo.caption for photo in page.photos},
        "review_tags": sorted((tag.name, tag.count) for tag in page.review_tags or ()),
        "category_ratings": dict(page.category_ratings or {}),
        "star_shares": dict(page.star_shares or {}),
    }


def _of_drawing(listing: InventedListing) -> dict[str, Any]:
    price = terms.price_given(listing).model_copy(update={"lines": ()})
    reviews = sorted(cards(listing, IN_DIALOG), key=repr)
    own = {"listing_id": listing.listing_id, "reviews": reviews, "photos": len(listing.photos)}
    return drawn_facts(listing) | own | {"price_details": price}


def drawn_facts(listing: InventedListing) -> dict[str, Any]:
    """The facts that are drawn."""
    facts = facts_of(listing)
    return {
        **{"url": listing.canonical_url, "title": listing.title, "description": listing.description},
        **{"neighbourhood": listing.neighbourhood, "property_type": listing.property_type},
        **{"person_capacity": listing.person_capacity, "bedrooms": facts.bedrooms, "beds": facts.beds},
        **{"bathrooms": facts.bathrooms, "rating": listing.rating},
        "review_count": listing.review_count or None,
        "category_ratings": {k: round(v, 1) for k, v in listing.category_ratings.items()} or None,
        "amenities": listing.amenities if len(listing.amenities) > 1 else None,
        **{"house_rules": facts.house_rules, "check_in": facts.check_in, "check_out": facts.check_out},
        **{"cancellation": facts.cancellation, "highlights": facts.highlights, "host": facts.host},
        "guest_favourite": facts.guest_favourite or None,
        "has_licence": facts.has_licence or None,
        "availability": terms.availability(listing),
    }


def cards(listing: InventedListing, count: int) -> list[Card]:
    """The reviews of the first cards: a month stands for the day."""
    return [
        (r.text, r.created_at.date().replace(day=1), "month", float(r.rating), r.response, r.language)
        for r in listing.reviews[:count]
    ]


def card(review: Review) -> Card:
    """The same of a review that was read."""
    return (review.text, review.date, review.date_precision, review.rating, review.response, review.language)

"""What a complete collection of an invented listing has to find, and the same view of what was found."""

from __future__ import annotations

from typing import Any

from scrapers.listing import Listing
from tests.replica import terms
from tests.replica.facts import facts_of
from tests.replica.listings import InventedListing

_TERMS = (
    *("bedrooms", "beds", "bathrooms", "house_rules", "check_in", "check_out", "cancellation", "highlights"),
    *("guest_favourite", "star_shares", "host", "has_licence"),
)
_MORE = ("availability", "minimum_nights", "beds_by_room")


def given(listing: InventedListing) -> dict[str, Any]:
    """Everything that the replica was given, by field."""
    in_rooms = [
        (room, [listing.url_of(photo) for photo in listing.photos if photo.room == room])
        for room in listing.rooms
    ]
    rooms = [(name, photos) for name, photos in in_rooms if photos]
    return {
        "title": listing.title,
        "description": listing.description,
        "neighbourhood": listing.neighbourhood,
        "latitude": listing.latitude,
        "longitude": listing.longitude,
        "property_type": listing.property_type,
        "room_type": listing.room_type,
        "person_capacity": listing.person_capacity,
        "amenities": listing.amenities,
        "rating": listing.rating,
        "review_count": listing.review_count,
        "category_ratings": dict(listing.category_ratings),
        "review_tags": sorted(listing.review_tags),
        "rooms": rooms or [("Photos", [listing.url_of(photo) for photo in listing.photos])],
        "captions": {listing.url_of(photo): photo.caption for photo in listing.photos},
        "reviews": {
            review.id: (
                review.text,
                review.language,
                review.translation,
                review.created_at.date(),
                review.rating,
                review.response,
            )
            for review in listing.reviews
        },
        "id": f"airbnb-{listing.listing_id}",
        "url": listing.canonical_url,
        **_terms(listing),
    }


def _terms(listing: InventedListing) -> dict[str, Any]:
    facts = facts_of(listing)
    same = {name: getattr(facts, name) for name in _TERMS if name != "star_shares"}
    calendar = {"availability": terms.availability(listing), "minimum_nights": terms.least_nights(listing)}
    return same | calendar | {"star_shares": facts.star_shares, "beds_by_room": terms.beds_by_room(listing)}


def found(listing: Listing) -> dict[str, Any]:
    """The same view of what was collected."""
    url_of = {photo.id: photo.original for photo in listing.photos}
    plain = {
        name: getattr(listing, name)
        for name in (
            *("title", "description", "neighbourhood", "latitude", "longitude", "property_type", "room_type"),
            *("person_capacity", "amenities", "rating", "review_count", "id", "url"),
        )
    }
    own = {name: getattr(listing, name) for name in (*_TERMS, *_MORE)} | {
        "star_shares": listing.star_shares or {}
    }
    return (
        plain
        | own
        | {
            "category_ratings": listing.category_ratings or {},
            "review_tags": sorted((tag.name, tag.count) for tag in listing.review_tags or ()),
            "rooms": [(room.name, [url_of[photo_id] for photo_id in room.photo_ids]) for room in listing.rooms],
            "captions": {photo.original: photo.caption for photo in listing.photos},
            "reviews": {
                review.id: (
                    review.text,
                    review.language,
                    review.translation,
                    review.date,
                    review.rating,
                    review.response,
                )
                for review in listing.reviews
            },
        }
    )


def differences(listing: Listing, invented: InventedListing) -> dict[str, tuple[Any, Any]]:
    """Fields that are not equal: what was given, what was found."""
    ours, theirs = found(listing), given(invented)
    return {name: (theirs[name], ours[name]) for name in theirs if theirs[name] != ours[name]}

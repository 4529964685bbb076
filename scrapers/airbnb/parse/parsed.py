"""What the parsers return: a listing before its photos are downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scrapers.listing import (
    Availability,
    BedsOfRoom,
    FieldStatus,
    Host,
    PriceDetails,
    Problem,
    Review,
    ReviewTag,
)

#: where a fact was read, in the order in which places are asked
Evidence = Literal["page_state.logging", "page_state.old", "page_state.new", "network", "ld+json", "dom"]
#: facts that have the same name in :class:`~scrapers.listing.Listing`
FACTS = (
    *("title", "url", "description", "neighbourhood", "latitude", "longitude", "property_type", "room_type"),
    *("person_capacity", "bedrooms", "beds", "bathrooms", "amenities", "rating", "review_count"),
    *("category_ratings", "review_tags", "star_shares", "guest_favourite", "price", "price_details"),
    *("beds_by_room", "check_in", "check_out", "house_rules", "cancellation", "minimum_nights"),
    *("availability", "host", "highlights", "neighbourhood_text", "has_licence"),
)


@dataclass(frozen=True)
class ParsedPhoto:
    """A photo by its address.

    Attributes:
        url: of the best resolution that the page names (no resizing asked for).
        caption: what the host wrote; ``None`` where the page has none.
        label: what the page reads out instead of the photo, in its language ("Bedroom image 2"), or its tags.
        room: ``id`` of the :class:`ParsedRoom` that shows it, ``None`` where the page does not say.
        image_id: number of the photo at Airbnb.
        saved_as: relative path of the copy beside a saved page, as the page writes it (percent-encoded).
    """

    url: str
    caption: str | None = None
    label: str | None = None
    room: str | None = None
    image_id: str | None = None
    saved_as: str | None = None


@dataclass(frozen=True)
class ParsedRoom:
    """A room of the photo tour, in the order of the tour.

    Attributes:
        id: fits :class:`scrapers.listing.RoomPhotos`, unique in the listing.
        name: as the page calls it.
    """

    id: str
    name: str


@dataclass(frozen=True)
class ParsedListing:
    """All facts that one recorded page holds, and where each was read.

    ``None`` (or empty) with an entry in ``provenance`` is *none*: the page said so. Without an entry it is
    *absent*: the page did not say.

    Attributes:
        listing_id: number of the listing, up to 20 digits.
        url: canonical address, where the page names one that is a listing.
        photos: in the order of the tour; those of no room last.
        reviews: those found on the page and in its recorded answers, without doubles.
        api_key: what the page itself sends with its reviews request; never stored or printed.
        provenance: field name of ``Listing`` to the evidence that supplied it (several joined by ", ").
        problems: what could not be read.
    """

    listing_id: str | None = None
    url: str | None = None
    title: str | None = None
    description: str | None = None
    neighbourhood: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    property_type: str | None = None
    room_type: str | None = None
    person_capacity: int | None = None
    bedrooms: float | None = None
    beds: float | None = None
    bathrooms: float | None = None
    amenities: tuple[str, ...] | None = None
    rating: float | None = None
    review_count: int | None = None
    category_ratings: Mapping[str, float] | None = None
    review_tags: tuple[ReviewTag, ...] | None = None
    star_shares: Mapping[str, float] | None = None
    guest_favourite: bool | None = None
    price: str | None = None
    price_details: PriceDetails | None = None
    beds_by_room: tuple[BedsOfRoom, ...] | None = None
    check_in: str | None = None
    check_out: str | None = None
    house_rules: tuple[str, ...] | None = None
    cancellation: str | None = None
    minimum_nights: int | None = None
    availability: Availability | None = None
    host: Host | None = None
    highlights: tuple[str, ...] | None = None
    neighbourhood_text: str | None = None
    has_licence: bool | None = None
    photos: tuple[ParsedPhoto, ...] = ()
    rooms: tuple[ParsedRoom, ...] = ()
    reviews: tuple[Review, ...] = ()
    api_key: str | None = field(default=None, repr=False)
    provenance: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def canonical_url(self) -> str | None:
        """The address of the listing, made from its number where the page names none."""
        if self.url is None and self.listing_id is not None:
            return f"https://www.airbnb.com/rooms/{self.listing_id}"
        return self.url

    def status(self, name: str) -> FieldStatus:
        """Tell whether the field is present, known to be empty (*none*), or unknown (*absent*)."""
        if getattr(self, name) not in (None, (), {}):
            return "present"
        return "none" if name in self.provenance else "absent"

    def facts(self) -> dict[str, Any]:
        """Keyword arguments for :class:`~scrapers.listing.Listing`: every fact, ``provenance``, ``problems``.

        What is left to the caller: ``id``, ``source``, ``origin``, ``photos``, ``rooms`` and ``reviews``. A
        listing has to be called something: without a title it is called after its number, with a problem.
        """
        facts: dict[str, Any] = {name: getattr(self, name) for name in FACTS}
        problems = self.problems
        if facts["title"] is None:
            facts["title"] = f"Airbnb listing {self.listing_id or 'without a number'}"
            problems = (*problems, Problem(subject="title", message="the page does not say it"))
        facts["url"] = self.canonical_url
        for name in ("category_ratings", "star_shares"):
            if facts[name] is not None:
                facts[name] = dict(facts[name])
        return {**facts, "provenance": dict(self.provenance), "problems": problems}


@dataclass(frozen=True)
class ReviewsPage:
    """One answer of the reviews request.

    Attributes:
        reviews: rows that could be read, without doubles, in order.
        total: how many the listing has, as the answer says (``None`` where it does not say).
        tags: topics that Airbnb counts (``None`` where the answer does not say).
        skipped: rows without a text that could be read.
    """

    reviews: tuple[Review, ...]
    total: int | None = None
    tags: tuple[ReviewTag, ...] | None = None
    skipped: int = 0

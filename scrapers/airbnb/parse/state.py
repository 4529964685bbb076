"""Facts from a page state: the numbers that the page logs, the old sections, and the new node."""

from __future__ import annotations

from collections.abc import Mapping

from scrapers.airbnb.parse.findings import Findings
from scrapers.airbnb.parse.parsed import Evidence
from scrapers.airbnb.parse.shapes import (
    Node,
    child,
    count,
    html_text,
    is_empty_list,
    is_null,
    node,
    nodes,
    position,
    stars,
    text,
)
from scrapers.airbnb.parse.state_scan import Pieces, listing_number
from scrapers.airbnb.parse.state_terms import read_new_terms, read_old_terms
from scrapers.airbnb.parse.vocabulary import speaks_of
from scrapers.airbnb.urls import parse_address
from scrapers.errors import CollectError
from scrapers.listing import ReviewTag

CATEGORIES = ("accuracy", "checkin", "cleanliness", "communication", "location", "value")
_SPACES: Mapping[str, str] = {
    "ENTIRE_HOME": "Entire home/apt",
    "PRIVATE_ROOM": "Private room",
    "SHARED_ROOM": "Shared room",
    "HOTEL_ROOM": "Hotel room",
}
_MAX_GUESTS = 100


def read_state(pieces: Pieces, findings: Findings, network: bool = False) -> None:
    """Tell ``findings`` everything that ``pieces`` say.

    Args:
        network: whether they came in an answer and not with the page.
    """
    logging, old, new = _places(network)
    findings.say("id", pieces.listing_id, old)
    for logged in pieces.logged:
        _logged(logged, findings, logging)
    _old_text(pieces.sections, findings, old)
    _old_quality(pieces.sections, findings, old)
    for sharing in pieces.sharing:
        _sharing(sharing, findings, old)
    for seo in pieces.seo:
        findings.say("url", canonical(seo.get("canonicalUrl")), old)
    for listing in pieces.listings:
        _new_text(listing, findings, new)
        _new_quality(listing, findings, new)
    read_old_terms(pieces, findings, logging, old)
    for listing in pieces.listings:
        read_new_terms(listing, findings, new)


def canonical(value: object) -> str | None:
    """A clean listing address out of a canonical one; ``None`` for anything else."""
    if not isinstance(value, str):
        return None
    try:
        address = parse_address(value)
    except CollectError:
        return None
    return address.url if address.kind != "short" else None


def amenities(groups: list[Node]) -> tuple[str, ...] | None:
    """Titles of what is available, in order, without doubles."""
    titles = [
        title
        for group in groups
        for amenity in nodes(group, "amenities")
        if amenity.get("available") is True and (title := text(amenity.get("title"))) is not None
    ]
    return tuple(dict.fromkeys(titles)) or None


def review_tags(rows: list[Node]) -> tuple[ReviewTag, ...] | None:
    """Airbnb's own topics, by their language-free name."""
    tags: dict[str, ReviewTag] = {}
    for row in rows:
        name = text(row.get("name"))
        if name is not None:
            tags.setdefault(name, ReviewTag(name=name, count=count(row.get("count"))))
    return tuple(tags.values()) or None


def _places(network: bool) -> tuple[Evidence, Evidence, Evidence]:
    if network:
        return "network", "network", "network"
    return "page_state.logging", "page_state.old", "page_state.new"


def _capacity(value: object) -> int | None:
    guests = count(value)
    return guests if guests is not None and 1 <= guests <= _MAX_GUESTS else None


def _say_position(findings: Findings, latitude: object, longitude: object, place: Evidence) -> None:
    findings.say("position", position(latitude, longitude), place)


def _logged(logged: Node, findings: Findings, place: Evidence) -> None:
    findings.say("id", listing_number(logged.get("listingId")), place)
    _say_position(findings, logged.get("listingLat"), logged.get("listingLng"), place)
    findings.say("room_type", text(logged.get("roomType")), place)
    findings.say("person_capacity", _capacity(logged.get("personCapacity")), place)
    reviews = count(logged.get("visibleReviewCount"))
    findings.say("review_count", reviews, place)
    findings.say("rating", stars(logged.get("guestSatisfactionOverall")), place)
    if is_null(logged, "guestSatisfactionOverall"):
        findings.no_stars("rating", reviews, place)
    findings.say_stars({name: stars(logged.get(f"{name}Rating")) for name in CATEGORIES}, place)
    if all(is_null(logged, f"{name}Rating") for name in CATEGORIES):
        findings.no_stars("category_ratings", reviews, place)


def _old_text(sections: Mapping[str, Node], findings: Findings, place: Evidence) -> None:
    title = sections.get("TITLE_DEFAULT", {})
    findings.say("title", text(title.get("title")), place)
    embedded = node(title, "shareSave", "embedData")
    findings.say("title", text(embedded.get("name")), place)
    findings.say("id", listing_number(embedded.get("id")), place)
    _sharing(embedded, findings, place)
    findings.say("title", text(sections.get("AVAILABILITY_CALENDAR_INLINE", {}).get("listingTitle")), place)
    location = sections.get("LOCATION_DEFAULT", {})
    _say_position(findings, location.get("lat"), location.get("lng"), place)
    findings.say("neighbourhood", text(location.get("subtitle")), place)
    for section_id in ("AVAILABILITY_CALENDAR_DEFAULT", "AVAILABILITY_CALENDAR_INLINE"):
        findings.say("neighbourhood", text(sections.get(section_id, {}).get("localizedLocation")), place)
    findings.say("neighbourhood", text(location.get("address")), place)
    if is_null(location, "subtitle"):
        findings.say_none("neighbourhood", place)
    findings.say("description", _old_description(sections), place)
    if is_null(sections.get("DESCRIPTION_DEFAULT", {}), "htmlDescription"):
        findings.say_none("description", place)
    offered = sections.get("AMENITIES_DEFAULT", {})
    findings.say("amenities", amenities(nodes(offered, "seeAllAmenitiesGroups")), place)
    if is_empty_list(offered, "seeAllAmenitiesGroups"):
        findings.say_none("amenities", place)


def _old_description(sections: Mapping[str, Node]) -> str | None:
    """The whole text of the pop-up (with its headings, without a licence), else the start of it."""
    parts = []
    for item in nodes(sections.get("DESCRIPTION_MODAL", {}), "items"):
        body = html_text(child(item, "html", "htmlText"))
        heading = text(item.get("title"))
        if heading is None and _is_number(body):  # a licence whose heading is gone
            continue
        if body is not None and not speaks_of(heading or "", "licence"):
            parts.append(f"{heading}\n{body}" if heading is not None else body)
    if parts:
        return "\n\n".join(parts)
    return html_text(child(sections.get("DESCRIPTION_DEFAULT", {}), "htmlDescription", "htmlText"))


def _is_number(body: str | None) -> bool:
    """Whether a text is one word with digits, as numbers of licences are."""
    return body is not None and len(body.split()) == 1 and any(character.isdigit() for character in body)


def _old_quality(sections: Mapping[str, Node], findings: Findings, place: Evidence) -> None:
    quality = sections.get("REVIEWS_DEFAULT", {})
    reviews = count(quality.get("overallCount"))
    findings.say("review_count", reviews, place)
    findings.say("rating", stars(quality.get("overallRating")), place)
    if is_null(quality, "overallRating"):
        findings.no_stars("rating", reviews, place)
    _percentages(quality, "ratings", reviews, findings, place)
    _tags(quality, findings, place)


def _sharing(sharing: Node, findings: Findings, place: Evidence) -> None:
    """Copies that were made for sharing and embedding."""
    findings.say("property_type", text(sharing.get("propertyType")), place)
    findings.say("neighbourhood", text(sharing.get("location")), place)
    findings.say("person_capacity", _capacity(sharing.get("personCapacity")), place)
    findings.say("review_count", count(sharing.get("reviewCount")), place)
    findings.say("rating", stars(sharing.get("starRating")), place)


def _percentages(quality: Node, name: str, reviews: int | None, findings: Findings, place: Evidence) -> None:
    """Stars by category from their share of five, never from the localised number."""
    shares = {}
    for row in nodes(quality, name):
        category = row.get("categoryType")
        part = row.get("percentage")
        if isinstance(category, str) and category.lower() in CATEGORIES and isinstance(part, int | float):
            value = stars(part * 5) if not isinstance(part, bool) else None
            shares[category.lower()] = None if value is None else round(value, 2)
    findings.say_stars(shares, place)
    if is_empty_list(quality, name) or is_null(quality, name):
        findings.no_stars("category_ratings", reviews, place)


def _tags(quality: Node, findings: Findings, place: Evidence) -> None:
    findings.say("review_tags", review_tags(nodes(quality, "reviewTags")), place)
    if is_empty_list(quality, "reviewTags"):
        findings.say_none("review_tags", place)


def _ugc(value: object) -> object:
    """The string of a text that a user wrote, in the page's language where there is one."""
    shown = child(value, "localizedString")
    return shown if isinstance(shown, str) else child(value, "source")


def _new_text(listing: Node, findings: Findings, place: Evidence) -> None:
    presentation = node(listing, "pdpPresentation")
    findings.say("title", text(_ugc(child(presentation, "title", "content"))), place)
    findings.say("title", text(_ugc(child(listing, "description", "name"))), place)
    location = node(presentation, "location")
    _say_position(findings, location.get("latitude"), location.get("longitude"), place)
    coordinate = node(listing, "location", "coordinate")
    _say_position(findings, coordinate.get("latitude"), coordinate.get("longitude"), place)
    findings.say("neighbourhood", text(location.get("subtitle")), place)
    if is_null(location, "subtitle"):
        findings.say_none("neighbourhood", place)
    descriptions = node(presentation, "descriptions")
    described = html_text(_ugc(descriptions.get("longDescriptionHtml")))
    short = html_text(_ugc(child(descriptions, "shortDescriptionHtml", "content")))
    findings.say("description", described or short, place)
    if is_null(descriptions, "longDescriptionHtml") and short is None:
        findings.say_none("description", place)
    offered = node(presentation, "amenities")
    findings.say("amenities", amenities(nodes(offered, "seeAllAmenitiesGroups")), place)
    if is_empty_list(offered, "seeAllAmenitiesGroups"):
        findings.say_none("amenities", place)
    findings.say("url", canonical(child(presentation, "seoFeatures", "canonicalUrl")), place)
    findings.say("property_type", text(child(presentation, "sharingConfig", "propertyType")), place)
    findings.say("person_capacity", _capacity(listing.get("personCapacity")), place)
    findings.say("person_capacity", _capacity(presentation.get("personCapacity")), place)
    space = listing.get("spaceType")
    findings.say("room_type", _SPACES.get(space) if isinstance(space, str) else None, place)


def _new_quality(listing: Node, findings: Findings, place: Evidence) -> None:
    quality = node(listing, "pdpPresentation", "quality")
    reviews = None
    for stats in (node(quality, "listingRatingStats"), node(listing, "listingRatingStats")):
        overall = node(stats, "overallRatingStats")
        counted = count(overall.get("ratingCount"))
        reviews = counted if reviews is None else reviews
        findings.say("review_count", counted, place)
        findings.say("rating", stars(overall.get("ratingAverage")), place)
        if is_null(overall, "ratingAverage"):
            findings.no_stars("rating", counted, place)
    shares = {}
    for row in nodes(listing, "listingRatingStats", "categoryRatingStats"):
        category = row.get("categoryTypeA")
        if isinstance(category, str) and category.lower() in CATEGORIES:
            shares[category.lower()] = stars(child(row, "value", "ratingAverage"))
    findings.say_stars(shares, place)
    _percentages(quality, "categoryRatings", reviews, findings, place)
    _tags(quality, findings, place)

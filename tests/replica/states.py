"""The page state of an invented listing, in the old, the new and the half-migrated layout."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from tests.replica import facts, sections, terms, texts
from tests.replica.listings import SECTIONS, InventedListing, InventedPhoto, Layout

Node = dict[str, Any]
_TYPES = {
    "TITLE_DEFAULT": "TITLE_DEFAULT",
    "LOCATION_DEFAULT": "LOCATION_PDP",
    "REVIEWS_DEFAULT": "REVIEWS_DEFAULT",
    "PHOTO_TOUR_SCROLLABLE_MODAL": "PHOTO_TOUR_SCROLLABLE",
    "HERO_DEFAULT": "HERO_DEFAULT",
    "DESCRIPTION_DEFAULT": "DESCRIPTION_DEFAULT",
    "DESCRIPTION_MODAL": "PDP_DESCRIPTION_MODAL",
    "AMENITIES_DEFAULT": "AMENITIES_DEFAULT",
}
_IDS = {
    "TITLE": ("TITLE_DEFAULT",),
    "LOCATION": ("LOCATION_DEFAULT",),
    "REVIEWS": ("REVIEWS_DEFAULT",),
    "PHOTOS": ("PHOTO_TOUR_SCROLLABLE_MODAL",),
    "HERO": ("HERO_DEFAULT",),
    "DESCRIPTION": ("DESCRIPTION_DEFAULT", "DESCRIPTION_MODAL"),
    "AMENITIES": ("AMENITIES_DEFAULT",),
}
_STUBS = {
    "TITLE_DEFAULT": "PdpTitleSection",
    "LOCATION_DEFAULT": "LocationSection",
    "REVIEWS_DEFAULT": "StayPdpReviewsSection",
    "PHOTO_TOUR_SCROLLABLE_MODAL": "PhotoTourModalSection",
    "HERO_DEFAULT": "PdpHeroSection",
    "DESCRIPTION_DEFAULT": "PdpDescriptionSection",
    "DESCRIPTION_MODAL": "GeneralListContentSection",
    "AMENITIES_DEFAULT": "AmenitiesSection",
}


def relay_id(kind: str, number: str) -> str:
    """A GraphQL id: ``base64("StayListing:<number>")``."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def page_state(listing: InventedListing, layout: Layout | None = None, days: terms.Days | None = None) -> Node:
    """Content of the ``data-deferred-state-0`` script.

    Args:
        layout: default: the listing's own.
        days: that the address asks for; only then there is a price.
    """
    layout = layout or listing.layout
    migrated = {"old": frozenset(), "new": frozenset(SECTIONS), "half": listing.migrated}[layout]
    relay = relay_id("StayListing", listing.listing_id)
    data = {
        "presentation": {
            "__typename": "RootPresentationContainer",
            "stayProductDetailPage": {
                "__typename": "StayPDPPresentationContainer",
                "sections": {
                    "__typename": "StayPDPSections",
                    "sections": _containers(listing, migrated, days),
                    "metadata": _metadata(listing),
                    "sbuiData": _sbui(listing),
                },
            },
        },
        "node": _node(listing, migrated),
    }
    entry = [
        f"StaysPdpSections:{json.dumps({'id': relay})}",
        {"data": data, "variables": {"id": relay, "pdpSectionsRequest": _request(days)}},
    ]
    other = ["GetHeaderQuery:{}", {"data": {"node": None, "presentation": None}, "variables": {}}]
    return {listing.root_key: [other, entry] if int(listing.listing_id) % 2 else [entry, other]}


def _request(days: terms.Days | None) -> Node:
    first, last = (None, None) if days is None else (days[0].isoformat(), days[1].isoformat())
    return {"adults": "1", "photoId": None, "checkIn": first, "checkOut": last}


def unavailable_state(listing_id: str = "53801777") -> Node:
    """Page state of a removed listing."""
    relay = relay_id("StayListing", listing_id)
    error = {
        "message": "Exception while fetching data: listing is not visible",
        "locations": [{"line": 6, "column": 7}],
        "path": ["presentation", "stayProductDetailPage", "sections"],
        "extensions": {"errorType": "PERMISSION_DENIED", "fatal": False, "operationName": "StaysPdpSections"},
    }
    sections = {"__typename": "StayPDPPresentationContainer", "sections": None}
    presentation = {"__typename": "RootPresentationContainer", "stayProductDetailPage": sections}
    payload = {
        "data": {"presentation": presentation},
        "error": {"name": "Error", "message": "not visible", "graphQLErrors": [error], "networkError": None},
        "variables": {"id": relay, "pdpSectionsRequest": {"adults": "1"}},
    }
    return {"niobeMinimalClientData": [[f"StaysPdpSections:{json.dumps({'id': relay})}", payload]]}


def _containers(listing: InventedListing, migrated: frozenset[str], days: terms.Days | None) -> list[Node]:
    full = {
        "TITLE_DEFAULT": sections.title(listing),
        "LOCATION_DEFAULT": sections.location(listing),
        "REVIEWS_DEFAULT": sections.reviews_section(listing),
        "PHOTO_TOUR_SCROLLABLE_MODAL": sections.photo_tour(listing),
        "HERO_DEFAULT": sections.hero(listing),
        "DESCRIPTION_DEFAULT": sections.description(listing),
        "DESCRIPTION_MODAL": sections.description_modal(listing),
        "AMENITIES_DEFAULT": sections.amenities(listing),
        "POLICIES_DEFAULT": sections.policies(listing),
        "HIGHLIGHTS_DEFAULT": sections.highlights(listing),
        "MEET_YOUR_HOST": sections.meet_your_host(listing),
        "AVAILABILITY_CALENDAR_DEFAULT": sections.calendar(listing),
    }
    stubs = {section_id for name in migrated for section_id in _IDS[name]}
    containers = [
        {
            "__typename": "SectionContainer",
            "sectionComponentType": _TYPES.get(section_id, section_id),
            "sectionContentStatus": "COMPLETE",
            "sectionId": section_id,
            "errors": None,
            "section": {"__typename": _STUBS[section_id]} if section_id in stubs else section,
        }
        for section_id, section in full.items()
    ]
    price = None if days is None else {"structuredDisplayPrice": terms.shown_price(listing)}
    for section_id, status, section in (
        ("MESSAGE_BANNER", "SHOULD_HIDE", None),
        ("BOOK_IT_SIDEBAR", "NOT_COMPLETE" if price is None else "COMPLETE", price),
    ):
        containers.insert(
            1,
            {
                "__typename": "SectionContainer",
                "sectionComponentType": section_id,
                "sectionContentStatus": status,
                "sectionId": section_id,
                "errors": None,
                "section": section,
            },
        )
    return containers


def _sharing_title(listing: InventedListing) -> str:
    return f"{listing.property_type} · {listing.neighbourhood} · ★{listing.rating} · {listing.person_capacity}"


def _metadata(listing: InventedListing) -> Node:
    logged: Node = {
        "__typename": "PdpEventData",
        "listingId": listing.listing_id,
        "page": "p3",
        "listingLat": listing.latitude,
        "listingLng": listing.longitude,
        "homeTier": 1,
        "bedType": None,
        "roomType": listing.room_type,
        "personCapacity": listing.person_capacity,
        "descriptionLanguage": listing.language,
        "isSuperhost": True,
        "pictureCount": len(listing.photos),
        "amenities": [],
        "guestSatisfactionOverall": listing.rating,
        "visibleReviewCount": str(listing.review_count),
    }
    for name in ("accuracy", "checkin", "cleanliness", "communication", "location", "value"):
        logged[f"{name}Rating"] = listing.category_ratings.get(name)
    return {
        "__typename": "StayPDPMetadata",
        "pdpType": "MARKETPLACE",
        "sharingConfig": {
            "title": _sharing_title(listing),
            "propertyType": listing.property_type,
            "location": listing.neighbourhood,
            "personCapacity": listing.person_capacity,
            "reviewCount": listing.review_count,
            "starRating": listing.rating,
        },
        "loggingContext": {"__typename": "PdpLoggingContext", "eventDataLogging": logged},
        "seoFeatures": {"__typename": "SeoFeatures", "canonicalUrl": listing.canonical_url},
    }


def _sbui(listing: InventedListing) -> Node:
    host = {"__typename": "PdpHostOverviewDefaultSection", "title": f"Host: {texts.HOST_NAME}"}
    section = {"__typename": "SectionDataContainer", "sectionId": "HOST_OVERVIEW_DEFAULT", "sectionData": host}
    items = [{"title": line} for line in facts.counted(listing)]
    overview = {"sectionId": "OVERVIEW_DEFAULT_V2", "sectionData": {"overviewItems": items}}
    shown = [section, overview]
    return {"__typename": "StayPDPSBUIData", "sectionConfiguration": {"root": {"sections": shown}}}


def _ugc(text: str) -> Node:
    return {
        "__typename": "UGCText",
        "localizedStringWithTranslationPreference": text,
        "localizedString": text,
        "source": text,
    }


def _node(listing: InventedListing, migrated: frozenset[str]) -> Node:
    presentation: Node = {"__typename": "DemandStayListingPdpPresentationContainer", "mediaTour": None}
    node: Node = {"__typename": "DemandStayListing", "bnbProperty": None, "pdpPresentation": presentation}
    if "TITLE" in migrated:
        presentation["title"] = {"__typename": "PdpUGCText", "content": _ugc(listing.title)}
        node["description"] = {"__typename": "DemandStayListingDescription", "name": _ugc(listing.title)}
    if "LOCATION" in migrated:
        presentation["location"] = {
            "__typename": "StaysPdpLocation",
            "subtitle": listing.neighbourhood,
            "latitude": listing.latitude,
            "longitude": listing.longitude,
            "isExactLocation": False,
        }
        coordinate = {"latitude": listing.latitude, "longitude": listing.longitude}
        node["location"] = {"__typename": "DemandStayListingLocation", "coordinate": coordinate}
    if "REVIEWS" in migrated:
        presentation["quality"] = _quality(listing)
        node["listingRatingStats"] = _rating_stats(listing, exact=True)
    if "PHOTOS" in migrated:
        presentation["mediaTour"] = _media_tour(listing)
    if "HERO" in migrated:
        edges = [{"node": {"image": _image(listing, photo, hero=True)}} for photo in listing.photos[:5]]
        presentation["heroMedia"] = {"__typename": "HeroItemConnection", "edges": edges}
    if "DESCRIPTION" in migrated:
        presentation["descriptions"] = {
            "longDescriptionHtml": _ugc(sections.as_html(listing.description)),
            "shortDescriptionHtml": {"content": _ugc(sections.as_html(listing.description[:20]))},
            "details": terms.licence_node(listing),
        }
    if "AMENITIES" in migrated:
        empty = {"__typename": "LocalizedText", "text": ""}
        presentation["amenities"] = {
            "seeAllAmenitiesGroups": sections.amenity_groups(listing, "AmenityItem", empty)
        }
    if migrated == frozenset(SECTIONS):
        node["personCapacity"] = presentation["personCapacity"] = listing.person_capacity
        node["spaceType"] = listing.space_type
        rate, soon = sections.host_lines(listing)
        presentation["hostInfo"] = {
            "passportData": sections.host_card(listing),
            "responseRateText": rate,
            "responseTimeText": soon,
            "cohosts": terms.co_hosts(listing) or None,
        }
        presentation["overview"] = {"__typename": "StaysPdpOverview", "items": facts.counted(listing)}
        node["propertyType"] = "APARTMENT"
        presentation["sharingConfig"] = {"propertyType": listing.property_type}
        presentation["seoFeatures"] = {"canonicalUrl": listing.canonical_url}
    return node


def _rating_stats(listing: InventedListing, *, exact: bool) -> Node:
    stats: Node = {
        "__typename": "DemandEntityRatingStats",
        "overallRatingStats": {
            "__typename": "DemandReviewRatingStats",
            "ratingAverage": listing.rating,
            "ratingCount": str(listing.review_count),
        },
    }
    if exact:
        stats["categoryRatingStats"] = [
            {"categoryTypeA": name.upper(), "value": {"ratingAverage": value}}
            for name, value in listing.category_ratings.items()
        ]
    return stats


def _quality(listing: InventedListing) -> Node:
    return {
        "__typename": "StaysPdpPresentationQuality",
        "isGuestFavorite": facts.facts_of(listing).guest_favourite,
        "listingRatingStats": _rating_stats(listing, exact=False),
        "hostRatingCount": "450",
        "categoryRatings": sections.percentage_ratings(listing),
        "ratingDistribution": sections.distribution(listing),
        "reviewTags": sections.tags(listing),
    }


def _image(listing: InventedListing, photo: InventedPhoto, *, hero: bool = False) -> Node:
    image: Node = {
        "__typename": "ImageEntity",
        "altText": None,
        "id": relay_id("ImageEntity", photo.image_id),
        "uri": listing.url_of(photo),
        "caption": photo.caption,
        "assetMetadata": {"aspectRatio": 4 / 3, "originalWidth": 4000, "originalHeight": 3000},
        "tags": [{"__typename": "MediaTag", "name": re.sub(r"\W+", "_", photo.room or "")}] if hero else None,
    }
    return image if hero else {**image, "imageId": photo.image_id}


def _media_tour(listing: InventedListing) -> Node:
    stops = []
    for room in listing.rooms or (None,):
        items = [
            {"__typename": "ImageMediaTourItem", "image": _image(listing, photo)}
            for photo in listing.photos
            if photo.room == room
        ]
        beds = terms.beds_in(listing, room) if room is not None else None
        stop = {"__typename": "MediaTourStop", "id": "77", "name": room, "description": beds, "items": items}
        stops.append(stop)
    return {"__typename": "MediaTour", "name": None, "stops": stops}

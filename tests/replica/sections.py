"""Sections of the old layout, each a function of the invented listing."""

from __future__ import annotations

import html
from typing import Any

from tests.replica import terms
from tests.replica.facts import PHRASES, counted, facts_of
from tests.replica.listings import InventedListing, InventedPhoto
from tests.replica.texts import HOST_NAME

Node = dict[str, Any]


def as_html(text: str) -> str:
    """Text as the site writes it: entities, and ``<br />`` for a line break."""
    return html.escape(text, quote=False).replace("\n", "<br />").replace("'", "&#39;")


def title(listing: InventedListing) -> Node:
    embed = {
        "__typename": "StayEmbedData",
        "id": listing.listing_id,
        "name": listing.title,
        "personCapacity": listing.person_capacity,
        "propertyType": listing.property_type,
        "reviewCount": listing.review_count,
        "starRating": listing.rating,
    }
    return {
        "__typename": "PdpTitleSection",
        "title": listing.title,
        "shareSave": {"__typename": "ShareSave", "entityId": listing.listing_id, "embedData": embed},
        "actionableIcon": None,
    }


def location(listing: InventedListing) -> Node:
    return {
        "__typename": "LocationSection",
        "title": "—",
        "subtitle": listing.neighbourhood,
        "lat": listing.latitude,
        "lng": listing.longitude,
        "mapMarkerType": "APPROX",
        "mapMarkerRadiusInMeters": 500,
        "address": None,
        "previewLocationDetails": [],
    }


def percentage_ratings(listing: InventedListing) -> list[Node]:
    return [
        {
            "__typename": "CategoryRating",
            "categoryType": name.upper(),
            "localizedRating": f"{value:.1f}".replace(".", ","),
            "label": name.title(),
            "accessibilityLabel": f"{value:.1f} / 5",
            "percentage": round(value, 1) / 5,
        }
        for name, value in listing.category_ratings.items()
    ]


def tags(listing: InventedListing) -> list[Node]:
    return [
        {"__typename": "ReviewTag", "name": name, "count": count, "localizedName": name.title()}
        for name, count in listing.review_tags
    ]


def reviews_section(listing: InventedListing) -> Node:
    return {
        "__typename": "StayPdpReviewsSection",
        "title": None,
        "ratings": percentage_ratings(listing),
        "ratingDistribution": distribution(listing),
        "isGuestFavorite": facts_of(listing).guest_favourite,
        "overallCount": listing.review_count,
        "overallRating": listing.rating,
        "reviewsData": {"__typename": "PdpReviewsSectionReviewData", "reviewRating": str(listing.rating)},
        "reviewTags": tags(listing),
    }


def _media_item(listing: InventedListing, photo: InventedPhoto) -> Node:
    return {
        "__typename": "Image",
        "id": photo.image_id,
        "aspectRatio": 4 / 3,
        "orientation": "LANDSCAPE",
        "accessibilityLabel": photo.label,
        "baseUrl": listing.url_of(photo),
        "imageMetadata": {
            "__typename": "ImageMetadata",
            "caption": photo.caption,
            "imageType": None,
            "localizedCaption": None,
        },
        "previewEncodedPng": None,
    }


def photo_tour(listing: InventedListing) -> Node:
    items = [
        {
            "__typename": "RoomTourItem",
            "title": room,
            "subtitle": terms.beds_in(listing, room),
            "imageIds": [photo.image_id for photo in listing.photos if photo.room == room],
            "mediaBlocks": [],
            "highlights": [],
        }
        for room in listing.rooms
    ]
    return {
        "__typename": "PhotoTourModalSection",
        "title": "—",
        "mediaItems": [_media_item(listing, photo) for photo in listing.photos],
        "roomTourLayoutInfos": [{"__typename": "RoomTourLayoutInfo", "roomTourItems": items}] if items else [],
    }


def hero(listing: InventedListing) -> Node:
    images = [
        {
            "__typename": "Image",
            "id": photo.image_id,
            "baseUrl": listing.url_of(photo),
            "previewEncodedPng": None,
            "accessibilityLabel": f"{listing.title} 1",
        }
        for photo in listing.photos[:5]
    ]
    return {"__typename": "PdpHeroSection", "previewImages": images, "heroVariant": "DEFAULT"}


def description(listing: InventedListing) -> Node:
    return {
        "__typename": "PdpDescriptionSection",
        "title": None,
        "htmlDescription": {
            "__typename": "ReadMoreHtml",
            "recommendedNumberOfLines": 6,
            "htmlText": as_html(listing.description),
        },
    }


def description_modal(listing: InventedListing) -> Node:
    item = {
        "__typename": "BasicListItem",
        "html": {"__typename": "Html", "htmlText": as_html(listing.description)},
        "title": None,
    }
    items = [item, *terms.licence_node(listing)]
    return {"__typename": "GeneralListContentSection", "items": items, "title": "—"}


def amenity_groups(listing: InventedListing, kind: str, subtitle: object) -> list[Node]:
    groups = [
        [
            {"__typename": kind, "available": True, "title": name, "icon": "SYSTEM", "subtitle": subtitle}
            for name in listing.amenities[start : start + 3]
        ]
        for start in range(0, len(listing.amenities), 3)
    ]
    missing = {
        "__typename": kind,
        "available": False,
        "title": "(!)",
        "icon": "SYSTEM_NO",
        "subtitle": subtitle,
    }
    return [{"__typename": f"{kind}Group", "title": "—", "amenities": group} for group in [*groups, [missing]]]


def amenities(listing: InventedListing) -> Node:
    return {
        "__typename": "AmenitiesSection",
        "title": "—",
        "previewAmenitiesGroups": amenity_groups(listing, "Amenity", "")[:1],
        "seeAllAmenitiesGroups": amenity_groups(listing, "Amenity", ""),
    }


def distribution(listing: InventedListing) -> list[Node]:
    return [
        {"__typename": "CategoryRating", "label": stars, "percentage": share, "localizedRating": "—"}
        for stars, share in facts_of(listing).star_shares.items()
    ]


def policies(listing: InventedListing) -> Node:
    rules = [{"__typename": "BasicListItem", "title": rule} for rule in facts_of(listing).house_rules]
    policy = {"__typename": "CancellationPolicy", "title": facts_of(listing).cancellation}
    return {"__typename": "PoliciesSection", "houseRules": rules, "cancellationPolicyForDisplay": policy}


def highlights(listing: InventedListing) -> Node:
    rows = [
        {"__typename": "PdpHighlight", "title": line, "subtitle": "—"} for line in facts_of(listing).highlights
    ]
    return {"__typename": "PdpHighlightsSection", "highlights": rows}


def host_card(listing: InventedListing) -> Node:
    host = facts_of(listing).host
    return {
        "__typename": "PassportCardData",
        "name": HOST_NAME,
        "isSuperhost": host.superhost,
        "timeAsHost": {"__typename": "TimeAsUser", "years": host.years},
    }


def host_lines(listing: InventedListing) -> tuple[str, str]:
    host, own = facts_of(listing).host, PHRASES[listing.language]
    return own.rate.format(round((host.response_rate or 0) * 100)), host.response_time or ""


def meet_your_host(listing: InventedListing) -> Node:
    return {
        "__typename": "MeetYourHostSection",
        "cardData": host_card(listing),
        "hostDetails": list(host_lines(listing)),
        "cohosts": terms.co_hosts(listing) or None,
    }


def calendar(listing: InventedListing) -> Node:
    items = [{"__typename": "BasicListItem", "title": line} for line in counted(listing)[1:]]
    return {
        "__typename": "AvailabilityCalendarSection",
        "descriptionItems": items,
        "listingTitle": listing.title,
        "maxGuestCapacity": listing.person_capacity,
    }

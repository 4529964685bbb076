"""Facts from ld+json and from the hydrated DOM: for pages that came without their state script.

Only what stands there without local spelling is read: no stars, dates or counts out of running text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from scrapers.airbnb.parse.document import Document, local_copy
from scrapers.airbnb.parse.embedded import COPY_KEY, embedded_key
from scrapers.airbnb.parse.findings import Findings
from scrapers.airbnb.parse.photos import Album, Shot, full_size
from scrapers.airbnb.parse.shapes import child, count, html_text, node, node_text, number, position, stars, text
from scrapers.airbnb.parse.state import canonical
from scrapers.airbnb.urls import is_media_host

_TOUR = '[data-section-id^="PHOTO_TOUR"]'
_PERSON_FOLDERS = frozenset({"user", "users", "User"})
_MAX_GUESTS = 100


def read_linked_data(document: Document, findings: Findings) -> list[Album]:
    """Tell ``findings`` what the ld+json says; its pictures."""
    pictures: list[Shot] = []
    for item in document.linked_data():
        kind = item.get("@type")
        kinds = kind if isinstance(kind, list) else [kind]
        if "VacationRental" in kinds:
            _rental(item, findings)
            listed = item.get("image")
            urls = listed if isinstance(listed, list) else [listed]
            pictures += [Shot(url) for value in urls if (url := full_size(_picture(value))) is not None]
        if "VacationRental" in kinds or "Product" in kinds:
            average = node(item, "aggregateRating")
            findings.say("rating", stars(average.get("ratingValue")), "ld+json")
            for name in ("reviewCount", "ratingCount"):
                findings.say("review_count", count(average.get(name)), "ld+json")
    return [Album("ld+json", tuple(pictures), tour=False)] if pictures else []


def _picture(value: object) -> object:
    return value if isinstance(value, str) else child(value, "url") or child(value, "contentUrl")


def _rental(item: dict[str, Any], findings: Findings) -> None:
    findings.say("title", text(item.get("name")), "ld+json")
    findings.say("description", html_text(item.get("description")), "ld+json")
    findings.say("position", position(item.get("latitude"), item.get("longitude")), "ld+json")
    place = node(item, "geo")
    findings.say("position", position(place.get("latitude"), place.get("longitude")), "ld+json")
    findings.say("neighbourhood", text(child(item, "address", "addressLocality")), "ld+json")
    findings.say("url", canonical(item.get("url")), "ld+json")
    home = node(item, "containsPlace")
    # its occupancy is the number of beds
    for name, field in (("bedrooms", "numberOfBedrooms"), ("bathrooms", "numberOfBathroomsTotal")):
        rooms = number(home.get(field))
        if rooms is not None and 0 <= rooms <= _MAX_GUESTS:
            findings.say(name, rooms, "ld+json")


def read_dom(document: Document, findings: Findings) -> list[Album]:
    """Tell ``findings`` what the DOM says; the photos that it shows."""
    tree = document.tree
    in_dialogs = {heading.mem_id for heading in tree.css('[role="dialog"] h1')}
    others = (heading for heading in tree.css("h1") if heading.mem_id not in in_dialogs)
    title = tree.css_first('[data-section-id="TITLE_DEFAULT"] h1') or next(others, None)
    findings.say("title", node_text(title) if title is not None else None, "dom")
    described = tree.css_first('[data-section-id="DESCRIPTION_DEFAULT"]')
    findings.say("description", node_text(described) if described is not None else None, "dom")
    findings.say("url", document.canonical_url(), "dom")
    return dom_albums(document)


def dom_albums(document: Document) -> list[Album]:
    """The photo tour, if it is open, and the photos of the page itself."""
    tours = [_tour(section) for section in document.tree.css(_TOUR)]
    shown = document.tree.css('[data-section-id^="HERO"] img')
    if not any(True for _ in _shots(shown)) and not any(tour.shots for tour in tours):
        shown = document.tree.css("img[data-original-uri]")
    hero = Album("dom", tuple(_shots(shown)), tour=False)
    return [album for album in (*tours, hero) if album.shots]


def _shots(images: list[LexborNode]) -> Iterator[Shot]:
    for image in images:
        shot = _shot(image)
        if shot is not None:
            yield shot


def _shot(image: LexborNode) -> Shot | None:
    """A photo by its address: that of its original, of what is shown, or of the copy in or beside the page."""
    source = image.attributes.get("src")
    copy = local_copy(source)
    url = full_size(image.attributes.get("data-original-uri")) or _shown_address(source) or embedded_key(source)
    if url is None and copy is not None:
        url = f"{COPY_KEY}{copy}"
    if url is None or _PERSON_FOLDERS & set(url.split("/")):
        return None
    return Shot(url, label=text(image.attributes.get("alt")), saved_as=copy)


def _shown_address(source: str | None) -> str | None:
    url = full_size(source)
    return url if url is not None and is_media_host(urlsplit(url).hostname or "") else None


def _tour(section: LexborNode) -> Album:
    """Photos under the heading that precedes them; the last place of a photo counts.

    The tour begins with one thumbnail per room; those photos come again under the heading of their room.
    """
    names: list[str | None] = []
    found: dict[str, Shot] = {}
    room: int | None = None
    for item in section.css("h1, h2, h3, img"):
        if item.tag != "img":
            names.append(node_text(item) if item.tag != "h1" else None)
            room = len(names) - 1 if names[-1] is not None else None
        elif (shot := _shot(item)) is not None:
            found.pop(shot.url, None)
            found[shot.url] = Shot(shot.url, label=shot.label, room=room, saved_as=shot.saved_as)
    rooms = tuple(name or "" for name in names)
    return Album("dom", tuple(found.values()), tour=True, rooms=rooms or None)

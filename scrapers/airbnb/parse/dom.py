"""Facts from ld+json and from the hydrated DOM: for pages that came without their state script.

Only what stands there without local spelling is read: no stars, dates or counts out of running text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from selectolax.lexbor import LexborNode

from scrapers.airbnb.parse.document import Document, is_inside, local_copy
from scrapers.airbnb.parse.findings import Findings
from scrapers.airbnb.parse.photos import Album, Shot, full_size
from scrapers.airbnb.parse.shapes import child, count, html_text, node, node_text, number, position, stars, text
from scrapers.airbnb.parse.state import canonical
from scrapers.digests import digest_of
from scrapers.listing import Review
from scrapers.review_fields import parse_language

_TOUR = '[data-section-id^="PHOTO_TOUR"]'
_NOT_TEXT = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "a", "button", "time", "ol", "ul", "svg", "script", "style"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
_PERSON_FOLDERS = frozenset({"user", "users", "User"})
_MAX_GUESTS = 100
_MAX_ID_CHARACTERS = 100
_ID_DIGITS = 20
_Path = tuple[tuple[str, int], ...]


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
    guests = count(child(home, "occupancy", "value"))
    if guests is not None and 1 <= guests <= _MAX_GUESTS:
        findings.say("person_capacity", guests, "ld+json")
    for name, field in (("bedrooms", "numberOfBedrooms"), ("bathrooms", "numberOfBathroomsTotal")):
        rooms = number(home.get(field))
        if rooms is not None and 0 <= rooms <= _MAX_GUESTS:
            findings.say(name, rooms, "ld+json")


def read_dom(document: Document, findings: Findings) -> list[Album]:
    """Tell ``findings`` what the DOM says; the photos that it shows."""
    tree = document.tree
    title = tree.css_first('[data-section-id="TITLE_DEFAULT"] h1') or tree.css_first("h1")
    findings.say("title", node_text(title) if title is not None else None, "dom")
    described = tree.css_first('[data-section-id="DESCRIPTION_DEFAULT"]')
    findings.say("description", node_text(described) if described is not None else None, "dom")
    findings.say("url", document.canonical_url(), "dom")
    return dom_albums(document)


def dom_albums(document: Document) -> list[Album]:
    """The photo tour, if it is open, and the photos of the page itself."""
    tours = [_tour(section) for section in document.tree.css(_TOUR)]
    shown = document.tree.css('[data-section-id^="HERO"] img[data-original-uri]')
    if not shown and not any(tour.shots for tour in tours):
        shown = document.tree.css("img[data-original-uri]")
    hero = Album("dom", tuple(_shots(shown)), tour=False)
    return [album for album in (*tours, hero) if album.shots]


def _shots(images: list[LexborNode]) -> Iterator[Shot]:
    for image in images:
        shot = _shot(image)
        if shot is not None:
            yield shot


def _shot(image: LexborNode) -> Shot | None:
    url = full_size(image.attributes.get("data-original-uri"))
    if url is None or _PERSON_FOLDERS & set(url.split("/")):
        return None
    return Shot(url, label=text(image.attributes.get("alt")), saved_as=local_copy(image.attributes.get("src")))


def _tour(section: LexborNode) -> Album:
    """Photos under the heading that precedes them; the last place of a photo counts.

    The tour begins with one thumbnail per room; those photos come again under the heading of their room.
    """
    names: list[str | None] = []
    found: dict[str, Shot] = {}
    room: int | None = None
    for item in section.css("h1, h2, h3, img[data-original-uri]"):
        if item.tag != "img":
            names.append(node_text(item) if item.tag != "h1" else None)
            room = len(names) - 1 if names[-1] is not None else None
        elif (shot := _shot(item)) is not None:
            found.pop(shot.url, None)
            found[shot.url] = Shot(shot.url, label=shot.label, room=room, saved_as=shot.saved_as)
    rooms = tuple(name or "" for name in names)
    return Album("dom", tuple(found.values()), tour=True, rooms=rooms or None)


def read_reviews(document: Document) -> tuple[tuple[Review, ...], int]:
    """The reviews that the DOM shows, and how many cards have no text that could be told apart.

    No attribute marks the text inside a card. Cards are laid out alike: the place of the text is the one that
    holds by far most text over all cards. Where two places compete, nothing is read. Headings, links, buttons
    and what stands beside a heading (there is the reviewer) never count.
    """
    cards = list(_cards(document))
    texts = [dict(_texts(card)) for _, card in cards]
    best = _place_of_text(texts)
    reviews: dict[str, Review] = {}
    for (review_id, _), places in zip(cards, texts, strict=True):
        if best is not None and best in places:
            element, written = places[best]
            language = parse_language(element.attributes.get("lang"))
            review = Review(id=review_id or digest_of(written)[:_ID_DIGITS], text=written, language=language)
            reviews.setdefault(review.id, review)
    return tuple(reviews.values()), sum(best not in places for places in texts)


def _cards(document: Document) -> Iterator[tuple[str | None, LexborNode]]:
    """Each review's element and number: marked ones, else the items with a heading in the reviews section."""
    marked: dict[str, LexborNode] = {}
    for card in document.tree.css("[data-review-id]"):
        number = text(card.attributes.get("data-review-id"))
        if number is not None and len(number) <= _MAX_ID_CHARACTERS:
            marked.setdefault(number, card)
    if marked:
        yield from marked.items()
        return
    for card in document.tree.css('[data-section-id="REVIEWS_DEFAULT"] [role="listitem"]'):
        if card.css_first("h3") is not None:
            yield None, card


def _place_of_text(cards: Sequence[Mapping[_Path, tuple[LexborNode, str]]]) -> _Path | None:
    """The place that holds more than twice as much text as any other, in more than half of the cards."""
    weights: dict[_Path, int] = {}
    for places in cards:
        for path, (_, written) in places.items():
            weights[path] = weights.get(path, 0) + len(written)
    ranked = sorted(weights, key=lambda path: -weights[path])
    if not ranked or (len(ranked) > 1 and weights[ranked[0]] <= 2 * weights[ranked[1]]):
        return None
    return ranked[0] if sum(ranked[0] in places for places in cards) * 2 > len(cards) else None


def _texts(card: LexborNode) -> Iterator[tuple[_Path, tuple[LexborNode, str]]]:
    """Elements that directly hold text, by the way to them from the card."""
    for element in card.traverse():
        if (
            element.mem_id == card.mem_id
            or is_inside(element, _NOT_TEXT, card)
            or _beside_heading(element, card)
        ):
            continue
        if any(
            item.is_text_node and (item.text_content or "").strip() for item in element.iter(include_text=True)
        ):
            written = node_text(element)
            if written is not None:
                yield _way(element, card), (element, written)


def _beside_heading(element: LexborNode, card: LexborNode) -> bool:
    """Whether a heading shares the parent of ``element``, or of something around it inside the card."""
    current: LexborNode | None = element
    while current is not None and current.mem_id != card.mem_id:
        around = current.parent
        if around is None or around.mem_id == card.mem_id:
            return False
        if any(item.tag in _HEADINGS for item in around.iter()):
            return True
        current = around
    return False


def _way(element: LexborNode, card: LexborNode) -> _Path:
    steps = []
    current: LexborNode | None = element
    while current is not None and current.mem_id != card.mem_id:
        number, before = 0, current.prev
        while before is not None:
            number += before.tag == current.tag
            before = before.prev
        steps.append((current.tag or "", number))
        current = current.parent
    return tuple(reversed(steps))

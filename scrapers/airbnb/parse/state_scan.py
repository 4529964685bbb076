"""Finding a listing's pieces in a page state, by key and by shape, never by index."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scrapers.airbnb.parse.shapes import Node, child, is_stub

_RELAY = re.compile(r"(?:Demand)?StayListing:([0-9]{1,20})")
_NUMBER = re.compile(r"[0-9]{1,20}")
_QUERY = "StaysPdpSections"
_GONE = frozenset({"PERMISSION_DENIED", "NOT_FOUND"})
_LOGGED = ("listingLat", "guestSatisfactionOverall", "visibleReviewCount")
_TERMS = ("structuredDisplayPrice", "calendarMonths", "cancellationPolicies", "pdpSectionsRequest")
_MAX_NODES = 2_000_000


@dataclass
class Pieces:
    """What one entry of the page state (or one answer) holds about a listing.

    Attributes:
        listing_id: that the entry asked for; ``None`` where it does not say.
        sections: by ``sectionId``; stubs and empty ones are left out.
        logged: ``eventDataLogging`` objects.
        listings: ``node`` objects of the new layout.
        shown: by ``sectionId``: what the page draws of a section, where that stands apart.
        sharing, seo: objects of the metadata.
        terms: by name: prices, calendars, cancellation policies and the dates that were asked for.
        gone: whether the query was refused because the listing is not shown.
    """

    listing_id: str | None = None
    sections: dict[str, Node] = field(default_factory=dict)
    logged: list[Node] = field(default_factory=list)
    listings: list[Node] = field(default_factory=list)
    sharing: list[Node] = field(default_factory=list)
    seo: list[Node] = field(default_factory=list)
    shown: dict[str, Node] = field(default_factory=dict)
    terms: dict[str, list[Any]] = field(default_factory=dict)
    gone: bool = False

    @property
    def said_something(self) -> bool:
        """Whether there is anything to read facts from; a calendar comes in an answer of its own."""
        return bool(self.sections or self.logged or self.listings or "calendarMonths" in self.terms)


def scan(state: object, wanted_id: str | None = None) -> list[Pieces]:
    """The entries of a page state that are about one and the same listing.

    Args:
        state: parsed JSON: the content of the script, or a single answer.
        wanted_id: number of the listing, where the address says it. Where an entry asked for that one, entries
            that asked for another are left out; else those that differ from the first.
    """
    found = []
    for key, entry in _entries(state):
        pieces = Pieces(listing_id=_listing_id(key, entry))
        _collect(entry, pieces)
        if pieces.said_something or pieces.gone:
            found.append((key.startswith(_QUERY), pieces))
    found.sort(key=lambda pair: not pair[0])
    ids = [pieces.listing_id for _, pieces in found if pieces.listing_id is not None]
    if not ids:
        return [pieces for _, pieces in found]
    chosen = wanted_id if wanted_id in ids else ids[0]
    return [pieces for _, pieces in found if pieces.listing_id in {None, chosen}]


def decode_relay_id(value: object) -> str | None:
    """The number in ``base64("StayListing:<number>")``."""
    if not isinstance(value, str) or len(value) > 200:
        return None
    try:
        decoded = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    found = _RELAY.fullmatch(decoded)
    return found[1] if found else None


def listing_number(value: object) -> str | None:
    """A listing number, written as text or as a whole number."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        value = str(value) if value < 10**20 else None
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) and value.strip("0") else None


def _entries(state: object) -> Iterator[tuple[str, object]]:
    """Pairs of query and answer; a state that is no list of pairs is one answer."""
    lists = (
        [value for value in state.values() if isinstance(value, list)] if isinstance(state, dict) else [state]
    )
    pairs = [item for value in lists if isinstance(value, list) for item in value if _is_pair(item)]
    if not pairs:
        yield "", state
    for key, entry in pairs:
        yield key if isinstance(key, str) else "", entry


def _is_pair(item: object) -> bool:
    return isinstance(item, list) and len(item) == 2 and isinstance(item[1], dict)


def _listing_id(key: str, entry: object) -> str | None:
    variables = child(entry, "variables")
    asked = [child(variables, "id"), child(variables, "demandStayListingId")]
    _, _, arguments = key.partition(":")
    try:
        named = json.loads(arguments)
    except (ValueError, RecursionError):
        named = None
    asked += [child(named, "id"), child(named, "demandStayListingId")]
    return next((number for value in asked if (number := decode_relay_id(value)) is not None), None)


def _collect(entry: object, pieces: Pieces) -> None:
    """Walk through ``entry`` in document order, without recursion, and sort what is recognised."""
    stack: list[Any] = [entry]
    for _ in range(_MAX_NODES):
        if not stack:
            return
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(reversed(value))
        elif isinstance(value, dict) and not _sort(value, pieces):
            for name in ("seoFeatures", "sharingConfig"):
                if isinstance(found := value.get(name), dict) and not is_stub(found):
                    (pieces.seo if name == "seoFeatures" else pieces.sharing).append(found)
            for name in _TERMS:
                if isinstance(value.get(name), dict | list):
                    pieces.terms.setdefault(name, []).append(value[name])
            stack.extend(reversed([item for item in value.values() if isinstance(item, dict | list)]))


def _sort(value: Node, pieces: Pieces) -> bool:
    """Keep ``value`` if it is a piece; whether nothing below it has to be looked at."""
    section_id = value.get("sectionId")
    if isinstance(section_id, str) and "section" in value:
        section = value["section"]
        if isinstance(section, dict) and not is_stub(section):
            pieces.sections.setdefault(section_id, section)
        return True
    if isinstance(section_id, str) and isinstance(drawn := value.get("sectionData"), dict):
        pieces.shown.setdefault(section_id, drawn)
        return True
    if isinstance(value.get("pdpPresentation"), dict):
        pieces.listings.append(value)
        return True
    if any(name in value for name in _LOGGED):
        pieces.logged.append(value)
        return True
    if isinstance(error := value.get("errorType"), str) and error in _GONE:
        pieces.gone = True
    return False

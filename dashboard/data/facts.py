"""The facts of a listing in words, for every page that shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dashboard import formatting
from scrapers.listing import Availability, FieldStatus, Host, Listing, PriceDetails

#: always shown, with what the source does not say
_FIRST: Final = {
    "property_type": "Kind of place",
    "neighbourhood": "Where",
    "person_capacity": "Guests",
    "bedrooms": "Bedrooms",
    "beds": "Beds",
    "bathrooms": "Bathrooms",
    "price": "Price",
}
#: shown where the source says something about them
_MORE: Final = {
    "beds_by_room": "Where the beds are",
    "price_details": "What the price is for",
    "check_in": "Check-in",
    "check_out": "Check-out",
    "minimum_nights": "Shortest stay",
    "availability": "Free days",
    "cancellation": "Cancellation",
    "house_rules": "House rules",
    "host": "Host",
    "guest_favourite": "Guest favourite",
    "star_shares": "Stars given",
    "review_tags": "Counted by the source",
    "highlights": "Highlights",
    "has_licence": "Licence number",
}
_LONG: Final = {
    "description": "Description",
    "neighbourhood_text": "The neighbourhood",
    "amenities": "Amenities",
}
#: every fact that has a name on the pages
NAMED: Final = frozenset(_FIRST | _MORE | _LONG)
#: of the facts above, those that Compare reads across
ACROSS: Final = (
    *("check_in", "check_out", "minimum_nights", "availability", "cancellation", "house_rules", "host"),
    *("guest_favourite", "has_licence"),
)


@dataclass(frozen=True)
class Fact:
    """A fact of the listing; ``status`` tells *none* (the source said so) from *absent* (it did not say)."""

    label: str
    value: str
    status: FieldStatus


def facts(listing: Listing) -> list[Fact]:
    """The listing's facts in reading order: the usual ones always, the others where something is said."""
    more = [_fact(listing, field, label) for field, label in _MORE.items()]
    return [
        *(_fact(listing, field, label) for field, label in _FIRST.items()),
        *(fact for fact in more if fact.status == "present"),
    ]


def long_facts(listing: Listing) -> list[Fact]:
    """What takes paragraphs: description, neighbourhood, amenities."""
    return [_fact(listing, field, label) for field, label in _LONG.items()]


def label_of(field: str) -> str:
    """What a fact is called on the pages."""
    return (_FIRST | _MORE | _LONG)[field]


def value_of(listing: Listing, field: str) -> str:
    """One fact in words; empty where the source does not say."""
    value = getattr(listing, field)
    return _WORDS.get(field, _plain)(value) if listing.status(field) == "present" else ""


def _fact(listing: Listing, field: str, label: str) -> Fact:
    return Fact(label, value_of(listing, field), listing.status(field))


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return formatting.decimal(value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def _price(details: PriceDetails) -> str:
    days = (
        f"{details.check_in.isoformat()} to {details.check_out.isoformat()}"
        if details.check_in and details.check_out
        else ""
    )
    nights = formatting.count(details.nights, "night") if details.nights else ""
    lines = [f"{line.label}: {line.amount}" for line in details.lines]
    return " · ".join(part for part in (nights, days, *lines) if part)


def _free(days: Availability) -> str:
    shown = f"{days.free} of {formatting.count(days.days, 'day')} shown"
    if days.first and days.last:
        return f"{shown}, {days.first.isoformat()} to {days.last.isoformat()}"
    return shown


def _host(host: Host) -> str:
    """Everything but who it is."""
    rate = f"answers {100 * host.response_rate:.0f} %" if host.response_rate is not None else ""
    parts = (
        "Superhost" if host.superhost else "",
        f"{formatting.count(host.years, 'year')} of hosting" if host.years else "",
        " ".join(part for part in (rate, host.response_time or "") if part),
        formatting.count(host.co_hosts, "co-host") if host.co_hosts else "",
        formatting.count(host.listings, "listing") if host.listings else "",
    )
    return " · ".join(part for part in parts if part) or "Nothing but that there is one"


def _stars(shares: dict[str, float]) -> str:
    given = sorted(shares.items(), reverse=True)
    return " · ".join(f"{stars} ★ {100 * share:.0f} %" for stars, share in given)


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "beds_by_room": lambda rooms: " · ".join(f"{one.room}: {one.beds}" for one in rooms),
    "price_details": _price,
    "minimum_nights": lambda nights: formatting.count(nights, "night"),
    "availability": _free,
    "house_rules": " · ".join,
    "highlights": " · ".join,
    "host": _host,
    "guest_favourite": lambda given: "Yes" if given else "No",
    "star_shares": _stars,
    "review_tags": lambda tags: " · ".join(f"{t.name} {t.count}" if t.count else t.name for t in tags),
    "has_licence": lambda shown: "Shown by the source" if shown else "Not shown",
}

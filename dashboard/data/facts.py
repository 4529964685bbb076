"""The facts of a listing in words, for every page that shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dashboard import formatting
from dashboard.words import date_words, mark, percent, t, tn
from scrapers.listing import Availability, FieldStatus, Host, Listing, PriceDetails

#: always shown, with what the source does not say
_FIRST: Final = {
    "property_type": mark("Kind of place"),
    "neighbourhood": mark("Where"),
    "person_capacity": mark("Guests"),
    "bedrooms": mark("Bedrooms"),
    "beds": mark("Beds"),
    "bathrooms": mark("Bathrooms"),
    "price": mark("Price"),
}
#: shown where the source says something about them
_MORE: Final = {
    "beds_by_room": mark("Where the beds are"),
    "price_details": mark("What the price is for"),
    "check_in": mark("Check-in"),
    "check_out": mark("Check-out"),
    "minimum_nights": mark("Shortest stay"),
    "availability": mark("Free days"),
    "cancellation": mark("Cancellation"),
    "house_rules": mark("House rules"),
    "host": mark("Host"),
    "guest_favourite": mark("Guest favourite"),
    "star_shares": mark("Stars given"),
    "review_tags": mark("Counted by the source"),
    "highlights": mark("Highlights"),
    "has_licence": mark("Licence number"),
}
_LONG: Final = {
    "description": mark("Description"),
    "neighbourhood_text": mark("The neighbourhood"),
    "amenities": mark("Amenities"),
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
    days = _days(details.check_in, details.check_out) if details.check_in and details.check_out else ""
    nights = formatting.count(details.nights, "night") if details.nights else ""
    lines = [f"{line.label}: {line.amount}" for line in details.lines]
    return " · ".join(part for part in (nights, days, *lines) if part)


def _free(days: Availability) -> str:
    shown = tn("{free} of {number} day shown", "{free} of {number} days shown", days.days, free=days.free)
    return f"{shown}, {_days(days.first, days.last)}" if days.first and days.last else shown


def _days(first: dt.date, last: dt.date) -> str:
    return t("{first} to {last}", first=date_words(first), last=date_words(last))


def _host(host: Host) -> str:
    """Everything but who it is."""
    rate = t("answers {share}", share=percent(host.response_rate)) if host.response_rate is not None else ""
    parts = (
        t("Superhost") if host.superhost else "",
        tn("{number} year of hosting", "{number} years of hosting", host.years) if host.years else "",
        " ".join(part for part in (rate, host.response_time or "") if part),
        formatting.count(host.co_hosts, "co-host") if host.co_hosts else "",
        formatting.count(host.listings, "listing") if host.listings else "",
    )
    return " · ".join(part for part in parts if part) or t("Nothing but that there is one")


def _stars(shares: dict[str, float]) -> str:
    given = sorted(shares.items(), reverse=True)
    return " · ".join(f"{stars} ★ {percent(share)}" for stars, share in given)


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "beds_by_room": lambda rooms: " · ".join(f"{one.room}: {one.beds}" for one in rooms),
    "price_details": _price,
    "minimum_nights": lambda nights: formatting.count(nights, "night"),
    "availability": _free,
    "house_rules": " · ".join,
    "highlights": " · ".join,
    "host": _host,
    "guest_favourite": lambda given: t("Yes") if given else t("No"),
    "star_shares": _stars,
    "review_tags": lambda tags: " · ".join(f"{t.name} {t.count}" if t.count else t.name for t in tags),
    "has_licence": lambda shown: t("Shown by the source") if shown else t("Not shown"),
}

"""What a page says of money, free days, beds and licences; prices only where a visitor asks for days."""

from __future__ import annotations

import datetime as dt
from typing import Any

from scrapers.listing import Availability, BedsOfRoom, PriceDetails, PriceLine
from tests.replica.facts import PHRASES, InventedFacts, facts_of
from tests.replica.listings import InventedListing

Node = dict[str, Any]
Days = tuple[dt.date, dt.date]
ARRIVAL = dt.date(2026, 11, 9)
_FIRST_DAY = dt.date(2026, 10, 1)
_DAYS = 92


def days_of(listing: InventedListing) -> Days:
    """A stay of as many nights as the listing's price is for."""
    return ARRIVAL, ARRIVAL + dt.timedelta(days=facts_of(listing).nights)


def asked(listing: InventedListing) -> str:
    """The query of an address that asks for those days."""
    first, last = days_of(listing)
    return f"check_in={first}&check_out={last}&adults=2"


def price_line(listing: InventedListing) -> str:
    """For how many nights the price is, in the language of the page."""
    return NIGHTS[listing.language].format(facts_of(listing).nights)


def price_given(listing: InventedListing) -> PriceDetails:
    """The price of that stay."""
    facts = facts_of(listing)
    first, last = days_of(listing)
    return PriceDetails(
        total=float(facts.price.removeprefix("€")),
        currency="EUR",
        nights=facts.nights,
        check_in=first,
        check_out=last,
        lines=tuple(PriceLine(label=label, amount=amount) for label, amount in _lines(facts, listing)),
    )


def shown_price(listing: InventedListing) -> Node:
    """The price as the state holds it: of two kinds, one of them with a discount."""
    facts = facts_of(listing)
    line: Node = {"qualifier": price_line(listing), "accessibilityLabel": "—"}
    if int(listing.listing_id) % 2:
        line |= {"__typename": "QualifiedDisplayPriceLine", "price": facts.price}
    else:
        line |= {
            "__typename": "DiscountedDisplayPriceLine",
            "discountedPrice": facts.price,
            "originalPrice": "€9,999",
        }
    items = [
        {"__typename": "DefaultExplanationLineItem", "description": label, "priceString": amount}
        for label, amount in _lines(facts, listing)
    ]
    return {
        "__typename": "StructuredDisplayPrice",
        "primaryLine": line,
        "secondaryLine": None,
        "explanationData": {"priceDetails": [{"__typename": "PriceGroup", "items": items}]},
    }


def free_days(listing: InventedListing) -> dict[dt.date, bool]:
    """Three months of a calendar."""
    seed = int(listing.listing_id) % 97
    return {_FIRST_DAY + dt.timedelta(days=n): (n * 7 + seed) % 5 > 1 for n in range(_DAYS)}


def availability(listing: InventedListing) -> Availability:
    """What the calendar adds up to."""
    free = free_days(listing)
    return Availability(days=len(free), free=sum(free.values()), first=min(free), last=max(free))


def least_nights(listing: InventedListing) -> int:
    """Shortest time to book."""
    return 1 + int(listing.listing_id) % 4


def calendar_response(listing: InventedListing) -> Node:
    """Answer of the calendar's own request."""
    months: dict[tuple[int, int], list[Node]] = {}
    for day, free in free_days(listing).items():
        nights = least_nights(listing) + (0 if free else 20)
        row = {"calendarDate": day.isoformat(), "available": free, "minNights": nights, "maxNights": 365}
        months.setdefault((day.year, day.month), []).append({"__typename": "MerlinCalendarDay", **row})
    rows = [{"year": year, "month": month, "days": days} for (year, month), days in months.items()]
    return {"data": {"merlin": {"pdpAvailabilityCalendar": {"calendarMonths": rows}}}}


def beds_in(listing: InventedListing, room: str) -> str | None:
    """The beds of a room, in the language of the page; only bedrooms have any."""
    if room not in listing.words.rooms[1:3]:
        return None
    return PHRASES[listing.language].beds.format(listing.words.rooms.index(room) + 1)


def beds_by_room(listing: InventedListing) -> tuple[BedsOfRoom, ...] | None:
    """The beds of all bedrooms of the tour."""
    pairs = ((room, beds_in(listing, room)) for room in listing.rooms)
    return tuple(BedsOfRoom(room=room, beds=beds) for room, beds in pairs if beds) or None


def licence_line(listing: InventedListing) -> tuple[str, str] | None:
    """What is headed as a licence, and what stands below: a number, or that there is none."""
    has = facts_of(listing).has_licence
    return None if has is None else (LICENCE[listing.language], "HUT-001234" if has else "Exempt")


def licence_node(listing: InventedListing) -> list[Node]:
    """The same as a list of the state."""
    licence = licence_line(listing)
    return [] if licence is None else [{"title": licence[0], "html": {"htmlText": licence[1]}}]


def co_hosts(listing: InventedListing) -> list[Node]:
    """As the state lists them; names must never be stored."""
    return [{"name": f"Cosima{n}", "id": str(n)} for n in range(facts_of(listing).host.co_hosts or 0)]


NIGHTS = {
    **{"en": "for {} nights", "es": "por {} noches", "ko": "{}박", "fr": "pour {} nuits", "ja": "{}泊"},
}
LICENCE = {
    **{"en": "Registration number", "es": "Número de registro", "ko": "등록번호"},
    **{"fr": "Numéro d'enregistrement", "ja": "許可・登録番号"},
}
CO_HOSTS = {
    **{"en": "Co-Hosts", "es": "Coanfitriones", "ko": "공동 호스트", "fr": "Co-hôtes", "ja": "共同ホスト"},
}
_FEE = {
    **{"en": "Cleaning fee", "es": "Gastos de limpieza", "ko": "청소비", "fr": "Frais de ménage"},
    "ja": "清掃料金",
}


def _lines(facts: InventedFacts, listing: InventedListing) -> tuple[tuple[str, str], ...]:
    return ((f"{facts.nights} x €100.00", f"€{facts.nights * 100}"), (_FEE[listing.language], "€45"))

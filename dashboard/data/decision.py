"""What decides about one listing at a glance: how big, what it costs, where. Knows no Streamlit."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.data.services import ListingView
from dashboard.formatting import count, decimal
from pipeline.prices import Price, read_price
from scrapers.listing import Listing

NOT_TOLD = "not told"


@dataclass(frozen=True)
class Glance:
    """One answer: its question, the answer in large letters, and a line below."""

    question: str
    answer: str
    note: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the source tells it."""
        return self.answer != NOT_TOLD


def price_of(listing: Listing) -> Price | None:
    """What a night costs: as the source counts it, else as its words can be read."""
    details = listing.price_details
    if details is not None and details.per_night and details.currency:
        return Price(details.per_night, details.currency)
    return read_price(listing.price)


def how_big(view: ListingView, measured: str = "") -> Glance:
    """The size that the photos tell (``measured``, in words), else for how many people, rooms and beds."""
    listing = view.listing
    inside = _inside(listing)
    if measured:
        sleeps = [f"sleeps {listing.person_capacity}"] if listing.person_capacity else []
        return Glance("How big", measured, " · ".join([*sleeps, *inside]))
    if listing.person_capacity:
        return Glance("How big", f"Sleeps {listing.person_capacity}", " · ".join(inside))
    if inside:
        return Glance("How big", inside[0], " · ".join(inside[1:]))
    if view.rooms:
        return Glance("How big", count(len(view.rooms), "room"), "on its photos")
    return Glance("How big", NOT_TOLD, "The source names neither guests nor rooms.")


def _inside(listing: Listing) -> list[str]:
    counted = ((listing.bedrooms, "bedroom"), (listing.beds, "bed"), (listing.bathrooms, "bathroom"))
    return [_counted(number, thing) for number, thing in counted if number]


def _counted(number: float, thing: str) -> str:
    return f"{decimal(number)} {thing}{'' if number == 1 else 's'}"


def what_it_costs(listing: Listing) -> Glance:
    """The price of a night, and of one guest of a full house."""
    price = price_of(listing)
    if price is None:
        if listing.price:
            return Glance("What it costs", listing.price, "as the source writes it")
        return Glance("What it costs", NOT_TOLD, "The source names no price.")
    shared = listing.person_capacity or 1
    note = f"{price.each(shared)} for each of {shared} guests" if shared > 1 else "as the source writes it"
    return Glance("What it costs", f"{price} a night", note)


def where(listing: Listing) -> Glance:
    """Neighbourhood, else its place on the globe."""
    place = _degrees(listing)
    if listing.neighbourhood:
        return Glance("Where", listing.neighbourhood, f"{place}, about" if place else "")
    if place:
        return Glance("Where", place, "about: hosts' addresses are blurred")
    return Glance("Where", NOT_TOLD, "The source names no place.")


def _degrees(listing: Listing) -> str:
    if listing.latitude is None or listing.longitude is None:
        return ""
    north, east = "N" if listing.latitude >= 0 else "S", "E" if listing.longitude >= 0 else "W"
    return f"{abs(listing.latitude):.2f}° {north}, {abs(listing.longitude):.2f}° {east}"

"""What decides about one listing at a glance: how big, what it costs, where. Knows no Streamlit."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.data.services import ListingView
from dashboard.formatting import count, decimal
from dashboard.words import mark, t, told
from pipeline.prices import Price, read_price
from scrapers.listing import Listing

NOT_TOLD = mark("not told")


@dataclass(frozen=True)
class Glance:
    """One answer: its question, the answer in large letters, and a line below."""

    question: str
    answer: str
    note: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the source tells it."""
        return self.answer != t(NOT_TOLD)


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
        sleeps = [t("sleeps {guests}", guests=listing.person_capacity)] if listing.person_capacity else []
        return Glance(t("How big"), told(measured), " · ".join([*sleeps, *inside]))
    if listing.person_capacity:
        return Glance(t("How big"), t("Sleeps {guests}", guests=listing.person_capacity), " · ".join(inside))
    if inside:
        return Glance(t("How big"), inside[0], " · ".join(inside[1:]))
    if view.rooms:
        return Glance(t("How big"), count(len(view.rooms), "room"), t("on its photos"))
    return Glance(t("How big"), t(NOT_TOLD), t("The source names neither guests nor rooms."))


def _inside(listing: Listing) -> list[str]:
    counted = (
        (listing.bedrooms, mark("{counted} bedroom"), mark("{counted} bedrooms")),
        (listing.beds, mark("{counted} bed"), mark("{counted} beds")),
        (listing.bathrooms, mark("{counted} bathroom"), mark("{counted} bathrooms")),
    )
    return [t(one if value == 1 else many, counted=decimal(value)) for value, one, many in counted if value]


def what_it_costs(listing: Listing) -> Glance:
    """The price of a night, and of one guest of a full house."""
    price = price_of(listing)
    if price is None:
        if listing.price:
            return Glance(t("What it costs"), listing.price, t("as the source writes it"))
        return Glance(t("What it costs"), t(NOT_TOLD), t("The source names no price."))
    shared = listing.person_capacity or 1
    note = (
        t("{price} for each of {guests} guests", price=price.each(shared), guests=shared)
        if shared > 1
        else t("as the source writes it")
    )
    return Glance(t("What it costs"), t("{price} a night", price=price), note)


def where(listing: Listing) -> Glance:
    """Neighbourhood, else its place on the globe."""
    place = _degrees(listing)
    if listing.neighbourhood:
        return Glance(t("Where"), listing.neighbourhood, t("{place}, about", place=place) if place else "")
    if place:
        return Glance(t("Where"), place, t("about: hosts' addresses are blurred"))
    return Glance(t("Where"), t(NOT_TOLD), t("The source names no place."))


def _degrees(listing: Listing) -> str:
    if listing.latitude is None or listing.longitude is None:
        return ""
    north = t("{degrees}° N") if listing.latitude >= 0 else t("{degrees}° S")
    east = t("{degrees}° E") if listing.longitude >= 0 else t("{degrees}° W")
    latitude, longitude = f"{abs(listing.latitude):.2f}", f"{abs(listing.longitude):.2f}"
    return north.replace("{degrees}", latitude) + ", " + east.replace("{degrees}", longitude)

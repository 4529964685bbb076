"""Where all listings are, and how their guests judge them, without reading one. Knows no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.data.maps import Pin
from dashboard.data.review_data import load
from dashboard.words import t
from pipeline.store import ListingEntry, Store, place_of_listing, read_result
from scrapers.listing import Listing


@dataclass(frozen=True)
class Placed:
    """A listing on the map, and the neighbourhood that its source names."""

    pin: Pin
    neighbourhood: str | None


def placed(store: Store) -> list[Placed]:
    """Listings with a place. A result of an older version, which has no summary, is read and given one."""
    known = store.catalogue.summaries()
    found = (_placed(store, entry, known) for entry in store.catalogue.listings())
    return [one for one in found if one is not None]


def _placed(store: Store, entry: ListingEntry, known: Mapping[str, dict[str, Any]]) -> Placed | None:
    try:
        place = known.get(entry.key) or _summed_listing(store, entry.key)
    except KeyError:
        return None
    if place["latitude"] is None or place["longitude"] is None:
        return None
    pin = Pin(entry.id, entry.title, place["longitude"], place["latitude"], _told(store, entry, known))
    return Placed(pin, place["neighbourhood"])


def _told(store: Store, entry: ListingEntry, known: Mapping[str, dict[str, Any]]) -> str:
    if entry.reviews_key is None:
        return ""
    try:
        judged = known.get(entry.reviews_key) or _summed_reviews(store, entry.reviews_key)
    except KeyError:
        return ""
    overall = judged["overall"]
    return "" if overall is None else t("Guests: {score} of 100", score=f"{100 * overall:.0f}")


def _summed_listing(store: Store, key: str) -> dict[str, Any]:
    about = place_of_listing(read_result(Listing, store.artefacts.folder(key)))
    store.catalogue.put_summary(key, about)
    return about


def _summed_reviews(store: Store, key: str) -> dict[str, Any]:
    about = load(store, key).about()
    store.catalogue.put_summary(key, about)
    return about

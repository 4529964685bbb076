"""What a listing is compared with: the imported city that it lies in, else the other listings of the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.report import ListingReport
from pipeline.reviews.report import LEAST_BASELINE_REVIEWS, Baseline, ReviewReport, baseline_of
from pipeline.store import Store
from scrapers.listing import Listing

CITIES_FOLDER = "cities"


def cities_folder(store: Store) -> Path:
    """Where imported cities lie, one folder each (``python -m pipeline city``)."""
    return store.settings.data / CITIES_FOLDER


def imported_cities(store: Store) -> list[Path]:
    """Folders of the cities that were read to the end, by name."""
    from pipeline.reviews.city import BASELINE_FILE

    return sorted(file.parent for file in cities_folder(store).glob(f"*/{BASELINE_FILE}"))


def baseline_for(store: Store, listing: Listing) -> Baseline | None:
    """The imported city that has the listing's neighbourhood, else the other listings of the store.

    ``None`` where neither has enough reviews to say what is usual.
    """
    city = _city_of(store, listing)
    found = city or baseline_of(_others(store, listing.id))
    return found if found.reviews >= LEAST_BASELINE_REVIEWS else None


def _city_of(store: Store, listing: Listing) -> Baseline | None:
    from pipeline.reviews.city import CityResults

    if listing.neighbourhood is None:
        return None
    for folder in imported_cities(store):
        results = CityResults(folder)
        if listing.neighbourhood in results.neighbourhoods():
            return results.baseline
    return None


def _others(store: Store, listing_id: str) -> Iterator[ReviewReport]:
    """The review reports of the other listings, in the order of their ids."""
    for entry in sorted(store.catalogue.listings(), key=lambda entry: entry.id):
        if entry.id == listing_id or entry.report_key is None or not store.artefacts.has(entry.report_key):
            continue
        key = ListingReport.load(store.artefacts.folder(entry.report_key)).reviews_key
        if key is not None and store.artefacts.has(key):
            yield ReviewReport.load(store.artefacts.folder(key))

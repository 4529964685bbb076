"""What a listing is compared with: the imported city that it lies in, else the other listings of the store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pipeline.report import ListingReport
from pipeline.reviews.report import LEAST_BASELINE_REVIEWS, Baseline, ReviewReport, baseline_of, sum_of
from pipeline.store import ListingEntry, Store, read_result
from scrapers.listing import Listing

CITIES_FOLDER = "cities"
#: parts of baselines kept in memory, about 20 kB each
MOST_PARTS = 2000


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
    found = city or sum_of(_others(store, listing.id))
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


def _others(store: Store, listing_id: str) -> Iterator[Baseline]:
    """What the review reports of the other listings add, in the order of their ids."""
    for entry in sorted(store.catalogue.listings(), key=lambda entry: entry.id):
        if entry.id == listing_id:
            continue
        try:
            key = _reviews_key(store, entry)
            found = None if key is None else _part(store, key)
        except KeyError:  # gone or damaged: that listing's own page says so
            continue
        if found is not None:
            yield found


def _reviews_key(store: Store, entry: ListingEntry) -> str | None:
    if entry.report_key is None or entry.needs is not None:
        return entry.reviews_key
    return read_result(ListingReport, store.artefacts.folder(entry.report_key)).reviews_key


@lru_cache(maxsize=MOST_PARTS)
def _kept(path: Path) -> Baseline | None:
    """What was kept of one report; ``None``: it found nothing."""
    return None if path.stat().st_size == 0 else Baseline.load(path)


def _part(store: Store, key: str) -> Baseline | None:
    """What one review report adds to a baseline: kept apart, because a report is a hundred times as long."""
    path = store.settings.data / "cache" / "baselines" / f"{key}.json"
    try:
        return _kept(path)
    except (OSError, ValueError, TypeError):
        pass
    part = baseline_of([read_result(ReviewReport, store.artefacts.folder(key))])
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{uuid.uuid4().hex}")
    if part.reviews:
        part.save(staged)
    else:
        staged.touch()
    staged.replace(path)
    return part if part.reviews else None

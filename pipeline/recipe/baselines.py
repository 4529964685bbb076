"""What a listing is compared with: places of its kind in the imported city that it lies in, else nothing."""

from __future__ import annotations

from pathlib import Path

from pipeline.reviews.report import LEAST_BASELINE_REVIEWS, Baseline
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
    """Places of the same kind in the imported city that has the listing's neighbourhood.

    ``None`` where no city, or more than one, has it, where the kind is not known, or where there are too few
    reviews to say what is usual: other listings that happen to be in the store are no measure.
    """
    from pipeline.reviews.city import CityResults

    if listing.neighbourhood is None:
        return None
    cities = [CityResults(folder) for folder in imported_cities(store)]
    at_home = [city for city in cities if listing.neighbourhood in city.neighbourhoods()]
    if len(at_home) != 1:
        return None
    found = at_home[0].baseline_of_kind(listing.room_type)
    return found if found is not None and found.reviews >= LEAST_BASELINE_REVIEWS else None

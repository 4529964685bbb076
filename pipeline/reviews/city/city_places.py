"""Where the places of a city are, and what they cost: what maps are drawn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.prices import read_price
from scrapers.inside_airbnb_facts import listing_facts
from scrapers.tables import Table

if TYPE_CHECKING:
    import pandas as pd

PLACES_FILE: Final = "places.parquet"
_COLUMNS: Final = (
    *("listing_id", "title", "neighbourhood", "room_type", "latitude", "longitude"),
    *("guests", "price", "currency", "rating"),
)


def write_places(listings_file: Path, folder: Path) -> None:
    """Write the places that have coordinates, one row each (:data:`PLACES_FILE`)."""
    import pandas as pd

    with Table(listings_file) as table:
        rows = [_row(str(row.cells["id"]), row.cells) for row in table if row.cells.get("id")]
    frame = pd.DataFrame([row for row in rows if row["latitude"] is not None], columns=list(_COLUMNS))
    frame.to_parquet(folder / PLACES_FILE, index=False)


def read_places(folder: Path) -> pd.DataFrame:
    """What :func:`write_places` wrote; no rows where the city was read without its listings."""
    import pandas as pd

    file = folder / PLACES_FILE
    return pd.read_parquet(file) if file.is_file() else pd.DataFrame(columns=list(_COLUMNS))


def _row(listing_id: str, cells: dict[str, object]) -> dict[str, object]:
    facts = listing_facts(cells, "").fields
    price = read_price(str(facts["price"])) if facts.get("price") else None
    names = ("title", "neighbourhood", "room_type", "latitude", "longitude", "rating")
    return {
        "listing_id": listing_id,
        **{name: facts.get(name) for name in names},
        "guests": facts.get("person_capacity"),
        "price": None if price is None else price.amount,
        "currency": None if price is None else price.currency,
    }

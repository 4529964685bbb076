"""A stored listing as one ZIP."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipeline.store import Store
from pipeline.version import VERSION
from scrapers.handed import pack_listing


def pack_stored(store: Store, listing_id: str, target: Path) -> None:
    """Write a stored listing with its photos into the ZIP ``target`` (docs/listing_zip.md).

    Raises:
        KeyError: the listing is unknown, gone or damaged.
    """
    listing, folder = store.listing(listing_id)
    updated_s = store.catalogue.listing(listing_id).updated_s
    made_at = dt.datetime.fromtimestamp(int(updated_s), dt.UTC)
    pack_listing(listing, folder, target, f"ShowRoom {VERSION}", made_at)

"""Deleting a listing with all that is known of it: results and what they were made of, jobs, uploads, copies.

Reviews are people's words. What stays: imported cities, backups and exports.
"""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InstallationError
from pipeline.store.artefacts import DAMAGED
from pipeline.store.history import forget_history
from pipeline.store.records import ListingEntry
from pipeline.store.store import Store

logger = logging.getLogger(__name__)

DAY_S = 86400.0
#: open analyses that are looked through
MOST_OPEN = 10_000


class StillAnalysed(InstallationError):
    """A listing cannot be deleted while it is analysed."""


@dataclass(frozen=True)
class Forgotten:
    """What was deleted: the number of results, and their bytes."""

    results: int
    bytes: int


def forget_listing(store: Store, listing_id: str) -> Forgotten:
    """Delete a listing and all that is known of it.

    Raises:
        KeyError: there is no such listing.
        StillAnalysed: an analysis of it waits or runs.
    """
    entry = store.catalogue.listing(listing_id)
    jobs = store.catalogue.jobs_of(listing_id)
    origins = {entry.origin, *(job.origin for job in jobs)}
    if any(job.origin in origins for job in store.catalogue.jobs(limit=MOST_OPEN, active_only=True)):
        raise StillAnalysed(
            f"“{entry.title}” is being analysed.",
            "Cancel the analysis, or wait for its end, and delete it then.",
        )
    keys = store.catalogue.keys_of(listing_id) | (store.needed(entry) or set())
    keys -= _needed_by_others(store, listing_id)
    sizes = {artefact.key: artefact.bytes for artefact in store.catalogue.artefacts()}
    _forget_uploads(store, origins, listing_id)
    store.catalogue.delete_listing(listing_id)
    store.remove(keys)
    _forget_copies(store, keys, listing_id)
    forget_history(store.settings.data, listing_id)
    return Forgotten(len(keys & sizes.keys()), sum(sizes.get(key, 0) for key in keys))


def _needed_by_others(store: Store, listing_id: str) -> set[str]:
    others = [entry for entry in store.catalogue.listings() if entry.id != listing_id]
    return {
        key
        for entry in others
        for key in (store.needed(entry) or {entry.key}) | store.catalogue.keys_of(entry.id)
    }


def _forget_uploads(store: Store, origins: set[str], listing_id: str) -> None:
    """Uploads that were analysed as this listing and as no other."""
    uploads = store.settings.uploads_folder.absolute()
    kept = {entry.origin for entry in store.catalogue.listings() if entry.id != listing_id}
    for origin in origins - kept:
        path = Path(origin.partition("#")[0])
        if path.is_absolute() and path.is_relative_to(uploads) and path != uploads:
            shutil.rmtree(uploads / path.relative_to(uploads).parts[0], ignore_errors=True)


def _forget_copies(store: Store, keys: set[str], listing_id: str) -> None:
    """Small photos, vectors of sentences, damaged results, and what was collected."""
    cache = store.settings.data / "cache"
    for key in keys:
        shutil.rmtree(cache / "thumbs" / key, ignore_errors=True)
    shutil.rmtree(cache / "embeddings", ignore_errors=True)  # of all listings mixed; made again when needed
    for folder in (cache / "listings").glob("*/"):
        if folder.name.startswith((f"{listing_id.removeprefix('airbnb-')}-", "saved-")):
            shutil.rmtree(folder, ignore_errors=True)
    if store.artefacts.is_local:
        for folder in Path(store.artefacts.root).glob(f"{DAMAGED}/*/"):
            if folder.name.partition("-")[0] in keys:
                shutil.rmtree(folder, ignore_errors=True)


def expire(store: Store) -> list[ListingEntry]:
    """Delete listings that were not analysed for longer than the installation keeps them.

    Returns:
        Those that were deleted.
    """
    days = store.settings.keep_days
    if not days:
        return []
    gone = []
    for entry in store.catalogue.listings():
        if time.time() - entry.updated_s <= days * DAY_S:
            continue
        try:
            forget_listing(store, entry.id)
        except (KeyError, StillAnalysed):
            continue
        logger.info("listing %s was not analysed for %g days and was deleted", entry.id, days)
        gone.append(entry)
    return gone

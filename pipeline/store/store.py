"""Catalogue and artefacts together, with the look-ups that pages and commands need."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from pipeline.config import Settings
from pipeline.report import ListingReport
from pipeline.store.artefacts import Artefacts
from pipeline.store.catalogue import Catalogue
from pipeline.store.faults import check_writable
from pipeline.store.patience import Patience
from pipeline.store.records import ListingEntry
from scrapers.listing import Listing


@dataclass(frozen=True)
class Store:
    """Everything that is kept.

    Attributes:
        settings: where it is kept.
        catalogue: listings, reports, jobs and stages.
        artefacts: results of stages.
    """

    settings: Settings
    catalogue: Catalogue
    artefacts: Artefacts

    @classmethod
    def open(cls, settings: Settings | None = None, patience: Patience | None = None) -> Self:
        """Open (and if need be create or migrate) the store of ``settings``.

        Args:
            settings: where it is.
            patience: how long outages are waited out.

        Raises:
            InstallationError: it cannot be opened; says what to do.
        """
        settings = settings or Settings()
        check_writable(settings.data)
        return cls(
            settings,
            Catalogue(settings.resolved_database_url, patience),
            Artefacts(settings.resolved_artefacts_url, settings.data / "cache"),
        )

    def listing(self, listing_id: str) -> tuple[Listing, Path]:
        """A listing and the folder with its photos; ``KeyError`` if it is unknown."""
        folder = self.artefacts.folder(self.catalogue.listing(listing_id).key)
        return Listing.load(folder), folder

    def report(self, listing_id: str) -> ListingReport | None:
        """The newest report of a listing, ``None`` while there is none; ``KeyError`` if it is unknown."""
        entry = self.catalogue.listing(listing_id)
        if entry.report_key is None:
            return None
        return ListingReport.load(self.artefacts.folder(entry.report_key))

    def file(self, key: str, name: str) -> Path:
        """A file of a stored result.

        Raises:
            KeyError: no such result or file, or a name that leaves the result's folder.
        """
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise KeyError(f"{name!r} is not a file of result {key}")
        found = self.artefacts.folder(key) / path
        if not found.is_file():
            raise KeyError(f"result {key} has no file {name!r}")
        return found

    def clean(self, unused_for_s: float) -> int:
        """Delete results that no listing's newest report needs and that are older than ``unused_for_s``.

        Returns:
            Freed bytes.
        """
        needed = set().union(*(self._needed(entry) for entry in self.catalogue.listings()))
        old = [
            artefact
            for artefact in self.catalogue.artefacts()
            if artefact.key not in needed and time.time() - artefact.created_s > unused_for_s
        ]
        for artefact in old:
            self.artefacts.remove(artefact.key)
        self.catalogue.forget_artefacts([artefact.key for artefact in old])
        return sum(artefact.bytes for artefact in old)

    def _needed(self, entry: ListingEntry) -> set[str]:
        keys = {entry.key}
        if entry.report_key is not None:
            keys.add(entry.report_key)
            keys |= ListingReport.load(self.artefacts.folder(entry.report_key)).keys()
        return keys

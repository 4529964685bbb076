"""Catalogue and artefacts together, with the look-ups that pages and commands need."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol, Self, TypeVar

from pipeline.config import Settings
from pipeline.errors import DamagedResult
from pipeline.report import ListingReport
from pipeline.store.artefacts import Artefacts
from pipeline.store.catalogue import Catalogue
from pipeline.store.faults import check_writable
from pipeline.store.patience import Patience, first_line
from pipeline.store.records import ListingEntry
from scrapers.listing import Listing

MONTH_S = 30 * 86400.0


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
            Artefacts(settings.resolved_artefacts_url, settings.data / "cache", patience),
        )

    def listing(self, listing_id: str) -> tuple[Listing, Path]:
        """A listing, by the title that it has here, and the folder with its photos.

        Raises:
            KeyError: it is unknown, gone or damaged.
        """
        entry = self.catalogue.listing(listing_id)
        folder = self.artefacts.folder(entry.key)
        return read_result(Listing, folder).model_copy(update={"title": entry.title}), folder

    def report(self, listing_id: str) -> ListingReport | None:
        """The newest report of a listing, ``None`` while there is none; ``KeyError`` as of :meth:`listing`."""
        entry = self.catalogue.listing(listing_id)
        if entry.report_key is None:
            return None
        return read_result(ListingReport, self.artefacts.folder(entry.report_key))

    def trouble(self, entry: ListingEntry) -> str | None:
        """What is wrong with the stored results of a listing, in one sentence; ``None`` if nothing is seen.

        Results on a server are looked at one by one only where a page cannot do without.
        """
        keys = {key for key in (entry.key, entry.report_key, entry.reviews_key) if key is not None}
        for key in sorted(keys | (entry.needs or frozenset() if self.artefacts.is_local else frozenset())):
            try:
                self.artefacts.glance(key)
            except DamagedResult as error:
                return error.message
            except KeyError:
                return "A stored result is gone."
        return None

    def file(self, key: str, name: str) -> Path:
        """A file of a stored result.

        Raises:
            KeyError: no such result or file, or a name that leaves the result's folder or cannot be one.
        """
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise KeyError(f"{name!r} is not a file of result {key}")
        found = self.artefacts.folder(key) / path
        try:
            is_there = found.is_file()
        except (OSError, ValueError) as error:  # a name that is too long, or holds a zero
            raise KeyError(f"{name[:80]!r} cannot be the name of a file") from error
        if not is_there:
            raise KeyError(f"result {key} has no file {name!r}")
        return found

    def clean(self, unused_for_s: float) -> int:
        """Delete results that no listing's newest report needs and that are older than ``unused_for_s``.

        Where a report cannot be read, what it needed is no longer known: then nothing of its listing is sure to
        be unused, and only what is older than a month goes.

        Returns:
            Freed bytes.
        """
        needed: set[str] = set()
        for entry in self.catalogue.listings():
            found = self.needed(entry)
            needed |= found or {entry.key}
            unused_for_s = unused_for_s if found is not None else max(unused_for_s, MONTH_S)
        old = [
            artefact
            for artefact in self.catalogue.artefacts()
            if artefact.key not in needed and time.time() - artefact.created_s > unused_for_s
        ]
        self.remove([artefact.key for artefact in old])
        return sum(artefact.bytes for artefact in old)

    def remove(self, keys: Collection[str]) -> None:
        """Delete results and their records."""
        for key in keys:
            self.artefacts.remove(key)
        self.catalogue.forget_artefacts(list(keys))

    def needed(self, entry: ListingEntry) -> set[str] | None:
        """Keys that a listing's newest report needs; ``None`` where nobody can tell."""
        keys = {entry.key}
        if entry.report_key is None:
            return keys
        keys.add(entry.report_key)
        if entry.needs is not None:
            return keys | entry.needs
        try:
            return keys | read_result(ListingReport, self.artefacts.folder(entry.report_key)).keys()
        except KeyError:
            return None


class Readable(Protocol):
    """A result that can be read back."""

    @classmethod
    def load(cls, folder: Path) -> Self: ...


T = TypeVar("T", bound=Readable)


def read_result(kind: type[T], folder: Path) -> T:
    """A result from its folder.

    Raises:
        DamagedResult: its files cannot be read (results of version 0.1 were not counted, so only this tells).
    """
    try:
        return kind.load(folder)
    except (ValueError, OSError, TypeError) as error:
        raise DamagedResult(
            f"A stored result cannot be read ({kind.__name__}: {first_line(error)}).",
            "Analyse the listing again: it is made anew.",
        ) from error

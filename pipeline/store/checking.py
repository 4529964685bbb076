"""Looking through a store: what is damaged, gone or not on record, and putting it right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DamagedResult
from pipeline.report import REPORT_FILE, ListingReport
from pipeline.store.records import ListingEntry
from pipeline.store.scratch import sweep
from pipeline.store.store import Store, read_result
from scrapers.listing import LISTING_FILE, Listing

#: stands for the job of a report whose job is no longer on record
FOUND_AGAIN = "found-again"
Say = Callable[[float, str], None]


@dataclass(frozen=True)
class Finding:
    """Something that was not as it should be.

    Attributes:
        what: is the case, in one sentence.
        done: what was done about it, or is to be done.
    """

    what: str
    done: str


def check(store: Store, *, repair: bool, say: Say = lambda fraction, message: None) -> Iterator[Finding]:
    """Look at every result, byte by byte, and at what refers to it.

    Args:
        store: to look through.
        repair: put right what can be: set damaged results aside, mend the records, find listings again whose
            records are lost, remove what killed workers left.
        say: told how far it is.
    """
    store.artefacts.forget_checks()
    there: list[str] = []
    keys = list(store.artefacts.keys())
    for number, key in enumerate(keys):
        say(number / len(keys), f"Result {number + 1} of {len(keys)}")
        fault = _fault(store, key)
        if fault is None:
            there.append(key)
            continue
        if repair:
            store.artefacts.set_aside(key)
            store.catalogue.forget_artefacts([key])
        yield Finding(fault, "set aside; it is made anew when its listing is analysed again" if repair else "")
    yield from _records(store, there, repair=repair)
    yield from _listings(store, there, repair=repair)
    freed = sweep(store.settings.work_folder) if repair else 0
    if freed:
        yield Finding(f"Killed workers had left {freed / 1e6:.1f} MB.", "removed")


def _fault(store: Store, key: str) -> str | None:
    try:
        folder = store.artefacts.folder(key)
        manifest = store.artefacts.manifest(key)
        if manifest.files is None:
            _read_all_json(folder)
            store.artefacts.seal(key, "")
    except DamagedResult as error:
        return f"{key[:12]}: {error.message}"
    except (ValueError, OSError) as error:
        return f"{key[:12]}: a file cannot be read ({error})."
    return None


def _read_all_json(folder: Path) -> None:
    """Results of version 0.1 were not counted; what is cut off cannot be read as JSON, at least."""
    for path in folder.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))


def _records(store: Store, there: list[str], *, repair: bool) -> Iterator[Finding]:
    """Results and their records must be the same ones."""
    recorded = {artefact.key for artefact in store.catalogue.artefacts()}
    gone = sorted(recorded - set(there))
    if gone:
        if repair:
            store.catalogue.forget_artefacts(gone)
        yield Finding(f"{len(gone)} results on record are not there.", "records removed" if repair else "")
    unknown = sorted(set(there) - recorded)
    if unknown:
        for key in unknown if repair else ():
            manifest = store.artefacts.manifest(key)
            store.catalogue.put_artefact(key, manifest.stage or "unknown", manifest.size_bytes(), 0.0)
        yield Finding(f"{len(unknown)} results were not on record.", "put on record" if repair else "")


def _listings(store: Store, there: list[str], *, repair: bool) -> Iterator[Finding]:
    """Every listing and report that can be read must be on record, and every record must lead to one."""
    known = {entry.id for entry in store.catalogue.listings()}
    found = [key for key in there if (store.artefacts.folder(key) / LISTING_FILE).is_file()]
    for key in _oldest_first(store, found):
        listing = read_result(Listing, store.artefacts.folder(key))
        if listing.id in known:
            continue
        if repair:
            store.catalogue.put_listing(listing, key)
        yield Finding(f"“{listing.title}” was not on record.", "found again" if repair else "")
    whole = _whole_reports(store, there)
    present = set(there)
    for entry in store.catalogue.listings():
        yield from _reports(store, entry, present, whole.get(entry.id), repair=repair)


def _reports(
    store: Store, entry: ListingEntry, there: set[str], whole: str | None, *, repair: bool
) -> Iterator[Finding]:
    """A listing whose newest report is gone shows the newest whole one; else it has to be analysed again."""
    lost = entry.report_key is None or entry.report_key not in there
    if lost and whole is not None:
        if repair:
            report = read_result(ListingReport, store.artefacts.folder(whole))
            store.catalogue.put_report(entry.id, FOUND_AGAIN, whole, report.keys(), report.reviews_key)
        yield Finding(f"“{entry.title}” had lost its report.", "an earlier one is shown" if repair else "")
        entry = store.catalogue.listing(entry.id)
    trouble = store.trouble(entry)
    if trouble is not None:
        yield Finding(f"“{entry.title}”: {trouble}", f"to do: analyse it again ({entry.origin})")


def _whole_reports(store: Store, there: list[str]) -> dict[str, str]:
    """The key of the newest whole report of each listing; every report is read once."""
    found = [key for key in there if (store.artefacts.folder(key) / REPORT_FILE).is_file()]
    newest: dict[str, str] = {}
    for key in _oldest_first(store, found):
        plain = json.loads((store.artefacts.folder(key) / REPORT_FILE).read_text(encoding="utf-8"))
        if "listing_id" not in plain:  # reports on reviews lie in files of the same name
            continue
        report = read_result(ListingReport, store.artefacts.folder(key))
        if not report.unfinished:
            newest[report.listing_id] = key
    return newest


def _oldest_first(store: Store, keys: list[str]) -> list[str]:
    created = {artefact.key: artefact.created_s for artefact in store.catalogue.artefacts()}
    return sorted(keys, key=lambda key: (created.get(key, 0.0), key))

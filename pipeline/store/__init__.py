"""The store: a catalogue (SQL) of listings, jobs and reports, and artefacts (files) beside it."""

from pipeline.store.artefacts import Artefacts
from pipeline.store.catalogue import Catalogue
from pipeline.store.faults import check_sqlite_folder
from pipeline.store.patience import LONG_S, SHORT_S, Patience, first_line, is_outage, waited_out
from pipeline.store.records import Job, JobState, ListingEntry, StageRun, StageState, WorkerEntry
from pipeline.store.store import Store

__all__ = [
    "LONG_S",
    "SHORT_S",
    "Artefacts",
    "Catalogue",
    "Job",
    "JobState",
    "ListingEntry",
    "Patience",
    "StageRun",
    "StageState",
    "Store",
    "WorkerEntry",
    "check_sqlite_folder",
    "first_line",
    "is_outage",
    "waited_out",
]

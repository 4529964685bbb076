"""The store: a catalogue (SQL) of listings, jobs and reports, and artefacts (files) beside it."""

from pipeline.store.artefacts import Artefacts
from pipeline.store.catalogue import Catalogue
from pipeline.store.records import Job, JobState, ListingEntry, StageRun, StageState, WorkerEntry
from pipeline.store.store import Store

__all__ = [
    "Artefacts",
    "Catalogue",
    "Job",
    "JobState",
    "ListingEntry",
    "StageRun",
    "StageState",
    "Store",
    "WorkerEntry",
]

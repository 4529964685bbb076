"""The store: a catalogue (SQL) of listings, jobs and reports, and artefacts (files) beside it."""

from pipeline.store.artefacts import Artefacts
from pipeline.store.backup import Backup, back_up
from pipeline.store.catalogue import Catalogue
from pipeline.store.checking import Finding, check
from pipeline.store.faults import check_sqlite_folder
from pipeline.store.forgetting import Forgotten, StillAnalysed, expire, forget_listing
from pipeline.store.history import Reading, history, note_changes
from pipeline.store.patience import LONG_S, SHORT_S, Patience, first_line, is_outage, waited_out
from pipeline.store.records import Job, JobState, LengthEntry, ListingEntry, StageRun, StageState, WorkerEntry
from pipeline.store.scratch import check_room, full_disk_told, scratch_folder, sweep
from pipeline.store.store import Store, read_result
from pipeline.store.summary_table import place_of_listing

__all__ = [
    "LONG_S",
    "SHORT_S",
    "Artefacts",
    "Backup",
    "Catalogue",
    "Finding",
    "Forgotten",
    "Job",
    "JobState",
    "LengthEntry",
    "ListingEntry",
    "Patience",
    "Reading",
    "StageRun",
    "StageState",
    "StillAnalysed",
    "Store",
    "WorkerEntry",
    "back_up",
    "check",
    "check_room",
    "check_sqlite_folder",
    "expire",
    "first_line",
    "forget_listing",
    "full_disk_told",
    "history",
    "is_outage",
    "note_changes",
    "place_of_listing",
    "read_result",
    "scratch_folder",
    "sweep",
    "waited_out",
]

"""Analyses that run or wait, and what of them would change a page. Knows no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.jobs import worker_alive
from pipeline.report import RoomReport
from pipeline.store import Job, JobState, StageState, Store


@dataclass(frozen=True)
class UnderWay:
    """An analysis that runs or waits.

    Attributes:
        job: its record.
        stage: name of the stage that runs, empty while none does.
        room: name of the room that the stage works on, or empty.
        waits_for_worker: it waits, and nobody is there to take it.
    """

    job: Job
    stage: str = ""
    room: str = ""
    waits_for_worker: bool = False


def active(store: Store, listing_id: str | None = None) -> list[UnderWay]:
    """Analyses that run or wait (of one listing, if ``listing_id`` is given), the newest first."""
    return [
        _look(store, job)
        for job in store.catalogue.jobs(active_only=True)
        if listing_id is None or job.listing_id == listing_id
    ]


def _look(store: Store, job: Job) -> UnderWay:
    if job.state is JobState.QUEUED:
        return UnderWay(job, waits_for_worker=not worker_alive(store, job.queue))
    running = [stage for stage in store.catalogue.stages(job.id) if stage.state is StageState.RUNNING]
    return UnderWay(job, running[-1].name, running[-1].scope) if running else UnderWay(job)


def is_being_built(room: RoomReport, found: Sequence[UnderWay]) -> bool:
    """Whether one of the analyses works on the room at the moment."""
    return any(one.room == room.name for one in found)


def what_shows(store: Store, found: Sequence[UnderWay], listing_id: str | None = None) -> tuple[object, ...]:
    """Equal as long as a page over the store (or over one listing) would look the same, progress aside.

    Args:
        store: where listings and workers are on record.
        found: what :func:`active` found.
        listing_id: the listing that the page shows; ``None``: all.
    """
    entries = store.catalogue.listings()
    shown = [(e.id, e.key, e.report_key) for e in entries if listing_id in (None, e.id)]
    jobs = [(one.job.id, one.job.listing_id, one.room, one.waits_for_worker) for one in found]
    return (*shown, *jobs, worker_alive(store) if listing_id is None else None)

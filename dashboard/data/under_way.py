"""Analyses that run or wait, and what of them would change a page. Knows no Streamlit."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.jobs import worker_alive
from pipeline.report import RoomReport
from pipeline.store import Job, JobState, StageState, Store

#: earlier analyses that are learned from; of those that only looked up results nothing is learned
_LEARNED_FROM: Final = 60
_LEAST_S: Final = 10.0
#: share of the work from which the pace of an analysis says something
_LEAST_FRACTION: Final = 0.1


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


def place_in_queue(one: UnderWay, found: Sequence[UnderWay]) -> int:
    """How many analyses wait or run before a waiting one, of the same queue."""
    return sum(other.job.queue == one.job.queue and _comes_before(other.job, one.job) for other in found)


def _comes_before(other: Job, job: Job) -> bool:
    return other.state is JobState.RUNNING or (other.created_s, other.id) < (job.created_s, job.id)


def seconds_left(store: Store, found: Sequence[UnderWay]) -> dict[str, float]:
    """By job, how long it will take until it is done; those of which nothing can be said are missing.

    Learned from earlier analyses of the same kind; a running one tells more the further it is.
    """
    done = [job for job in store.catalogue.jobs(_LEARNED_FROM) if job.state is JobState.DONE]
    left: dict[str, float] = {}
    waited: dict[str, float] = defaultdict(float)
    for one in sorted(found, key=lambda own: (own.job.state is not JobState.RUNNING, own.job.created_s)):
        job = one.job
        usual = _usual_s(job, done)
        own = _own_s(job, usual) if job.state is JobState.RUNNING else usual
        if own is None:
            waited[job.queue] = math.nan
            continue
        left[job.id] = waited[job.queue] + own
        waited[job.queue] += own
    return {name: seconds for name, seconds in left.items() if not math.isnan(seconds)}


def _usual_s(job: Job, done: Sequence[Job]) -> float | None:
    """Median time of earlier analyses: of the same thing, else of the same kind."""
    took = [(other, other.elapsed_s) for other in done if other.elapsed_s >= _LEAST_S]
    same = [seconds for other, seconds in took if other.origin == job.origin]
    alike = [seconds for other, seconds in took if other.options.get("rooms") == job.options.get("rooms")]
    known = same or alike
    return statistics.median(known) if known else None


def _own_s(job: Job, usual: float | None) -> float | None:
    """What is left of a running analysis, by its own pace and by what is usual."""
    if job.fraction >= _LEAST_FRACTION:
        by_pace = job.elapsed_s * (1 - job.fraction) / job.fraction
        if usual is None:
            return by_pace
        by_usual = max(usual - job.elapsed_s, 0.0)
        return job.fraction * by_pace + (1 - job.fraction) * by_usual
    return None if usual is None else max(usual - job.elapsed_s, 0.0)


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

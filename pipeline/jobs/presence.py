"""Which processes run jobs, and what becomes of the jobs of those that died."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from dataclasses import replace

from pipeline.errors import InstallationError
from pipeline.jobs.identity import birth_of_this_process, is_gone, memory_kills, ran_out_of_memory
from pipeline.jobs.job_queue import JobQueue
from pipeline.jobs.sightings import sightings_in
from pipeline.store import Job, JobState, Store, WorkerEntry

HEARTBEAT_S = 2.0
STALE_S = 30.0
#: a worker that nobody heard of for so long is taken off the record
FORGET_S = 300.0
MAX_DEATHS = 3
INLINE = "inline"

logger = logging.getLogger(__name__)


class Presence:
    """This process as a worker: an id, and a heartbeat for it and its jobs while the context lasts.

    Args:
        store: where the heartbeat goes.
        queue: ``cpu``, ``gpu``, or :data:`INLINE` for a process that runs just one job.

    Attributes:
        stopping: set when this process shall stop; also ends the waiting for servers that are away.
        left: jobs that could not be put back because the catalogue was away for too long.
    """

    def __init__(self, store: Store, queue: str) -> None:
        now = time.time()
        self._store = store
        self.entry = WorkerEntry(
            id=f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}",
            queue=queue,
            host=socket.gethostname(),
            pid=os.getpid(),
            birth=birth_of_this_process(),
            memory_kills=memory_kills(),
            started_s=now,
            heartbeat_s=now,
        )
        self.queue = None if queue == INLINE else queue
        self.stopping = store.catalogue.patience.stopping
        self.left: set[str] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Presence:
        self._store.catalogue.beat(self.entry)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(timeout=5)
        try:
            self._store.catalogue.remove_worker(self.entry.id)
        except InstallationError as error:
            logger.warning("this worker could not be signed off: %s", error.message)

    def _beat(self) -> None:
        """Until the end, whatever happens: a worker without a heartbeat would work on as one that died."""
        while not self._ended.wait(HEARTBEAT_S):
            try:
                self._store.catalogue.beat(replace(self.entry, memory_kills=memory_kills()))
            except Exception as error:  # noqa: BLE001 - the next beat may arrive; nothing else is lost
                logger.warning("a heartbeat did not arrive: %s", error)


def worker_alive(store: Store, queue: str = "cpu") -> bool:
    """Whether a worker of this queue is there, as far as is known."""
    seen = sightings_in(store.catalogue)
    return any(
        worker.queue == queue and not is_gone(worker) and seen.still_s(worker.id, worker.heartbeat_s) < STALE_S
        for worker in store.catalogue.workers()
    )


def recover(store: Store) -> list[str]:
    """Hand back the jobs of dead workers and re-enter waiting jobs that the queue lost.

    Returns:
        Ids of the jobs that were handed back. A job that outlived :data:`MAX_DEATHS` workers fails
        instead: it is what kills them.
    """
    catalogue = store.catalogue
    workers = {worker.id: worker for worker in catalogue.workers()}
    handed_back = []
    jobs = catalogue.jobs(limit=1000, active_only=True)
    for job in jobs:
        if job.state is JobState.RUNNING and _abandoned(store, job, workers):
            handed_back += _hand_back(store, job, workers.get(job.worker or ""))
    seen = sightings_in(catalogue)
    for worker in workers.values():
        if is_gone(worker) or seen.still_s(worker.id, worker.heartbeat_s) > FORGET_S:
            catalogue.remove_worker(worker.id)
    seen.forget_all_but({*workers, *(_sight(job) for job in jobs)})
    _refill_queues(store)
    return handed_back


def _sight(job: Job) -> str:
    return f"job {job.id} of {job.worker}"


def _abandoned(store: Store, job: Job, workers: dict[str, WorkerEntry]) -> bool:
    worker = workers.get(job.worker or "")
    still_s = sightings_in(store.catalogue).still_s(_sight(job), job.heartbeat_s)
    return still_s > STALE_S or (worker is not None and is_gone(worker) is True)


def _hand_back(store: Store, job: Job, worker: WorkerEntry | None) -> list[str]:
    """Count the death and put the job back; the last one ends it. Ids of what was put back."""
    by_memory = worker is not None and ran_out_of_memory(worker)
    deaths = job.deaths + 1
    if deaths >= MAX_DEATHS:
        error, advice = _epitaph(job, deaths, job.deaths_by_memory + int(by_memory))
        store.catalogue.finish_job(job.id, job.worker or "", JobState.FAILED, error=error, advice=advice)
        return []
    why = "the worker died; waiting for another"
    moved = store.catalogue.requeue_job(job.id, job.worker, why=why, death=True, by_memory=by_memory)
    return [job.id] if moved else []


def _epitaph(job: Job, deaths: int, by_memory: int) -> tuple[str, str]:
    """What is said of a job that ended its workers: only what was seen."""
    error = f"The worker died {deaths} times while it worked on this, the last time in the stage “{job.stage}”."
    if by_memory:
        return error, (
            f"The computer had run out of memory at {by_memory} of them: try fewer or smaller photos, or a "
            "computer with more memory, then start it again."
        )
    return error, (
        "What ended it was not seen: somebody may have stopped it, or the computer was switched off. The "
        "worker's log may tell more. Finished steps are kept: start it again."
    )


def _refill_queues(store: Store) -> None:
    waiting = [
        job for job in store.catalogue.jobs(limit=1000, active_only=True) if job.state == JobState.QUEUED
    ]
    for name in {job.queue for job in waiting}:
        queue = JobQueue(store.settings, name, patience=store.catalogue.patience)
        if len(queue) == 0:
            for job in sorted(waiting, key=lambda job: job.created_s):
                if job.queue == name:
                    queue.put(job.id)
        queue.close()

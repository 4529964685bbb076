"""Which processes run jobs, and what becomes of the jobs of those that died."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid

import psutil

from pipeline.jobs.job_queue import JobQueue
from pipeline.store import Job, JobState, Store, WorkerEntry

HEARTBEAT_S = 2.0
STALE_S = 30.0
MAX_ATTEMPTS = 3
INLINE = "inline"


class Presence:
    """This process as a worker: an id, and a heartbeat for it and its jobs while the context lasts.

    Args:
        store: where the heartbeat goes.
        queue: ``cpu``, ``gpu``, or :data:`INLINE` for a process that runs just one job.
    """

    def __init__(self, store: Store, queue: str) -> None:
        now = time.time()
        self._store = store
        self.entry = WorkerEntry(
            id=f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}",
            queue=queue,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_s=now,
            heartbeat_s=now,
        )
        self.queue = None if queue == INLINE else queue
        self.stopping = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Presence:
        self._store.catalogue.beat(self.entry)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(timeout=5)
        self._store.catalogue.remove_worker(self.entry.id)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_S):
            self._store.catalogue.beat(self.entry)


def worker_alive(store: Store, queue: str = "cpu") -> bool:
    """Whether a worker of this queue showed a heartbeat lately."""
    return any(
        worker.queue == queue and time.time() - worker.heartbeat_s < STALE_S and not _dead(worker)
        for worker in store.catalogue.workers()
    )


def _dead(worker: WorkerEntry) -> bool:
    """Whether the worker's process is known to be gone (only its own machine can tell)."""
    if worker.host != socket.gethostname():
        return False
    try:
        process = psutil.Process(worker.pid)
        return bool(process.create_time() > worker.started_s + 1 or process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def recover(store: Store) -> list[str]:
    """Hand back the jobs of dead workers and re-enter waiting jobs that the queue lost.

    Returns:
        Ids of the jobs that were handed back. A job that outlived :data:`MAX_ATTEMPTS` workers fails
        instead: it is what kills them.
    """
    catalogue = store.catalogue
    workers = {worker.id: worker for worker in catalogue.workers()}
    handed_back = []
    for job in catalogue.jobs(limit=1000, active_only=True):
        if job.state is not JobState.RUNNING or not _abandoned(job, workers):
            continue
        if job.attempts >= MAX_ATTEMPTS:
            catalogue.finish_job(
                job.id,
                job.worker or "",
                JobState.FAILED,
                error=f"The worker died {job.attempts} times in the stage “{job.stage}”.",
                advice="It probably ran out of memory: try fewer or smaller photos, then start it again.",
            )
        elif catalogue.requeue_job(job.id, job.worker, why="the worker died; waiting for another"):
            handed_back.append(job.id)
    for worker in workers.values():
        if _dead(worker) or time.time() - worker.heartbeat_s > 10 * STALE_S:
            catalogue.remove_worker(worker.id)
    _refill_queues(store)
    return handed_back


def _abandoned(job: Job, workers: dict[str, WorkerEntry]) -> bool:
    stale = job.heartbeat_s is None or time.time() - job.heartbeat_s > STALE_S
    worker = workers.get(job.worker or "")
    return stale or (worker is not None and _dead(worker))


def _refill_queues(store: Store) -> None:
    waiting = [
        job for job in store.catalogue.jobs(limit=1000, active_only=True) if job.state == JobState.QUEUED
    ]
    for name in {job.queue for job in waiting}:
        queue = JobQueue(store.settings, name)
        if len(queue) == 0:
            for job in sorted(waiting, key=lambda job: job.created_s):
                if job.queue == name:
                    queue.put(job.id)
        queue.close()

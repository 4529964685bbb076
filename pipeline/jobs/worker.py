"""The worker: takes jobs from a queue until it is told to stop (Ctrl-C or SIGTERM)."""

from __future__ import annotations

import logging
import signal
import threading

from pipeline import machine
from pipeline.config import Settings
from pipeline.jobs.job_queue import JobQueue
from pipeline.jobs.jobs import run_job
from pipeline.jobs.presence import Presence, recover
from pipeline.store import Store

logger = logging.getLogger(__name__)

RECOVER_EVERY_S = 5.0
GRACE_S = 15.0


def serve(settings: Settings, queue: str = "cpu", concurrency: int = 1) -> None:
    """Run jobs of ``queue`` until SIGINT or SIGTERM.

    Jobs that run then stop at their next report and go back into the queue. At the start, and every few
    seconds, jobs of workers that died are handed back too.

    Args:
        settings: where store and queue are.
        queue: ``cpu`` or ``gpu``.
        concurrency: how many jobs run at once in this process.
    """
    if concurrency < 1:
        raise ValueError("a worker needs a concurrency of at least 1")
    machine.use(settings.threads, settings.device)
    store = Store.open(settings)
    stop = threading.Event()
    with Presence(store, queue) as presence:
        jobs = JobQueue(settings, queue, handler=lambda job_id: _run(store, job_id, presence))
        consumer = jobs.huey.create_consumer(
            workers=concurrency, periodic=False, initial_delay=0.1, backoff=1.2, max_delay=0.7
        )
        recover(store)
        consumer.start()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        logger.info("worker %s serves the %s queue", presence.entry.id, queue)
        while not stop.wait(RECOVER_EVERY_S):
            recover(store)
            consumer.check_worker_health()
        presence.stopping.set()
        consumer.shutdown_timeout = GRACE_S
        consumer.stop(graceful=True)
        _hand_back(store, presence)
    jobs.close()
    logger.info("worker stopped")


def _run(store: Store, job_id: str, presence: Presence) -> None:
    job = run_job(store, job_id, presence)
    logger.info("job %s: %s %s", job_id, job.state, job.error or "")


def _hand_back(store: Store, presence: Presence) -> None:
    """Give up jobs that did not reach a report in time; their threads end with the process."""
    for job in store.catalogue.jobs(limit=1000, active_only=True):
        if job.worker == presence.entry.id:
            store.catalogue.requeue_job(job.id, job.worker, why="the worker was stopped; waiting for one")

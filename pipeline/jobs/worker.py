"""The worker: takes jobs from a queue until it is told to stop (Ctrl-C or SIGTERM)."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time

from huey.consumer import Consumer

from pipeline import machine
from pipeline.config import Settings
from pipeline.errors import InstallationError
from pipeline.jobs.job_queue import JobQueue
from pipeline.jobs.jobs import run_job
from pipeline.jobs.presence import Presence, recover
from pipeline.store import LONG_S, Patience, Store, expire, sweep

logger = logging.getLogger(__name__)

RECOVER_EVERY_S = 5.0
#: how often a worker looks for listings that are no longer to be kept
EXPIRE_EVERY_S = 3600.0
GRACE_S = 15.0


def serve(settings: Settings, queue: str = "cpu", concurrency: int = 1) -> None:
    """Run jobs of ``queue`` until SIGINT or SIGTERM.

    Jobs that run then stop at their next report and go back into the queue. At the start, and every few
    seconds, jobs of workers that died are handed back too. Servers that are away are waited for.

    Args:
        settings: where store and queue are.
        queue: ``cpu`` or ``gpu``.
        concurrency: how many jobs run at once in this process.

    Raises:
        InstallationError: the settings cannot work, or the catalogue is damaged.
    """
    if concurrency < 1:
        raise ValueError("a worker needs a concurrency of at least 1")
    machine.use(settings.threads, settings.device)
    stop = threading.Event()
    _stop_by_signal(stop)
    patience = Patience(LONG_S, stop)
    store = Store.open(settings, patience)
    with Presence(store, queue) as presence:
        jobs = JobQueue(settings, queue, lambda job_id: _run(store, job_id, presence), patience)
        consumer = jobs.huey.create_consumer(
            workers=concurrency, periodic=False, initial_delay=0.1, backoff=1.2, max_delay=0.7
        )
        sweep(settings.work_folder)
        _look_after(store, presence)
        consumer.start()
        _stop_by_signal(stop)  # the consumer has just set handlers of its own
        logger.info("worker %s serves the %s queue", presence.entry.id, queue)
        expired_s = -EXPIRE_EVERY_S
        while not stop.wait(RECOVER_EVERY_S):
            _look_after(store, presence)
            if time.monotonic() - expired_s >= EXPIRE_EVERY_S:
                expired_s = _expire(store)
            consumer.check_worker_health()
        consumer.shutdown_timeout = GRACE_S
        consumer.stop(graceful=True)
        _hand_back(store, presence)
    jobs.close()
    logger.info("worker stopped")
    _end(consumer)


def _stop_by_signal(stop: threading.Event) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())


def _run(store: Store, job_id: str, presence: Presence) -> None:
    job = run_job(store, job_id, presence)
    logger.info("job %s: %s %s", job_id, job.state, job.error or "")


def _look_after(store: Store, presence: Presence) -> None:
    """Hand back the jobs of the dead, and those that this worker had to leave; an outage passes."""
    try:
        for job_id in list(presence.left):
            store.catalogue.requeue_job(
                job_id, presence.entry.id, why="it could not go on; waiting for a worker"
            )
            presence.left.discard(job_id)
        recover(store)
    except InstallationError as error:
        logger.warning("%s The worker waits.", error)


def _expire(store: Store) -> float:
    """Delete what is no longer to be kept; when it was looked at."""
    try:
        expire(store)
    except InstallationError as error:
        logger.warning("%s Listings are kept for now.", error)
    return time.monotonic()


def _hand_back(store: Store, presence: Presence) -> None:
    """Give up jobs that did not reach a report in time; their threads end with the process."""
    try:
        for job in store.catalogue.jobs(limit=1000, active_only=True):
            if job.worker == presence.entry.id:
                store.catalogue.requeue_job(job.id, job.worker, why="the worker was stopped; waiting for one")
    except InstallationError as error:
        logger.warning("jobs could not be handed back: %s", error)


def _end(consumer: Consumer) -> None:
    """End at once where native code still runs in a thread: taking Python down around it aborts the process."""
    if any(thread.is_alive() for _, thread in consumer.worker_threads):
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

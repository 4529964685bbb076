"""Jobs: submit one, run one.

Job life: :class:`pipeline.store.records.JobState`. The catalogue is the truth; the queue only says that
there is something to do. A queue entry without a waiting job is ignored, a waiting job without a queue entry
is put back (:func:`pipeline.jobs.presence.recover`), so neither side can lose work when a process is killed
between two writes.
"""

from __future__ import annotations

import logging

from pipeline.errors import Impossible
from pipeline.jobs.job_queue import JobQueue
from pipeline.jobs.presence import Presence, recover, worker_alive
from pipeline.jobs.recorder import JobRecorder, TakenOver, WorkerStopping
from pipeline.options import AnalysisOptions
from pipeline.progress import Cancelled
from pipeline.recipe import DEMO_ORIGIN, HandOver, StageRunner, stage_key
from pipeline.report import ListingReport
from pipeline.store import Job, JobState, Store
from scrapers.errors import CollectError

__all__ = ["create", "recover", "run_job", "submit", "submit_demo", "worker_alive"]

logger = logging.getLogger(__name__)


def submit(store: Store, origin: str, options: AnalysisOptions | None = None) -> tuple[Job, bool]:
    """Queue an analysis of ``origin``.

    Returns:
        The job, and whether it is new (``False``: the same analysis already waits or runs).
    """
    if not origin.strip():
        raise ValueError("nothing to analyse: give a folder, a file, an address, or `demo`")
    job, created = create(store, origin, options or AnalysisOptions())
    if created:
        queue = JobQueue(store.settings, job.queue)
        queue.put(job.id)
        queue.close()
    return job, created


def submit_demo(store: Store) -> Job | None:
    """Queue the demo listing, unless a whole report of it is there.

    Returns:
        The job that makes it, which may have been under way; ``None`` where nothing is to be done.
    """
    return None if _whole_report(store, DEMO_ORIGIN) else submit(store, DEMO_ORIGIN)[0]


def create(store: Store, origin: str, options: AnalysisOptions) -> tuple[Job, bool]:
    """Record a job without queueing it (for running it in this process)."""
    plain = options.model_dump(mode="json")
    digest = stage_key("job", 1, {"origin": origin, "options": plain})
    return store.catalogue.create_job(origin, plain, digest, "cpu")


def run_job(store: Store, job_id: str, presence: Presence) -> Job:
    """Claim a waiting job and run it to its end; a job that somebody else has is left alone."""
    from pipeline.recipe import analyse

    job = store.catalogue.claim_job(job_id, presence.entry.id)
    if job is None:
        return store.catalogue.job(job_id)
    worker = presence.entry.id
    recorder = JobRecorder(store, job_id, presence)
    try:
        listing_id, report = analyse(
            job.origin,
            AnalysisOptions.model_validate(job.options),
            StageRunner(store, recorder, presence.queue),
            on_listing=lambda found: store.catalogue.set_job_listing(job_id, found),
            on_report=lambda key: _show_unfinished(store, job_id, key),
        )
    except Cancelled:
        store.catalogue.finish_job(job_id, worker, JobState.CANCELLED)
    except WorkerStopping:
        store.catalogue.requeue_job(job_id, worker, why="the worker was stopped; waiting for one")
        _enqueue(store, job.queue, job_id)
    except HandOver as handover:
        store.catalogue.requeue_job(job_id, worker, queue=handover.queue, why=str(handover))
        _enqueue(store, handover.queue, job_id)
    except TakenOver:
        logger.warning("job %s was taken over by another worker", job_id)
    except (CollectError, Impossible) as error:
        store.catalogue.finish_job(job_id, worker, JobState.FAILED, error=error.message, advice=error.advice)
    # The boundary of a job: whatever breaks must end up in front of the user, not kill the worker.
    except Exception as error:
        logger.exception("job %s failed", job_id)
        store.catalogue.finish_job(
            job_id,
            worker,
            JobState.FAILED,
            error=f"{type(error).__name__}: {error}",
            advice="This is a defect of ShowRoom: the worker's log tells more. Finished stages are kept.",
        )
    else:
        store.catalogue.put_report(listing_id, job_id, report.key)
        store.catalogue.finish_job(job_id, worker, JobState.DONE)
    return store.catalogue.job(job_id)


def _show_unfinished(store: Store, job_id: str, report_key: str) -> None:
    """Show what stands so far, unless that would hide a whole report of the same photos and reviews."""
    listing_id = store.catalogue.job(job_id).listing_id
    if listing_id is None:
        return
    whole = _whole_report(store, listing_id)
    if whole is None or whole.listing_key != store.catalogue.listing(listing_id).key:
        store.catalogue.put_report(listing_id, job_id, report_key)


def _whole_report(store: Store, listing_id: str) -> ListingReport | None:
    """The newest report of a listing, ``None`` if there is none, if it is unfinished or no longer stored."""
    try:
        report = store.report(listing_id)
    except KeyError:
        return None
    return None if report is None or report.unfinished else report


def _enqueue(store: Store, queue_name: str, job_id: str) -> None:
    queue = JobQueue(store.settings, queue_name)
    queue.put(job_id)
    queue.close()

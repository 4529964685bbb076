"""Jobs: submit one, run one.

Job life: :class:`pipeline.store.records.JobState`. The catalogue is the truth; the queue only says that
there is something to do. A queue entry without a waiting job is ignored, a waiting job without a queue entry
is put back (:func:`pipeline.jobs.presence.recover`), so neither side can lose work when a process is killed
between two writes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pipeline.errors import Impossible, InstallationError, Unreachable
from pipeline.jobs.job_queue import JobQueue
from pipeline.jobs.presence import Presence, recover, worker_alive
from pipeline.jobs.recorder import JobRecorder, TakenOver, WorkerStopping
from pipeline.options import AnalysisOptions
from pipeline.progress import Cancelled
from pipeline.recipe import DEMO_ORIGIN, HandOver, StageRunner, Stored, stage_key
from pipeline.report import ListingReport
from pipeline.store import SHORT_S, Job, JobState, ListingEntry, Patience, Store, first_line, read_result
from scrapers.errors import CollectError
from scrapers.listing import Listing

__all__ = ["create", "recover", "run_job", "submit", "submit_demo", "worker_alive"]

logger = logging.getLogger(__name__)


def submit(store: Store, origin: str, options: AnalysisOptions | None = None) -> tuple[Job, bool]:
    """Queue an analysis of ``origin``.

    Where the queue is away, the job is on record all the same, says so, and is entered once it is back.

    Returns:
        The job, and whether it is new (``False``: the same analysis already waits or runs).

    Raises:
        Unreachable: the catalogue is away.
    """
    if not origin.strip():
        raise ValueError("nothing to analyse: give a folder, a file, an address, or `demo`")
    job, created = create(store, origin, options or AnalysisOptions())
    if created:
        _enqueue(store, job.queue, job.id)
    return store.catalogue.job(job.id) if created else job, created


def submit_again(store: Store, entry: ListingEntry) -> Job:
    """Queue the last analysis of a listing once more: what is whole is found, what is damaged is made anew.

    Raises:
        Unreachable: the catalogue is away.
    """
    last = store.catalogue.last_job(entry.id)
    options = AnalysisOptions() if last is None else AnalysisOptions.model_validate(last.options)
    title = _own_title(store, entry)
    if title is not None:
        options = options.model_copy(update={"title": title})
    job, _ = submit(store, entry.origin if last is None else last.origin, options)
    store.catalogue.set_job_listing(job.id, entry.id)
    return job


def _own_title(store: Store, entry: ListingEntry) -> str | None:
    """The title that the user gave, ``None`` where the listing has its source's."""
    try:
        source = read_result(Listing, store.artefacts.folder(entry.key)).title
    except KeyError:
        return None
    return None if source == entry.title else entry.title


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
    job = store.catalogue.claim_job(job_id, presence.entry.id)
    if job is None:
        return store.catalogue.job(job_id)
    try:
        _conclude(store, job, presence.entry.id, _outcome(store, job, presence))
        return store.catalogue.job(job_id)
    except InstallationError as error:  # even its end cannot be written: the worker gives it back when it can
        logger.warning("job %s cannot go on now: %s", job_id, error)
        presence.left.add(job_id)
        return job


@dataclass(frozen=True)
class _Outcome:
    """How a run came out: ended in ``state``, back to ``queue``, or neither (another worker has it)."""

    state: JobState | None = None
    error: str | None = None
    advice: str | None = None
    queue: str | None = None
    report: tuple[str, Stored[ListingReport]] | None = None


def _conclude(store: Store, job: Job, worker: str, outcome: _Outcome) -> None:
    if outcome.report is not None:
        listing_id, report = outcome.report
        _put_report(store, listing_id, job.id, report.key, report.value)
    if outcome.state is not None:
        store.catalogue.finish_job(job.id, worker, outcome.state, error=outcome.error, advice=outcome.advice)
    elif outcome.queue is not None:
        why = outcome.error or "the worker was stopped; waiting for one"
        store.catalogue.requeue_job(job.id, worker, queue=outcome.queue, why=why)
        _enqueue(store, outcome.queue, job.id)


def _outcome(store: Store, job: Job, presence: Presence) -> _Outcome:
    """Run the recipe.

    Raises:
        Unreachable: the catalogue or the results were away for longer than a worker waits.
    """
    from pipeline.recipe import analyse

    try:
        report = analyse(
            job.origin,
            AnalysisOptions.model_validate(job.options),
            StageRunner(store, JobRecorder(store, job.id, presence), presence.queue),
            on_listing=lambda found: store.catalogue.set_job_listing(job.id, found),
            on_report=lambda key: _show_unfinished(store, job.id, key),
        )
    except Cancelled:
        return _Outcome(JobState.CANCELLED)
    except WorkerStopping:
        return _Outcome(queue=job.queue)
    except HandOver as handover:
        return _Outcome(queue=handover.queue, error=str(handover))
    except TakenOver:
        logger.warning("job %s was ended or taken over by another process", job.id)
        return _Outcome()
    except Unreachable:
        raise
    except (CollectError, Impossible, InstallationError) as error:
        return _Outcome(JobState.FAILED, error.message, error.advice)
    # The boundary of a job: whatever breaks must end up in front of the user, not kill the worker.
    except Exception as error:
        logger.exception("job %s failed", job.id)
        told = f"{type(error).__name__}: {first_line(error)}"
        advice = "This is a defect of ShowRoom: the worker's log tells more. Finished stages are kept."
        return _Outcome(JobState.FAILED, told, advice)
    return _Outcome(JobState.DONE, report=report)


def _put_report(store: Store, listing_id: str, job_id: str, key: str, report: ListingReport) -> None:
    store.catalogue.put_report(listing_id, job_id, key, report.keys(), report.reviews_key)


def _show_unfinished(store: Store, job_id: str, report_key: str) -> None:
    """Show what stands so far, unless that would hide a whole report of the same photos and reviews."""
    listing_id = store.catalogue.job(job_id).listing_id
    if listing_id is None:
        return
    whole = _whole_report(store, listing_id)
    if whole is None or whole.listing_key != store.catalogue.listing(listing_id).key:
        report = ListingReport.load(store.artefacts.folder(report_key))
        _put_report(store, listing_id, job_id, report_key, report)


def _whole_report(store: Store, listing_id: str) -> ListingReport | None:
    """The newest report of a listing, ``None`` if there is none, if it is unfinished or no longer stored."""
    try:
        report = store.report(listing_id)
    except KeyError:
        return None
    return None if report is None or report.unfinished else report


def _enqueue(store: Store, queue_name: str, job_id: str) -> None:
    """Tell the queue; where it is away, the job says so, and :func:`recover` enters it later."""
    try:
        queue = JobQueue(store.settings, queue_name, patience=_briefly(store))
        queue.put(job_id)
        queue.close()
    except Unreachable as error:
        logger.warning("job %s: %s", job_id, error.message)
        store.catalogue.tell_waiting(job_id, f"{error.message} The analysis starts by itself once it can.")


def _briefly(store: Store) -> Patience:
    """Nothing is lost if the queue does not hear of a job at once."""
    return Patience(SHORT_S, store.catalogue.patience.stopping)

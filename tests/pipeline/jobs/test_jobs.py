"""A job ends in exactly one way, and a killed one is picked up again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import psutil
import pytest

from pipeline.errors import Impossible
from pipeline.jobs import presence as presence_module
from pipeline.jobs import recorder
from pipeline.jobs.job_queue import JobQueue
from pipeline.jobs.jobs import create, run_job, submit
from pipeline.jobs.presence import Presence, recover, worker_alive
from pipeline.options import AnalysisOptions
from pipeline.progress import Cancelled, Progress
from pipeline.recipe.stages import Planned
from pipeline.store import Job, JobState, StageState, Store
from scrapers.errors import SourceNotFound
from tests.pipeline.jobs.analyses import Hook, analysis_of_two_stages


@pytest.fixture
def run(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    """Run one job whose second stage calls the hook."""

    def run_with(hook: Hook, version: int = 1) -> Job:
        monkeypatch.setattr("pipeline.recipe.analyse", analysis_of_two_stages(hook, version))
        job, _ = create(store, "somewhere", AnalysisOptions())
        with Presence(store, "inline") as presence:
            return run_job(store, job.id, presence)

    return run_with


def _states(store: Store, job: Job) -> dict[str, StageState]:
    return {stage.name: stage.state for stage in store.catalogue.stages(job.id)}


def test_a_job_that_works_is_done_and_its_report_is_shown(store: Store, run: Callable[..., Job]) -> None:
    job = run(lambda progress: None)
    assert (job.state, job.fraction, job.listing_id) == (JobState.DONE, 1.0, "some-place")
    report = store.report("some-place")
    assert report is not None
    assert report.listing_id == "some-place"
    assert _states(store, job) == {"collect": StageState.DONE, "report": StageState.DONE}


def test_progress_of_the_whole_counts_stages_by_weight(
    store: Store, run: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "REPORT_EVERY_S", 0.0)
    seen = []

    def hook(progress: Progress) -> None:
        for fraction in (0.0, 0.5):
            progress(fraction, "reading")
            seen.append(store.catalogue.jobs()[0].fraction)

    run(hook)
    assert seen == pytest.approx([0.25, 0.625])


def test_progress_never_goes_back_when_the_rest_of_the_plan_becomes_known(store: Store) -> None:
    job, _ = create(store, "somewhere", AnalysisOptions())
    seen = []

    def tell(told: recorder.JobRecorder, name: str) -> None:
        told.stage_started(name, "", "00" * 32, cached=False)
        seen.append(store.catalogue.job(job.id).fraction)
        told.stage_ended(StageState.DONE, 1.0, "")

    with Presence(store, "inline") as presence:
        store.catalogue.claim_job(job.id, presence.entry.id)
        told = recorder.JobRecorder(store, job.id, presence)
        told.planned([Planned("reviews", "", 1.0)], later=3.0)
        tell(told, "reviews")
        tell(told, "group photos")
        told.planned([Planned("rooms", "", 2.0), Planned("report", "", 1.0)], later=0.0)
        tell(told, "rooms")
        tell(told, "report")
    assert seen == pytest.approx([0.0, 0.25, 0.25, 0.75])


def test_what_stands_is_shown_while_the_rest_is_made(store: Store, run: Callable[..., Job]) -> None:
    shown = []
    run(lambda progress: shown.append(store.report("some-place")))
    assert shown[0] is not None and shown[0].unfinished
    last = store.report("some-place")
    assert last is not None and not last.unfinished
    run(lambda progress: shown.append(store.report("some-place")), version=2)
    assert (len(shown), shown[-1]) == (2, last), "an unfinished report does not hide a whole one"


def test_what_stood_when_a_job_was_stopped_stays_shown(store: Store, run: Callable[..., Job]) -> None:
    def hook(progress: Progress) -> None:
        raise Cancelled

    assert run(hook).state is JobState.CANCELLED
    report = store.report("some-place")
    assert report is not None and report.unfinished


@pytest.mark.parametrize(
    ("error", "message", "advice"),
    [
        (SourceNotFound("No folder x.", "Check the path."), "No folder x.", "Check the path."),
        (Impossible("Nothing to see.", "Take photos."), "Nothing to see.", "Take photos."),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero", "defect"),
    ],
)
def test_a_failure_is_told_with_advice_and_keeps_finished_stages(
    store: Store, run: Callable[..., Job], error: Exception, message: str, advice: str
) -> None:
    def hook(progress: Progress) -> None:
        raise error

    job = run(hook)
    assert (job.state, job.error) == (JobState.FAILED, message)
    assert advice in (job.advice or "")
    assert _states(store, job)["collect"] is StageState.DONE
    again = run(lambda progress: None)
    assert _states(store, again)["collect"] is StageState.CACHED
    assert again.state is (JobState.FAILED if isinstance(error, Impossible) else JobState.DONE)


def test_a_running_job_stops_at_its_next_report_when_cancelled(
    store: Store, run: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "REPORT_EVERY_S", 0.0)
    after = []

    def hook(progress: Progress) -> None:
        store.catalogue.cancel_job(store.catalogue.jobs()[0].id)
        progress(0.1, "still here")
        after.append("not reached")

    job = run(hook)
    assert (job.state, after) == (JobState.CANCELLED, [])
    assert _states(store, job)["report"] is StageState.CANCELLED


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(store: Store) -> None:
    job, _ = submit(store, "somewhere")
    assert store.catalogue.cancel_job(job.id).state is JobState.CANCELLED
    with Presence(store, "inline") as presence:
        assert run_job(store, job.id, presence).state is JobState.CANCELLED


def test_a_stopping_worker_puts_its_job_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "REPORT_EVERY_S", 0.0)
    job, _ = create(store, "somewhere", AnalysisOptions())
    with Presence(store, "cpu") as presence:

        def hook(progress: Progress) -> None:
            presence.stopping.set()
            progress(0.1, "busy")

        monkeypatch.setattr("pipeline.recipe.analyse", analysis_of_two_stages(hook))
        assert run_job(store, job.id, presence).state is JobState.QUEUED
    queue = JobQueue(store.settings, "cpu")
    assert len(queue) == 1
    queue.close()


def test_the_same_analysis_is_not_queued_twice(store: Store) -> None:
    first, created = submit(store, "somewhere", AnalysisOptions(seed=1))
    again, created_again = submit(store, "somewhere", AnalysisOptions(seed=1))
    other, created_other = submit(store, "somewhere", AnalysisOptions(seed=2))
    assert (created, created_again, created_other) == (True, False, True)
    assert first.id == again.id != other.id
    with pytest.raises(ValueError, match="nothing to analyse"):
        submit(store, "  ")


def _claimed_by_a_dead_worker(store: Store, monkeypatch: pytest.MonkeyPatch) -> Job:
    job, _ = submit(store, "somewhere")
    presence = Presence(store, "cpu")
    dead = replace(presence.entry, pid=_free_pid())
    store.catalogue.beat(dead)
    assert store.catalogue.claim_job(job.id, dead.id) is not None
    return job


def _free_pid() -> int:
    return next(pid for pid in range(2**22 - 1, 1, -1) if not psutil.pid_exists(pid))


def test_the_job_of_a_dead_worker_is_handed_back_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _claimed_by_a_dead_worker(store, monkeypatch)
    assert recover(store) == [job.id]
    assert store.catalogue.job(job.id).state is JobState.QUEUED
    assert store.catalogue.workers() == []


def test_a_job_without_a_heartbeat_is_handed_back_and_its_late_worker_stops(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "REPORT_EVERY_S", 0.0)
    outcome = []

    def hook(progress: Progress) -> None:
        monkeypatch.setattr(presence_module, "STALE_S", -1.0)
        recover(store)
        try:
            progress(0.5, "still busy")
        except recorder.TakenOver as error:
            outcome.append(type(error))
            raise

    monkeypatch.setattr("pipeline.recipe.analyse", analysis_of_two_stages(hook))
    job, _ = create(store, "somewhere", AnalysisOptions())
    with Presence(store, "cpu") as presence:
        assert run_job(store, job.id, presence).state is JobState.QUEUED
    assert outcome == [recorder.TakenOver]


def test_a_live_worker_keeps_its_job(store: Store) -> None:
    job, _ = submit(store, "somewhere")
    with Presence(store, "cpu") as presence:
        store.catalogue.claim_job(job.id, presence.entry.id)
        assert worker_alive(store)
        assert recover(store) == []
        assert store.catalogue.job(job.id).state is JobState.RUNNING
    assert not worker_alive(store)


def test_a_job_that_kills_every_worker_fails_in_the_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _claimed_by_a_dead_worker(store, monkeypatch)
    for _ in range(presence_module.MAX_DEATHS - 1):
        recover(store)
        dead = replace(Presence(store, "cpu").entry, pid=_free_pid())
        store.catalogue.beat(dead)
        store.catalogue.claim_job(job.id, dead.id)
    recover(store)
    failed = store.catalogue.job(job.id)
    assert failed.state is JobState.FAILED
    assert "died 3 times" in (failed.error or "")
    assert "was not seen" in (failed.advice or "")


def test_a_heartbeat_shows_while_a_stage_is_silent(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_module, "HEARTBEAT_S", 0.05)
    job, _ = submit(store, "somewhere")
    with Presence(store, "cpu") as presence:
        claimed = store.catalogue.claim_job(job.id, presence.entry.id)
        assert claimed is not None
        time.sleep(0.3)
        assert (store.catalogue.job(job.id).heartbeat_s or 0) > (claimed.heartbeat_s or 0)


def test_cancelled_is_not_an_error_of_the_user() -> None:
    assert not issubclass(Cancelled, Impossible)

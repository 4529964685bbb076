"""No step of a clock, no restart and no hand-over ends a job; deaths do, and only what was seen is said."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

import psutil
import pytest

from pipeline.jobs import identity, presence, recorder, sightings
from pipeline.jobs.jobs import create, run_job, submit
from pipeline.jobs.presence import INLINE, Presence, recover, worker_alive
from pipeline.options import AnalysisOptions
from pipeline.progress import Cancelled
from pipeline.recipe.stages import Planned, StageRunner
from pipeline.store import Catalogue, Job, JobState, Store, WorkerEntry
from tests.pipeline.store.laws import KEY


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the clock of this computer by some seconds."""
    usual = time.time

    def by(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: usual() + seconds)

    return by


@pytest.mark.parametrize("seconds", [120.0, -120.0, 86400.0])
def test_a_live_worker_keeps_its_job_when_the_clock_steps(store: Store, step: Any, seconds: float) -> None:
    job, _ = submit(store, "somewhere")
    with Presence(store, "cpu") as here:
        store.catalogue.claim_job(job.id, here.entry.id)
        for moved in (seconds, 0.0, seconds):
            step(moved)
            assert recover(store) == []
            assert worker_alive(store)
        assert store.catalogue.job(job.id).elapsed_s >= 0.0
    assert store.catalogue.job(job.id).state is JobState.RUNNING


def test_a_later_process_of_the_same_number_is_another(store: Store) -> None:
    mine = Presence(store, "cpu").entry
    assert identity.is_gone(mine) is False
    world = mine.birth.rpartition(":")[0]
    assert identity.is_gone(replace(mine, birth=f"{world}:1")) is True
    assert identity.is_gone(replace(mine, pid=_free_pid())) is True


def test_only_its_own_machine_can_say_that_a_process_ended(store: Store) -> None:
    mine = replace(Presence(store, "cpu").entry, pid=_free_pid())
    for elsewhere in (replace(mine, birth="another-start:pid:[1]:77"), replace(mine, birth="")):
        assert identity.is_gone(elsewhere) is None
    assert identity.is_gone(replace(mine, host="elsewhere")) is None


def test_a_heartbeat_counts_as_still_only_while_one_could_look(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    seen = sightings.Sightings()
    assert seen.still_s("w", 1.0) == 0.0
    now_s += 5.0
    assert seen.still_s("w", 1.0) == 5.0
    now_s += 3600.0  # this process slept, or the catalogue was away
    assert seen.still_s("w", 1.0) == 5.0 + sightings.MOST_BETWEEN_LOOKS_S
    assert seen.still_s("w", 2.0) == 0.0


def test_a_worker_that_hangs_loses_its_job_in_the_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1000.0
    job, _ = submit(store, "somewhere")
    far = _beats(store, replace(Presence(store, "cpu").entry, host="another-machine"))
    store.catalogue.claim_job(job.id, far.id)
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    handed_back = []
    for _ in range(8):
        handed_back += recover(store)
        now_s += 5.0
    assert handed_back == [job.id]


def test_an_end_is_written_once(store: Store) -> None:
    job, _ = create(store, "somewhere", AnalysisOptions())
    store.catalogue.claim_job(job.id, "w")
    assert store.catalogue.finish_job(job.id, "w", JobState.FAILED, error="It broke.", advice="Mend it.")
    assert not store.catalogue.finish_job(job.id, "w", JobState.CANCELLED)
    ended = store.catalogue.job(job.id)
    assert (ended.state, ended.error, ended.advice) == (JobState.FAILED, "It broke.", "Mend it.")


def test_a_job_that_was_ended_elsewhere_is_not_called_cancelled(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "REPORT_EVERY_S", 0.0)
    raised: list[type[BaseException]] = []
    job, _ = create(store, "somewhere", AnalysisOptions())
    with Presence(store, INLINE) as here:

        def analyse(origin: str, options: AnalysisOptions, runner: StageRunner, **hooks: Any) -> Any:
            runner.plan([Planned("collect", "", 1.0)])
            store.catalogue.finish_job(job.id, here.entry.id, JobState.FAILED, error="The worker died 3 times.")
            try:
                runner._recorder.stage_started("collect", "", KEY, cached=False)
            except BaseException as error:
                raised.append(type(error))
                raise

        monkeypatch.setattr("pipeline.recipe.analyse", analyse)
        ended = run_job(store, job.id, here)
    assert raised == [recorder.TakenOver] and not issubclass(recorder.TakenOver, Cancelled)
    assert (ended.state, ended.error) == (JobState.FAILED, "The worker died 3 times.")


def test_restarts_and_hand_overs_are_no_deaths(store: Store) -> None:
    job, _ = submit(store, "somewhere")
    for round_number in range(6):
        store.catalogue.claim_job(job.id, f"w{round_number}")
        store.catalogue.requeue_job(
            job.id, f"w{round_number}", queue="gpu" if round_number % 2 else "cpu", why="stopped"
        )
    _dies(store, job)
    assert recover(store) == [job.id]
    again = store.catalogue.job(job.id)
    assert (again.state, again.attempts, again.deaths) == (JobState.QUEUED, 7, 1)


@pytest.mark.parametrize("kills", [0, 2])
def test_memory_is_blamed_only_when_it_was_seen(
    store: Store, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    job, _ = submit(store, "somewhere")
    for _ in range(presence.MAX_DEATHS):
        _dies(store, job)
        with monkeypatch.context() as seen:
            seen.setattr(identity, "memory_kills", lambda: 10**6 + kills)
            recover(store)
    failed = store.catalogue.job(job.id)
    assert failed.state is JobState.FAILED
    assert f"died {presence.MAX_DEATHS} times" in (failed.error or "")
    assert ("memory" in (failed.advice or "")) == bool(kills)
    assert "start it again" in (failed.advice or "")


def test_the_same_analysis_submitted_by_fifty_processes_is_one_job(store: Store) -> None:
    began = time.monotonic() + 0.4
    children = [_fork(lambda: _submit_at(store.catalogue, began)) for _ in range(50)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sorted(codes) == [0] + [7] * 49, "one process made the job, the others were told of it"
    assert len(store.catalogue.jobs()) == 1


def _submit_at(catalogue: Catalogue, moment_s: float) -> int:
    catalogue._engine.dispose(close=False)  # connections of the parent are the parent's
    time.sleep(max(0.0, moment_s - time.monotonic()))
    _, created = catalogue.create_job("somewhere", {"seed": 1}, "one digest", "cpu")
    return 0 if created else 7


def _fork(work: Any) -> int:
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        code = work()
    finally:
        os._exit(code)


def _dies(store: Store, job: Job) -> None:
    """A worker takes the job and ends."""
    dead = replace(Presence(store, "cpu").entry, pid=_free_pid(), memory_kills=10**6)
    store.catalogue.beat(dead)
    assert store.catalogue.claim_job(job.id, dead.id) is not None


def _beats(store: Store, worker: WorkerEntry) -> WorkerEntry:
    store.catalogue.beat(worker)
    return worker


def _free_pid() -> int:
    return next(pid for pid in range(2**22 - 1, 1, -1) if not psutil.pid_exists(pid))

"""The real worker process: it takes jobs, survives kill -9, and stops cleanly."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.config import Settings
from pipeline.jobs.jobs import submit
from pipeline.jobs.presence import worker_alive
from pipeline.options import AnalysisOptions
from pipeline.store import Job, JobState, StageState, Store
from tests.places import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]

SENTENCES = (
    "The tram woke us up at six in the morning.",
    "Spotless bathroom and fresh towels every day.",
    "Ten minutes on foot to the river market.",
    "The host answered every message within minutes.",
    "A small kitchen, but everything we needed was there.",
    "너무 깨끗하고 조용했어요.",
)


@pytest.fixture
def reviews_file(tmp_path: Path) -> Path:
    """Sixty invented reviews."""
    path = tmp_path / "reviews.csv"
    with path.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(["id", "date", "text"])
        for index in range(60):
            text = " ".join(SENTENCES[(index * step) % len(SENTENCES)] for step in (1, 2, 3))
            writer.writerow([index, f"2025-{index % 12 + 1:02d}-01", f"{text} Visit number {index}."])
    return path


@contextmanager
def _worker(settings: Settings, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "SHOWROOM_DATA": str(settings.data)}
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "worker", *options], cwd=ROOT, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def _running_stage(store: Store, job: Job) -> str | None:
    running = [s.name for s in store.catalogue.stages(job.id) if s.state is StageState.RUNNING]
    return running[0] if running else None


def _ended(store: Store, job: Job) -> bool:
    return not store.catalogue.job(job.id).state.active


def test_a_killed_worker_s_job_goes_on_at_the_first_unfinished_stage(store: Store, reviews_file: Path) -> None:
    job, _ = submit(store, str(reviews_file))
    with _worker(store.settings) as first:
        _wait_until(lambda: _running_stage(store, job) == "topics")
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert store.catalogue.job(job.id).state is JobState.RUNNING
    with _worker(store.settings):
        _wait_until(lambda: _ended(store, job))
    finished = store.catalogue.job(job.id)
    assert (finished.state, finished.attempts) == (JobState.DONE, 2), finished.error
    states = {stage.name: stage.state for stage in store.catalogue.stages(job.id)}
    assert states["collect"] is StageState.CACHED
    assert states["embeddings"] is StageState.CACHED
    assert states["topics"] is StageState.DONE
    assert store.report(finished.listing_id or "") is not None


def test_a_worker_that_is_told_to_stop_puts_its_job_back_and_goes(store: Store, reviews_file: Path) -> None:
    job, _ = submit(store, str(reviews_file))
    with _worker(store.settings) as process:
        _wait_until(lambda: _running_stage(store, job) is not None)
        assert worker_alive(store)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0
    assert store.catalogue.job(job.id).state in (JobState.QUEUED, JobState.DONE)
    assert store.catalogue.workers() == []


def test_two_listings_at_once_do_not_mix(store: Store, reviews_file: Path) -> None:
    other_file = reviews_file.with_name("other.csv")
    other_file.write_text(
        "id,date,text\n1,2025-01-01,The sea is near and the air is clear.\n", encoding="utf-8"
    )
    jobs = [submit(store, str(path), AnalysisOptions())[0] for path in (reviews_file, other_file)]
    with _worker(store.settings, "--concurrency", "2"):
        _wait_until(lambda: all(_ended(store, job) for job in jobs))
    finished = [store.catalogue.job(job.id) for job in jobs]
    assert [job.state for job in finished] == [JobState.DONE, JobState.DONE], [job.error for job in finished]
    listings = [store.listing(job.listing_id or "")[0] for job in finished]
    assert [len(listing.reviews) for listing in listings] == [60, 1]
    reports = [store.report(listing.id) for listing in listings]
    assert [report and report.listing_id for report in reports] == [listing.id for listing in listings]


def _analyse(settings: Settings, origin: Path) -> subprocess.Popen[bytes]:
    """``python -m pipeline analyse``: one job in a process of its own, without a worker."""
    environment = {**os.environ, "SHOWROOM_DATA": str(settings.data)}
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", "analyse", str(origin)], cwd=ROOT, env=environment
    )


def test_a_killed_analysis_goes_on_when_it_is_asked_for_again(store: Store, reviews_file: Path) -> None:
    with _analyse(store.settings, reviews_file) as first:
        _wait_until(lambda: any(_running_stage(store, job) == "topics" for job in store.catalogue.jobs()))
        first.send_signal(signal.SIGKILL)
        first.wait()
    [job] = store.catalogue.jobs()
    with _analyse(store.settings, reviews_file) as second:
        assert second.wait(timeout=120) == 0
    finished = store.catalogue.job(job.id)
    assert (finished.state, finished.attempts) == (JobState.DONE, 2), finished.error

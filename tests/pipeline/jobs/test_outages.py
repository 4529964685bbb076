"""Servers that are away and files that are locked are waited for; what lasts is said in one sentence."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pipeline.config import Settings
from pipeline.errors import DiskFull, InstallationError, Unreachable, WrongSettings
from pipeline.jobs import presence as presence_module
from pipeline.jobs.job_queue import JobQueue
from pipeline.jobs.jobs import create, run_job, submit
from pipeline.jobs.presence import INLINE, Presence, recover
from pipeline.options import AnalysisOptions
from pipeline.store import JobState, Patience, Store, database
from tests.served import free_port


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.05)


@contextmanager
def _locked(settings: Settings, seconds: float) -> Iterator[None]:
    """Another program holds the catalogue for so long."""
    other = sqlite3.connect(settings.data / "showroom.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(seconds, lambda: other.execute("ROLLBACK"))
    release.start()
    yield
    release.join()
    other.close()


def test_a_lock_is_waited_out(settings: Settings) -> None:
    store = Store.open(settings)
    with _locked(settings, 0.6):
        job, _ = create(store, "somewhere", AnalysisOptions())
    assert store.catalogue.job(job.id).state is JobState.QUEUED


def test_a_lock_that_lasts_is_said_in_one_sentence_without_sql(settings: Settings) -> None:
    store = Store.open(settings, Patience(0.2))
    with _locked(settings, 0.9), pytest.raises(Unreachable) as told:
        create(store, "somewhere", AnalysisOptions())
    assert str(settings.data / "showroom.sqlite") in told.value.message
    assert "locked" in told.value.message and "INSERT" not in str(told.value)
    assert "nothing is lost" in told.value.advice


def test_a_heartbeat_goes_on_after_one_failed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_module, "HEARTBEAT_S", 0.02)
    beat, failures = store.catalogue.beat, iter([Unreachable("away.", "wait."), OSError("no such disk")])
    arrived = threading.Event()

    def sometimes(worker: object) -> None:
        for failure in failures:
            raise failure
        arrived.set()

    with Presence(store, INLINE):
        monkeypatch.setattr(store.catalogue, "beat", sometimes)
        assert arrived.wait(5.0), "the thread ended with the first failure"
        monkeypatch.setattr(store.catalogue, "beat", beat)


@pytest.mark.enable_socket
def test_a_queue_that_is_away_loses_no_analysis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.jobs.jobs.SHORT_S", 0.2)
    address = f"redis://someone:secret@127.0.0.1:{free_port()}/0"
    store = Store.open(settings.model_copy(update={"queue_url": address}))
    job, created = submit(store, "somewhere")
    assert created and job.state is JobState.QUEUED
    assert "cannot be reached" in job.message and "127.0.0.1" in job.message and "secret" not in job.message
    back = Store.open(settings)
    recover(back)
    queue = JobQueue(back.settings, "cpu")
    assert len(queue) == 1
    queue.close()


def test_a_job_whose_end_cannot_be_written_is_given_back_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def analyse(*arguments: object, **hooks: object) -> None:
        raise Unreachable("The catalogue is away.", "Wait.")

    monkeypatch.setattr("pipeline.recipe.analyse", analyse)
    job, _ = create(store, "somewhere", AnalysisOptions())
    with Presence(store, INLINE) as here:
        run_job(store, job.id, here)
        assert here.left == {job.id}
        assert store.catalogue.job(job.id).state is JobState.RUNNING, "it is not called failed"


def test_a_full_disk_is_said_as_that(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyse(*arguments: object, **hooks: object) -> None:
        raise DiskFull("The disk is full.", "Free some space.")

    monkeypatch.setattr("pipeline.recipe.analyse", analyse)
    job, _ = create(store, "somewhere", AnalysisOptions())
    with Presence(store, INLINE) as here:
        ended = run_job(store, job.id, here)
    assert (ended.state, ended.error, ended.advice) == (
        JobState.FAILED,
        "The disk is full.",
        "Free some space.",
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"database_url": "no address"}, "SHOWROOM_DATABASE_URL is no address"),
        ({"database_url": "mysql://host/name"}, "no catalogue in 'mysql' databases"),
        ({"database_url": "postgresql+nodriver://host/name"}, "No driver"),
        ({"queue_url": "amqp://host"}, "must be a redis:// URL"),
        ({"queue_url": "redis://host:port/0"}, "no address of a Redis"),
    ],
)
def test_settings_that_cannot_work_are_said_at_once(
    settings: Settings, changes: dict[str, str], said: str
) -> None:
    wrong = settings.model_copy(update=changes)
    began_s = time.monotonic()
    with pytest.raises(WrongSettings, match=said):
        JobQueue(Store.open(wrong).settings, "cpu")
    assert time.monotonic() - began_s < 3.0


def test_a_folder_that_cannot_be_made_is_said(settings: Settings) -> None:
    settings.data.parent.joinpath("file").write_text("in the way")
    with pytest.raises(WrongSettings, match="cannot be made"):
        Store.open(settings.model_copy(update={"data": settings.data.parent / "file" / "data"}))


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b""])
def test_a_damaged_queue_is_made_anew_and_refilled(store: Store, content: bytes) -> None:
    job, _ = submit(store, "somewhere")
    store.settings.queue_file.write_bytes(content)
    for beside in store.settings.data.glob("queue.sqlite-*"):
        beside.unlink()
    recover(store)
    queue = JobQueue(store.settings, "cpu", handler=lambda job_id: None)
    assert queue.huey.dequeue().args == (job.id,)
    queue.close()


@pytest.mark.parametrize("damage", [lambda whole: whole[:3000], lambda whole: whole[: len(whole) // 2]])
def test_a_damaged_catalogue_is_told_with_what_to_do(
    settings: Settings, damage: Callable[[bytes], bytes]
) -> None:
    Store.open(settings).catalogue.close()
    file = settings.data / "showroom.sqlite"
    sqlite3.connect(file).execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(InstallationError, match=r"showroom\.sqlite") as told:
        Store.open(settings).catalogue.listings()
    assert "python -m pipeline backup" in told.value.advice

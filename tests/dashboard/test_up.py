"""One command starts everything: the demo is queued once, a taken port is said with the way out."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from dashboard import __main__ as dashboard_command
from dashboard import keeping, up
from dashboard.keeping import Kept
from dashboard.listening import CannotListen, address, check_free, is_healthy
from pipeline.jobs import submit_demo
from pipeline.jobs.job_queue import JobQueue
from pipeline.report import ListingReport, RoomReport
from pipeline.store import JobState, Store
from tests.dashboard.invented import StoreMaker
from tests.places import ROOT
from tests.served import free_port, wait_for_health

pytestmark = pytest.mark.enable_socket
EVERYWHERE = "0.0.0.0"  # noqa: S104 - never reached from elsewhere: the tests close it at once


@contextmanager
def _listener(host: str = "127.0.0.1") -> Iterator[int]:
    """Another program that listens on a port."""
    with socket.socket() as other:
        other.bind((host, 0))
        other.listen()
        yield int(other.getsockname()[1])


def test_a_free_port_is_free() -> None:
    check_free("127.0.0.1", free_port())


@pytest.mark.parametrize("theirs", ["127.0.0.1", EVERYWHERE])
@pytest.mark.parametrize("ours", ["127.0.0.1", EVERYWHERE])
def test_a_taken_port_is_said_with_a_free_one(theirs: str, ours: str) -> None:
    with _listener(theirs) as port, pytest.raises(CannotListen) as caught:
        check_free(ours, port)
    said = str(caught.value)
    assert f"Port {port} is taken. Another program listens there." in said
    other = int(said.split("PORT=")[1].split(" ")[0])
    assert other != port
    check_free(ours, other)


def test_an_address_of_another_computer_is_said() -> None:
    with pytest.raises(CannotListen, match=r"no address '192\.0\.2\.1'"):
        check_free("192.0.2.1", 8501)


@pytest.mark.parametrize("command", [up.main, dashboard_command.main])
def test_both_commands_say_it_and_end(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    with _listener() as port:
        try:
            code = command(["--port", str(port)])  # type: ignore[operator]
        except SystemExit as ended:
            code = ended.code
    assert code == 1
    captured = capsys.readouterr()
    assert f"Port {port} is taken." in captured.err
    assert "ShowRoom is at" not in captured.out + captured.err, "that is somebody else's address"


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://localhost:80"),
        (EVERYWHERE, "http://localhost:80"),
        ("::1", "http://[::1]:80"),
        ("10.0.0.7", "http://10.0.0.7:80"),
    ],
)
def test_the_address_is_one_to_type(host: str, shown: str) -> None:
    assert address(host, 80) == shown


def test_the_demo_is_queued_once(store: Store) -> None:
    first, again = submit_demo(store), submit_demo(store)
    assert first is not None and again is not None
    assert first.id == again.id
    assert first.state is JobState.QUEUED
    queue = JobQueue(store.settings, "cpu")
    assert len(queue) == 1
    queue.close()


def test_a_demo_that_is_there_is_left_alone_an_unfinished_one_goes_on(maker: StoreMaker) -> None:
    listing, key = maker.listing("demo", "Demo", synthetic=True, reviews=0)
    waiting = RoomReport(room_id="attic", name="Attic", status="waiting")
    unfinished = ListingReport(listing_id="demo", listing_key=key, options={}, seed=0, rooms=(waiting,))
    maker.put_report(unfinished)
    job = submit_demo(maker.store)
    assert job is not None
    maker.store.catalogue.cancel_job(job.id)
    maker.report(listing, key, None)
    assert submit_demo(maker.store) is None


@pytest.mark.slow
def test_everything_starts_and_ctrl_c_stops_it_the_demo_goes_back_into_the_queue(store: Store) -> None:
    port = free_port()
    command = [sys.executable, "-m", "dashboard.up", "--port", str(port)]
    environment = {**os.environ, "SHOWROOM_DATA": str(store.settings.data)}
    started = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        wait_for_health(f"http://127.0.0.1:{port}", started)
        second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert f"ShowRoom may be running there already: look at http://localhost:{port}" in second.stderr
        deadline = time.monotonic() + 120
        while not store.catalogue.listings():
            assert time.monotonic() < deadline, "the worker collects the demo"
            time.sleep(0.2)
        [job] = store.catalogue.jobs()
        started.send_signal(signal.SIGINT)
        out, _ = started.communicate(timeout=60)
    finally:
        started.kill()
        started.wait()
    assert started.returncode == 0
    assert f"ShowRoom is at http://localhost:{port}" in out.decode()
    assert "The demo listing is being analysed" in out.decode()
    assert store.catalogue.job(job.id).state is JobState.QUEUED
    assert store.catalogue.workers() == []
    assert not is_healthy("127.0.0.1", port)


def _kept(code: str, complaints: list[str], monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.setattr(keeping, "FIRST_PAUSE_S", 0.05)
    usual = subprocess.Popen

    def start(command: list[str], **options: object) -> object:
        return usual([sys.executable, "-c", code], **options)  # type: ignore[call-overload]

    monkeypatch.setattr("dashboard.keeping.subprocess.Popen", start)
    return Kept("worker", ("pipeline", "worker"), complaints.append, _pause_s=0.05)


def _wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_a_worker_that_ended_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[str] = []
    kept = _kept("import time; time.sleep(60)", complaints, monkeypatch)
    kept.start()
    assert kept.look_after() and kept.running and not complaints
    assert kept._process is not None
    kept._process.kill()
    _wait(lambda: kept.look_after() and complaints and kept.running)
    assert complaints == ["The worker was ended by signal 9; it is started again in 0 s."]
    kept.ask_to_end()
    kept.end(5.0)
    assert not kept.running


def test_a_worker_whose_settings_cannot_work_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = _kept(f"raise SystemExit({keeping.WRONG_SETTINGS_EXIT})", [], monkeypatch)
    kept.start()
    _wait(lambda: not kept.running)
    assert not kept.look_after()

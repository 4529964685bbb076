"""``python -m dashboard.up``: the demo, a worker and the dashboard with one command, until Ctrl-C.

The address is printed as soon as the dashboard answers. The demo is a job like any other: the worker analyses
it while one watches, and what was finished when everything was stopped is found again.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping

from dashboard.listening import CannotListen, address, check_free, is_healthy

START_S = 120.0
STOP_S = 20.0
LOOK_EVERY_S = 0.1

Processes = Mapping[str, subprocess.Popen[bytes]]


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


@contextlib.contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """An event that is set by SIGINT and SIGTERM while the context lasts."""
    stop = threading.Event()
    previous = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    """A Python process in a session of its own, so that Ctrl-C reaches only this one."""
    return subprocess.Popen([sys.executable, "-m", *arguments], start_new_session=True)


def _stop(processes: Processes) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_S
    for process in processes.values():
        try:
            process.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ended(processes: Processes) -> bool:
    """Whether one of them ended by itself; says which."""
    for name, process in processes.items():
        if process.poll() is not None:
            _complain(f"The {name} ended unexpectedly (exit code {process.returncode}); stopping.")
            return True
    return False


def _demo_is_coming() -> bool:
    """Queue the demo listing unless it is there; whether a worker will make it."""
    from redis.exceptions import RedisError
    from sqlalchemy.exc import SQLAlchemyError

    from pipeline.config import Settings
    from pipeline.jobs import submit_demo
    from pipeline.store import Store

    try:
        return submit_demo(Store.open(Settings())) is not None
    except (SQLAlchemyError, RedisError, OSError) as error:
        _complain(f"The demo could not be queued, so there is none: {error}")
        return False


def _answers(host: str, port: int, processes: Processes, stop: threading.Event) -> bool:
    """Wait for the dashboard; ``False`` if it does not come."""
    began = time.monotonic()
    while not is_healthy(host, port):
        if stop.wait(LOOK_EVERY_S) or _ended(processes):
            return False
        if time.monotonic() - began > START_S:
            _complain(
                f"The dashboard did not answer at {address(host, port)} within {START_S:.0f} s; stopping."
            )
            return False
    return True


def _serve(host: str, port: int, processes: Processes, with_demo: bool, stop: threading.Event) -> int:
    demo_is_coming = with_demo and _demo_is_coming()
    if not _answers(host, port, processes, stop):
        return 0 if stop.is_set() else 1
    _say(f"\n  ShowRoom is at {address(host, port)}   (Ctrl-C stops it)")
    _say("  The demo listing is being analysed; the page shows how far it is.\n" if demo_is_coming else "")
    while not stop.wait(0.5):
        if _ended(processes):
            return 1
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run until Ctrl-C; 0 if everything went as it should."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.up", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=8501, type=int, help="port to listen on (default: %(default)s)")
    parser.add_argument("--no-demo", action="store_true", help="do not analyse the demo listing")
    parser.add_argument("--no-worker", action="store_true", help="do not start a worker")
    chosen = parser.parse_args(arguments)
    try:
        check_free(chosen.host, chosen.port)
    except CannotListen as error:
        _complain(str(error))
        return 1
    with _stoppable() as stop:
        place = ("--host", chosen.host, "--port", str(chosen.port))
        processes = {"dashboard": _start("dashboard", "--quiet", *place)}
        if not chosen.no_worker:
            processes["worker"] = _start("pipeline", "--quiet", "worker")
        try:
            return _serve(chosen.host, chosen.port, processes, not chosen.no_demo, stop)
        finally:
            _stop(processes)


if __name__ == "__main__":
    sys.exit(main())

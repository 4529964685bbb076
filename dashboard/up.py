"""``python -m dashboard.up``: the demo, a worker and the dashboard with one command, until Ctrl-C.

The address is printed as soon as the dashboard answers. The demo is a job like any other: the worker analyses
it while one watches, and what was finished when everything was stopped is found again. A worker or a dashboard
that ends is started again.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence

from dashboard.gate import LOOPBACK
from dashboard.keeping import Kept
from dashboard.listening import CannotListen, address, check_free, is_healthy

START_S = 120.0
#: a worker gives its jobs 15 s to reach a step, then hands them back; a busy computer takes its time for both
STOP_S = 40.0
LOOK_EVERY_S = 0.1

Processes = Sequence[Kept]


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


def _stop(processes: Processes) -> None:
    for process in processes:
        process.ask_to_end()
    deadline = time.monotonic() + STOP_S
    for process in processes:
        process.end(max(deadline - time.monotonic(), 0.1))


def _looked_after(processes: Processes) -> bool:
    """Start again what ended; ``False`` where the settings cannot work (the process has said why)."""
    looked = [process.look_after() for process in processes]
    return all(looked)


def _password(host: str) -> str:
    """Make up a password where one is needed; what is said of it."""
    if host in LOOPBACK:
        return ""
    from dashboard.__main__ import told_password
    from dashboard.admission import make_password

    password = make_password(host)
    return "" if password is None else told_password(password)


def _demo_is_coming() -> bool:
    """Queue the demo listing unless it is there; whether a worker will make it."""
    from pipeline.config import Settings
    from pipeline.errors import InstallationError
    from pipeline.jobs import submit_demo
    from pipeline.store import Store

    try:
        return submit_demo(Store.open(Settings())) is not None
    except (InstallationError, OSError) as error:
        _complain(f"The demo could not be queued, so there is none: {error}")
        return False


def _answers(host: str, port: int, dashboard: Kept, stop: threading.Event) -> bool:
    """Wait for the dashboard; ``False`` if it does not come."""
    began = time.monotonic()
    while not is_healthy(host, port):
        if stop.wait(LOOK_EVERY_S):
            return False
        if not dashboard.running:
            _complain(f"The dashboard did not start (exit code {dashboard.exit_code}); stopping.")
            return False
        if time.monotonic() - began > START_S:
            _complain(
                f"The dashboard did not answer at {address(host, port)} within {START_S:.0f} s; stopping."
            )
            return False
    return True


def _serve(
    host: str, port: int, processes: Processes, with_demo: bool, stop: threading.Event, password: str
) -> int:
    demo_is_coming = with_demo and _demo_is_coming()
    if not _answers(host, port, processes[0], stop):
        return 0 if stop.is_set() else 1
    _say(f"\n  ShowRoom is at {address(host, port)}   (Ctrl-C stops it)")
    _say("  The demo listing is being analysed; the page shows how far it is.\n" if demo_is_coming else "")
    _say(f"  {password}\n" if password else "")
    while not stop.wait(LOOK_EVERY_S):
        if not _looked_after(processes):
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
    password = _password(chosen.host)
    with _stoppable() as stop:
        place = ("--host", chosen.host, "--port", str(chosen.port))
        processes = [Kept("dashboard", ("dashboard", "--quiet", *place), _complain)]
        if not chosen.no_worker:
            processes.append(Kept("worker", ("pipeline", "--quiet", "worker"), _complain))
        try:
            for process in processes:
                process.start()
            return _serve(chosen.host, chosen.port, processes, not chosen.no_demo, stop, password)
        finally:
            _stop(processes)


if __name__ == "__main__":
    sys.exit(main())

"""``python -m dashboard.up``: the demo, a worker and the dashboard with one command, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence

START_S = 120.0
STOP_S = 20.0


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


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


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_S
    for process in processes:
        try:
            process.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], stop: threading.Event) -> int:
    while process.poll() is None:
        if stop.wait(0.2):
            _stop([process])
            raise Stopped
    return process.returncode


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:  # noqa: S310 - our own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _serve(host: str, port: int, with_worker: bool, stop: threading.Event) -> int:
    address = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}"  # noqa: S104
    processes = [_start("dashboard", "--host", host, "--port", str(port))]
    if with_worker:
        processes.append(_start("pipeline", "worker"))
    try:
        began = time.monotonic()
        while not _healthy(address):
            if time.monotonic() - began > START_S:
                print(f"the dashboard did not answer at {address}", file=sys.stderr)  # noqa: T201
                return 1
            if any(process.poll() is not None for process in processes):
                return 1
            if stop.wait(0.2):
                return 0
        print(f"\n  ShowRoom is at {address}   (Ctrl-C stops it)\n", flush=True)  # noqa: T201
        while not stop.wait(0.5):
            if any(process.poll() is not None for process in processes):
                print("dashboard or worker ended unexpectedly; stopping", file=sys.stderr)  # noqa: T201
                return 1
        return 0
    finally:
        _stop(processes)


def main(arguments: list[str] | None = None) -> int:
    """Run until Ctrl-C; 0 if everything went as it should."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.up", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=8501, type=int, help="port to listen on (default: %(default)s)")
    parser.add_argument("--no-demo", action="store_true", help="do not analyse the demo listing first")
    parser.add_argument("--no-worker", action="store_true", help="do not start a worker")
    chosen = parser.parse_args(arguments)
    with _stoppable() as stop:
        try:
            if not chosen.no_demo and _wait(_start("pipeline", "demo"), stop) != 0:
                print("the demo could not be analysed; starting without it", file=sys.stderr)  # noqa: T201
            return _serve(chosen.host, chosen.port, not chosen.no_worker, stop)
        except Stopped:
            return 0


if __name__ == "__main__":
    sys.exit(main())

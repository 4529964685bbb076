"""Run a helper process that reports progress as JSON lines, and stop it at once when the user cancels."""

import contextlib
import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO, Final

from pipeline.config import PROJECT_ROOT
from pipeline.errors import Impossible
from pipeline.machine import one_thread_environment
from pipeline.progress import Progress

#: how long a cancel may go unnoticed, seconds; set by hand: short for a person
_TICK_S: Final = 0.25
#: how long the last lines of an ended process are waited for, seconds; set by hand
_LAST_LINES_S: Final = 2.0
# after the last line of a stream, and while there is none
_END: Final = ""
_NOTHING: Final = "\n"


class ProcessFailed(Impossible):
    """A helper process ended without a result (worth another try, so never kept)."""

    lasting = False


def run_reporting(command: Sequence[str], progress: Progress, timeout_s: float) -> None:
    """Run ``command``; each line ``{"fraction": .., "message": ..}`` that it prints becomes a report.

    ``progress`` is called several times a second, so that a cancel (an exception out of it) kills the process
    without delay; it is killed as well on any other exception. Its standard input closes when this process
    dies, however that happens, so that it can end too.

    Raises:
        ProcessFailed: the process ended with an error, was aborted, or took longer than ``timeout_s``.
    """
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=_environment(),
    )
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    errors: list[str] = []
    readers = [_reader(process.stdout, lines.put), _reader(process.stderr, errors.append)]
    try:
        _follow(process, lines, progress, time.monotonic() + timeout_s)
    finally:
        _end(process, readers)
    if process.returncode != 0:
        raise _failure(process.returncode, errors)


def _reader(stream: IO[str] | None, sink: Callable[[str], object]) -> threading.Thread:
    thread = threading.Thread(target=_pump, args=(stream, sink), daemon=True)
    thread.start()
    return thread


def _end(process: "subprocess.Popen[str]", readers: list[threading.Thread]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
    for reader in readers:
        reader.join(timeout=_LAST_LINES_S)


def _failure(code: int, errors: list[str]) -> ProcessFailed:
    tail = " | ".join([line.strip() for line in errors if line.strip()][-4:])
    kind = "was aborted" if code < 0 else "failed"
    return ProcessFailed(
        f"Camera estimation {kind} (code {code}): {tail or 'no message'}.",
        "Try again with fewer or smaller photos.",
    )


def _environment() -> dict[str, str]:
    """Where this package is found, and no threads of OpenMP beside those of the process itself."""
    path = os.pathsep.join([str(PROJECT_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**one_thread_environment(), "PYTHONPATH": path}


def _pump(stream: IO[str] | None, sink: Callable[[str], object]) -> None:
    if stream is None:
        return
    for line in stream:
        sink(line)
    sink(_END)


def _follow(
    process: "subprocess.Popen[str]", lines: "queue.SimpleQueue[str]", progress: Progress, deadline: float
) -> None:
    fraction, message = 0.0, "starting"
    while process.poll() is None:
        try:
            line = lines.get(timeout=_TICK_S)
        except queue.Empty:
            line = _NOTHING
        if line.startswith("{"):
            report = json.loads(line)
            fraction, message = float(report["fraction"]), str(report["message"])
        elif line == _END:
            _wait_briefly(process)
        progress(fraction, message)
        if time.monotonic() > deadline:
            raise ProcessFailed("Camera estimation took too long.", "Use fewer photos for this room.")


def _wait_briefly(process: "subprocess.Popen[str]") -> None:
    """Notice the end of a process that has nothing more to say when it comes, not a tick later."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_TICK_S)

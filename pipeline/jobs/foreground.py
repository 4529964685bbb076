"""An analysis in this process, with a progress line; Ctrl-C cancels it and keeps the finished stages."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from pipeline import machine
from pipeline.jobs.jobs import create, run_job
from pipeline.jobs.presence import INLINE, Presence, recover
from pipeline.options import AnalysisOptions
from pipeline.store import Job, JobState, Store

POLL_S = 0.3
#: without a terminal, progress is told at least this often
LINE_EVERY_S = 10.0
#: a step that does not hear of a cancel for so long is in native code
GRACE_S = 20.0
#: what shells use for a process that Ctrl-C ended
CANCELLED_EXIT = 130


def run_in_foreground(store: Store, origin: str, options: AnalysisOptions, console: Console) -> Job:
    """Analyse ``origin`` here and now.

    The work runs in a thread and reports to the store like any job; the main thread shows what the store
    says. If the same analysis already runs in a worker, that one is watched instead; one whose process died
    goes on here.
    """
    machine.use(store.settings.threads, store.settings.device)
    with _stoppable() as stop:
        recover(store)
        job, _ = create(store, origin, options)
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        with Presence(store, INLINE) as presence, Progress(*columns, console=console, transient=True) as bar:
            work = threading.Thread(target=run_job, args=(store, job.id, presence), daemon=True)
            work.start()
            task = bar.add_task("starting", total=1.0)
            lines = None if console.is_terminal else _Lines(console)
            _watch(store, job.id, work, _Shown(bar, task, lines), stop)
        if work.is_alive() and stop.is_set():
            _end(store, job, presence, console)
    return store.catalogue.job(job.id)


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C (or SIGTERM) sets; the second one ends the process as usual."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    usual: dict[int, Any] = {}

    def ask(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, usual[number])

    for caught in (signal.SIGINT, signal.SIGTERM):
        usual[int(caught)] = signal.signal(caught, ask)
    try:
        yield stop
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


def _end(store: Store, job: Job, presence: Presence, console: Console) -> None:
    """Cancel what does not stop by itself and end: taking Python down around native code aborts the process."""
    store.catalogue.finish_job(job.id, presence.entry.id, JobState.CANCELLED)
    console.print("cancelled; finished steps are kept")
    console.file.flush()
    os._exit(CANCELLED_EXIT)


class _Lines:
    """Progress where nothing can be overwritten (logs, pipes): a line per stage, and one now and then in it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage, self._printed_s = "", -LINE_EVERY_S

    def __call__(self, stage: str, text: str, fraction: float) -> None:
        now_s = time.monotonic()
        if stage and (stage != self._stage or now_s - self._printed_s >= LINE_EVERY_S):
            self._stage, self._printed_s = stage, now_s
            self._console.print(f"{fraction:4.0%}  {text}", markup=False, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class _Shown:
    """Where progress is shown."""

    bar: Progress
    task: TaskID
    lines: _Lines | None

    def __call__(self, job: Job, *, stopping: bool) -> None:
        text = f"{job.stage}: {job.message}" if job.message else job.stage
        told = "stopping" if stopping else text[:70] or "starting"
        self.bar.update(self.task, description=told, completed=job.fraction)
        if self.lines:
            self.lines(job.stage, text, job.fraction)


def _watch(store: Store, job_id: str, work: threading.Thread, shown: _Shown, stop: threading.Event) -> None:
    """Show the job until it ended; once asked to stop, for at most so long as a step may take to hear of it."""
    deadline_s = math.inf
    while time.monotonic() < deadline_s:
        if stop.is_set() and deadline_s == math.inf:
            store.catalogue.cancel_job(job_id)
            deadline_s = time.monotonic() + GRACE_S
        job = store.catalogue.job(job_id)
        shown(job, stopping=stop.is_set())
        if not job.state.active and not work.is_alive():
            return
        if work.is_alive():
            work.join(timeout=POLL_S)
        else:
            stop.wait(POLL_S)

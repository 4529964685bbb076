"""An analysis in this process, with a progress line; Ctrl-C cancels it and keeps the finished stages."""

from __future__ import annotations

import threading
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from pipeline import machine
from pipeline.jobs.jobs import create, run_job
from pipeline.jobs.presence import INLINE, Presence, recover
from pipeline.options import AnalysisOptions
from pipeline.store import Job, Store

POLL_S = 0.3
#: without a terminal, progress is told at least this often
LINE_EVERY_S = 10.0


def run_in_foreground(store: Store, origin: str, options: AnalysisOptions, console: Console) -> Job:
    """Analyse ``origin`` here and now.

    The work runs in a thread and reports to the store like any job; the main thread shows what the store
    says. If the same analysis already runs in a worker, that one is watched instead; one whose process died
    goes on here.
    """
    machine.use(store.settings.threads, store.settings.device)
    recover(store)
    job, _ = create(store, origin, options)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Presence(store, INLINE) as presence, Progress(*columns, console=console, transient=True) as bar:
        work = threading.Thread(target=run_job, args=(store, job.id, presence), daemon=True)
        work.start()
        task = bar.add_task("starting", total=1.0)
        lines = None if console.is_terminal else _Lines(console)
        try:
            _watch(store, job.id, work, bar, task, lines)
        except KeyboardInterrupt:
            store.catalogue.cancel_job(job.id)
            bar.update(task, description="stopping")
            work.join(timeout=30)
    return store.catalogue.job(job.id)


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


def _watch(
    store: Store, job_id: str, work: threading.Thread, bar: Progress, task: TaskID, lines: _Lines | None
) -> None:
    while True:
        job = store.catalogue.job(job_id)
        text = f"{job.stage}: {job.message}" if job.message else job.stage
        bar.update(task, description=text[:70] or "starting", completed=job.fraction)
        if lines:
            lines(job.stage, text, job.fraction)
        if not job.state.active and not work.is_alive():
            return
        if work.is_alive():
            work.join(timeout=POLL_S)
        else:
            threading.Event().wait(POLL_S)

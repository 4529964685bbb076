"""The installation in the storm: its store, its workers (started again when they end), its weather."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.storm.servers import PostgresServer, RedisServer
from benchmarks.storm.work import CLOCK_FILE, FULL_FILE, SHORT, fork_worker, play_with
from pipeline import machine
from pipeline.config import Settings
from pipeline.errors import InstallationError
from pipeline.jobs import submit
from pipeline.options import AnalysisOptions
from pipeline.store import Job, Patience, Store

if TYPE_CHECKING:
    from benchmarks.storm.real import RealWork

#: the longest outage of the storm, and some more
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.1


@dataclass
class World:
    """Everything that can go wrong.

    Attributes:
        settings: of the installation.
        folder: where it lies.
        redis, postgres: its servers, if it has some.
        hasty: workers look every third of a second instead of every five.
        real: makes real analyses; ``None``: all are short ones.
    """

    settings: Settings
    folder: Path
    workers: int = 2
    redis: RedisServer | None = None
    postgres: PostgresServer | None = None
    hasty: bool = False
    real: RealWork | None = None
    pids: list[int] = field(default_factory=list)
    restarts: int = 0
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        play_with(self.folder)
        machine.use(self.settings.threads, self.settings.device)  # loads what every worker would load anew
        if self.real is not None:
            self.real.load()
        self.store = Store.open(self.settings, Patience(PATIENCE_S))

    @property
    def log(self) -> Path:
        """What the workers said."""
        return self.folder / "workers.log"

    def _start(self) -> int:
        replica = "" if self.real is None else self.real.replica.origin
        return fork_worker(self.settings, self.folder, self.log, hasty=self.hasty, replica=replica)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Workers run while the context lasts; one that ends is started again."""
        self.pids = [self._start() for _ in range(self.workers)]
        try:
            yield
        finally:
            for pid in self.pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            for pid in self.pids:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def look_after(self) -> None:
        """Start again what ended, as ``make run`` does."""
        for place, pid in enumerate(self.pids):
            ended, _ = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.restarts += 1
                self.pids[place] = self._start()

    def step_clock(self, seconds: float) -> None:
        """Move the clock of everybody."""
        (self.folder / CLOCK_FILE).write_text(str(seconds))

    def fill_disk(self, full: bool) -> None:
        """Leave no room, or room again."""
        flag = self.folder / FULL_FILE
        if full:
            flag.touch()
        else:
            flag.unlink(missing_ok=True)

    def submit(self, name: str) -> Job:
        """Submit an analysis by short stages."""
        return submit(self.store, f"{SHORT}{name}", AnalysisOptions())[0]

    def again(self, job: Job) -> Job:
        """Submit what a job was about once more."""
        return submit(self.store, job.origin, AnalysisOptions.model_validate(job.options))[0]

    def wait(self, jobs: list[str], seconds: float) -> tuple[list[Job], float]:
        """Wait until all jobs ended, for at most ``seconds``: the jobs, and how long it took."""
        began = time.monotonic()
        while True:
            self.look_after()
            with suppress(InstallationError):
                found = [self.store.catalogue.job(job_id) for job_id in jobs]
                waited = time.monotonic() - began
                if all(not job.state.active for job in found) or waited > seconds:
                    return found, waited
            time.sleep(LOOK_EVERY_S)

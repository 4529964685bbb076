"""What the workers of the storm do: forked workers of ShowRoom, whose clock and disk can be played with.

Jobs are either the real recipe (:mod:`benchmarks.storm.real`), or one of five short stages that goes through
the same queue, catalogue and results, so that a round takes a second and not a minute.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

from pipeline.config import Settings
from pipeline.jobs import presence, serve, worker
from pipeline.options import AnalysisOptions
from pipeline.progress import Progress
from pipeline.recipe import Planned, StageRunner, Stored
from pipeline.report import ListingReport
from pipeline.store import scratch
from scrapers.listing import Listing

STAGES = ("cut", "saw", "glue")
#: reports of a short stage, and how long it takes between two
STEPS, STEP_S = 4, 0.02
SHORT = "short:"
CLOCK_FILE, FULL_FILE = "clock", "full"


@dataclass(frozen=True)
class Plank:
    """The result of a short stage."""

    text: str

    def save(self, folder: Path) -> None:
        """Write ``plank.txt``."""
        (folder / "plank.txt").write_text(self.text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read it."""
        return cls((folder / "plank.txt").read_text(encoding="utf-8"))


def analyse(
    origin: str,
    options: AnalysisOptions,
    runner: StageRunner,
    on_listing: Callable[[str], None],
    on_report: Callable[[str], None],
) -> tuple[str, Stored[ListingReport]]:
    """A listing and a report of it, by short stages."""
    runner.plan([Planned(name, "", 1.0) for name in ("collect", *STAGES, "report")])
    name = origin.removeprefix(SHORT)

    def collect(folder: Path, progress: Progress) -> Listing:
        return Listing(id=f"storm-{name}", source="folder", origin=origin, title=name)

    listing = runner.run("collect", Listing, collect, inputs={"origin": origin})
    runner.store.catalogue.put_listing(listing.value, listing.key)
    on_listing(listing.value.id)
    key = listing.key
    for stage in STAGES:
        key = runner.run(stage, Plank, partial(_saw, of=key), inputs={"of": key}).key
    report = ListingReport(
        listing_id=listing.value.id, listing_key=listing.key, groups_key=key, options={}, seed=0
    )
    return listing.value.id, runner.run(
        "report", ListingReport, lambda folder, progress: report, inputs={"of": key}
    )


def _saw(folder: Path, progress: Progress, *, of: str) -> Plank:
    for step in range(STEPS):
        progress(step / STEPS, "at work")
        time.sleep(STEP_S)
    return Plank(of)


def play_with(weather: Path) -> None:
    """Let files in a folder move this process's clock and fill its disk."""
    real_time, real_usage = time.time, shutil.disk_usage

    def moved() -> float:
        try:
            return real_time() + float((weather / CLOCK_FILE).read_text())
        except (OSError, ValueError):
            return real_time()

    def usage(path: Any) -> Any:
        found = real_usage(path)
        return _Usage(found.total, found.total, 0) if (weather / FULL_FILE).exists() else found

    vars(time)["time"] = moved
    vars(shutil)["disk_usage"] = usage


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


def fork_worker(settings: Settings, weather: Path, log: Path, *, hasty: bool, replica: str = "") -> int:
    """A worker in a process of its own; its number. ``replica``: where it is, if there is one."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        if replica:
            from benchmarks.storm.real import with_replica

            with_replica(replica)
        _serve(settings, weather, log, hasty=hasty)
        code = 0
    finally:
        os._exit(code)


def _serve(settings: Settings, weather: Path, log: Path, *, hasty: bool) -> None:
    import pipeline.recipe

    handler = logging.FileHandler(log)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    scratch._own.cache_clear()
    play_with(weather)
    if hasty:
        worker.RECOVER_EVERY_S, presence.HEARTBEAT_S, worker.GRACE_S = 0.3, 0.3, 3.0
    real = pipeline.recipe.analyse

    def either(origin: str, *rest: Any, **hooks: Any) -> Any:
        return (analyse if origin.startswith(SHORT) else real)(origin, *rest, **hooks)

    vars(pipeline.recipe)["analyse"] = either
    serve(settings)

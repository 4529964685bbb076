"""Many processes submit at once: whether each analysis is done once, and the worker's memory stays flat."""

from __future__ import annotations

import os
import time

import psutil

from benchmarks.storm.work import SHORT
from benchmarks.storm.world import World
from pipeline.jobs import submit
from pipeline.options import AnalysisOptions
from pipeline.store import JobState, Store

PROCESSES, EACH = 20, 5
#: jobs after which a worker has loaded what it needs
WARM = 10
MOST_S = 900.0


def crowd(world: World) -> dict[str, float]:
    """So many processes submit at one moment; one worker takes them all.

    Returns:
        Jobs, those that are done, and the worker's memory in MiB after the tenth and after the last.
    """
    with world.running():
        moment_s = time.monotonic() + 1.0
        children = [_submitter(world, number, moment_s) for number in range(PROCESSES)]
        for child in children:
            os.waitpid(child, 0)
        warm = last = 0.0
        began_s, done = time.monotonic(), 0
        while done < PROCESSES * EACH and time.monotonic() - began_s < MOST_S:
            done = sum(job.state is JobState.DONE for job in world.store.catalogue.jobs(limit=10_000))
            last = psutil.Process(world.pids[0]).memory_info().rss / 2**20
            warm = last if done <= WARM or not warm else warm
            time.sleep(0.2)
    jobs = len(world.store.catalogue.jobs(limit=10_000))
    return {"jobs": jobs, "done": done, "warm_mib": round(warm, 1), "last_mib": round(last, 1)}


def _submitter(world: World, number: int, moment_s: float) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        world.store.catalogue._engine.dispose(close=False)
        store = Store.open(world.settings, world.store.catalogue.patience)
        time.sleep(max(0.0, moment_s - time.monotonic()))
        for place in range(EACH):
            submit(store, f"{SHORT}crowd-{number}-{place}", AnalysisOptions())
        code = 0
    finally:
        os._exit(code)

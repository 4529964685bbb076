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
MOST_S = 1800.0


def crowd(world: World) -> dict[str, float]:
    """So many processes submit at one moment; one worker takes them all.

    The analyses are of a few reviews each where the world has real work, else short ones.

    Returns:
        Jobs, those that are done, lost and doubled ones, and the worker's memory in MiB after the tenth and
        after the last.
    """
    given = _given(world, PROCESSES * EACH)
    with world.running():
        moment_s = time.monotonic() + 1.0
        children = [_submitter(world, given[place::PROCESSES], moment_s) for place in range(PROCESSES)]
        for child in children:
            os.waitpid(child, 0)
        warm = last = 0.0
        began_s, done = time.monotonic(), 0
        while done < len(given) and time.monotonic() - began_s < MOST_S:
            done = sum(job.state is JobState.DONE for job in world.store.catalogue.jobs(limit=10_000))
            last = psutil.Process(world.pids[0]).memory_info().rss / 2**20
            warm = last if done <= WARM or not warm else warm
            time.sleep(0.2)
    jobs = world.store.catalogue.jobs(limit=10_000)
    doubled = len(jobs) - len({job.origin for job in jobs})
    found = {"jobs": len(jobs), "done": done, "lost": len(given) - done, "doubled": doubled}
    growth = {"warm_mib": round(warm, 1), "last_mib": round(last, 1), "growth": round(last / warm - 1, 3)}
    return {**found, **growth}


def _given(world: World, number: int) -> list[tuple[str, AnalysisOptions]]:
    if world.real is None:
        return [(f"{SHORT}crowd-{place}", AnalysisOptions()) for place in range(number)]
    return [(str(world.real.reviews(place)), AnalysisOptions(rooms=False)) for place in range(number)]


def _submitter(world: World, given: list[tuple[str, AnalysisOptions]], moment_s: float) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        world.store.catalogue._engine.dispose(close=False)
        store = Store.open(world.settings, world.store.catalogue.patience)
        time.sleep(max(0.0, moment_s - time.monotonic()))
        for origin, options in given:
            submit(store, origin, options)
        code = 0
    finally:
        os._exit(code)

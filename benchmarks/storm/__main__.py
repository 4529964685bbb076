"""``python -m benchmarks.storm``: faults over a small installation of its own, and what they cost.

Workers are killed, restarted and put to sleep, the clock steps, the disk fills, stored files are cut off, the
same analysis is submitted many times at once; on files the catalogue is locked and the queue overwritten, on
servers connections drop, PostgreSQL restarts and Redis forgets everything. Same seed, same faults in the same
order.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.records.recorder import Recorder, add_options
from benchmarks.storm.crowd import crowd
from benchmarks.storm.rounds import Toll, storm
from benchmarks.storm.servers import servers
from benchmarks.storm.world import World
from pipeline.config import Settings


def run(rounds: int, seed: int, *, on_servers: bool, hasty: bool) -> Toll:
    """A storm over an installation that is made for it and removed afterwards."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="storm-", ignore_cleanup_errors=True))
        )
        settings = Settings(data=folder / "data")
        if not on_servers:
            return storm(World(settings, folder, hasty=hasty), rounds, seed)
        redis, postgres = stack.enter_context(servers())
        settings = Settings(data=folder / "data", database_url=postgres.url, queue_url=redis.url)
        world = World(settings, folder, redis=redis, postgres=postgres, hasty=hasty)
        return storm(world, rounds, seed)


def in_a_crowd(*, hasty: bool) -> dict[str, float]:
    """Many submitters and one worker over an installation that is made for it."""
    with tempfile.TemporaryDirectory(prefix="storm-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        return crowd(World(Settings(data=folder / "data"), folder, workers=1, hasty=hasty))


def as_row(toll: Toll) -> dict[str, float]:
    """The figures in one row."""
    recovered = sorted(toll.recovered_s)
    return {
        "rounds": toll.rounds,
        "jobs": toll.jobs,
        "lost": toll.lost,
        "doubled": toll.doubled,
        "wrong": toll.wrong,
        "untold": toll.untold,
        "healed": toll.healed,
        "recovered_med_s": round(statistics.median(recovered), 2),
        "recovered_max_s": round(recovered[-1], 2),
    }


def main(arguments: list[str] | None = None) -> int:
    """0 if nothing was lost, doubled, wrong or untold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storm", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="how many faults (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is left to chance")
    parser.add_argument("--servers", action="store_true", help="on Redis and PostgreSQL instead of files")
    parser.add_argument(
        "--hasty", action="store_true", help="workers look after each other every 0.3 s, not 5 s"
    )
    parser.add_argument(
        "--crowd", action="store_true", help="no faults: 20 processes submit 100 analyses at once"
    )
    add_options(parser)
    chosen = parser.parse_args(arguments)
    if chosen.crowd:
        print("  ".join(f"{name} {value}" for name, value in in_a_crowd(hasty=chosen.hasty).items()))
        return 0
    recorder = Recorder.of("storm", ["what"], chosen, arguments)
    toll = run(chosen.rounds, chosen.seed, on_servers=chosen.servers, hasty=chosen.hasty)
    recorder.add({"what": "servers" if chosen.servers else "files", **as_row(toll)})
    for remark in toll.remarks:
        print(remark)
    print("  ".join(f"{name} {value}" for name, value in as_row(toll).items()))
    print("faults: " + ", ".join(f"{name} {number}" for name, number in sorted(toll.faults.items())))
    return 0 if toll.clean else 1


if __name__ == "__main__":
    raise SystemExit(main())

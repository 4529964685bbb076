"""``python -m benchmarks.storm``: faults over a small installation of its own, and what they cost.

Workers are killed, restarted and put to sleep, the clock steps, the disk fills, stored files are cut off, the
same analysis is submitted many times at once; on files the catalogue is locked and the queue overwritten, on
servers connections drop, PostgreSQL restarts and Redis forgets everything. Same seed, same faults in the same
order. One round in four has a real analysis beside the short ones: eight reviews, a room of one photo, or a
listing collected from a replica of Airbnb in Chromium.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.records.recorder import Recorder, add_options
from benchmarks.storm.crowd import crowd
from benchmarks.storm.rounds import Toll, storm
from benchmarks.storm.servers import servers
from benchmarks.storm.world import World
from pipeline.config import Settings

if TYPE_CHECKING:
    from benchmarks.storm.real import RealWork

#: of a worker's memory between the tenth and the last of a hundred analyses
MOST_GROWTH = 0.10


def run(
    rounds: int,
    seed: int,
    *,
    on_servers: bool,
    hasty: bool,
    real_every: int = 0,
    most_s: float = math.inf,
) -> Toll:
    """A storm over an installation that is made for it and removed afterwards."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="storm-", ignore_cleanup_errors=True))
        )
        settings = Settings(data=folder / "data", threads=1)
        real = _real_work(stack, folder) if real_every else None
        if not on_servers:
            return storm(World(settings, folder, hasty=hasty, real=real), rounds, seed, real_every, most_s)
        redis, postgres = stack.enter_context(servers())
        settings = settings.model_copy(update={"database_url": postgres.url, "queue_url": redis.url})
        world = World(settings, folder, redis=redis, postgres=postgres, hasty=hasty, real=real)
        return storm(world, rounds, seed, real_every, most_s)


def _real_work(stack: ExitStack, folder: Path) -> RealWork:
    """Real analyses, with a replica as long as the stack lasts."""
    from benchmarks.storm.real import RealWork
    from tests.replica.site import Replica

    return RealWork(folder, stack.enter_context(Replica()))


def in_a_crowd(*, hasty: bool, real: bool) -> dict[str, float]:
    """Many submitters and one worker over an installation that is made for it."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="storm-", ignore_cleanup_errors=True))
        )
        work = _real_work(stack, folder) if real else None
        settings = Settings(data=folder / "data", threads=1)
        return crowd(World(settings, folder, workers=1, hasty=hasty, real=work))


def as_row(toll: Toll) -> dict[str, float]:
    """The figures in one row."""
    recovered, real = sorted(toll.recovered_s), sorted(toll.real_s)
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
        "real": len(real),
        "real_med_s": round(statistics.median(real), 2) if real else 0.0,
        "real_max_s": round(real[-1], 2) if real else 0.0,
    }


def main(arguments: list[str] | None = None) -> int:
    """0 if nothing was lost, doubled, wrong or untold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storm", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="how many faults (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is left to chance")
    parser.add_argument("--servers", action="store_true", help="on Redis and PostgreSQL instead of files")
    parser.add_argument(
        "--real", type=int, default=4, help="a real analysis in one of so many rounds (default: 4; 0: none)"
    )
    parser.add_argument("--minutes", type=float, default=math.inf, help="no round begins later")
    parser.add_argument(
        "--hasty", action="store_true", help="workers look after each other every 0.3 s, not 5 s"
    )
    parser.add_argument(
        "--crowd", action="store_true", help="no faults: 20 processes submit 100 analyses at once"
    )
    add_options(parser)
    chosen = parser.parse_args(arguments)
    recorder = Recorder.of("storm", ["what"], chosen, arguments)
    if chosen.crowd:
        row = in_a_crowd(hasty=chosen.hasty, real=chosen.real > 0)
        recorder.add({"what": "crowd", **row})
        print("  ".join(f"{name} {value}" for name, value in row.items()))
        return 1 if row["lost"] or row["doubled"] or row["growth"] > MOST_GROWTH else 0
    toll = run(
        chosen.rounds,
        chosen.seed,
        on_servers=chosen.servers,
        hasty=chosen.hasty,
        real_every=chosen.real,
        most_s=60 * chosen.minutes,
    )
    recorder.add({"what": "servers" if chosen.servers else "files", **as_row(toll)})
    for remark in toll.remarks:
        print(remark)
    print("  ".join(f"{name} {value}" for name, value in as_row(toll).items()))
    print("real analyses: " + ", ".join(f"{name} {number}" for name, number in sorted(toll.real.items())))
    print("faults: " + ", ".join(f"{name} {number}" for name, number in sorted(toll.faults.items())))
    return 0 if toll.clean else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""The faults of the storm. Each happens while jobs run; some are over at once, some last."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.storm.work import SHORT
from benchmarks.storm.world import World
from pipeline.jobs import submit, submit_again
from pipeline.options import AnalysisOptions
from pipeline.store import Store

#: a fault gets the jobs of the round; it may add jobs that the round then waits for, too
Fault = Callable[[World, random.Random, list[str]], None]
DOUBLES = 12


def kill_a_worker(world: World, chance: random.Random, jobs: list[str]) -> None:
    """``kill -9``."""
    os.kill(chance.choice(world.pids), signal.SIGKILL)


def restart_a_worker(world: World, chance: random.Random, jobs: list[str]) -> None:
    """SIGTERM, as an update does."""
    os.kill(chance.choice(world.pids), signal.SIGTERM)


def stop_a_worker_for_a_while(world: World, chance: random.Random, jobs: list[str]) -> None:
    """A laptop that sleeps: SIGSTOP, some seconds, SIGCONT."""
    pid = chance.choice(world.pids)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(chance.uniform(0.5, 2.0))
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def step_the_clock(world: World, chance: random.Random, jobs: list[str]) -> None:
    """By minutes or hours, to and fro."""
    world.step_clock(chance.choice([-7200.0, -120.0, 120.0, 7200.0]))
    time.sleep(0.3)
    world.step_clock(0.0)


def submit_doubles(world: World, chance: random.Random, jobs: list[str]) -> None:
    """The same analysis from many sides at one moment."""
    barrier, made = threading.Barrier(DOUBLES), []
    origin = f"{SHORT}double-{chance.getrandbits(40):x}"

    def one() -> None:
        store = Store.open(world.settings, world.store.catalogue.patience)
        barrier.wait()
        made.append(submit(store, origin, AnalysisOptions())[0].id)
        store.catalogue.close()

    threads = [threading.Thread(target=one) for _ in range(DOUBLES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs += sorted(set(made))


def fill_the_disk(world: World, chance: random.Random, jobs: list[str]) -> None:
    """No room for a while."""
    world.fill_disk(True)
    time.sleep(chance.uniform(0.3, 1.0))
    world.fill_disk(False)


def cut_off_a_result(world: World, chance: random.Random, jobs: list[str]) -> None:
    """Half of a stored file is gone; its listing is analysed again."""
    entries = [entry for entry in world.store.catalogue.listings() if entry.report_key is not None]
    if not entries:
        return
    entry = chance.choice(entries)
    root = Path(world.store.artefacts.root)
    keys = sorted({entry.key, entry.report_key or "", *(entry.needs or ())})
    key = chance.choice([key for key in keys if key])
    files = sorted(path for path in (root / key[:2] / key).glob("*") if path.is_file())
    if files:
        file = chance.choice(files)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    jobs.append(submit_again(world.store, entry).id)


def lock_the_catalogue(world: World, chance: random.Random, jobs: list[str]) -> None:
    """Another program holds the SQLite file."""
    other = sqlite3.connect(world.settings.data / "showroom.sqlite", timeout=30, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(chance.uniform(0.5, 3.0))
    other.execute("ROLLBACK")
    other.close()


def overwrite_the_queue(world: World, chance: random.Random, jobs: list[str]) -> None:
    """The queue's file is no database any more, and all workers are started anew."""
    for pid in world.pids:
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    for beside in world.settings.data.glob("queue.sqlite-*"):
        beside.unlink()
    world.settings.queue_file.write_bytes(b"not a database " * 400)


def drop_connections(world: World, chance: random.Random, jobs: list[str]) -> None:
    """PostgreSQL ends every connection."""
    engine = create_engine(world.settings.resolved_database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        connection.execute(text(others))
    engine.dispose()


def restart_postgresql(world: World, chance: random.Random, jobs: list[str]) -> None:
    """PostgreSQL is away for a while."""
    assert world.postgres is not None  # noqa: S101 - such a fault is only for a world with servers
    world.postgres.end()
    time.sleep(chance.uniform(0.2, 2.0))
    world.postgres.start()


def lose_redis(world: World, chance: random.Random, jobs: list[str]) -> None:
    """Redis is away for a while and comes back without anything in it."""
    assert world.redis is not None  # noqa: S101 - such a fault is only for a world with servers
    world.redis.end()
    time.sleep(chance.uniform(0.2, 2.0))
    world.redis.start()


ALWAYS: tuple[Fault, ...] = (
    kill_a_worker,
    restart_a_worker,
    stop_a_worker_for_a_while,
    step_the_clock,
    submit_doubles,
    fill_the_disk,
    cut_off_a_result,
)
ON_FILES: tuple[Fault, ...] = (*ALWAYS, lock_the_catalogue, overwrite_the_queue)
ON_SERVERS: tuple[Fault, ...] = (*ALWAYS, drop_connections, restart_postgresql, lose_redis)

"""The same laws on real Redis and PostgreSQL servers (Debian's packages, started and stopped here)."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.config import Settings
from pipeline.jobs import recorder
from pipeline.jobs.jobs import run_job, submit
from pipeline.jobs.presence import Presence, recover
from pipeline.progress import Progress
from pipeline.store import JobState, Store
from tests.pipeline.jobs.analyses import analysis_of_two_stages
from tests.pipeline.store import laws
from tests.served import free_port

pytestmark = [pytest.mark.servers, pytest.mark.enable_socket]


def _wait_for(ready: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not start within {seconds:.0f} s")
        time.sleep(0.1)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A Redis server of our own on a free port."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("needs Debian's redis-server")
    port = free_port()
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        from redis import Redis
        from redis.exceptions import ConnectionError as NotYet

        def ready() -> bool:
            try:
                return bool(Redis(port=port).ping())
            except NotYet:
                return False

        _wait_for(ready, "Redis")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _postgres_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("needs Debian's postgresql")
    return found[-1].parent


def _run_as_postgres(command: list[str]) -> None:
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own on a free port, in a folder of its own."""
    programs, port = _postgres_programs(), free_port()
    folder = Path(f"/tmp/showroom-test-postgres-{os.getpid()}")  # noqa: S108 - user postgres must reach it
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    control = [str(programs / "pg_ctl"), "-D", str(folder / "db"), "-w"]
    try:
        initdb = [str(programs / "initdb"), "-D", str(folder / "db"), "-U", "showroom", "-A", "trust"]
        _run_as_postgres([*initdb, "-E", "UTF8", "--no-sync"])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}"
        _run_as_postgres([*control, "-o", options, "-l", str(folder / "log"), "start"])
        yield f"postgresql+psycopg://showroom@127.0.0.1:{port}/postgres"
    finally:
        _run_as_postgres([*control, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def servers_store(tmp_path: Path, redis_url: str, postgres_url: str) -> Iterator[Store]:
    """An empty store on both servers."""
    from redis import Redis
    from sqlalchemy import create_engine, text

    Redis.from_url(redis_url).flushall()
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    engine.dispose()
    store = Store.open(Settings(data=tmp_path, database_url=postgres_url, queue_url=redis_url))
    yield store
    store.catalogue.close()


@pytest.mark.parametrize("law", laws.ALL, ids=lambda law: law.__name__)
def test_redis_and_postgresql_keep_the_laws(servers_store: Store, law: Callable[[Store], None]) -> None:
    law(servers_store)


def test_a_queue_that_lost_everything_is_refilled_from_the_catalogue(
    servers_store: Store, redis_url: str
) -> None:
    from redis import Redis

    from pipeline.jobs.job_queue import JobQueue

    job, _ = submit(servers_store, "demo")
    Redis.from_url(redis_url).flushall()
    recover(servers_store)
    queue = JobQueue(servers_store.settings, "cpu", handler=lambda job_id: None)
    assert queue.huey.dequeue().args == (job.id,)
    assert servers_store.catalogue.job(job.id).state is JobState.QUEUED
    queue.close()


def test_messages_in_redis_are_plain_json(servers_store: Store, redis_url: str) -> None:
    import json

    from redis import Redis

    job, _ = submit(servers_store, "demo")
    client = Redis.from_url(redis_url)
    [key] = [name for name in client.keys("*") if client.type(name) == b"list"]
    [message] = client.lrange(key, 0, -1)
    assert json.loads(message)["args"] == [job.id]


def _end_all_connections(url: str) -> None:
    """What a restart of PostgreSQL does to everybody."""
    from sqlalchemy import create_engine, text

    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        connection.execute(text(others))
    engine.dispose()


def test_a_job_goes_on_when_postgresql_drops_every_connection(
    servers_store: Store, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dropping(progress: Progress) -> None:
        for fraction in (0.2, 0.5, 0.8):
            _end_all_connections(postgres_url)
            progress(fraction, "busy")

    monkeypatch.setattr(recorder, "REPORT_EVERY_S", 0.0)
    monkeypatch.setattr("pipeline.recipe.analyse", analysis_of_two_stages(dropping))
    job, _ = submit(servers_store, "somewhere")
    with Presence(servers_store, "cpu") as here:
        ended = run_job(servers_store, job.id, here)
    assert (ended.state, ended.error, ended.attempts) == (JobState.DONE, None, 1)


def test_a_claim_that_arrived_before_the_connection_broke_is_known_again(servers_store: Store) -> None:
    job, _ = submit(servers_store, "somewhere")
    first = servers_store.catalogue._claim(job.id, "w", "this claim")
    again = servers_store.catalogue._claim(job.id, "w", "this claim")
    assert first is not None and again is not None and again.attempts == 1
    assert servers_store.catalogue.claim_job(job.id, "w") is None

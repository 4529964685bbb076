"""A Redis and a PostgreSQL of the storm's own, on free ports, from Debian's packages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as NotYet

START_S = 30.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_S
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not start within {START_S:.0f} s")
        time.sleep(0.05)


@dataclass
class RedisServer:
    """A Redis that can be ended and started again; it forgets everything."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For the settings."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers."""
        program = shutil.which("redis-server") or "redis-server"
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _wait(self._answers, "Redis")

    def _answers(self) -> bool:
        try:
            return bool(Redis(port=self.port).ping())
        except NotYet:
            return False

    def end(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class PostgresServer:
    """A PostgreSQL that can be restarted."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """For the settings."""
        return f"postgresql+psycopg://showroom@127.0.0.1:{self.port}/postgres"

    def _control(self, *words: str) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        command = [str(programs / words[0]), "-D", str(self.folder / "db"), *words[1:]]
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def make(self) -> None:
        """Make its files."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._control("initdb", "-U", "showroom", "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self.folder}"
        self._control("pg_ctl", "-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def end(self) -> None:
        """Stop it at once; every connection breaks."""
        self._control("pg_ctl", "-w", "-m", "immediate", "stop")


@contextmanager
def servers() -> Iterator[tuple[RedisServer, PostgresServer]]:
    """Both, running, while the context lasts."""
    with tempfile.TemporaryDirectory(prefix="storm-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        redis, postgres = RedisServer(free_port()), PostgresServer(free_port(), Path(folder))
        postgres.make()
        try:
            redis.start()
            postgres.start()
            yield redis, postgres
        finally:
            redis.end()
            postgres.end()

"""The durable queue (huey): SQLite on disk by default, Redis by URL; messages are JSON, never pickle."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import RedisStorage, SqliteStorage
from redis import ConnectionPool

from pipeline.config import Settings
from pipeline.errors import WrongSettings
from pipeline.store import Patience, check_sqlite_folder, is_outage, waited_out

#: seconds after which a Redis that does not answer counts as away
CONNECT_S = 5
_FORM = "Leave SHOWROOM_QUEUE_URL empty for a file on this computer, or give redis://HOST:6379/0."

logger = logging.getLogger(__name__)


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Writes huey's messages as JSON, so that a shared queue cannot carry code."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data._asdict()).encode()

    def _deserialize(self, data: bytes) -> Message:
        fields = json.loads(data)
        fields["args"] = tuple(fields["args"])
        return Message(**fields)


def _huey(settings: Settings, name: str) -> Huey:
    common: dict[str, Any] = {"name": f"showroom-{name}", "results": False, "serializer": JsonSerializer()}
    if settings.queue_url:
        return _on_redis(settings.queue_url, common)
    check_sqlite_folder(settings.data)
    try:
        return Huey(storage_class=SqliteStorage, filename=str(settings.queue_file), fsync=True, **common)
    except sqlite3.DatabaseError as error:
        if is_outage(error) or "full" in str(error) or isinstance(error, sqlite3.OperationalError):
            raise
        _set_aside(settings, error)
    return Huey(storage_class=SqliteStorage, filename=str(settings.queue_file), fsync=True, **common)


def _on_redis(url: str, common: dict[str, Any]) -> Huey:
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise WrongSettings(f"SHOWROOM_QUEUE_URL must be a redis:// URL, got {url.split(':')[0]!r}.", _FORM)
    try:
        pool = ConnectionPool.from_url(url, socket_connect_timeout=CONNECT_S, socket_keepalive=True)
        return Huey(storage_class=RedisStorage, connection_pool=pool, **common)
    except ValueError as error:
        raise WrongSettings(f"SHOWROOM_QUEUE_URL is no address of a Redis ({error}).", _FORM) from error


def _set_aside(settings: Settings, error: sqlite3.DatabaseError) -> None:
    """Move a damaged queue away: it holds only ids, and those that wait are entered again."""
    damaged = settings.queue_file.with_name(f"queue.damaged-{time.time_ns()}.sqlite")
    settings.queue_file.replace(damaged)
    for beside in ("-wal", "-shm"):
        settings.queue_file.with_name(settings.queue_file.name + beside).unlink(missing_ok=True)
    logger.warning("the queue was damaged (%s): it is now %s, and a new one was made", error, damaged)


def queue_place(settings: Settings) -> str:
    """What the queue is called in a sentence, without a password."""
    if not settings.queue_url:
        return f"the queue {settings.queue_file}"
    scheme, _, rest = settings.queue_url.partition("://")
    return f"the queue at {scheme}://{rest.rpartition('@')[2]}"


class JobQueue:
    """Job ids that wait for a worker.

    Args:
        settings: where the queue is.
        name: ``cpu`` or ``gpu``.
        handler: called with a job id by the worker that takes it.
        patience: how long outages are waited out.

    Raises:
        Unreachable: it is away for longer than that.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        handler: Callable[[str], None] | None = None,
        patience: Patience | None = None,
    ) -> None:
        if name not in ("cpu", "gpu"):
            raise ValueError(f"there is no queue {name!r}; choose cpu or gpu")
        self._place, self._patience = queue_place(settings), patience or Patience()
        self.huey = waited_out(lambda: _huey(settings, name), self._place, self._patience)

        def run_job(job_id: str) -> None:
            if handler is None:
                raise RuntimeError("this process only puts jobs into the queue")
            handler(job_id)

        self._task = self.huey.task(name="run_job")(run_job)

    def put(self, job_id: str) -> None:
        """Add a job; one that is in it twice is run once, because the catalogue is the truth."""
        waited_out(lambda: self._task(job_id), self._place, self._patience)

    def __len__(self) -> int:
        """How many jobs wait."""
        return waited_out(lambda: int(self.huey.pending_count()), self._place, self._patience)

    def close(self) -> None:
        """Release the connection."""
        self.huey.storage.close()

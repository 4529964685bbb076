"""The durable queue (huey): SQLite on disk by default, Redis by URL; messages are JSON, never pickle."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import RedisStorage, SqliteStorage

from pipeline.config import Settings


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
        if not settings.queue_url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError(
                f"SHOWROOM_QUEUE_URL must be a redis:// URL, got {settings.queue_url.split(':')[0]!r}"
            )
        return Huey(storage_class=RedisStorage, url=settings.queue_url, **common)
    settings.data.mkdir(parents=True, exist_ok=True)
    return Huey(storage_class=SqliteStorage, filename=str(settings.queue_file), fsync=True, **common)


class JobQueue:
    """Job ids that wait for a worker.

    Args:
        settings: where the queue is.
        name: ``cpu`` or ``gpu``.
        handler: called with a job id by the worker that takes it.
    """

    def __init__(self, settings: Settings, name: str, handler: Callable[[str], None] | None = None) -> None:
        if name not in ("cpu", "gpu"):
            raise ValueError(f"there is no queue {name!r}; choose cpu or gpu")
        self.huey = _huey(settings, name)

        def run_job(job_id: str) -> None:
            if handler is None:
                raise RuntimeError("this process only puts jobs into the queue")
            handler(job_id)

        self._task = self.huey.task(name="run_job")(run_job)

    def put(self, job_id: str) -> None:
        """Add a job."""
        self._task(job_id)

    def __len__(self) -> int:
        """How many jobs wait."""
        return int(self.huey.pending_count())

    def close(self) -> None:
        """Release the connection."""
        self.huey.storage.close()

"""What the catalogue hands out: immutable records, no open sessions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """Life of a job: ``queued -> running -> done | failed | cancelled``; a killed one is queued again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def active(self) -> bool:
        """Whether something may still happen to the job."""
        return self in (JobState.QUEUED, JobState.RUNNING)


class StageState(StrEnum):
    """State of one stage; ``cached`` means that its result was already in the store."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CACHED = "cached"
    IMPOSSIBLE = "impossible"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class StageRun:
    """One stage of a job. ``scope`` is the room it works on, or empty."""

    name: str
    scope: str
    state: StageState
    fraction: float
    message: str
    key: str | None
    seconds: float
    started_s: float


@dataclass(frozen=True)
class Job:
    """One requested analysis. ``fraction`` is the share of the whole job that is done."""

    id: str
    origin: str
    options: dict[str, Any]
    queue: str
    state: JobState
    listing_id: str | None
    stage: str
    fraction: float
    message: str
    error: str | None
    advice: str | None
    attempts: int
    deaths: int
    deaths_by_memory: int
    worker: str | None
    cancel_requested: bool
    created_s: float
    started_s: float | None
    heartbeat_s: float | None
    finished_s: float | None

    @property
    def elapsed_s(self) -> float:
        """Seconds since the job started (until it finished)."""
        if self.started_s is None:
            return 0.0
        return max(0.0, (self.finished_s or time.time()) - self.started_s)


@dataclass(frozen=True)
class LengthEntry:
    """A length that somebody typed for a room; ``units`` are of the measure with the key ``measure``."""

    room_id: str
    of: str
    metres: float
    units: float | None = None
    measure: str | None = None


@dataclass(frozen=True)
class ListingEntry:
    """One line of the overview of listings. ``report_key`` is ``None`` until something is analysed.

    ``needs`` are the keys that the report refers to; ``None`` where only the report itself tells them.
    """

    id: str
    title: str
    source: str
    origin: str
    synthetic: bool
    photos: int
    reviews: int
    key: str
    report_key: str | None
    needs: frozenset[str] | None
    reviews_key: str | None
    created_s: float
    updated_s: float


@dataclass(frozen=True)
class ArtefactEntry:
    """A stored stage result."""

    key: str
    stage: str
    bytes: int
    seconds: float
    created_s: float


@dataclass(frozen=True)
class WorkerEntry:
    """A process that runs jobs (``queue`` is ``inline`` for an analysis on the command line).

    Attributes:
        birth: what tells it from every other process of its number (see :mod:`pipeline.jobs.identity`).
        memory_kills: how often its machine had run out of memory at its last heartbeat.
        started_s, heartbeat_s: by its own clock, to be shown and compared for change only.
    """

    id: str
    queue: str
    host: str
    pid: int
    birth: str
    memory_kills: int
    started_s: float
    heartbeat_s: float

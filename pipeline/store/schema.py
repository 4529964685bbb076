"""Tables of the catalogue (SQLAlchemy 2). Times are UTC, in seconds since 1970.

``listings`` <- ``reports`` (one row per finished analysis, the newest is shown)
``jobs`` <- ``stage_runs`` (what the job did, stage by stage)
``artefacts`` (files under a content-addressed key, see :mod:`pipeline.store.artefacts`)
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of all tables."""


class ListingRow(Base):
    """One listing, as the overview shows it; the whole ``Listing`` is the artefact ``key``."""

    __tablename__ = "listings"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(40))
    origin: Mapped[str] = mapped_column(Text)
    synthetic: Mapped[bool]
    photos: Mapped[int]
    reviews: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    created_s: Mapped[float]
    updated_s: Mapped[float]


class ReportRow(Base):
    """A finished analysis of a listing; its ``ListingReport`` is the artefact ``key``."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    listing_id: Mapped[str] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    job_id: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(64))
    created_s: Mapped[float]
    #: keys of all results that the report refers to; none for reports of version 0.1
    needs: Mapped[list[str] | None] = mapped_column(JSON)
    reviews_key: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (Index("reports_by_listing", "listing_id", "id"),)


#: two jobs of one digest cannot be open at once, whoever submits them
OPEN = text("state IN ('queued', 'running')")


class JobRow(Base):
    """One requested analysis and how far it is; ``claim`` tells who took it, and for the which time."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    origin: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    queue: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(12), index=True)
    listing_id: Mapped[str | None] = mapped_column(String(200))
    stage: Mapped[str] = mapped_column(String(80), default="")
    fraction: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[str | None] = mapped_column(Text)
    advice: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0)
    deaths_by_memory: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(200))
    claim: Mapped[str | None] = mapped_column(String(32))
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    created_s: Mapped[float]
    started_s: Mapped[float | None]
    heartbeat_s: Mapped[float | None]
    finished_s: Mapped[float | None]

    __table_args__ = (Index("one_open_job", "digest", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),)


class StageRow(Base):
    """One stage of a job: state, share done, time taken, and where its result lies."""

    __tablename__ = "stage_runs"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(40))
    scope: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[str] = mapped_column(String(12))
    fraction: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(Text, default="")
    key: Mapped[str | None] = mapped_column(String(64))
    seconds: Mapped[float] = mapped_column(default=0.0)
    started_s: Mapped[float]

    __table_args__ = (Index("stages_by_job", "job_id", "id"),)


class ArtefactRow(Base):
    """A stage result: its key, the stage that made it, size and age."""

    __tablename__ = "artefacts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    stage: Mapped[str] = mapped_column(String(40))
    bytes: Mapped[int]
    seconds: Mapped[float]
    created_s: Mapped[float]


class SummaryRow(Base):
    """What lists and maps need of a result, so that they do not read it."""

    __tablename__ = "summaries"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    about: Mapped[dict[str, Any]] = mapped_column(JSON)


class LengthRow(Base):
    """A length of a room that somebody measured and typed; see :class:`pipeline.rooms.sizes.TypedLength`.

    ``measure`` is the key of the measure that ``units`` belong to, where they are between two places of it.
    """

    __tablename__ = "typed_lengths"

    listing_id: Mapped[str] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True)
    room_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    of: Mapped[str] = mapped_column(String(12), primary_key=True)
    metres: Mapped[float]
    units: Mapped[float | None]
    measure: Mapped[str | None] = mapped_column(String(64))
    created_s: Mapped[float]


class WorkerRow(Base):
    """A process that runs jobs; alive while its heartbeat changes.

    ``birth`` tells it from a later process of the same number; ``memory_kills`` is how often its machine had
    run out of memory at its last heartbeat.
    """

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    queue: Mapped[str] = mapped_column(String(8))
    host: Mapped[str] = mapped_column(String(200))
    pid: Mapped[int]
    birth: Mapped[str] = mapped_column(String(120), default="")
    memory_kills: Mapped[int] = mapped_column(default=0)
    started_s: Mapped[float]
    heartbeat_s: Mapped[float]

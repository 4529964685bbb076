"""Jobs: queued, claimed by a worker, reported on, finished, or handed back."""

from __future__ import annotations

import time
import uuid
from typing import Any, cast

from sqlalchemy import CursorResult, Result, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pipeline.store.database import Database
from pipeline.store.patience import patiently
from pipeline.store.records import Job, JobState, StageState
from pipeline.store.schema import JobRow, StageRow

_JOB_FIELDS = tuple(name for name in Job.__dataclass_fields__ if name != "state")


def _job(row: JobRow) -> Job:
    fields = {name: getattr(row, name) for name in _JOB_FIELDS}
    return Job(state=JobState(row.state), **fields)


def _break_off(session: Session, job_id: str, why: str) -> None:
    """The stage that ran was interrupted."""
    session.execute(
        update(StageRow)
        .where(StageRow.job_id == job_id, StageRow.state == StageState.RUNNING)
        .values(state=StageState.INTERRUPTED, message=why)
    )


def _rows(result: Result[Any]) -> int:
    """How many rows an UPDATE changed."""
    return cast(CursorResult[Any], result).rowcount


class JobTable(Database):
    """Reads and writes of jobs."""

    def create_job(self, origin: str, options: dict[str, Any], digest: str, queue: str) -> tuple[Job, bool]:
        """Queue an analysis; an active job of the same digest is returned instead (and ``False``)."""
        new = JobRow(
            id=uuid.uuid4().hex,
            origin=origin,
            options=options,
            digest=digest,
            queue=queue,
            state=JobState.QUEUED,
            stage="",
            fraction=0.0,
            message="waiting for a worker",
            attempts=0,
            deaths=0,
            deaths_by_memory=0,
            cancel_requested=False,
            created_s=time.time(),
        )
        while True:
            job = self._open_job(digest) or self._insert_job(new)
            if job is not None:
                return job, job.id == new.id

    @patiently
    def _open_job(self, digest: str) -> Job | None:
        open_states = [JobState.QUEUED, JobState.RUNNING]
        with self._session() as session:
            found = session.scalars(
                select(JobRow).where(JobRow.digest == digest, JobRow.state.in_(open_states))
            ).first()
            return None if found is None else _job(found)

    @patiently
    def _insert_job(self, new: JobRow) -> Job | None:
        """The new job; ``None`` if the same analysis was submitted at the same moment."""
        values = {column.name: getattr(new, column.name) for column in JobRow.__table__.columns}
        try:
            with self._session() as session:
                session.execute(insert(JobRow).values(**values))
        except IntegrityError:
            return None
        return self.job(new.id)

    @patiently
    def job(self, job_id: str) -> Job:
        """One job; ``KeyError`` if it is unknown."""
        with self._session() as session:
            row = session.get(JobRow, job_id)
            if row is None:
                raise KeyError(f"no job {job_id!r} is stored")
            return _job(row)

    @patiently
    def jobs(self, limit: int = 100, active_only: bool = False) -> list[Job]:
        """The newest jobs first."""
        query = select(JobRow).order_by(JobRow.created_s.desc()).limit(limit)
        if active_only:
            query = query.where(JobRow.state.in_([JobState.QUEUED, JobState.RUNNING]))
        with self._session() as session:
            return [_job(row) for row in session.scalars(query)]

    @patiently
    def last_job(self, listing_id: str) -> Job | None:
        """The newest analysis of a listing; ``None`` if none is on record."""
        query = select(JobRow).where(JobRow.listing_id == listing_id).order_by(JobRow.created_s.desc())
        with self._session() as session:
            found = session.scalars(query).first()
            return None if found is None else _job(found)

    @patiently
    def jobs_of(self, listing_id: str) -> list[Job]:
        """All analyses of a listing."""
        with self._session() as session:
            return [_job(row) for row in session.scalars(select(JobRow).where(JobRow.listing_id == listing_id))]

    @patiently
    def keys_of(self, listing_id: str) -> set[str]:
        """Keys of all results that analyses of a listing made or found."""
        query = (
            select(StageRow.key)
            .join(JobRow, JobRow.id == StageRow.job_id)
            .where(JobRow.listing_id == listing_id, StageRow.key.is_not(None))
        )
        with self._session() as session:
            return {key for key in session.scalars(query) if key is not None}

    def claim_job(self, job_id: str, worker: str) -> Job | None:
        """Take a queued job for ``worker``; ``None`` if somebody else was faster or it was cancelled."""
        return self._claim(job_id, worker, uuid.uuid4().hex)

    @patiently
    def _claim(self, job_id: str, worker: str, claim: str) -> Job | None:
        """Take it; a claim that arrived before the connection broke is recognised when it is repeated."""
        now = time.time()
        with self._session() as session:
            session.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.state == JobState.QUEUED)
                .values(
                    state=JobState.RUNNING,
                    worker=worker,
                    claim=claim,
                    attempts=JobRow.attempts + 1,
                    started_s=func.coalesce(JobRow.started_s, now),
                    heartbeat_s=now,
                    message="started",
                )
            )
            row = session.get(JobRow, job_id)
            mine = row is not None and row.claim == claim and row.state == JobState.RUNNING
            return _job(row) if row is not None and mine else None

    @patiently
    def report_progress(self, job_id: str, worker: str, **values: Any) -> bool:
        """Update a running job's fields and heartbeat.

        Returns:
            Whether the job shall go on: ``False`` once it was cancelled or taken over by another worker.
        """
        with self._session() as session:
            updated = session.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.worker == worker, JobRow.state == JobState.RUNNING)
                .values(heartbeat_s=time.time(), **values)
            )
            if _rows(updated) != 1:
                return False
            return not session.scalar(select(JobRow.cancel_requested).where(JobRow.id == job_id))

    @patiently
    def finish_job(
        self, job_id: str, worker: str, state: JobState, *, error: str | None = None, advice: str | None = None
    ) -> bool:
        """End a job that ``worker`` runs, once: an end that is written is never written over.

        Returns:
            Whether the job ended so.
        """
        values: dict[str, Any] = {
            "state": state,
            "finished_s": time.time(),
            "error": error,
            "advice": advice,
            "message": error or str(state),
        }
        if state is JobState.DONE:
            values["fraction"] = 1.0
        mine = (JobRow.id == job_id, JobRow.worker == worker)
        with self._session() as session:
            session.execute(update(JobRow).where(*mine, JobRow.state == JobState.RUNNING).values(**values))
            ended = select(JobRow.id).where(*mine, JobRow.state == state)
            return session.scalar(ended) is not None

    @patiently
    def requeue_job(
        self,
        job_id: str,
        worker: str | None,
        *,
        queue: str | None = None,
        why: str,
        death: bool = False,
        by_memory: bool = False,
    ) -> bool:
        """Put a running job of ``worker`` back into the queue.

        Args:
            job_id: of the job.
            worker: who has it.
            queue: where it shall wait; ``None``: where it was.
            why: shown while it waits.
            death: its worker died, which counts; a restart or a hand-over does not.
            by_memory: the machine was seen to run out of memory when it did.

        Returns:
            ``False`` if it changed in the meantime.
        """
        values: dict[str, Any] = {"state": JobState.QUEUED, "worker": None, "message": why}
        values["deaths"] = JobRow.deaths + int(death)
        values["deaths_by_memory"] = JobRow.deaths_by_memory + int(by_memory)
        if queue is not None:
            values["queue"] = queue
        with self._session() as session:
            moved = session.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.state == JobState.RUNNING, JobRow.worker == worker)
                .values(**values)
            )
            if _rows(moved) == 1:
                _break_off(session, job_id, why)
            return _rows(moved) == 1

    @patiently
    def cancel_job(self, job_id: str) -> Job:
        """Ask a job to stop: at once if it waits, between two steps if it runs."""
        with self._session() as session:
            session.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.state == JobState.QUEUED)
                .values(state=JobState.CANCELLED, finished_s=time.time(), message="cancelled before it started")
            )
            session.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.state == JobState.RUNNING)
                .values(cancel_requested=True, message="stopping")
            )
        return self.job(job_id)

    @patiently
    def tell_waiting(self, job_id: str, message: str) -> None:
        """Say beside a waiting job what it waits for."""
        with self._session() as session:
            session.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.state == JobState.QUEUED)
                .values(message=message)
            )

    @patiently
    def set_job_listing(self, job_id: str, listing_id: str) -> None:
        """Tell which listing the job turned out to be about."""
        with self._session() as session:
            session.execute(update(JobRow).where(JobRow.id == job_id).values(listing_id=listing_id))

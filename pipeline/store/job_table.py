"""Jobs: queued, claimed by a worker, reported on, finished, or handed back."""

from __future__ import annotations

import time
import uuid
from typing import Any, cast

from sqlalchemy import CursorResult, Result, func, select, update

from pipeline.store.database import Database
from pipeline.store.records import Job, JobState, StageState
from pipeline.store.schema import JobRow, StageRow

_JOB_FIELDS = tuple(name for name in Job.__dataclass_fields__ if name != "state")


def _job(row: JobRow) -> Job:
    fields = {name: getattr(row, name) for name in _JOB_FIELDS}
    return Job(state=JobState(row.state), **fields)


def _rows(result: Result[Any]) -> int:
    """How many rows an UPDATE changed."""
    return cast(CursorResult[Any], result).rowcount


class JobTable(Database):
    """Reads and writes of jobs."""

    def create_job(self, origin: str, options: dict[str, Any], digest: str, queue: str) -> tuple[Job, bool]:
        """Queue an analysis; an active job of the same digest is returned instead (and ``False``)."""
        with self._session() as session:
            active = session.scalars(
                select(JobRow).where(
                    JobRow.digest == digest, JobRow.state.in_([JobState.QUEUED, JobState.RUNNING])
                )
            ).first()
            if active is not None:
                return _job(active), False
            row = JobRow(
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
                cancel_requested=False,
                created_s=time.time(),
            )
            session.add(row)
            session.flush()
            return _job(row), True

    def job(self, job_id: str) -> Job:
        """One job; ``KeyError`` if it is unknown."""
        with self._session() as session:
            row = session.get(JobRow, job_id)
            if row is None:
                raise KeyError(f"no job {job_id!r} is stored")
            return _job(row)

    def jobs(self, limit: int = 100, active_only: bool = False) -> list[Job]:
        """The newest jobs first."""
        query = select(JobRow).order_by(JobRow.created_s.desc()).limit(limit)
        if active_only:
            query = query.where(JobRow.state.in_([JobState.QUEUED, JobState.RUNNING]))
        with self._session() as session:
            return [_job(row) for row in session.scalars(query)]

    def claim_job(self, job_id: str, worker: str) -> Job | None:
        """Take a queued job for ``worker``; ``None`` if somebody else was faster or it was cancelled."""
        now = time.time()
        with self._session() as session:
            taken = session.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.state == JobState.QUEUED)
                .values(
                    state=JobState.RUNNING,
                    worker=worker,
                    attempts=JobRow.attempts + 1,
                    started_s=func.coalesce(JobRow.started_s, now),
                    heartbeat_s=now,
                    message="started",
                )
            )
            if _rows(taken) != 1:
                return None
            row = session.get_one(JobRow, job_id)
            return _job(row)

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

    def finish_job(
        self, job_id: str, worker: str, state: JobState, *, error: str | None = None, advice: str | None = None
    ) -> None:
        """End a job that ``worker`` runs."""
        values: dict[str, Any] = {
            "state": state,
            "finished_s": time.time(),
            "error": error,
            "advice": advice,
            "message": error or str(state),
        }
        if state is JobState.DONE:
            values["fraction"] = 1.0
        with self._session() as session:
            session.execute(update(JobRow).where(JobRow.id == job_id, JobRow.worker == worker).values(**values))

    def requeue_job(self, job_id: str, worker: str | None, *, queue: str | None = None, why: str) -> bool:
        """Put a running job of ``worker`` back into the queue; ``False`` if it changed in the meantime."""
        values: dict[str, Any] = {"state": JobState.QUEUED, "worker": None, "message": why}
        if queue is not None:
            values["queue"] = queue
        with self._session() as session:
            moved = session.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.state == JobState.RUNNING, JobRow.worker == worker)
                .values(**values)
            )
            session.execute(
                update(StageRow)
                .where(StageRow.job_id == job_id, StageRow.state == StageState.RUNNING)
                .values(state=StageState.INTERRUPTED, message=why)
            )
            return _rows(moved) == 1

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

    def set_job_listing(self, job_id: str, listing_id: str) -> None:
        """Tell which listing the job turned out to be about."""
        with self._session() as session:
            session.execute(update(JobRow).where(JobRow.id == job_id).values(listing_id=listing_id))

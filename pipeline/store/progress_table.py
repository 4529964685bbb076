"""What running work tells: the stages of a job, and which workers are alive."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update

from pipeline.store.database import Database
from pipeline.store.patience import patiently
from pipeline.store.records import JobState, StageRun, StageState, WorkerEntry
from pipeline.store.schema import JobRow, StageRow, WorkerRow


def _stage_row(job_id: str, name: str, scope: str) -> StageRow:
    return StageRow(
        job_id=job_id,
        name=name,
        scope=scope,
        state=StageState.WAITING,
        key=None,
        fraction=0.0,
        message="",
        seconds=0.0,
        started_s=time.time(),
    )


class ProgressTable(Database):
    """Reads and writes of stages and workers."""

    @patiently
    def plan_stages(self, job_id: str, stages: Sequence[tuple[str, str]]) -> None:
        """Record the (name, scope) of stages to come; those already recorded keep their place."""
        with self._session() as session:
            known = set(
                session.execute(select(StageRow.name, StageRow.scope).where(StageRow.job_id == job_id)).tuples()
            )
            for name, scope in stages:
                if (name, scope) not in known:
                    session.add(_stage_row(job_id, name, scope))

    @patiently
    def start_stage(self, job_id: str, name: str, scope: str, state: StageState, key: str | None) -> int:
        """Record that a stage starts (or was found in the store) and return its row id."""
        with self._session() as session:
            row = session.scalars(
                select(StageRow).where(
                    StageRow.job_id == job_id, StageRow.name == name, StageRow.scope == scope
                )
            ).first()
            if row is None:
                row = _stage_row(job_id, name, scope)
                session.add(row)
            row.state, row.key, row.message, row.seconds = state, key, "", 0.0
            row.fraction = 1.0 if state is StageState.CACHED else 0.0
            row.started_s = time.time()
            session.flush()
            return int(row.id)

    @patiently
    def update_stage(self, stage_id: int, **values: Any) -> None:
        """Update fields of a stage run."""
        with self._session() as session:
            session.execute(update(StageRow).where(StageRow.id == stage_id).values(**values))

    @patiently
    def stages(self, job_id: str) -> list[StageRun]:
        """The stage runs of a job, in the order in which they were started."""
        names = [name for name in StageRun.__dataclass_fields__ if name != "state"]
        query = select(StageRow).where(StageRow.job_id == job_id).order_by(StageRow.id)
        with self._session() as session:
            return [
                StageRun(state=StageState(row.state), **{name: getattr(row, name) for name in names})
                for row in session.scalars(query)
            ]

    @patiently
    def beat(self, worker: WorkerEntry) -> None:
        """Record that a worker and the jobs that it runs are alive."""
        now = time.time()
        with self._session() as session:
            session.merge(WorkerRow(**{**vars(worker), "heartbeat_s": now}))
            session.execute(
                update(JobRow)
                .where(JobRow.worker == worker.id, JobRow.state == JobState.RUNNING)
                .values(heartbeat_s=now)
            )

    @patiently
    def remove_worker(self, worker_id: str) -> None:
        """Forget a worker that ended."""
        with self._session() as session:
            session.execute(delete(WorkerRow).where(WorkerRow.id == worker_id))

    @patiently
    def workers(self) -> list[WorkerEntry]:
        """All workers on record, alive or not."""
        names = list(WorkerEntry.__dataclass_fields__)
        with self._session() as session:
            rows = session.scalars(select(WorkerRow).order_by(WorkerRow.started_s))
            return [WorkerEntry(**{name: getattr(row, name) for name in names}) for row in rows]

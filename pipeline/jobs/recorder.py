"""What the stages of a job tell, written into the catalogue; and the ways in which it stops them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from pipeline.jobs.presence import Presence
from pipeline.progress import Cancelled, Interrupted
from pipeline.recipe import Planned
from pipeline.store import JobState, StageState, Store

REPORT_EVERY_S = 0.4


class TakenOver(Interrupted):
    """Another process took or ended the job because this one seemed dead; its word stands."""


class WorkerStopping(Interrupted):
    """The worker was asked to stop; its job goes back into the queue."""


class JobRecorder:
    """Writes what the stages of a job do into the catalogue, and stops them when they shall stop."""

    def __init__(self, store: Store, job_id: str, presence: Presence) -> None:
        self._catalogue = store.catalogue
        self._job_id = job_id
        self._presence = presence
        self._plan: list[Planned] = []
        self._later = 0.0
        self._done = 0.0
        self._stage: tuple[str, str, int] | None = None
        self._reported_s = 0.0

    def planned(self, stages: Sequence[Planned], later: float) -> None:
        """Remember the weights; the stages show up as waiting."""
        self._plan = list(stages)
        self._later = later
        self._catalogue.plan_stages(self._job_id, [(stage.name, stage.scope) for stage in stages])

    def stage_started(self, name: str, scope: str, key: str, cached: bool) -> None:
        """Record it, and stop here if the job shall stop."""
        state = StageState.CACHED if cached else StageState.RUNNING
        row = self._catalogue.start_stage(self._job_id, name, scope, state, key)
        self._stage = (name, scope, row)
        self._reported_s = 0.0
        self._tell(1.0 if cached else 0.0, "")
        if cached:
            self._advance()

    def stage_progress(self, fraction: float, message: str) -> None:
        """Record it, at most every :data:`REPORT_EVERY_S` seconds."""
        if time.monotonic() - self._reported_s >= REPORT_EVERY_S:
            self._tell(fraction, message)

    def stage_ended(self, state: StageState, seconds: float, message: str) -> None:
        """Record how it ended."""
        if self._stage is None:
            return
        done = {"fraction": 1.0} if state is StageState.DONE else {}
        self._catalogue.update_stage(self._stage[2], state=state, seconds=seconds, message=message, **done)
        self._advance()

    def _weight(self) -> float:
        if self._stage is None:
            return 0.0
        return sum(stage.weight for stage in self._plan if (stage.name, stage.scope) == self._stage[:2])

    def _advance(self) -> None:
        self._done += self._weight()
        if self._stage is not None:
            self._plan = [s for s in self._plan if (s.name, s.scope) != self._stage[:2]]

    def _tell(self, fraction: float, message: str) -> None:
        if self._stage is None:
            return
        name, scope, row = self._stage
        self._reported_s = time.monotonic()
        weight = self._weight()
        total = self._done + sum(stage.weight for stage in self._plan) + self._later
        overall = (self._done + weight * fraction) / total if total else 0.0
        if fraction < 1.0:
            self._catalogue.update_stage(row, fraction=fraction, message=message)
        goes_on = self._catalogue.report_progress(
            self._job_id,
            self._presence.entry.id,
            stage=f"{name} {scope}".strip(),
            fraction=min(overall, 1.0),
            message=message,
        )
        if self._presence.stopping.is_set():
            raise WorkerStopping
        if not goes_on:
            raise self._why_stopped()

    def _why_stopped(self) -> Exception:
        job = self._catalogue.job(self._job_id)
        mine = job.worker == self._presence.entry.id and job.state is JobState.RUNNING
        if mine and job.cancel_requested:
            return Cancelled("cancelled by the user")
        return TakenOver(f"job {job.id} was ended or runs elsewhere")

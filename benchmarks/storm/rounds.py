"""Rounds of the storm, and what is judged after each: lost, doubled, wrong, told, healed, time to recover."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from benchmarks.storm.faults import ON_FILES, ON_SERVERS, Fault, fill_the_disk
from benchmarks.storm.world import World
from pipeline.store import Job, JobState, check
from pipeline.store.schema import ReportRow

RECOVER_S = 60.0
JOBS = 3
#: words that no sentence to a user holds
_RAW = ("Traceback", "sqlalchemy", "SELECT ", "INSERT ", "UPDATE ", "Error:", "psycopg")


@dataclass
class Toll:
    """What the storm cost.

    Attributes:
        rounds: how many there were.
        jobs: how many analyses were submitted.
        lost: that had not ended after a minute.
        doubled: analyses that were two jobs at once, or left two reports.
        wrong: that ended in a state that nothing explains.
        untold: failures without a sentence that says what to do.
        healed: damaged results that were made anew.
        recovered_s: from the end of each fault to the end of the round's last job.
        faults: how often each happened.
        remarks: about everything that was not as it should be.
    """

    rounds: int = 0
    jobs: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    untold: int = 0
    healed: int = 0
    recovered_s: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled, wrong or untold."""
        return not (self.lost or self.doubled or self.wrong or self.untold)


def storm(world: World, rounds: int, seed: int) -> Toll:
    """So many rounds; the workers run meanwhile."""
    chance, toll = random.Random(seed), Toll()  # noqa: S311 - chance, not secrets
    faults = ON_SERVERS if world.redis is not None else ON_FILES
    order = [fault for _ in range(-(-rounds // len(faults))) for fault in chance.sample(faults, len(faults))]
    with world.running():
        for number, fault in enumerate(order[:rounds]):
            _round(world, chance, toll, number, fault)
    _afterwards(world, toll)
    return toll


def _round(world: World, chance: random.Random, toll: Toll, number: int, fault: Fault) -> None:
    toll.rounds += 1
    toll.faults[fault.__name__] += 1
    jobs = [world.submit(f"{number}-{place}").id for place in range(JOBS)]
    time.sleep(chance.uniform(0.0, 0.4))
    fault(world, chance, jobs)
    found, waited_s = world.wait(jobs, RECOVER_S)
    if fault is fill_the_disk:
        found, waited_s = _again(world, toll, found, waited_s)
    toll.jobs += len(found)
    toll.recovered_s.append(waited_s)
    _judge(toll, f"round {number}, {fault.__name__}", found)


def _again(world: World, toll: Toll, found: list[Job], waited_s: float) -> tuple[list[Job], float]:
    """What failed for want of room is started again, as it says; it goes on where it stopped."""
    full = [job for job in found if job.state is JobState.FAILED and "is full" in (job.error or "")]
    _untold(toll, "full disk", full)
    again = [world.submit(job.origin.partition(":")[2]).id for job in full]
    rest, more_s = world.wait(again, RECOVER_S)
    return [job for job in found if job not in full] + rest, waited_s + more_s


def _judge(toll: Toll, where: str, found: list[Job]) -> None:
    lost = [job for job in found if job.state.active]
    wrong = [job for job in found if not job.state.active and job.state is not JobState.DONE]
    doubles = sum(number - 1 for number in Counter(job.origin for job in found).values())
    toll.lost += len(lost)
    toll.wrong += len(wrong)
    toll.doubled += doubles
    toll.remarks += [
        f"{where}: {job.state} {job.stage} {job.message} {job.error or ''}" for job in lost + wrong
    ]
    _untold(toll, where, wrong)


def _untold(toll: Toll, where: str, failed: list[Job]) -> None:
    for job in failed:
        said = f"{job.error or ''} {job.advice or ''}"
        if not (job.error and job.advice) or any(raw in said for raw in _RAW):
            toll.untold += 1
            toll.remarks.append(f"{where}: says {said!r}")


def _reports_too_many(world: World) -> int:
    """Jobs that left more than one report, or none though they are done."""
    done = {job.id for job in world.store.catalogue.jobs(limit=100_000) if job.state is JobState.DONE}
    with world.store.catalogue._session() as session:
        reports = Counter(session.scalars(select(ReportRow.job_id)).all())
    return sum(reports[job] != 1 for job in done)


def _afterwards(world: World, toll: Toll) -> None:
    """Every listing has one whole report, and no result is damaged but those that were set aside."""
    catalogue = world.store.catalogue
    for job in catalogue.jobs(limit=100_000):
        if job.state.active:
            toll.lost += 1
            toll.remarks.append(f"afterwards: {job.origin} is {job.state}")
    toll.doubled += _reports_too_many(world)
    for finding in check(world.store, repair=False):
        toll.wrong += 1
        toll.remarks.append(f"afterwards: {finding.what}")
    toll.healed = len(world.store.artefacts.damaged())

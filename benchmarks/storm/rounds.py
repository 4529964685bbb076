"""Rounds of the storm, and what is judged after each: lost, doubled, wrong, told, healed, time to recover."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from benchmarks.storm.faults import ON_FILES, ON_SERVERS, Fault, fill_the_disk
from benchmarks.storm.world import World
from pipeline.jobs import submit
from pipeline.store import Job, JobState, check
from pipeline.store.schema import ReportRow

RECOVER_S = 60.0
#: a real analysis may be made once more from its start, on a computer with other work
REAL_S = 300.0
#: a fault comes so long after the start of a real analysis at most: it falls into any of its stages
REAL_BEGUN_S = 6.0
JOBS = 3
#: words that no sentence to a user holds
_RAW = ("Traceback", "sqlalchemy", "SELECT ", "INSERT ", "UPDATE ", "Error:", "psycopg")


@dataclass
class Toll:
    """What the storm cost.

    Attributes:
        rounds: how many there were.
        jobs: how many analyses were submitted.
        lost: that had not ended after a minute (real ones: after :data:`REAL_S`).
        doubled: analyses that were two jobs at once, or left two reports.
        wrong: that ended in a state that nothing explains.
        untold: failures without a sentence that says what to do.
        healed: damaged results that were made anew.
        recovered_s: from the end of each fault to the end of the round's last short job.
        real: real analyses by kind.
        real_s: from the end of a fault to the end of the round's real analysis.
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
    real: Counter[str] = field(default_factory=Counter)
    real_s: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled, wrong or untold."""
        return not (self.lost or self.doubled or self.wrong or self.untold)


def storm(world: World, rounds: int, seed: int, real_every: int = 0, most_s: float = math.inf) -> Toll:
    """So many rounds; the workers run meanwhile.

    Args:
        world: what everything happens to.
        rounds: how many faults.
        seed: of everything that is left to chance.
        real_every: in one of so many rounds there is a real analysis, too; 0: in none.
        most_s: no round begins later.
    """
    began_s = time.monotonic()
    chance, toll = random.Random(seed), Toll()  # noqa: S311 - chance, not secrets
    faults = ON_SERVERS if world.redis is not None else ON_FILES
    order = [fault for _ in range(-(-rounds // len(faults))) for fault in chance.sample(faults, len(faults))]
    with world.running():
        for number, fault in enumerate(order[:rounds]):
            if time.monotonic() - began_s > most_s:
                break
            real = world.real is not None and real_every > 0 and number % real_every == 0
            _round(world, chance, toll, number, fault, number // real_every if real else None)
    _afterwards(world, toll)
    return toll


def _round(
    world: World, chance: random.Random, toll: Toll, number: int, fault: Fault, real: int | None
) -> None:
    toll.rounds += 1
    toll.faults[fault.__name__] += 1
    begun = [] if real is None else [_begin(world, toll, real)]
    time.sleep(chance.uniform(0.0, REAL_BEGUN_S) if begun else 0.0)
    jobs = [world.submit(f"{number}-{place}").id for place in range(JOBS)]
    time.sleep(chance.uniform(0.0, 0.4))
    fault(world, chance, jobs)
    found, waited_s = world.wait(jobs, RECOVER_S)
    if fault is fill_the_disk:
        found, waited_s = _again(world, toll, found, waited_s)
    toll.jobs += len(found)
    toll.recovered_s.append(waited_s)
    if begun:
        real_ones, more_s = world.wait(begun, REAL_S)
        if fault is fill_the_disk:
            real_ones, more_s = _again(world, toll, real_ones, more_s, REAL_S)
        toll.jobs += len(real_ones)
        toll.real_s.append(waited_s + more_s)
        found += real_ones
    _judge(toll, f"round {number}, {fault.__name__}", found)


def _begin(world: World, toll: Toll, number: int) -> str:
    """Submit a real analysis; its job."""
    assert world.real is not None  # noqa: S101 - asked for only where it is there
    given = world.real.given(number)
    toll.real[given.kind] += 1
    return submit(world.store, given.origin, given.options)[0].id


def _again(
    world: World, toll: Toll, found: list[Job], waited_s: float, most_s: float = RECOVER_S
) -> tuple[list[Job], float]:
    """What failed for want of room is started again, as it says; it goes on where it stopped."""
    full = [job for job in found if job.state is JobState.FAILED and "is full" in (job.error or "")]
    _untold(toll, "full disk", full)
    again = [world.again(job).id for job in full]
    rest, more_s = world.wait(again, most_s)
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

"""Twenty rounds of the storm: nothing is lost, doubled, wrong or untold, and everything recovers by itself."""

import multiprocessing
from multiprocessing.connection import Connection

import pytest

from benchmarks.storm.__main__ import as_row, run
from benchmarks.storm.rounds import RECOVER_S, Toll

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]


def _blow(rounds: int, seed: int, told: Connection) -> None:
    told.send(run(rounds, seed, on_servers=False, hasty=True))


def _storm(rounds: int, seed: int) -> Toll:
    """In a process of its own: the storm moves its clock and fills its disk."""
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_blow, args=(rounds, seed, theirs))
    process.start()
    theirs.close()
    toll: Toll = mine.recv()
    process.join()
    return toll


def test_twenty_rounds_lose_nothing_and_recover_by_themselves() -> None:
    toll = _storm(20, seed=0)
    assert toll.clean, toll.remarks
    assert toll.rounds == 20 and len(toll.faults) == 9, "every kind of fault came"
    assert as_row(toll)["recovered_max_s"] <= RECOVER_S


def test_the_toll_knows_what_a_storm_may_cost() -> None:
    assert Toll().clean
    for cost in (Toll(lost=1), Toll(doubled=1), Toll(wrong=1), Toll(untold=1)):
        assert not cost.clean

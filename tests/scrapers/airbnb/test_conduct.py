"""Waits, the lock, and staying away after a refusal."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import time
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from scrapers.airbnb.fetch.conduct import (
    MAX_BLOCK_S,
    Conduct,
    Manners,
    backoff_s,
    parse_retry_after,
    read_refusal,
)
from scrapers.errors import Blocked

QUICK = Conduct(0.05, 0.02)


class Stopped(Exception):
    """What a report raises to stop a run."""


def test_the_usual_wait_is_a_second_and_more() -> None:
    assert Conduct().wait_s >= 1
    assert Conduct().jitter_s > 0


@pytest.mark.parametrize("wait_s", [-1, float("nan"), float("inf")])
def test_impossible_waits_are_refused(wait_s: float) -> None:
    with pytest.raises(ValueError, match="wait_s"):
        Conduct(wait_s)


class Clock:
    """A clock that only sleeping moves on."""

    def __init__(self, patch: pytest.MonkeyPatch, now_ns: int = 1_800_000_000 * 10**9) -> None:
        self.now_ns = now_ns
        self._yield = asyncio.sleep
        patch.setattr(time, "time", lambda: self.now_ns / 1e9)
        patch.setattr(time, "time_ns", lambda: self.now_ns)
        patch.setattr(asyncio, "sleep", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)
        await self._yield(0)


def test_turns_are_apart_even_when_asked_for_together_and_by_two_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    one, other = Manners(tmp_path, Conduct(1.0, 0.5)), Manners(tmp_path, Conduct(1.0, 0.5))
    starts_s: list[float] = []

    async def request(manners: Manners) -> None:
        await manners.turn()
        starts_s.append(clock.now_ns / 1e9)

    async def run() -> None:
        await asyncio.gather(*(request(one) for _ in range(4)))
        await request(other)

    asyncio.run(run())
    gaps_s = [later - earlier for earlier, later in pairwise(starts_s)]
    assert len(gaps_s) == 4
    assert all(0.999 < gap_s < 1.501 for gap_s in gaps_s)
    assert one.waited_s == pytest.approx(sum(gaps_s[:3]), abs=1e-3)
    assert other.waited_s == pytest.approx(gaps_s[3], abs=1e-3)


def test_a_wait_counts_from_the_last_request_and_a_clock_put_back_does_not_lengthen_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, manners = Clock(monkeypatch), Manners(tmp_path, Conduct(1.0, 0.0))

    def waited_s(passed_s: float) -> float:
        clock.now_ns += round(passed_s * 1e9)
        before_ns = clock.now_ns
        asyncio.run(manners.turn())
        return (clock.now_ns - before_ns) / 1e9

    assert waited_s(0.0) == 0.0
    assert waited_s(0.6) == pytest.approx(0.4, abs=1e-3)
    assert waited_s(7.0) == 0.0
    assert waited_s(-3600.0) == pytest.approx(1.0, abs=1e-3)


def test_a_refusal_is_remembered_by_all_processes_until_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch, time.time_ns())
    raised = Manners(tmp_path, QUICK).stay_away(Blocked(retry_after_s=20.0))
    assert raised.retry_after_s == pytest.approx(20.0, abs=1e-3)
    clock.now_ns += 19 * 10**9
    with pytest.raises(Blocked, match="earlier"):
        Manners(tmp_path, QUICK).check()
    with pytest.raises(Blocked):
        asyncio.run(Manners(tmp_path, QUICK).turn())
    clock.now_ns += 2 * 10**9
    Manners(tmp_path, QUICK).check()


def test_a_refusal_without_a_time_lasts_a_quarter_of_an_hour(tmp_path: Path) -> None:
    raised = Manners(tmp_path, QUICK).stay_away(Blocked())
    assert raised.retry_after_s == pytest.approx(900, abs=1)
    assert "15 min" in raised.advice


@pytest.mark.parametrize("note", ["", "{}", '{"until_s": "soon"}', '{"until_s": NaN}', "[]"])
def test_a_damaged_note_of_a_refusal_counts_as_one_and_ends(tmp_path: Path, note: str) -> None:
    path = tmp_path / "refused.json"
    path.write_text(note)
    with pytest.raises(Blocked):
        Manners(tmp_path, QUICK).check()
    os.utime(path, (time.time() - 1000, time.time() - 1000))
    Manners(tmp_path, QUICK).check()


def test_no_refusal_is_no_refusal(tmp_path: Path) -> None:
    assert read_refusal(tmp_path) is None
    Manners(tmp_path, QUICK).check()


def test_only_one_listing_is_collected_at_a_time_and_waiting_can_be_stopped(tmp_path: Path) -> None:
    def stop(_fraction: float, message: str) -> None:
        assert "another listing" in message
        raise Stopped

    with Manners(tmp_path, QUICK).alone(), pytest.raises(Stopped), Manners(tmp_path, QUICK).alone(stop):
        pass
    with Manners(tmp_path, QUICK).alone(stop):
        pass


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("99999999999", MAX_BLOCK_S),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header) == seconds


def test_retry_after_as_a_date() -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
    assert parse_retry_after(format_datetime(later, usegmt=True)) == pytest.approx(90, abs=2)


def test_waits_grow_with_every_failure_up_to_a_bound() -> None:
    waits = [backoff_s(attempt, Conduct()) for attempt in range(1, 8)]
    assert waits == sorted(waits)
    assert waits[0] >= 1
    assert waits[-1] <= 10

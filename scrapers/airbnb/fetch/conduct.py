"""How the collector behaves: unhurried, one listing at a time, and away at the first refusal.

What has to outlive a process (the lock, the time of the last request, a refusal) lies in a folder that all
processes share. There is no proxy, no second identity and no attempt at a challenge anywhere.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import math
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scrapers.airbnb.files import write_whole
from scrapers.errors import BLOCKED_FOR_S, Blocked
from scrapers.source import Report, silent

NOTICE = (
    "Airbnb's terms of service forbid automated collection. This is for your own use: one listing at a time, "
    "unhurried, in a browser on your computer. Ways without it: a page that you saved yourself, or Inside "
    "Airbnb's open data."
)
#: longest time that a refusal is believed to ask for
MAX_BLOCK_S = 24 * 3600.0
_LOCK_FILE, _BLOCK_FILE, _CLOCK_FILE = "one-at-a-time.lock", "refused.json", "last-request"
_LOCK_POLL_S = 0.5
_MAX_BACKOFF_S = 8.0


@dataclass(frozen=True)
class Conduct:
    """Waits between requests.

    Attributes:
        wait_s: least time between the starts of two requests.
        jitter_s: up to this much is added, evenly distributed.
    """

    wait_s: float = 1.0
    jitter_s: float = 0.8

    def __post_init__(self) -> None:
        for name, value in (("wait_s", self.wait_s), ("jitter_s", self.jitter_s)):
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be zero or more seconds, not {value}")


def checked(conduct: Conduct | None, *, local: bool) -> Conduct:
    """``conduct``, or the usual one; ``ValueError`` if it is hasty towards anything but a local replica."""
    usual = Conduct()
    if conduct is None:
        return usual
    if not local and conduct.wait_s < usual.wait_s:
        raise ValueError(f"conduct.wait_s must be at least {usual.wait_s:g} s towards Airbnb")
    return conduct


class Manners:
    """The manners of one run towards Airbnb (all its domains count as one).

    Args:
        folder: shared by all processes that collect.
        conduct: the waits.

    Attributes:
        conduct: the waits.
        waited_s: how long this run has waited out of politeness.
    """

    def __init__(self, folder: Path, conduct: Conduct) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.conduct = conduct
        self._queue = asyncio.Lock()
        self._random = random.SystemRandom()
        self.waited_s = 0.0

    async def turn(self) -> None:
        """Wait until the next request may start; callers are served one after the other.

        Raises:
            Blocked: while a refusal lasts, whichever process met it.
        """
        async with self._queue:
            self.check()
            pause_s = self.conduct.wait_s + self._random.uniform(0, self.conduct.jitter_s)
            wait_s = min(pause_s, self._last_request() + pause_s - time.time())
            if wait_s > 0:
                self.waited_s += wait_s
                await asyncio.sleep(wait_s)
            self._note_request()

    def _note_request(self) -> None:
        clock, now_ns = self._folder / _CLOCK_FILE, time.time_ns()
        clock.touch()
        os.utime(clock, ns=(now_ns, now_ns))  # the file system's own clock may be 10 ms late

    def _last_request(self) -> float:
        """Time of the last request of any process, in seconds since the epoch."""
        try:
            return (self._folder / _CLOCK_FILE).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    @contextmanager
    def alone(self, report: Report = silent) -> Iterator[None]:
        """Hold the lock on Airbnb; while another process (or thread) has it, wait and say so."""
        from filelock import FileLock, Timeout

        lock = FileLock(self._folder / _LOCK_FILE, thread_local=False)
        while True:
            try:
                lock.acquire(timeout=_LOCK_POLL_S)
                break
            except Timeout:
                report(0.0, "Waiting: another listing is being collected")
        try:
            yield
        finally:
            lock.release()

    def stay_away(self, blocked: Blocked) -> Blocked:
        """Remember a refusal; returns the error to raise, which says until when."""
        lasting_s = min(max(blocked.retry_after_s, 0.0), MAX_BLOCK_S)
        until_s = time.time() + lasting_s
        write_whole(self._folder / _BLOCK_FILE, json.dumps({"until_s": until_s}).encode())
        return _refused(blocked.message, until_s)

    def check(self) -> None:
        """Raise :class:`Blocked` while an earlier refusal lasts."""
        until_s = read_refusal(self._folder)
        if until_s is not None and until_s > time.time():
            raise _refused("Airbnb refused an earlier request, so none is sent now.", until_s)


def read_refusal(folder: Path) -> float | None:
    """Until when (seconds since the epoch) nothing may be sent; ``None`` if nothing was refused."""
    note = folder / _BLOCK_FILE
    try:
        written_s = note.stat().st_mtime
        until_s = float(json.loads(note.read_bytes())["until_s"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        until_s = math.nan
    if not math.isfinite(until_s):
        return written_s + BLOCKED_FOR_S  # a damaged note of a refusal is still one
    return min(until_s, written_s + MAX_BLOCK_S)


def _refused(message: str, until_s: float) -> Blocked:
    left_s = max(until_s - time.time(), 0.0)
    clock = dt.datetime.fromtimestamp(until_s).strftime("%H:%M")
    advice = (
        f"Wait until {clock} ({math.ceil(left_s / 60)} min) and run it again: what was collected is kept. "
        "Or save the page in your own browser and give that file."
    )
    return Blocked(message, advice, left_s)


def parse_retry_after(value: str | None) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (RFC 9110, 10.2.3: seconds or a date)."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_BLOCK_S)
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    seconds = (when - dt.datetime.now(dt.UTC)).total_seconds()
    return min(max(seconds, 0.0), MAX_BLOCK_S)


def backoff_s(attempt: int, conduct: Conduct) -> float:
    """Additional wait after the failed attempt number ``attempt`` (from 1)."""
    return min(conduct.wait_s * float(2**attempt), _MAX_BACKOFF_S)

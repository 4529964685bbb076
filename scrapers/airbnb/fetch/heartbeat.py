"""Running asynchronous work from synchronous code, with a report twice a second that can stop it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from scrapers.source import Report

T = TypeVar("T")
BEAT_S = 0.5


class Status:
    """How far the work is; the work sets it, the heartbeat reports it."""

    def __init__(self) -> None:
        self.fraction = 0.0
        self.message = ""

    def say(self, fraction: float, message: str) -> None:
        """Set both."""
        self.fraction, self.message = fraction, message

    def part(self, start: float, stop: float) -> Callable[[float, str], None]:
        """A :meth:`say` for the piece from ``start`` to ``stop``."""
        return lambda fraction, message: self.say(start + fraction * (stop - start), message)


def run_with_heartbeat(work: Callable[[Status], Coroutine[Any, Any, T]], report: Report) -> T:
    """Run ``work`` to its end, calling ``report`` meanwhile; what ``report`` raises cancels the work."""

    def run() -> T:
        return asyncio.run(_beat_while(work, report))

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return run()
    with ThreadPoolExecutor(1) as apart:  # somebody's loop (a notebook, a test) has this thread
        return apart.submit(run).result()


async def _beat_while(work: Callable[[Status], Coroutine[Any, Any, T]], report: Report) -> T:
    status = Status()
    task = asyncio.ensure_future(work(status))
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=BEAT_S)
            if done:
                return task.result()
            report(status.fraction, status.message)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})

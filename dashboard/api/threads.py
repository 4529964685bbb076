"""Work of requests that may wait for a disk or a lock, beside the loop that answers all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import anyio
import anyio.to_thread

Result = TypeVar("Result")
#: threads at once; each that computes may hold the interpreter for 5 ms before the loop has its turn again, so
#: that 40 (the usual number) make everybody wait 200 ms
MOST_THREADS: Final = 8


#: a limiter belongs to one loop
_limiters: WeakKeyDictionary[asyncio.AbstractEventLoop, anyio.CapacityLimiter] = WeakKeyDictionary()


def _limiter() -> anyio.CapacityLimiter:
    return _limiters.setdefault(asyncio.get_running_loop(), anyio.CapacityLimiter(MOST_THREADS))


async def in_thread(work: Callable[..., Result], *given: Any) -> Result:
    """What ``work(*given)`` returns, from one of a few threads."""
    return await anyio.to_thread.run_sync(partial(work, *given), limiter=_limiter())

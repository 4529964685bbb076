"""Work in a process of its own: its peak memory, compilation and time limit are its own."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

T = TypeVar("T")


class TooSlow(Exception):
    """The work was not done within its limit, or its process died."""


@dataclass(frozen=True)
class Measured(Generic[T]):
    """What came out.

    Attributes:
        seconds: of the work, from inside the process.
        cold_s: with the start of the process and all imports.
        peak_mib: of the process.
    """

    value: T
    seconds: float
    cold_s: float
    peak_mib: int


def run_apart(work: Callable[..., T], *arguments: object, limit_s: float = 3600) -> Measured[T]:
    """Call ``work(*arguments)`` in a fresh process.

    Raises:
        TooSlow: nothing came back within ``limit_s``.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    start = time.perf_counter()
    process = context.Process(target=_work, args=(there, work, arguments), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(limit_s):
            raise TooSlow(f"not done within {limit_s:.0f} s")
        value, seconds, peak_mib = here.recv()
        return Measured(value, seconds, time.perf_counter() - start, peak_mib)
    except EOFError as error:
        raise TooSlow("the process died") from error
    finally:
        process.kill()
        process.join()


def _work(back: Connection, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    start = time.perf_counter()
    value = work(*arguments)
    seconds = time.perf_counter() - start
    back.send((value, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))

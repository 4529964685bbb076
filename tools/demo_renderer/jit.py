"""Typed access to numba and to threads: kernels release the GIL, rows are shared out over the cores."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile ``function`` with numba: no GIL, IEEE division, machine code kept beside the source.

    Threads are started by :func:`in_rows` and not by numba: its work-queue layer aborts the process when two
    threads enter it at once.
    """
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def in_rows(work: Callable[[int, int], object], rows: int) -> None:
    """Call ``work(start, stop)`` for row ranges that together cover ``rows``, on all cores."""
    cores = os.cpu_count() or 1
    edges = [rows * k // (4 * cores) for k in range(4 * cores + 1)]
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(lambda pair: work(*pair), pairwise(edges)))

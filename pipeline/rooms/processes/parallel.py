"""One piece of work for each of many things, on several threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final, TypeVar

from pipeline.machine import usable_threads
from pipeline.progress import Progress

#: how long progress may stand still while one piece is worked on, seconds; set by hand: a cancel is noticed by
#: then
_TICK_S: Final = 0.5

Result = TypeVar("Result")


def for_each(work: Callable[[int], Result], count: int, progress: Progress, name: str) -> list[Result]:
    """``work(0) ... work(count - 1)`` on all usable threads, in order; after a cancellation none begins."""
    results = []
    with ThreadPoolExecutor(usable_threads()) as pool:
        futures = [pool.submit(work, index) for index in range(count)]
        try:
            for index, future in enumerate(futures):
                while not wait([future], timeout=_TICK_S).done:
                    progress(index / count, f"{name} {index + 1} of {count}")
                results.append(future.result())
                progress((index + 1) / count, f"{name} {index + 1} of {count}")
        finally:
            for future in futures:
                future.cancel()
    return results

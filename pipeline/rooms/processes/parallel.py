"""One piece of work for each of many things, on several threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from pipeline.progress import Progress

Result = TypeVar("Result")


def for_each(
    work: Callable[[int], Result], count: int, threads: int, progress: Progress, name: str
) -> list[Result]:
    """``work(0) ... work(count - 1)`` on threads, in order; nothing more is begun after a cancellation."""
    results = []
    with ThreadPoolExecutor(max_workers=threads) as pool:
        futures = [pool.submit(work, index) for index in range(count)]
        try:
            for index, future in enumerate(futures):
                while not wait([future], timeout=0.5).done:
                    progress(index / count, f"{name} {index + 1} of {count}")
                results.append(future.result())
                progress((index + 1) / count, f"{name} {index + 1} of {count}")
        finally:
            for future in futures:
                future.cancel()
    return results

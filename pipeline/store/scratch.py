"""Scratch space of running stages: room on the disk, and folders that the next process removes after a kill.

Each process holds a lock in a folder of its own. Whoever can take the lock knows that its owner is gone.
"""

from __future__ import annotations

import errno
import functools
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import DiskFull

OWNED = "process-"
_LOCK = ".owner"
#: a stage starts only with so much room: the largest of 400 results of a real listing took 41 MB (a room of
#: nine photos); a room four times as large takes 164 MB, once as scratch and once as result
LEAST_FREE_BYTES = 330_000_000
#: folders of version 0.1, which had no owner
_OLD_S = 86400.0
_FULL = (errno.ENOSPC, errno.EDQUOT)


@functools.cache
def _own(work: Path) -> tuple[Path, FileLock]:
    folder = work / f"{OWNED}{uuid.uuid4().hex[:16]}"
    folder.mkdir(parents=True)
    lock = FileLock(folder / _LOCK, timeout=0, thread_local=False)
    lock.acquire()
    return folder, lock


def scratch_folder(work: Path, name: str) -> Path:
    """A new, empty folder below ``work`` that goes with this process."""
    folder = _own(work)[0] / f"{name}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    return folder


def sweep(work: Path) -> int:
    """Remove what processes that are gone left below ``work``.

    Returns:
        Freed bytes.
    """
    freed = 0
    for folder in work.glob("*/"):
        if _is_left(folder):
            freed += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            shutil.rmtree(folder, ignore_errors=True)
    return freed


def _is_left(folder: Path) -> bool:
    if not folder.name.startswith(OWNED):
        return time.time() - folder.stat().st_mtime > _OLD_S
    if not (folder / _LOCK).exists():
        return time.time() - folder.stat().st_mtime > 1.0  # its owner may be about to lock it
    try:
        with FileLock(folder / _LOCK, timeout=0):
            return True
    except Timeout:
        return False


def check_room(folder: Path) -> None:
    """Make sure that there is room for a result.

    Raises:
        DiskFull: there is little.
    """
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise _told(folder, f"only {free / 1e6:.0f} MB are free and {LEAST_FREE_BYTES / 1e6:.0f} MB are needed")


@contextmanager
def full_disk_told(folder: Path) -> Iterator[None]:
    """Turn what the system says of a full disk into a sentence.

    Raises:
        DiskFull: the disk got full.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _told(folder, "nothing more could be written") from error
        raise


def _told(folder: Path, why: str) -> DiskFull:
    return DiskFull(
        f"The disk of {folder.parent} is full: {why}.",
        "Free some space (System page, Clean up, or `python -m pipeline clean`) and start the analysis again: "
        "it goes on at the stage where it stopped.",
    )

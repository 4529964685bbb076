"""Which process this is, told by what no clock can move, and how often its machine ran out of memory.

A process number is used again; a start time is worked out from the clock, which may step. Linux counts the
ticks from the start of the machine to the start of each process, and names each start of the machine.
"""

from __future__ import annotations

import functools
import os
import socket
from pathlib import Path

from pipeline.store import WorkerEntry

_PROC = Path("/proc")
#: place of the start ticks in /proc/PID/stat, counted behind the name in brackets (proc(5): field 22)
_START_TICKS = 19
_STATE = 0


@functools.cache
def _world() -> str:
    """The start of this machine and the room of process numbers that this process lives in; empty: not told."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _stat(pid: int) -> list[str] | None:
    """The fields of a process behind its name; ``None`` if there is no such process."""
    try:
        return (
            (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return None


def birth_of_this_process() -> str:
    """What tells this process from every other one on any machine; empty where the system does not tell."""
    stat = _stat(os.getpid())
    return f"{_world()}:{stat[_START_TICKS]}" if stat and _world() else ""


def is_gone(worker: WorkerEntry) -> bool | None:
    """Whether the worker's process has ended; ``None`` where only its heartbeat can tell (another machine)."""
    world, _, ticks = worker.birth.rpartition(":")
    if not world or world != _world() or worker.host != socket.gethostname():
        return None
    stat = _stat(worker.pid)
    return stat is None or stat[_STATE] in "ZX" or stat[_START_TICKS] != ticks


def memory_kills() -> int:
    """How many processes the kernel has ended for want of memory since the machine started; 0: not told."""
    try:
        lines = (_PROC / "vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def ran_out_of_memory(worker: WorkerEntry) -> bool:
    """Whether the kernel was seen to end a process for want of memory after the worker's last heartbeat."""
    return is_gone(worker) is True and memory_kills() > worker.memory_kills

"""Processes that are kept running: one that ends is started again, with longer and longer pauses."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: what our commands end with when the settings cannot work (sysexits.h: EX_CONFIG): no start helps
WRONG_SETTINGS_EXIT = 78
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
#: a process that ran so long ended for a reason of its own: the pauses begin anew
LONG_RUN_S = 60.0

Say = Callable[[str], None]


@dataclass
class Kept:
    """One process that is started again when it ends.

    Args:
        name: what it is called in sentences.
        arguments: of Python's ``-m``.
        complain: told that it ended.
    """

    name: str
    arguments: tuple[str, ...]
    complain: Say
    _process: subprocess.Popen[bytes] | None = None
    _pause_s: float = FIRST_PAUSE_S
    _began_s: float = 0.0
    _again_s: float = field(default=0.0)

    def start(self) -> None:
        """Start it, in a session of its own, so that Ctrl-C reaches only this process."""
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", *self.arguments]
        self._process = subprocess.Popen(command, start_new_session=True, env=environment)
        self._began_s = time.monotonic()

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self._process.poll() is None

    def look_after(self) -> bool:
        """Start it again if it ended and its pause is over; ``False`` if no start would help."""
        now_s = time.monotonic()
        if self._process is None:
            if now_s >= self._again_s:
                self.start()
            return True
        code = self._process.poll()
        if code is None:
            return True
        if code == WRONG_SETTINGS_EXIT:
            return False
        if now_s - self._began_s > LONG_RUN_S:
            self._pause_s = FIRST_PAUSE_S
        self.complain(f"The {self.name} {_how(code)}; it is started again in {self._pause_s:.0f} s.")
        self._process, self._again_s = None, now_s + self._pause_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        return True

    def end(self, seconds: float) -> None:
        """Stop it: politely, and after ``seconds`` by force. Call :meth:`ask_to_end` of all before."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ask_to_end(self) -> None:
        """Tell it to stop."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    @property
    def exit_code(self) -> int | None:
        """How it ended, while it is not running."""
        return None if self._process is None else self._process.poll()


def _how(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"ended unexpectedly (exit code {code})"

"""The helper process reports, fails in words, and never outlives its parent."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from pipeline.progress import Cancelled, Progress
from pipeline.rooms.processes import ProcessFailed, subprocesses
from pipeline.rooms.processes.subprocesses import run_reporting
from tests.places import ROOT


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_lines_become_reports() -> None:
    seen: list[tuple[float, str]] = []
    code = 'print(\'{"fraction": 0.5, "message": "half"}\', flush=True); import time; time.sleep(0.6)'
    run_reporting(_python(code), Progress(lambda fraction, message: seen.append((fraction, message))), 30)
    assert (0.5, "half") in seen


def test_the_end_is_noticed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocesses, "_TICK_S", 60.0)
    began = time.monotonic()
    run_reporting(_python("import time; time.sleep(0.3)"), Progress(), 90)
    assert time.monotonic() - began < 30


def test_an_abort_is_told_with_what_the_process_said() -> None:
    code = "import os, sys; print('no memory left', file=sys.stderr, flush=True); os.abort()"
    with pytest.raises(ProcessFailed, match=r"aborted.*no memory left"):
        run_reporting(_python(code), Progress(), 30)


def test_a_cancel_kills_it_at_once() -> None:
    def cancel(fraction: float, message: str) -> None:
        raise Cancelled("stop")

    began = time.monotonic()
    with pytest.raises(Cancelled):
        run_reporting(_python("import time; time.sleep(60)"), Progress(cancel), 90)
    assert time.monotonic() - began < 5


def test_waiting_for_the_parent_does_not_disturb_the_end() -> None:
    code = (
        "import threading; from pipeline.rooms.sfm.process import end_with_parent;"
        "threading.Thread(target=end_with_parent, daemon=True).start()"
    )
    run_reporting(_python(code), Progress(), 60)


def test_camera_estimation_ends_when_its_parent_is_killed() -> None:
    code = (
        "import sys, threading, time; from pipeline.rooms.sfm.process import end_with_parent;"
        "threading.Thread(target=end_with_parent, daemon=True).start(); time.sleep(60)"
    )
    parent_code = (
        "from pipeline.progress import Progress;"
        "from pipeline.rooms.processes.subprocesses import run_reporting;"
        f"run_reporting({_python(code)!r}, Progress(), 90)"
    )
    parent = subprocess.Popen(_python(parent_code), cwd=ROOT)
    try:
        children = _wait_for_children(parent.pid)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        gone, alive = psutil.wait_procs(children, timeout=20)
        assert gone
        assert not alive
    finally:
        parent.kill()
        parent.wait()


def _wait_for_children(pid: int) -> list[psutil.Process]:
    for _ in range(200):
        children = psutil.Process(pid).children()
        if children:
            return children
        time.sleep(0.1)
    raise TimeoutError("the helper process did not start")

"""Runs a bench with one number changed, each time in a process of its own.

A number that only functions read is changed in a fork of a process that is warm. One that other numbers,
defaults or compiled kernels are made of is changed in the source before anything is imported; that takes a
second, and where kernels are compiled anew some more.
"""

import inspect
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, Pipe
from typing import Any, Final, Self

from benchmarks.sensitivity.changed import ROOMS, Change, apply, install
from benchmarks.sensitivity.part import Figures, Part, parts_of
from benchmarks.sensitivity.sources import read_at_import

#: a run that takes longer is stopped, seconds
PATIENCE_S: Final = 3600.0
_DIGITS: Final = 4
#: characters of a changed value that are kept
_LONGEST: Final = 48


@dataclass(frozen=True)
class Outcome:
    """What a run gave.

    Attributes:
        figures: empty where it failed.
        error: why, in short.
        value: the changed value, in short.
    """

    figures: Figures
    error: str = ""
    value: str = ""


def in_child(work: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """The result of a function that runs in a fork of this process.

    Raises:
        RuntimeError: it ended without a result; the message says how.
    """
    here, there = Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        _work_and_leave(work, there)
    there.close()
    try:
        if not here.poll(patience_s):
            raise RuntimeError(f"took longer than {patience_s:.0f} s")
        result = here.recv()
    except EOFError as error:
        raise RuntimeError("the process died") from error
    finally:
        here.close()
        _end(pid)
    if isinstance(result, _Failure):
        raise RuntimeError(result.text)
    return result


@dataclass(frozen=True)
class _Failure:
    text: str


def _work_and_leave(work: Callable[[], Any], there: Connection) -> None:
    """Never returns: a fork must not go on with what its parent was doing."""
    os.setpgid(0, 0)
    try:
        there.send(work())
    except BaseException as error:  # noqa: BLE001 - whatever a changed number brings about is a result
        if os.environ.get("SHOWROOM_SENSITIVITY_TRACE"):
            traceback.print_exc()
        there.send(_Failure(f"{type(error).__name__}: {error}"[:160]))
    finally:
        sys.stdout.flush()
        os._exit(0)


def _end(pid: int) -> None:
    """Stop a fork, and all that it started."""
    for stop in (os.killpg, os.kill):
        try:
            stop(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    os.waitpid(pid, 0)


class Warm:
    """A process that has imported a bench and holds its inputs; it forks for every run."""

    def __init__(self, wing: str, part: Part) -> None:
        self._wing, self._part, self._elsewhere = wing, part.name, part.modules
        self.inputs: bytes = in_child(self._prepared)
        self.base, self.reached = in_child(self._traced)
        self._requests, self._answers = _pipes(lambda: _serve(wing, part.name, self.inputs))

    def _prepared(self) -> bytes:
        return pickle.dumps(_part(self._wing, self._part).prepare())

    def _traced(self) -> tuple[Figures, set[tuple[str, str]]]:
        return traced(lambda: measured(self._wing, self._part, self.inputs))

    def run(self, change: Change) -> Outcome:
        """The figures with one number changed."""
        value = ""
        try:
            if change.module in self._elsewhere or read_at_import(change.module, change.name):
                figures, value = in_child(lambda: _anew(self._wing, self._part, self.inputs, change))
            else:
                self._requests.send(change)
                figures, value = self._answer()
        except RuntimeError as error:
            return Outcome({}, str(error), value)
        return Outcome(figures, "", value)

    def _answer(self) -> tuple[Figures, str]:
        if not self._answers.poll(PATIENCE_S + 5):
            raise RuntimeError(f"took longer than {PATIENCE_S:.0f} s")
        result = self._answers.recv()
        if isinstance(result, _Failure):
            raise RuntimeError(result.text)
        figures, value = result
        return figures, value

    def close(self) -> None:
        """End the process."""
        self._requests.close()
        self._answers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _pipes(serve: Callable[[], Callable[[Change], Any]]) -> tuple[Connection, Connection]:
    """Start a process that answers changes; it ends when its requests do."""
    take, requests = Pipe(duplex=False)
    answers, give = Pipe(duplex=False)
    if os.fork() == 0:
        requests.close()
        answers.close()
        try:
            answer = serve()
            while True:
                give.send(_or_failure(answer, take.recv()))
        except EOFError:
            pass
        finally:
            os._exit(0)
    take.close()
    give.close()
    return requests, answers


def _or_failure(answer: Callable[[Change], Any], change: Change) -> Any:
    try:
        return in_child(lambda: answer(change))
    except RuntimeError as error:
        return _Failure(str(error))


def _serve(wing: str, part: str, inputs: bytes) -> Callable[[Change], Any]:
    """Everything that a run needs, imported and read once."""
    bench, held = _part(wing, part), pickle.loads(inputs)  # noqa: S301 - made by this very run
    bench.run(held)

    def answer(change: Change) -> tuple[Figures, str]:
        value = shown(change)
        apply(change)
        return rounded(bench.run(pickle.loads(inputs))), value  # noqa: S301 - as above

    return answer


def _anew(wing: str, part: str, inputs: bytes, change: Change) -> tuple[Figures, str]:
    change.tell()
    install(change)
    figures = measured(wing, part, inputs)
    module = sys.modules.get(change.module)
    return figures, short(getattr(module, change.name)) if module else ""


def measured(wing: str, part: str, inputs: bytes) -> Figures:
    """The figures of a bench."""
    return rounded(_part(wing, part).run(pickle.loads(inputs)))  # noqa: S301 - made by this very run


def _part(wing: str, name: str) -> Any:
    from pipeline import machine

    machine.use(threads=1, device="cpu")
    return next(part for part in parts_of(wing) if part.name == name)


def rounded(figures: Figures) -> Figures:
    """Figures as they are kept: more digits would be noise of the last bits."""
    return {name: float(f"{value:.{_DIGITS}g}") for name, value in figures.items()}


def shown(change: Change) -> str:
    """The changed value, in short."""
    return short(change.of(getattr(sys.modules[change.module], change.name)))


def short(value: Any) -> str:
    """A value as text; long ones by their ends."""
    text = " ".join(_plain(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 4 :]}"


def _plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"({', '.join(_plain(one) for one in value)})"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(one)}" for key, one in value.items())
    if hasattr(value, "tolist") and not isinstance(value, float):
        return _plain(value.tolist())
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def traced(work: Callable[[], Figures]) -> tuple[Figures, set[tuple[str, str]]]:
    """Figures, and every (module, name) that the functions of rooms which ran know by name."""
    codes = set()

    def note(frame: Any, event: str, _: object) -> None:
        # modules and classes run too, when they are imported: that is no use of a number
        if event == "call" and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            codes.add((frame.f_globals.get("__name__", ""), frame.f_code))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        figures = work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    ran = {(module, name) for module, code in codes for name in code.co_names if module.startswith(ROOMS)}
    return figures, ran | {(module, "") for module, _ in codes if module.startswith(ROOMS)}


def preload() -> None:
    """Import what all benches need before anything forks; nothing of rooms, whose numbers are to be changed."""
    import cv2

    for name in ("numba", "scipy.ndimage", "scipy.optimize", "scipy.spatial"):
        import_module(name)
    cv2.setNumThreads(1)

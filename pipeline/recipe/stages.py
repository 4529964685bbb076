"""Stages: typed functions whose results are kept under a key of their inputs and settings.

A stage whose key is already in the store is a look-up. A killed run therefore continues at the first
unfinished stage: everything before it is found. Results become visible only when they are whole.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

from pydantic import BaseModel

from pipeline.errors import DamagedResult, Impossible
from pipeline.progress import Cancelled, Interrupted, Progress
from pipeline.store import Store, check_room, full_disk_told, scratch_folder
from pipeline.store.records import StageState

logger = logging.getLogger(__name__)


class Storable(Protocol):
    """A result that can be written into a folder and read back."""

    def save(self, folder: Path) -> object: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...


T = TypeVar("T", bound=Storable)


@dataclass(frozen=True)
class Stored(Generic[T]):
    """A result in the store: its key, its folder, and (read on first use) its value."""

    key: str
    folder: Path
    kind: type[T]

    @cached_property
    def value(self) -> T:
        """The result, read from its folder."""
        return self.kind.load(self.folder)


@dataclass(frozen=True)
class Planned:
    """A stage that the recipe is going to run; ``weight`` is its usual share of the time."""

    name: str
    scope: str
    weight: float


class Recorder(Protocol):
    """Who is told what the stages do. Raises :class:`Cancelled` to stop them."""

    def planned(self, stages: Sequence[Planned], later: float) -> None: ...

    def stage_started(self, name: str, scope: str, key: str, cached: bool) -> None: ...

    def stage_progress(self, fraction: float, message: str) -> None: ...

    def stage_ended(self, state: StageState, seconds: float, message: str) -> None: ...


class NullRecorder:
    """A :class:`Recorder` that tells nobody."""

    def planned(self, stages: Sequence[Planned], later: float) -> None:
        """Ignore it."""

    def stage_started(self, name: str, scope: str, key: str, cached: bool) -> None:
        """Ignore it."""

    def stage_progress(self, fraction: float, message: str) -> None:
        """Ignore it."""

    def stage_ended(self, state: StageState, seconds: float, message: str) -> None:
        """Ignore it."""


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"a stage key cannot be made of {type(value).__name__}")


def stage_key(name: str, version: int, inputs: Mapping[str, object]) -> str:
    """SHA-256 over the stage's name, version and inputs (keys of results, settings, plain values)."""
    canonical = json.dumps([name, version, inputs], sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class HandOver(Interrupted):
    """The next stage belongs to another queue; everything before it is in the store."""

    def __init__(self, queue: str) -> None:
        super().__init__(f"goes on in the {queue} queue")
        self.queue = queue


def _state_after(error: BaseException) -> StageState:
    if isinstance(error, Cancelled):
        return StageState.CANCELLED
    return StageState.INTERRUPTED if isinstance(error, Interrupted) else StageState.FAILED


class StageRunner:
    """Runs stages one after the other, or finds their results.

    Args:
        store: where results are kept.
        recorder: who is told.
        queue: the queue that this process serves (``cpu`` or ``gpu``); ``None`` runs the stages of all.
    """

    def __init__(self, store: Store, recorder: Recorder | None = None, queue: str | None = None) -> None:
        self.store = store
        self._recorder: Recorder = recorder or NullRecorder()
        self._queue = queue

    def run(
        self,
        name: str,
        kind: type[T],
        work: Callable[[Path, Progress], T],
        *,
        inputs: Mapping[str, object],
        version: int = 1,
        scope: str = "",
        queue: str = "cpu",
    ) -> Stored[T]:
        """Return the result of a stage, computing it only if the store does not have it.

        Args:
            name: name of the stage, part of its key.
            kind: type of the result.
            work: called with an empty folder (files left there are kept with the result) and a progress.
            inputs: everything that the result depends on.
            version: raised when the code changes what comes out.
            scope: the room that it works on; shown, not part of the key.
            queue: where it belongs if there are two kinds of workers.

        Raises:
            Impossible: there is no result for these inputs (this answer is kept like a result).
            Cancelled: the user asked to stop; nothing half-done is kept.
            HandOver: a worker of another queue has to do this one.
        """
        key = stage_key(name, version, inputs)
        kept = self._kept(key, name, kind)
        if kept is not None:
            return self._found(kept, key, name, scope, kind)
        if self._queue is not None and self.store.settings.gpu_queue and queue != self._queue:
            raise HandOver(queue)
        self._recorder.stage_started(name, scope, key, cached=False)
        self._compute(key, name, work)
        return Stored(key, self.store.artefacts.folder(key), kind)

    def _compute(self, key: str, name: str, work: Callable[[Path, Progress], T]) -> None:
        folder = self._scratch(key)
        began = time.monotonic()
        try:
            check_room(folder)
            with full_disk_told(folder):
                work(folder, Progress(self._recorder.stage_progress)).save(folder)
                self._keep(key, name, folder, time.monotonic() - began)
        except Impossible as answer:
            if answer.lasting:
                shutil.rmtree(folder)
                folder.mkdir()
                answer.save(folder)
                self._keep(key, name, folder, time.monotonic() - began)
            self._recorder.stage_ended(StageState.IMPOSSIBLE, time.monotonic() - began, answer.message)
            raise
        # Whatever stopped it, Ctrl-C included, is put on record and goes on its way.
        except BaseException as error:
            self._recorder.stage_ended(_state_after(error), time.monotonic() - began, str(error))
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._recorder.stage_ended(StageState.DONE, time.monotonic() - began, "")

    def plan(self, stages: Sequence[Planned], later: float = 0.0) -> None:
        """Announce the stages to come, so that progress of the whole can be told.

        Args:
            stages: the next ones, in order; they replace what was planned and not yet done.
            later: weight of stages after them that cannot be named yet.
        """
        self._recorder.planned(stages, later)

    def keep(self, name: str, result: T, *, inputs: Mapping[str, object], version: int = 1) -> str:
        """Store a result that took no work, under the key that :meth:`run` gives it; nobody is told.

        Returns:
            The key.
        """
        key = stage_key(name, version, inputs)
        if self._kept(key, name, type(result)) is None:
            folder = self._scratch(key)
            try:
                with full_disk_told(folder):
                    result.save(folder)
                    self._keep(key, name, folder, 0.0)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        return key

    def _scratch(self, key: str) -> Path:
        return scratch_folder(self.store.settings.work_folder, key[:16])

    def _kept(self, key: str, name: str, kind: type[Storable]) -> Path | None:
        """The folder of a result that is whole; a damaged one is set aside, to be made anew."""
        artefacts = self.store.artefacts
        try:
            folder = artefacts.folder(key)
        except DamagedResult as error:
            logger.warning("%s (%s): set aside and made anew", error.message, name)
            artefacts.set_aside(key)
            return None
        except KeyError:
            return None
        if artefacts.manifest(key).files is None and not self._sealed(key, name, folder, kind):
            return None
        if not self.store.catalogue.has_artefact(key):  # its worker ended between keeping and recording it
            self.store.catalogue.put_artefact(key, name, artefacts.manifest(key).size_bytes(), 0.0)
        return folder

    def _sealed(self, key: str, name: str, folder: Path, kind: type[Storable]) -> bool:
        """Read a result of version 0.1, whose files were not counted, and count them if it can be read."""
        try:
            if Impossible.load(folder) is None:
                kind.load(folder)
        # Anything can be wrong with the files of a result that nobody counted.
        except Exception as error:  # noqa: BLE001
            logger.warning("a stored result of %s cannot be read (%s): set aside and made anew", name, error)
            self.store.artefacts.set_aside(key)
            return False
        self.store.artefacts.seal(key, name)
        return True

    def _found(self, folder: Path, key: str, name: str, scope: str, kind: type[T]) -> Stored[T]:
        self._recorder.stage_started(name, scope, key, cached=True)
        answer = Impossible.load(folder)
        if answer is not None:
            self._recorder.stage_ended(StageState.IMPOSSIBLE, 0.0, answer.message)
            raise answer
        return Stored(key, folder, kind)

    def _keep(self, key: str, name: str, folder: Path, seconds: float) -> None:
        size = self.store.artefacts.put(key, folder, name)
        self.store.catalogue.put_artefact(key, name, size, seconds)

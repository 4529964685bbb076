"""A stage is computed once per key; whatever stops it leaves nothing half-done behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from pipeline.config import Settings
from pipeline.errors import Impossible
from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.progress import Cancelled, Interrupted, Progress
from pipeline.recipe.stages import HandOver, StageRunner, Stored, stage_key
from pipeline.store import StageState, Store

BLURRED = LeftOut(LeftOutReason.NOTHING_TO_RECOGNISE)


@dataclass(frozen=True)
class Number:
    """A tiny storable result."""

    value: int

    def save(self, folder: Path) -> None:
        (folder / "number.txt").write_text(str(self.value))

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(int((folder / "number.txt").read_text()))


class Log:
    """A recorder that remembers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def planned(self, stages: object, later: float) -> None: ...

    def stage_started(self, name: str, scope: str, key: str, cached: bool) -> None:
        self.lines.append((name, "found" if cached else "started"))

    def stage_progress(self, fraction: float, message: str) -> None:
        self.lines.append((message, f"{fraction:.1f}"))

    def stage_ended(self, state: StageState, seconds: float, message: str) -> None:
        self.lines.append((str(state), message))


def test_a_second_run_is_a_look_up(store: Store) -> None:
    calls = []

    def work(folder: Path, progress: Progress) -> Number:
        calls.append(folder)
        progress(0.5, "half")
        return Number(7)

    log = Log()
    runner = StageRunner(store, log)
    first = runner.run("count", Number, work, inputs={"n": 7})
    second = runner.run("count", Number, work, inputs={"n": 7})

    assert (first.key, first.value) == (second.key, second.value)
    assert second.value == Number(7)
    assert len(calls) == 1
    assert log.lines == [("count", "started"), ("half", "0.5"), ("done", ""), ("count", "found")]
    assert not calls[0].exists(), "scratch space is removed"


def test_a_result_whose_worker_ended_before_it_was_recorded_is_put_on_record_when_it_is_found(
    store: Store,
) -> None:
    def count() -> str:
        return StageRunner(store).run("count", Number, lambda folder, progress: Number(7), inputs={"n": 7}).key

    key = count()
    (before,) = store.catalogue.artefacts()
    store.catalogue.forget_artefacts([key])
    assert count() == key
    (after,) = store.catalogue.artefacts()
    assert (after.key, after.stage, after.bytes) == (before.key, before.stage, before.bytes)


def test_name_version_and_inputs_make_the_key() -> None:
    keys = {
        stage_key("a", 1, {"x": 1}),
        stage_key("b", 1, {"x": 1}),
        stage_key("a", 2, {"x": 1}),
        stage_key("a", 1, {"x": 2}),
    }
    assert len(keys) == 4
    assert stage_key("a", 1, {"x": 1, "y": 2}) == stage_key("a", 1, {"y": 2, "x": 1})
    with pytest.raises(TypeError, match="stage key"):
        stage_key("a", 1, {"x": object()})


def test_a_result_without_work_is_found_under_the_key_of_its_stage_and_nobody_is_told(store: Store) -> None:
    log = Log()
    runner = StageRunner(store, log)
    keys = {runner.keep("count", Number(7), inputs={"n": 7}, version=2) for _ in range(2)}
    assert log.lines == []
    assert list(store.settings.work_folder.glob("*/*/")) == []
    found = runner.run("count", Number, lambda *_: Number(0), inputs={"n": 7}, version=2)
    assert (keys, found.value) == ({found.key}, Number(7))


def test_extra_files_of_the_work_are_kept_with_the_result(store: Store) -> None:
    def work(folder: Path, progress: Progress) -> Number:
        (folder / "photos").mkdir()
        (folder / "photos" / "a.jpg").write_bytes(b"jpeg")
        return Number(1)

    stored = StageRunner(store).run("collect", Number, work, inputs={})
    assert store.file(stored.key, "photos/a.jpg").read_bytes() == b"jpeg"


@pytest.mark.parametrize(
    ("stop", "state"),
    [
        (Cancelled("stop"), "cancelled"),
        (Interrupted("later"), "interrupted"),
        (RuntimeError("boom"), "failed"),
        (KeyboardInterrupt(), "failed"),
    ],
)
def test_a_stopped_stage_leaves_nothing_and_runs_again(store: Store, stop: BaseException, state: str) -> None:
    log = Log()
    runner = StageRunner(store, log)

    def broken(folder: Path, progress: Progress) -> Number:
        (folder / "half.txt").write_text("half")
        raise stop

    with pytest.raises(type(stop)):
        runner.run("count", Number, broken, inputs={})
    assert log.lines[-1][0] == state
    assert list(store.settings.work_folder.glob("*/*/")) == []
    assert runner.run("count", Number, lambda folder, progress: Number(3), inputs={}).value == Number(3)


def test_an_impossible_result_is_an_answer_that_is_kept(store: Store) -> None:
    calls = []

    def work(folder: Path, progress: Progress) -> Number:
        calls.append(1)
        raise Impossible("No views.", "Take more photos.", {"a": BLURRED})

    for _ in range(2):
        with pytest.raises(Impossible) as caught:
            StageRunner(store).run("cameras", Number, work, inputs={})
        assert (caught.value.message, caught.value.advice) == ("No views.", "Take more photos.")
        assert caught.value.left_out == {"a": BLURRED}
    assert len(calls) == 1


def test_a_passing_failure_is_not_kept(store: Store) -> None:
    class Passing(Impossible):
        lasting = False

    outcomes: Iterator[Exception | Number] = iter([Passing("The process died.", "Try again."), Number(5)])

    def work(folder: Path, progress: Progress) -> Number:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with pytest.raises(Passing):
        StageRunner(store).run("cameras", Number, work, inputs={})
    assert StageRunner(store).run("cameras", Number, work, inputs={}).value == Number(5)


def test_a_stage_of_another_queue_is_handed_over_unless_its_result_is_there(tmp_path: Path) -> None:
    store = Store.open(Settings(data=tmp_path / "data", gpu_queue=True))

    def run(queue: str | None) -> Number:
        runner = StageRunner(store, queue=queue)
        stored: Stored[Number] = runner.run("depth", Number, lambda *_: Number(9), inputs={}, queue="gpu")
        return stored.value

    with pytest.raises(HandOver) as caught:
        run("cpu")
    assert caught.value.queue == "gpu"
    assert run("gpu") == run("cpu") == run(None) == Number(9)


def test_without_a_gpu_queue_one_worker_does_everything(store: Store) -> None:
    runner = StageRunner(store, queue="cpu")
    assert runner.run("depth", Number, lambda *_: Number(9), inputs={}, queue="gpu").value == Number(9)

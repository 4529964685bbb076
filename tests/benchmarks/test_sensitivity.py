"""Numbers varied one at a time: how they are changed, which are, and what is kept."""

import ast
import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.sensitivity import changed, part
from benchmarks.sensitivity.changed import Change, apply
from benchmarks.sensitivity.numbers import is_varied, numbers_of
from benchmarks.sensitivity.part import ORDER, benched, parts_of
from benchmarks.sensitivity.rows import Kept, Row
from benchmarks.sensitivity.runner import in_child, traced
from benchmarks.sensitivity.sources import call_kernels, kernels_anew, read_at_import
from tools.thresholds import Threshold


def change(factor: float, **kind: bool) -> Change:
    return Change("pipeline.rooms.box.search", "_STARTS", factor, **kind)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        (0.5, 0.35, 0.65),
        (6, 4, 8),
        (1, 1, 2),
        (True, True, True),
        ((1, 2.0), (1, 1.4), (2, 2.6)),
        ({"a": 10, "b": "text"}, {"a": 7, "b": "text"}, {"a": 13, "b": "text"}),
    ],
)
def test_every_number_in_a_value_is_varied(value: Any, low: Any, high: Any) -> None:
    assert change(0.7).of(value) == pytest.approx(low)
    assert change(1.3).of(value) == pytest.approx(high)


def test_arrays_keep_their_type() -> None:
    varied = change(1.3).of(np.array([1.0, 2.0], np.float32))
    assert varied.dtype == np.float32
    assert varied.tolist() == pytest.approx([1.3, 2.6])


def test_shares_near_one_are_varied_by_what_they_lack_of_it() -> None:
    assert change(1.3, about_one=True).of((0.02, 0.98)) == pytest.approx((0.026, 0.974))
    assert change(0.7, about_one=True).of(1.06) == pytest.approx(1.042)
    assert change(0.7, about_one=True).of(1.0) == pytest.approx(0.7)


def test_windows_stay_odd() -> None:
    assert [change(factor, odd=True).of(7) for factor in (0.7, 1.3)] == [5, 9]


def test_a_number_that_functions_read_is_changed_wherever_it_is_known_by_name() -> None:
    number = Change("pipeline.rooms.single_photo.extent", "_BEHIND_M", 1.3)
    assert not read_at_import(number.module, number.name)

    def seen_by_a_fork() -> float:
        import pipeline.rooms.single_photo.extent as extent

        apply(number)
        return float(extent._BEHIND_M)

    before = sys.modules.get("pipeline.rooms.single_photo.extent")
    assert in_child(seen_by_a_fork) == pytest.approx(1.04)
    assert sys.modules.get("pipeline.rooms.single_photo.extent") is before


def test_what_is_made_of_a_number_at_import_is_known() -> None:
    windows = "pipeline.rooms.stereo.windows"
    assert read_at_import(windows, "RADIUS")
    assert {windows, "pipeline.rooms.stereo.patchmatch"} <= kernels_anew(windows, "CONTRAST")
    assert not kernels_anew("pipeline.rooms.single_photo.extent", "_BEHIND_M")
    compares = frozenset({"pipeline.rooms.stereo.comparison", "json"})
    assert call_kernels(compares, kernels_anew(windows, "CONTRAST"))
    assert not call_kernels(frozenset({"pipeline.rooms.photos.arcs"}), kernels_anew(windows, "CONTRAST"))


def test_the_assignment_of_the_number_is_wrapped_and_nothing_else() -> None:
    tree = ast.parse("A = 2\nB: float = A * 3\n\n\ndef f(x=A):\n    return x\n")
    assert changed._wrap(tree, "A")
    module: dict[str, Any] = {changed._SCALED: lambda value: value * 10}
    exec(compile(tree, "made", "exec"), module)  # noqa: S102 - three lines from above
    assert (module["A"], module["B"], module["f"]()) == (20, 60, 20)
    assert not changed._wrap(tree, "C")


def test_definitions_are_not_varied() -> None:
    def told(data: str) -> bool:
        return is_varied(Threshold(Path("a.py"), 1, "A", "1", "x, px", data))

    assert told("set by hand, effect not measured")
    assert not told("by definition: lower and upper side")
    assert not told("set by hand, for the bar of progress")
    assert not told("n8: .02 to .05 the same")


def test_every_bench_is_of_a_wing_and_says_what_it_runs_on() -> None:
    assert set(benched()) == {path.stem for path in part.WINGS.glob("*.py")} - {"__init__"} <= set(ORDER)
    for wing in benched():
        assert numbers_of(wing) or numbers_of(wing, everything=True)
        assert len({one.name for one in parts_of(wing)}) == len(parts_of(wing))
        assert all(one.data and one.lower_is_better for one in parts_of(wing))


def test_what_ran_is_known_by_module_and_name() -> None:
    from pipeline.rooms.axes.gravity import mean_up

    figures, reached = traced(lambda: {"up": mean_up([np.eye(3)])[1]})
    assert figures == {"up": pytest.approx(-1.0)}
    assert ("pipeline.rooms.axes.gravity", "_LEAN") in reached
    assert ("pipeline.rooms.axes.gravity", "_PLAUSIBLE_SUPPORT") not in reached


def test_an_import_is_no_use_of_a_number() -> None:
    def imports() -> set[tuple[str, str]]:
        return traced(lambda: {"x": float(bool(importlib.import_module("pipeline.rooms.views.unseen")))})[1]

    assert ("pipeline.rooms.views.unseen", "_CELL_M") not in in_child(imports)


def test_a_failure_in_a_fork_is_told_in_short() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        in_child(lambda: 1 / 0)


def row(**figures: dict[str, float]) -> Row:
    given: dict[str, Any] = {
        "base": {"error": 0.2},
        "at_low": {"error": 0.2},
        "at_high": {"error": 0.2},
        **figures,
    }
    return Row("a.py", "A", "1.0", "0.7", "1.3", "part", "2 photos", lower_is_better={"error": True}, **given)


def test_rows_say_whether_anything_changed() -> None:
    assert row().text() == "no effect on 2 photos (0.7 and 1.3)"
    assert not row(at_high={"error": 0.20004}).has_effect
    worse = row(at_high={"error": 0.25})
    assert worse.text() == "error .2, at 0.7 .2, at 1.3 .25 on 2 photos"
    assert worse.better() == []
    assert row(at_low={"error": 0.15}).better() == ["low"]
    assert "it fails" in row(at_low={}).text()


def test_what_is_kept_comes_back_equal_and_counts_for_its_value_only(tmp_path: Path) -> None:
    kept = Kept("box").with_row(row()).with_row(row(at_high={"error": 0.3}))
    kept.save(tmp_path)
    again = Kept.load("box", tmp_path)
    assert again == kept
    assert again.of("a.py", "A", "1.0") == row(at_high={"error": 0.3})
    assert again.of("a.py", "A", "1.1") is None
    (tmp_path / "box.json").write_text('{"schema": 0}')
    with pytest.raises(ValueError, match="schema"):
        Kept.load("box", tmp_path)

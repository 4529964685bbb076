"""Kept benchmark runs: what is kept comes back, two commits compare, the page says what the files say."""

import argparse
import math
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.records import recorder as recording
from benchmarks.records.compare import chosen, compare, comparison, figures
from benchmarks.records.page import PAGE, page
from benchmarks.records.recorder import Recorder, add_options, machine, public
from benchmarks.records.run import RESULTS, Run, free_path, kept
from dashboard.data.benchmark_tables import tables
from pipeline.config import Settings
from tests.places import ROOT

ROWS = ({"set": "sofa", "acc": 0.25, "placed": 6, "note": "dark"}, {"set": "hall", "acc": 0.5, "placed": 4})
RUN = Run("rooms", "a" * 40, "2026-11-29T12:00:00+00:00", "2 cores", ("--seed", "1"), ("set",), ROWS)


def of_accuracy(*values: float, commit: str = "a") -> list[Run]:
    """One run of one set for each value."""
    return [replace(RUN, commit=commit * 40, rows=({"set": "sofa", "acc": value},)) for value in values]


def test_what_is_kept_comes_back_equal(tmp_path: Path) -> None:
    RUN.save(tmp_path / "run.json")
    assert Run.load(tmp_path / "run.json") == RUN


def test_a_run_without_rows_comes_back_too(tmp_path: Path) -> None:
    replace(RUN, rows=()).save(tmp_path / "run.json")
    assert Run.load(tmp_path / "run.json").rows == ()


def test_what_is_not_finite_is_kept_as_nothing(tmp_path: Path) -> None:
    replace(RUN, rows=({"set": "a", "s": math.inf, "errors": [math.nan, 1.0]},)).save(tmp_path / "run.json")
    assert Run.load(tmp_path / "run.json").rows == ({"set": "a", "s": None, "errors": [None, 1.0]},)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 0}', '{"schema": 1}'])
def test_another_document_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(ValueError, match=r"run the benchmark again|--add BENCHMARK FILE"):
        Run.load(tmp_path / "odd.json")


def test_runs_of_one_commit_are_numbered(tmp_path: Path) -> None:
    for _ in range(3):
        RUN.save(free_path(RUN, tmp_path))
    assert [file.name for file in sorted(tmp_path.iterdir())] == [f"rooms-aaaaaaa-{n}.json" for n in (1, 2, 3)]
    assert kept(tmp_path) == [RUN, RUN, RUN]


def test_the_figures_are_the_numbers_but_not_the_scene_nor_words() -> None:
    assert RUN.figures()["sofa",] == {"acc": 0.25, "placed": 6.0}


def test_three_runs_make_a_band_and_two_do_not() -> None:
    found = figures(of_accuracy(1.0, 4.0, 2.0))["sofa",]["acc"]
    assert (found.value, found.band) == (2.0, 3.0)
    assert figures(of_accuracy(1.0, 4.0))["sofa",]["acc"].band is None


@pytest.mark.parametrize(("new", "beyond"), [(2.9, False), (3.1, True), (0.9, True)])
def test_a_change_counts_beyond_the_band_only(new: float, beyond: bool) -> None:
    (row,) = compare(of_accuracy(1.5, 2.0, 2.5), of_accuracy(new, commit="b"))
    assert row.change == pytest.approx(2.0 - new)
    assert (row.band, row.beyond) == (1.0, beyond)


def test_a_scene_that_one_side_lacks_is_shown_and_is_no_change() -> None:
    rows = compare([RUN], [replace(RUN, rows=ROWS[:1])])
    hall = next(row for row in rows if row.scene == ("hall",) and row.column == "acc")
    assert (hall.a, hall.b, hall.change, hall.beyond) == (0.5, None, None, False)


def test_the_comparison_prints_a_b_their_difference_and_the_band() -> None:
    said = comparison(of_accuracy(1.5, 2.0, 2.5), of_accuracy(3.5, commit="b"))
    line = next(line for line in said.splitlines() if "acc" in line)
    assert line.split() == ["*", "acc", "2", "3.5", "-1.5", "1"]
    assert "1 of 1 figures differ by more than the noise" in said


def test_without_a_band_the_comparison_says_so() -> None:
    assert "No noise band" in comparison([RUN], [replace(RUN, commit="b" * 40)])


def test_an_unknown_commit_is_refused_by_naming_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no kept run of 'bbbb'.*aaaaaaa"):
        chosen("bbbb", [RUN])


def test_every_row_is_written_as_it_comes(tmp_path: Path) -> None:
    recorder = Recorder(replace(RUN, rows=()), [tmp_path / "run.json"])
    recorder.add(ROWS[0])
    assert Run.load(tmp_path / "run.json").rows == ROWS[:1]
    recorder.add(ROWS[1])
    assert Run.load(tmp_path / "run.json") == RUN


def _options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(words)


def test_what_is_not_committed_is_not_kept_by_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "uncommitted", lambda: ["pipeline/x.py"])
    with pytest.raises(SystemExit, match=r"commit first \(pipeline/x.py\)"):
        Recorder.of("rooms", ["set"], _options("--store"), ["--store"])


def test_the_run_knows_its_arguments_but_not_where_files_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "commit", lambda: "a" * 40)
    words = ["--json", str(tmp_path / "x.json"), "--seed", "1", "--data", "/home/me/rooms/lounge#n4"]
    options = _options("--json", str(tmp_path / "x.json"))
    assert Recorder.of("rooms", ["set"], options, words).run.arguments == (
        "--seed", "1", "--data", ".../rooms/lounge#n4",
    )  # fmt: skip


def test_paths_of_the_repository_stay_and_others_keep_two_parts() -> None:
    assert public(str(ROOT / "tests" / "places.py")) == "tests/places.py"
    assert public("../shared/data/rooms/icl") == ".../rooms/icl"
    assert public("benchmarks/results/a.json") == "benchmarks/results/a.json"
    assert public("0.25") == "0.25"


def test_the_machine_is_told_without_its_name() -> None:
    name = subprocess.run(["hostname"], capture_output=True, text=True, check=False).stdout.strip()
    assert "cores" in machine() and (not name or name not in machine())


def test_the_page_shows_medians_and_bands(tmp_path: Path) -> None:
    for run in of_accuracy(1.0, 4.0, 2.0):
        run.save(free_path(run, tmp_path))
    assert "| sofa | 2 ± 1.5 | `aaaaaaa` (3) |" in page(tmp_path)


def test_the_page_shows_every_scene_by_the_newest_commit_that_measured_it(tmp_path: Path) -> None:
    rows = ({"set": "hall", "acc": 0.75},)
    later = replace(RUN, commit="b" * 40, date="2026-12-01T00:00:00+00:00", rows=rows)
    for run in (RUN, later):
        run.save(free_path(run, tmp_path))
    said = page(tmp_path)
    assert "| sofa | 6 | 0.25 | `aaaaaaa` (1) |" in said
    assert "| hall |  | 0.75 | `bbbbbbb` (1) |" in said


def test_the_page_shows_what_changed_from_commit_to_commit(tmp_path: Path) -> None:
    later = [replace(run, date="2026-12-01T00:00:00+00:00") for run in of_accuracy(9.0, commit="b")]
    for run in [*of_accuracy(1.0, 1.5, 2.0), *later]:
        run.save(free_path(run, tmp_path))
    said = page(tmp_path)
    assert "From `aaaaaaa` (2026-11-29) to `bbbbbbb` (2026-12-01), 1 of 1 figures changed" in said
    assert "| sofa | acc | 1.5 | 9 | -7.5 | 1 |" in said


def test_the_page_in_docs_is_made_of_the_kept_runs() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m benchmarks.records --page`"


def test_kept_runs_hold_no_path_of_a_machine() -> None:
    for file in RESULTS.glob("*.json"):
        assert not re.search(r'"/|/(home|root|tmp)/', file.read_text(encoding="utf-8")), file


def test_the_system_page_reads_the_same_schema(tmp_path: Path) -> None:
    RUN.save(tmp_path / "run.json")
    (table,) = tables(Settings(data=tmp_path / "data"), tmp_path)
    assert table.title == "rooms · aaaaaaa · 2026-11-29"
    assert table.columns == ("set", "acc", "placed", "note")
    assert table.rows[0] == ("sofa", 0.25, 6, "dark")

"""A slice of benchmarks.mutations: nothing is unhandled or wrongly called right, a stopped run goes on."""

import json
from dataclasses import asdict
from pathlib import Path

from benchmarks.mutations.__main__ import Toll, run


def test_damaged_pages_rows_and_archives_are_read_right_or_refused_by_name() -> None:
    tolls = run(150, seed=11)
    assert {kind: toll.remarks for kind, toll in tolls.items()} == {"pages": [], "rows": [], "archives": []}
    assert all(toll.done == 50 and toll.read > 0 and toll.clean for toll in tolls.values())


def test_a_stopped_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole = run(30, seed=3)
    stopped = run(12, seed=3)
    kept = tmp_path / "progress.json"
    kept.write_text(json.dumps({kind: asdict(toll) for kind, toll in stopped.items()}), encoding="utf-8")
    assert run(30, seed=3, progress=kept) == whole
    assert Toll().clean and not Toll(wrong=1).clean and not Toll(unhandled=1).clean

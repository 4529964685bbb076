"""An analysis in the foreground tells how far it is, also where there is no terminal."""

import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.config import Settings
from pipeline.jobs.foreground import LINE_EVERY_S, _Lines, run_in_foreground
from pipeline.options import AnalysisOptions
from pipeline.store import JobState, Store


def test_a_log_gets_a_line_per_stage_and_one_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    log = io.StringIO()
    lines = _Lines(Console(file=log))
    lines("", "starting", 0.0)
    lines("rooms", "rooms: photo 1 of [8]", 0.1)
    lines("rooms", "rooms: photo 2 of [8]", 0.2)
    lines("reviews", "reviews", 0.6)
    now_s += LINE_EVERY_S
    lines("reviews", "reviews: topics", 0.9)
    assert log.getvalue().splitlines() == [
        " 10%  rooms: photo 1 of [8]",
        " 60%  reviews",
        " 90%  reviews: topics",
    ]


def test_an_analysis_without_a_terminal_is_not_silent(tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.csv"
    reviews.write_text("date,comments\n2026-05-01,Very clean and quiet.\n2026-06-01,The host was kind.\n")
    log = io.StringIO()
    store = Store.open(Settings(data=tmp_path / "data"))
    job = run_in_foreground(store, str(reviews), AnalysisOptions(rooms=False), Console(file=log))
    assert job.state is JobState.DONE, job.error
    assert "%  " in log.getvalue()

"""Trainings of students and reports of studies below ``distill`` in the data, for the Research page.

Knows no Streamlit. The folders are those of ``python -m pipeline.distill train`` and ``study``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dashboard.data.benchmark_tables import BenchmarkTable, Cell
from pipeline.config import Settings
from pipeline.distill.training.curve import CURVE_FILE, read_curve

FOLDER: Final = "distill"
PICTURE: Final = "held_out.png"
_EXPERIMENT: Final = "experiment.json"
#: folders between ``distill`` and a training; what a teacher said lies deeper, in thousands of files
_DEEPEST: Final = 3
_MOST_RUNS: Final = 50
_MOST_ROWS: Final = 200
Curve = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class TrainingRun:
    """One training.

    Attributes:
        name: of its folder below ``distill``.
        about: what it is for.
        steps: done so far.
        loss: training loss by step.
        held_out: figures on scenes that it never sees, by name, each by step.
        picture: photos, what is wanted and what the student says, side by side; if there is one.
    """

    name: str
    about: str
    steps: int
    loss: Curve
    held_out: dict[str, Curve]
    picture: Path | None


def has_research(settings: Settings) -> bool:
    """Whether there is anything to show; cheap."""
    return next(_curves(settings), None) is not None or bool(_reports(settings))


def training_runs(settings: Settings) -> list[TrainingRun]:
    """All trainings, those that were written to last first."""
    found = sorted(_curves(settings), key=lambda file: file.stat().st_mtime, reverse=True)
    return [_run(file.parent, _root(settings)) for file in found[:_MOST_RUNS]]


def study_tables(settings: Settings) -> list[BenchmarkTable]:
    """The tables of all studies, the newest first."""
    found = sorted(_reports(settings), key=lambda file: file.stat().st_mtime, reverse=True)
    return [table for table in map(_table, found) if table is not None]


def _root(settings: Settings) -> Path:
    return settings.data / FOLDER


def _curves(settings: Settings) -> Iterator[Path]:
    for depth in range(1, _DEEPEST + 1):
        yield from _root(settings).glob("*/" * depth + CURVE_FILE)


def _reports(settings: Settings) -> list[Path]:
    pages = [page for depth in range(2) for page in _root(settings).glob("*/" * depth + "*.md")]
    return [page.with_suffix(".json") for page in pages if page.with_suffix(".json").is_file()]


def _run(folder: Path, root: Path) -> TrainingRun:
    lines = read_curve(folder)
    named = _read(folder / _EXPERIMENT)
    loss = tuple((line["step"], float(line["train"]["loss"])) for line in lines if "train" in line)
    checks = [(line["step"], line["held_out"]) for line in lines if "held_out" in line]
    names = list(checks[0][1]) if checks else []
    picture = folder / PICTURE
    return TrainingRun(
        str(folder.relative_to(root)),
        str(named.get("about", "")),
        max((line["step"] for line in lines), default=0),
        loss,
        {name: tuple((step, float(row[name])) for step, row in checks if name in row) for name in names},
        picture if picture.is_file() else None,
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _table(file: Path) -> BenchmarkTable | None:
    told = _read(file)
    rows = [row for row in told.get("rows", []) if isinstance(row, dict)] if "study" in told else []
    if not rows:
        return None
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    cells: list[tuple[Cell, ...]] = [
        tuple(row.get(name) if row.get(name) != "" else None for name in columns) for row in rows[:_MOST_ROWS]
    ]
    return BenchmarkTable(file.stem, str(told["study"]), str(told.get("about", "")), columns, tuple(cells))

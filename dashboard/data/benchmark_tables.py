"""Benchmark runs that are kept in ``benchmarks/results``, for the System page. Knows no Streamlit.

The schema is that of :mod:`benchmarks.records.run`, which nothing of the product may import; a test holds both
together. Runs of one's own (``--json``) are shown from the folder ``benchmarks`` of the data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.config import PROJECT_ROOT, Settings

RESULTS: Final = PROJECT_ROOT / "benchmarks" / "results"
_SCHEMA: Final = 1
_MOST_ROWS: Final = 200
_AGAIN: Final = "run the benchmark again."
Cell = str | int | float | bool | None


@dataclass(frozen=True)
class BenchmarkTable:
    """The rows of one file; ``problem`` says why there are none.

    Attributes:
        name: of the file.
        title: benchmark, commit and date.
        about: the machine and the arguments.
    """

    name: str
    title: str
    about: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    problem: str = ""


def tables(settings: Settings, results: Path = RESULTS) -> list[BenchmarkTable]:
    """Every kept run and every run of one's own, the newest first."""
    files = [*results.glob("*.json"), *(settings.data / "benchmarks").glob("*.json")]
    found = [_read(file) for file in files]
    return [table for _, table in sorted(found, key=lambda pair: (pair[0], pair[1].name), reverse=True)]


def _read(file: Path) -> tuple[str, BenchmarkTable]:
    """The date of a run, and its table."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return "", BenchmarkTable(file.stem, file.stem, problem=f"This is not JSON; {_AGAIN}")
    if not isinstance(document, dict) or document.get("schema") != _SCHEMA:
        return "", BenchmarkTable(file.stem, file.stem, problem=f"This is not a kept run; {_AGAIN}")
    rows = [row for row in document["rows"] if isinstance(row, dict)]
    if not rows:
        return "", BenchmarkTable(file.stem, file.stem, problem=f"This file holds no rows; {_AGAIN}")
    date = str(document["date"])
    return date, _table(file.stem, document, date, rows)


def _table(name: str, document: dict[str, Any], date: str, rows: list[dict[str, Any]]) -> BenchmarkTable:
    title = f"{document['benchmark']} · {str(document['commit'])[:7]} · {date[:10]}"
    about = " · ".join([str(document["machine"]), " ".join(map(str, document["arguments"]))]).strip(" ·")
    flat = [{column: value for column, value in row.items() if _is_cell(value)} for row in rows[:_MOST_ROWS]]
    columns = tuple(dict.fromkeys(column for row in flat for column in row))
    if not columns:
        return BenchmarkTable(name, title, problem="The rows of this file hold no single values.")
    return BenchmarkTable(
        name, title, about, columns, tuple(tuple(row.get(name) for name in columns) for row in flat)
    )


def _is_cell(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)

"""Tables that ``python -m benchmarks.rooms --json FILE`` writes, for the System page. Knows no Streamlit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboard.formatting import text
from pipeline.config import Settings

_MOST_ROWS: Final = 200
Cell = str | int | float | bool | None


@dataclass(frozen=True)
class BenchmarkTable:
    """The rows of one file; ``problem`` says why there are none."""

    name: str
    changed_s: float
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    problem: str = ""


def folder(settings: Settings) -> Path:
    """Where benchmark files are looked for."""
    return settings.data / "benchmarks"


def tables(settings: Settings) -> list[BenchmarkTable]:
    """Every ``.json`` in :func:`folder`, the newest first."""
    files = sorted(folder(settings).glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [_table(file) for file in files]


def _table(file: Path) -> BenchmarkTable:
    changed_s = file.stat().st_mtime
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return BenchmarkTable(file.stem, changed_s, problem="This is not JSON; run the benchmark again.")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        return BenchmarkTable(file.stem, changed_s, problem="This file holds no rows; run the benchmark again.")
    flat = [{name: value for name, value in row.items() if _is_cell(value)} for row in rows[:_MOST_ROWS]]
    columns = tuple(dict.fromkeys(name for row in flat for name in row))
    if not columns:
        return BenchmarkTable(file.stem, changed_s, problem="The rows of this file hold no single values.")
    cells = tuple(tuple(row.get(name) for name in columns) for row in flat)
    return BenchmarkTable(file.stem, changed_s, columns, cells)


def _is_cell(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def table_markup(table: BenchmarkTable) -> str:
    """The table as HTML."""
    if table.problem:
        return f'<p class="sr-note">{text(table.problem)}</p>'
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in table.columns)
    body = "".join(_row(row) for row in table.rows)
    return (
        f'<div class="sr-scroll"><table class="sr-faces"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(cells: Sequence[Cell]) -> str:
    first, *others = cells
    return f'<tr><th scope="row">{_shown(first)}</th>{"".join(f"<td>{_shown(v)}</td>" for v in others)}</tr>'


def _shown(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return text(f"{value:.3g}" if isinstance(value, float) else value)

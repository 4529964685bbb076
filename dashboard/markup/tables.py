"""HTML tables."""

from __future__ import annotations

from collections.abc import Iterable

import htpy as h

from dashboard.data import BenchmarkTable, Cell
from dashboard.markup.markup import note


def table(columns: Iterable[str], rows: Iterable[h.Node], kind: str) -> h.Element:
    """A table that scrolls sideways where it is too wide; ``kind`` is its class."""
    head = h.thead[h.tr[(h.th(scope="col")[name] for name in columns)]]
    return h.div(".sr-scroll")[h.table(class_=kind)[head, h.tbody[rows]]]


def benchmark_table(found: BenchmarkTable) -> h.Fragment:
    """Rows of a benchmark, or why there are none."""
    if found.problem:
        return h.fragment[note(found.problem)]
    return h.fragment[note(found.about), table(found.columns, (_row(*row) for row in found.rows), "sr-faces")]


def _row(first: Cell, *others: Cell) -> h.Element:
    return h.tr[h.th(scope="row")[_shown(first)], (h.td[_shown(value)] for value in others)]


def _shown(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)

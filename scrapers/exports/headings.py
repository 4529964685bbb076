"""Where a table's heading is, and whether it has one. Pure."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence

from scrapers.exports.columns import kind_of, names_something

#: does not occur in text, so that each line is one field
_NO_DELIMITER = "\x1f"
_ENOUGH_LINES = 2
Wanted = Callable[[list[str]], bool]


def find_heading(rows: Sequence[Sequence[str]], wanted: Wanted) -> int | None:
    """Number of the first row that names what is looked for; a line of one cell is a title if another does."""
    found = [at for at, row in enumerate(rows) if wanted([name.strip() for name in row])]
    whole = [at for at in found if sum(bool(cell.strip()) for cell in rows[at]) > 1]
    return next(iter(whole or found), None)


def is_title(fields: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a line of one cell stands above a table without a heading: its rows are alike and dated."""
    if len(fields) != 1 or len(rows) < _ENOUGH_LINES or len({len(row) for row in rows}) != 1:
        return False
    return len(rows[0]) > 1 and any(kind_of(column) == "date" for column in zip(*rows, strict=True))


def numbered(fields: Sequence[str], wanted: Wanted) -> bool:
    """Whether a first row is data already: it names nothing that is known, and holds a date or a sentence."""
    filled = [field for field in fields if field]
    if not filled or wanted(list(fields)) or names_something(filled):
        return False
    return any(kind_of([field]) in ("date", "prose") for field in filled)


def one_column(lines: Sequence[str], delimiter: str) -> str:
    """The delimiter of data without a heading: none where it does not cut all lines alike (punctuation)."""
    widths = {len(fields) for fields in csv.reader(lines, delimiter=delimiter) if fields}
    enough = len(lines) >= _ENOUGH_LINES or delimiter == "\t"  # a tab is never punctuation
    is_table = len(widths) == 1 and widths != {1} and enough
    return delimiter if is_table else _NO_DELIMITER

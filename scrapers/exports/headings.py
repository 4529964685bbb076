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
    """Number of the first row that names what is looked for."""
    return next((at for at, row in enumerate(rows) if wanted([name.strip() for name in row])), None)


def numbered(fields: Sequence[str], wanted: Wanted) -> bool:
    """Whether a first row is data already: it names nothing that is known, and holds a date or a sentence."""
    filled = [field for field in fields if field]
    if not filled or wanted(list(fields)) or names_something(filled):
        return False
    return any(kind_of([field]) in ("date", "prose") for field in filled)


def one_column(lines: Sequence[str], delimiter: str) -> str:
    """The delimiter of data without a heading: none where it does not cut all lines alike (punctuation)."""
    widths = {len(fields) for fields in csv.reader(lines, delimiter=delimiter) if fields}
    is_table = len(widths) == 1 and widths != {1} and len(lines) >= _ENOUGH_LINES
    return delimiter if is_table else _NO_DELIMITER

"""Rows of CSV, TSV, JSON, JSON lines (plain or gzipped) and Excel files; broken rows are noted and left out.

CSV and JSON lines are read as a stream. A JSON document and a workbook are read whole.
"""

from __future__ import annotations

import contextlib
import csv
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scrapers.encodings import TextFile
from scrapers.errors import BadReviewsFile
from scrapers.exports.headings import find_heading, is_title, numbered, one_column
from scrapers.exports.workbook import is_workbook, read_workbook
from scrapers.listing import Problem

_DELIMITERS = ",;\t|"
_MAX_JSON_CHARACTERS = 2**28
_MAX_NOTED_ROWS = 20
_MAX_JSON_DEPTH = 8
_MAX_HEADER = 2**16
#: of a table's title and of remarks before its heading
_MAX_LINES_BEFORE = 15


@dataclass(frozen=True)
class Row:
    """One row: where it stands ("line 7", "entry 3") and its cells by column; nested names joined by dots."""

    place: str
    cells: dict[str, object]


class Table:
    """A file of rows.

    Args:
        path: the file; what it is follows from its name, else from its first character.
        wanted: says of column names whether they are those of the rows looked for. The first row of a table
            that has them is its heading; where none has, the first row is one, unless it looks like data.

    Attributes:
        columns: names of the columns (of a JSON lines file: those of its first object); "column 1", "column 2"
            where the table has no heading.

    Raises:
        SourceNotFound, BadReviewsFile: if it cannot be read at all.
    """

    def __init__(self, path: Path, wanted: Callable[[list[str]], bool] = bool) -> None:
        self._path = path
        self._wanted = wanted
        self._broken: list[Problem] = []
        self._broken_count = 0
        self._text = None if is_workbook(path) else TextFile(path)
        self.columns: tuple[str, ...] = ()
        with contextlib.ExitStack() as on_error:
            on_error.callback(self.close)
            self._rows = self._open()
            first = next(self._rows, None)
            on_error.pop_all()
        self._pending = deque[Row]([] if first is None else [first])
        if first is not None and not self.columns:
            self.columns = tuple(first.cells)

    def close(self) -> None:
        """Close the file."""
        if self._text is not None:
            self._text.__exit__()

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Row]:
        while self._pending:
            yield self._pending.popleft()
        yield from self._rows

    def peek(self, count: int) -> list[Row]:
        """The next rows, which stay to be read."""
        while len(self._pending) < count and (row := next(self._rows, None)) is not None:
            self._pending.append(row)
        return list(self._pending)[:count]

    @property
    def fraction(self) -> float:
        """How much of the file was read so far."""
        return 1.0 if self._text is None else self._text.fraction

    @property
    def problems(self) -> list[Problem]:
        """What was wrong with the file; complete once all rows were read."""
        name = self._path.name
        problems = list(self._broken)
        if self._broken_count > len(problems):
            more = self._broken_count - len(problems)
            problems.append(Problem(subject=name, message=f"{more} more broken rows were left out"))
        if self._text is not None and self._text.encoding.name:
            guess = f"is not UTF-8; it was read as {self._text.encoding.name}"
            problems.append(Problem(subject=name, message=guess))
        if self._text is not None and self._text.cut:
            problems.append(Problem(subject=name, message="is cut off; only the rows before that were read"))
        return problems

    def leave_out(self, place: str, reason: str) -> None:
        """Note that the row at ``place`` is not used (the first ones each, then a count)."""
        self._broken_count += 1
        if len(self._broken) < _MAX_NOTED_ROWS:
            subject = f"{self._path.name}, {place}"
            self._broken.append(Problem(subject=subject, message=f"{reason}; left out"))

    def _open(self) -> Iterator[Row]:
        if self._text is None:
            return self._sheets()
        return self._texts(self._text)

    def _sheets(self) -> Iterator[Row]:
        """The rows of the first sheet that has what is looked for, else of the first one."""
        sheets = list(read_workbook(self._path))
        headings = [find_heading(sheet.rows[:_MAX_LINES_BEFORE], self._wanted) for sheet in sheets]
        chosen = next((at for at, heading in enumerate(headings) if heading is not None), 0)
        for sheet in sheets[:chosen] + sheets[chosen + 1 :]:
            problem = Problem(subject=f"{self._path.name}, {sheet.name}", message="is another sheet; not read")
            self._broken.append(problem)
            self._broken_count += 1
        if not sheets:
            return iter(())
        rows, heading = sheets[chosen].rows, headings[chosen]
        at = heading if heading is not None else next(i for i, row in enumerate(rows) if any(row))
        header = [name.strip() for name in rows[at]]
        if heading is None and numbered(header, self._wanted):
            at, header = at - 1, [f"column {number}" for number in range(1, len(header) + 1)]
        self.columns = tuple(name for name in header if name)
        return self._filled(rows, at + 1, header)

    def _filled(self, rows: list[list[str]], start: int, header: list[str]) -> Iterator[Row]:
        for number, row in enumerate(rows[start:], start + 1):
            cells = {name: cell for name, cell in zip(header, row, strict=False) if name}
            if any(cells.values()) and any(name != cell for name, cell in cells.items()):
                yield Row(f"row {number}", dict(cells))

    def _texts(self, text: TextFile) -> Iterator[Row]:
        suffixes = [suffix.lower() for suffix in self._path.suffixes if suffix.lower() != ".gz"]
        kind = suffixes[-1] if suffixes else ""
        if kind in (".jsonl", ".ndjson"):
            return self._json_lines(iter(text))
        if kind in (".csv", ".tsv", ".tab"):
            return self._delimited(iter(text))
        lines = iter(text)
        head = deque[str]()
        for line in lines:
            head.append(line)
            if line.strip():
                break
        first = head[-1].lstrip()[:1] if head else ""
        if kind == ".json" or first in ("[", "{"):
            return self._json("".join(head) + text.read(_MAX_JSON_CHARACTERS))
        return self._delimited(_chain(head, lines))

    def _json(self, text: str) -> Iterator[Row]:
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            lines = [line for line in text.split("\n") if line.strip()]
            if len(lines) > 1 and lines[0].lstrip().startswith("{") and lines[0].rstrip().endswith("}"):
                return self._json_lines(iter(text.split("\n")))
            raise BadReviewsFile(
                f"{self._path.name} is not valid JSON: {error}.", "Check that the file is complete."
            ) from error
        entries = _find_entries(document, self._wanted)
        if entries is None:
            raise BadReviewsFile(
                f"{self._path.name} holds no list of reviews.",
                'Write it as a list of objects, for example [{"text": "Lovely stay", "date": "2024-05-01"}].',
            )
        rows = [self._entry(f"entry {number}", entry) for number, entry in enumerate(entries, 1)]
        kept = [row for row in rows if row is not None]
        self.columns = tuple(dict.fromkeys(column for row in kept for column in row.cells))
        return iter(kept)

    def _json_lines(self, lines: Iterator[str]) -> Iterator[Row]:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError) as error:
                self.leave_out(f"line {number}", f"is not valid JSON ({error})")
                continue
            if (row := self._entry(f"line {number}", entry)) is not None:
                yield row

    def _entry(self, place: str, entry: object) -> Row | None:
        if isinstance(entry, str):
            return Row(place, {"text": entry})
        if isinstance(entry, dict):
            return Row(place, _flat(entry))
        self.leave_out(place, f"is neither an object nor a text but {json.dumps(entry)[:40]}")
        return None

    def _delimited(self, text: Iterator[str]) -> Iterator[Row]:
        lines = _Lines(text)
        delimiter, header = _header(lines, self._wanted)
        self.columns = tuple(header)
        return self._records(lines, delimiter, header)

    def _records(self, lines: _Lines, delimiter: str, header: list[str]) -> Iterator[Row]:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            lines.begin()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                fault = str(error)
                fields = _lenient(lines.taken, delimiter, len(header))
            else:
                fault = _misfit(fields, header)
                fields = [] if fault else fields
            if fields or not fault:
                if any(fields) and [field.strip() for field in fields] != header:  # files that were joined
                    yield Row(lines.place, dict(zip(header, fields, strict=False)))
                continue
            self.leave_out(lines.place, fault)
            lines.retry()
            reader = csv.reader(lines, delimiter=delimiter, strict=True)


class _Lines:
    """Lines for a CSV reader that can go back to the line after the one where a broken record began."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._number = 0
        #: lines of the record that is being read
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._number += 1
        return line

    def skim(self, count: int) -> list[tuple[int, str]]:
        """Number (from 0) and text of the next lines with anything in them; they stay to be read."""
        found: list[tuple[int, str]] = []
        for number, line in enumerate(self._lines):
            self._again.append(line)
            is_hint = line.lower().startswith("sep=") and len(line.strip()) <= len("sep=") + 1
            if line.strip() and not is_hint:
                found.append((number, line))
            if len(found) == count:
                break
        return found

    def drop(self, count: int) -> None:
        """Pass over lines."""
        for _ in range(count):
            self._again.popleft()
        self._number += count

    @property
    def place(self) -> str:
        """Where the record that was read last begins."""
        return f"line {self._number - len(self.taken) + 1}"

    def begin(self) -> None:
        """A new record begins."""
        self.taken = []

    def retry(self) -> None:
        """Read all lines of the record but its first again."""
        self._again.extendleft(reversed(self.taken[1:]))
        self._number -= len(self.taken) - 1
        self.taken = self.taken[:1]


def _header(lines: _Lines, wanted: Callable[[list[str]], bool]) -> tuple[str, list[str]]:
    """The delimiter and the names of the columns; the lines before the heading are passed over.

    The heading is the first line with what is looked for, else the first line at all. Where that looks like
    data, the columns are numbered and the line is read again as data.
    """
    first = lines.skim(_MAX_LINES_BEFORE)
    if not first:
        return ",", []
    split = [_fields(line) for _, line in first]
    at = find_heading([fields for _, fields in split], wanted)
    top = at or 0
    below = [index for index in range(top + 1, len(split)) if any(split[index][1])]
    if is_title(split[top][1], [split[index][1] for index in below]):
        first, split, at = [first[index] for index in below], [split[index] for index in below], None
    if at is None and numbered(split[0][1], wanted):
        delimiter = one_column([line for _, line in first], split[0][0])
        width = len(next(csv.reader([first[0][1][:_MAX_HEADER]], delimiter=delimiter)))
        lines.drop(first[0][0])
        return delimiter, [f"column {number}" for number in range(1, width + 1)]
    at = at or 0
    lines.drop(first[at][0] + 1)
    return split[at]


def _fields(line: str) -> tuple[str, list[str]]:
    """The delimiter that gives a line the most fields, and these."""
    fields = {d: next(csv.reader([line[:_MAX_HEADER]], delimiter=d)) for d in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda d: len(fields[d]))
    return delimiter, [name.strip().lstrip("\ufeff") for name in fields[delimiter]]


def _misfit(fields: list[str], header: list[str]) -> str:
    """What is wrong with the number of fields, if anything: missing ones at the end are merely empty."""
    if any(field.strip() for field in fields[len(header) :]):
        return f"has {len(fields)} fields where the header has {len(header)}"
    return ""


def _lenient(record: list[str], delimiter: str, width: int) -> list[str]:
    """The fields of a one-line record with stray or backslash-escaped quotes; none if they do not add up."""
    if len(record) != 1:
        return []
    dialects: list[dict[str, object]] = [{"doublequote": False, "escapechar": "\\"}, {}]
    for dialect in dialects:
        try:
            rows = list(csv.reader(record, delimiter=delimiter, **dialect))  # type: ignore[arg-type]
        except csv.Error:
            continue
        if len(rows) == 1 and len(rows[0]) == width:
            return rows[0]
    return []


def _chain(head: deque[str], lines: Iterator[str]) -> Iterator[str]:
    yield from head
    yield from lines


def _flat(entry: dict[str, object], prefix: str = "", depth: int = 0) -> dict[str, object]:
    """Nested objects as columns with joined names."""
    cells: dict[str, object] = {}
    for name, value in entry.items():
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            value = value[0]
        if isinstance(value, dict) and depth < _MAX_JSON_DEPTH:
            cells |= _flat(value, f"{prefix}{name}.", depth + 1)
        else:
            cells[prefix + name] = value
    return cells


def _find_entries(document: object, wanted: Callable[[list[str]], bool]) -> list[object] | None:
    """The list of rows in a document: the outermost list of objects that are wanted, else the next best."""
    if isinstance(document, list) and not any(isinstance(entry, dict) for entry in document):
        return document
    lists = list(_lists(document))
    of_objects = [(entries, list(_flat(first))) for entries in lists if (first := _first_object(entries))]
    found = next((entries for entries, names in of_objects if wanted(names)), None)
    if found is not None:
        return found
    if isinstance(document, dict) and wanted(
        [name for name, cell in document.items() if isinstance(cell, str)]
    ):
        return [document]
    if of_objects:
        return of_objects[0][0]
    return [] if [] in lists else None


def _lists(document: object) -> Iterator[list[object]]:
    """All lists in a document, outermost first."""
    queue = deque([(document, 0)])
    while queue:
        node, depth = queue.popleft()
        if isinstance(node, list):
            yield node
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        if depth < _MAX_JSON_DEPTH:
            queue.extend((child, depth + 1) for child in children if isinstance(child, dict | list))


def _first_object(entries: list[object]) -> dict[str, object] | None:
    return next((entry for entry in entries if isinstance(entry, dict)), None)

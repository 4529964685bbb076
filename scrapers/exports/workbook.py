"""Excel workbooks (.xlsx, .xls) as rows of text: days as ISO dates, whole numbers as digits.

The reading is done by calamine. What it would have to hold in memory is looked at first.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from scrapers.errors import BadReviewsFile

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls")
_ZIP_MAGIC, _OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: of one workbook on disk and of its sheets unpacked: 200,000 long reviews take 150 MB
_MAX_BYTES, _MAX_UNPACKED_BYTES = 128 * 2**20, 512 * 2**20
#: of one sheet, empty ones between the filled ones included: 24 bytes each in memory
_MAX_CELLS = 20_000_000
_PLACE = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_CHUNK_BYTES = 2**20
_OVERLAP_BYTES = 256
#: a spreadsheet keeps 15 digits of a number; of longer ones the rest is lost
_EXACT_BELOW = 10**15
_BROKEN = (
    *(OSError, ValueError, OverflowError, RuntimeError, NotImplementedError, EOFError),
    *(MemoryError, zipfile.BadZipFile, zlib.error),
)
_ADVICE = "Open it in a spreadsheet program, save the sheet with the reviews as CSV (UTF-8) and give that."


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook: its name and its rows, empty ones included."""

    name: str
    rows: list[list[str]]


def is_workbook(path: Path) -> bool:
    """Whether the file is an Excel workbook, by its first bytes, and by its parts where it is a ZIP archive."""
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
        if magic == _OLE_MAGIC:
            return True
        if magic != _ZIP_MAGIC:
            return False
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return path.suffix.lower() in WORKBOOK_SUFFIXES and magic == _ZIP_MAGIC


def read_workbook(path: Path) -> Iterator[Sheet]:
    """The sheets that hold anything, in order.

    Raises:
        BadReviewsFile: it is damaged, locked by a password, or too large.
    """
    _check_size(path)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(path))
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if any(cell != "" for row in rows for cell in row):
                yield Sheet(name, [[_text(cell) for cell in row] for row in rows])
    except CalamineError as error:
        raise _unreadable(path, str(error)) from error
    except _BROKEN as error:
        raise _unreadable(path, str(error)) from error
    except BaseException as error:  # a panic of the reader is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise _unreadable(path, "it is damaged") from error


def _unreadable(path: Path, reason: str) -> BadReviewsFile:
    if "password" in reason.casefold() or "encrypted" in reason.casefold():
        return BadReviewsFile(
            f"{path.name} is locked by a password.", "Save it without one and give that file."
        )
    return BadReviewsFile(f"{path.name} cannot be read as an Excel workbook ({reason[:120]}).", _ADVICE)


def _check_size(path: Path) -> None:
    """Refuse what would fill the memory, before anything is read."""
    if path.stat().st_size > _MAX_BYTES:
        raise BadReviewsFile(f"{path.name} is larger than {_MAX_BYTES // 2**20} MiB.", _ADVICE)
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MAX_UNPACKED_BYTES:
                raise BadReviewsFile(f"{path.name} unpacks to more than its reader can hold.", _ADVICE)
            for part in archive.infolist():
                if part.filename.endswith(".xml") and not part.filename.endswith("sharedStrings.xml"):
                    with archive.open(part) as stream:
                        _check_cells(path, stream)
    except _BROKEN as error:
        raise _unreadable(path, str(error)) from error


def _check_cells(path: Path, stream: IO[bytes]) -> None:
    """Refuse a sheet whose filled cells lie so far apart that the area between them fills the memory."""
    low, high = [10**9, 10**9], [0, 0]
    rest = b""
    size = 0
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > _MAX_UNPACKED_BYTES:
            raise BadReviewsFile(f"{path.name} unpacks to more than its reader can hold.", _ADVICE)
        for column, row in _PLACE.findall(rest + chunk):
            at = (_column(column), int(row))
            low = [min(pair) for pair in zip(low, at, strict=True)]
            high = [max(pair) for pair in zip(high, at, strict=True)]
        rest = chunk[-_OVERLAP_BYTES:]
    cells = (high[0] - low[0] + 1) * (high[1] - low[1] + 1)
    if high[1] and cells > _MAX_CELLS:
        raise BadReviewsFile(f"{path.name} has a sheet of {cells:,} cells.", _ADVICE)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT_BELOW else repr(cell).upper()
    if isinstance(cell, int):
        return str(cell) if abs(cell) < _EXACT_BELOW else f"{cell:.14E}"
    if isinstance(cell, dt.datetime):
        is_day = cell.time() == dt.time()
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec="seconds")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)

"""Files of rows (CSV, JSON, Excel) of which cells, rows, headings or bytes are missing, moved or damaged."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scrapers.reviews_file import read_reviews
from tests.scrapers.exports.books import Cell, write_book

#: headings of text, date, stars and a column of no use, in several languages and programs
HEADINGS: Final = (
    *(("Review", "Date", "Rating", "Guest"), ("comments", "date", "stars", "reviewer_name")),
    *(("Bewertung", "Datum", "Sterne", "Gast"), ("Commentaire", "Date", "Note", "Client")),
    *(
        ("후기", "작성일", "별점", "작성자"),
        ("レビュー", "投稿日", "評価", "名前"),
        ("评论", "日期", "评分", "用户"),
    ),
    *(("Public review", "Submitted at", "Rating", "Guest name"), ("Texto", "Fecha", "Puntuación", "Autor")),
)
TEXTS: Final = (
    *("The rooms were clean and bright, and the host answered at once", "Sehr sauber, aber laut in der Nacht"),
    *("깨끗하고 위치가 좋아서 다시 오고 싶어요", "Très bel endroit, mais la douche était froide"),
    *("駅から近くて便利、部屋も清潔でした", "La cama era cómoda, el barrio es ruidoso"),
)
_FIRST: Final = dt.date(2024, 1, 15)
_TOPS: Final = (5, 10, 100)
_CHANGES: Final = 3
Table = list[list[Cell]]


@dataclass(frozen=True)
class Truth:
    """The reviews of an undamaged file: text to day and stars."""

    rows: dict[str, tuple[dt.date, float]]


def make(rng: random.Random) -> tuple[Table, Truth, int]:
    """A table with its heading, what is true of it, and the top of its scale."""
    top = rng.choice(_TOPS)
    heading = list(rng.choice(HEADINGS))
    truth: dict[str, tuple[dt.date, float]] = {}
    table: Table = [list(heading)]
    for number in range(rng.randint(6, 30)):
        # one low and one high value show the scale
        stars = {0: 1.0, 1: 5.0}.get(number, float(rng.randint(1, 5)))
        day = _FIRST + dt.timedelta(days=rng.randrange(900))
        text = f"{rng.choice(TEXTS)} #{number}"
        truth[text] = day, stars
        table.append([text, day, stars * top / 5, f"Zoe{number}"])
    return table, Truth(truth), top


def _swap_columns(table: Table, rng: random.Random) -> None:
    order = rng.sample(range(len(table[0])), len(table[0]))
    table[:] = [[row[at] for at in order] for row in table]


def _drop_cells(table: Table, rng: random.Random) -> None:
    spare = _spare(table)
    for row in rng.sample(spare, min(_CHANGES, len(spare))):
        row[rng.randrange(len(row))] = None


def _blank_rows(table: Table, rng: random.Random) -> None:
    for _ in range(_CHANGES):
        table.insert(rng.randint(1, len(table)), [None] * len(table[0]))


def _shuffle(table: Table, rng: random.Random) -> None:
    rest = table[1:]
    rng.shuffle(rest)
    table[1:] = rest


def _more_columns(table: Table, rng: random.Random) -> None:
    at = rng.randint(0, len(table[0]))
    for number, row in enumerate(table):
        row.insert(at, "Listing" if number == 0 else "Blue house")


def _remarks(table: Table, rng: random.Random) -> None:
    lines: Table = [["My reviews"], [None]]
    table[:0] = lines[: rng.randint(1, 2)]


def _no_heading(table: Table, rng: random.Random) -> None:
    del table[0]


def _doubled(table: Table, rng: random.Random) -> None:
    table += [list(row) for row in rng.sample(table[1:], min(_CHANGES, len(table) - 1))]


def _less(table: Table, rng: random.Random) -> None:
    spare = _spare(table)
    gone = rng.sample(spare, rng.randint(0, len(spare)))
    table[:] = [row for row in table if row not in gone]


def _spare(table: Table) -> list[list[Cell]]:
    """Rows but the two that show the scale: without them a 2 of ten points is no different from two stars."""
    return [row for row in table[1:] if not any(str(cell).endswith((" #0", " #1")) for cell in row)]


Change = Callable[[Table, random.Random], None]
KEEPING: Final[dict[str, Change]] = {
    **{"swap columns": _swap_columns, "drop cells": _drop_cells, "blank rows": _blank_rows},
    **{"shuffle": _shuffle, "more columns": _more_columns, "remarks": _remarks, "no heading": _no_heading},
    **{"doubled rows": _doubled, "fewer rows": _less},
}
_NOISE: Final = (b"\0" * 50, b'"', b"\xff\xfe", b"PK\x03\x04", b"=cmd|' /C x'!A0", b"," * 5000)
_ABOVE: Final = frozenset({"remarks", "no heading"})
ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16")


def _write(table: Table, rng: random.Random, folder: Path, *, as_objects: bool) -> Path:
    kind = rng.choice(("csv", "csv", "tsv", "xlsx", "json") if as_objects else ("csv", "tsv", "xlsx"))
    path = folder / f"reviews.{kind}"
    if kind == "xlsx":
        return write_book(path, *table)
    if kind == "json":
        names = [str(name) for name in table[0]]
        rows = [dict(zip(names, map(_plain, row), strict=False)) for row in table[1:]]
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        return path
    delimiter = "\t" if kind == "tsv" else rng.choice(",;")
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=rng.choice(("\n", "\r\n")))
    writer.writerows([_plain(cell) for cell in row] for row in table)
    path.write_bytes(buffer.getvalue().encode(rng.choice(ENCODINGS)))
    return path


def _plain(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:g}"
    return "" if cell is None else str(cell)


def _break(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    how = rng.randrange(4)
    if how == 0:
        del data[rng.randrange(len(data)) :]
    elif how == 1:
        at = rng.randrange(len(data))
        data[at:at] = rng.choice(
            (b"\0" * 50, b'"', b"\xff\xfe", b"PK\x03\x04", b"=cmd|' /C x'!A0", b"," * 5000)
        )
    else:
        for _ in range(rng.randint(1, 40)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(bytes(data))


def try_one(rng: random.Random, folder: Path) -> tuple[str, list[str]]:
    """Damage one file and read it.

    Returns:
        The kind of damage, and wrong values.

    Raises:
        CollectError: it was refused by name.
    """
    table, truth, _ = make(rng)
    names = rng.sample([*KEEPING], rng.randint(1, 2))
    for name in sorted(names, key=_ABOVE.__contains__):  # what changes the top of the table comes last
        KEEPING[name](table, rng)
    headed = not _ABOVE & set(names)
    path = _write(table, rng, folder, as_objects=headed)
    if rng.random() < 1 / 3:
        _break(path, rng)
        read_reviews(path)
        return "broken bytes", []
    found = read_reviews(path).reviews
    return " and ".join(names), _wrong([(r.text, r.date, r.rating) for r in found], truth)


def _wrong(found: Sequence[tuple[str, dt.date | None, float | None]], truth: Truth) -> list[str]:
    told = []
    for text, day, stars in found:
        known = truth.rows.get(text)
        if known is None or day not in (None, known[0]) or stars not in (None, known[1]):
            told.append(f"{text!r} {day} {stars} for {known}")
    return told

"""Kept rows: one file for each wing in ``benchmarks/results/sensitivity``, a row a line.

A row counts as long as the source gives its number the same value: a changed number invalidates its own row
only. Every row says at which commit it was measured.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Self

from benchmarks.records.run import RESULTS

FOLDER: Final = RESULTS / "sensitivity"
SCHEMA: Final = 1
#: so many digits of a figure are shown
_DIGITS: Final = 3


@dataclass(frozen=True)
class Row:
    """One number, varied.

    Attributes:
        file, name: where it stands, within its wing.
        value: as the source writes it.
        low, high: what it was changed to.
        part, data: the bench, and what that is run on.
        base, at_low, at_high: figures; empty where the run failed.
        lower_is_better: for every figure.
        errors: why runs failed.
        commit: of the code.
    """

    file: str
    name: str
    value: str
    low: str
    high: str
    part: str
    data: str
    base: Mapping[str, float]
    at_low: Mapping[str, float]
    at_high: Mapping[str, float]
    lower_is_better: Mapping[str, bool]
    errors: tuple[str, ...] = field(default=())
    commit: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What it is about."""
        return self.file, self.name

    @property
    def unreached(self) -> bool:
        """Whether no bench runs the code that reads it."""
        return not self.base

    @property
    def has_effect(self) -> bool:
        """Whether any figure changes as it is shown, or a run fails."""
        return any(
            not found or any(_figure(found[name]) != _figure(self.base[name]) for name in self.base)
            for found in (self.at_low, self.at_high)
        )

    def better(self) -> list[str]:
        """Variations with which a figure gets better and none worse; ``low`` or ``high``."""
        return [name for name, found in (("low", self.at_low), ("high", self.at_high)) if self._beats(found)]

    def _beats(self, found: Mapping[str, float]) -> bool:
        if not found or all(_figure(found[name]) == _figure(self.base[name]) for name in self.base):
            return False
        signs = {name: -1.0 if lower else 1.0 for name, lower in self.lower_is_better.items()}
        return all(signs[name] * (found[name] - self.base[name]) >= 0 for name in self.base)

    def text(self) -> str:
        """What the variation showed, for the table of a page."""
        if self.unreached:
            return self.data
        if not self.has_effect:
            return f"no effect on {self.data} ({self.low} and {self.high})"
        return "; ".join(self._told(name) for name in self.base) + f" on {self.data}"

    def _told(self, figure: str) -> str:
        base = _figure(self.base[figure])
        ends = [
            f"at {value} {_figure(found[figure]) if found else 'it fails'}"
            for value, found in ((self.low, self.at_low), (self.high, self.at_high))
        ]
        return f"{figure} {base}, " + ", ".join(ends)


def _figure(value: float) -> str:
    text = f"{value:.{_DIGITS}g}"
    return text.replace("0.", ".", 1) if text.startswith("0.") else text


@dataclass(frozen=True)
class Kept:
    """The rows of a wing."""

    wing: str
    rows: tuple[Row, ...] = ()

    @classmethod
    def load(cls, wing: str, folder: Path = FOLDER) -> Self:
        """Rows that are kept, none where the wing has no file.

        Raises:
            ValueError: the file is not such a document.
        """
        path = folder / f"{wing}.json"
        if not path.is_file():
            return cls(wing)
        document = json.loads(path.read_text(encoding="utf-8"))
        if document.get("schema") != SCHEMA:
            raise ValueError(f"{path.name} is not of schema {SCHEMA}; delete it and run the bench again.")
        return cls(wing, tuple(Row(**{**row, "errors": tuple(row["errors"])}) for row in document["rows"]))

    def save(self, folder: Path = FOLDER) -> None:
        """Write them, sorted, a row a line."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = ",\n".join(json.dumps(asdict(row)) for row in sorted(self.rows, key=lambda row: row.key))
        head = f'{{"schema": {SCHEMA}, "wing": "{self.wing}", "rows": [\n'
        (folder / f"{self.wing}.json").write_text(f"{head}{lines}\n]}}\n", encoding="utf-8")

    def with_row(self, row: Row) -> Self:
        """With one row more, or another in its place."""
        others: Sequence[Row] = [other for other in self.rows if other.key != row.key]
        return type(self)(self.wing, (*others, row))

    def of(self, file: str, name: str, value: str) -> Row | None:
        """The row of a number, as long as it has the same value."""
        found = [row for row in self.rows if row.key == (file, name) and row.value == value]
        return found[0] if found else None

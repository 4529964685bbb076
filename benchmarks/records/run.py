"""One run of one benchmark, as it is kept in ``benchmarks/results``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

from pipeline.config import PROJECT_ROOT

RESULTS: Final = PROJECT_ROOT / "benchmarks" / "results"
#: raised when a field is added or changes its meaning
SCHEMA: Final = 1
#: so many digits of a commit name it in file names and on pages
SHORT: Final = 7
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """Rows of one run, with all that is needed to run it again.

    Attributes:
        benchmark: the module below ``benchmarks``.
        commit: 40 hexadecimal digits, of the code that was measured.
        date: ISO 8601, UTC.
        machine: in words, without its name.
        arguments: of the command line; paths outside the repository keep their last two parts.
        scene: the columns that name what was measured; the others are figures.
        rows: column to value; what is not finite is ``None``.
    """

    benchmark: str
    commit: str
    date: str
    machine: str
    arguments: tuple[str, ...]
    scene: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def short(self) -> str:
        """The commit as pages show it."""
        return self.commit[:SHORT]

    def scene_of(self, row: Row) -> tuple[str, ...]:
        """What a row is about, in words."""
        return tuple(str(row.get(column, "")) for column in self.scene)

    def figures(self) -> dict[tuple[str, ...], dict[str, float]]:
        """Every number by scene and column; of rows with the same scene the last counts."""
        return {self.scene_of(row): _numbers(row, self.scene) for row in self.rows}

    def save(self, path: Path) -> None:
        """Write it as JSON, a row a line; the folder is made where it is missing."""
        head = {"schema": SCHEMA, **asdict(self), "rows": []}
        lines = ",\n".join(json.dumps(_finite(row), ensure_ascii=False, allow_nan=False) for row in self.rows)
        text = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("[]\n}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}[\n{lines}\n]}}\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what :meth:`save` wrote.

        Raises:
            ValueError: the file is not such a document; the message says what to do.
        """
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path.name} is not JSON ({error}); run the benchmark again.") from error
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise ValueError(
                f"{path.name} is no kept run of schema {SCHEMA}; bare rows become one by "
                "`python -m benchmarks.records --add BENCHMARK FILE --commit COMMIT`."
            )
        try:
            values = {field.name: document[field.name] for field in fields(cls)}
        except KeyError as error:
            raise ValueError(f"{path.name} lacks {error}; run the benchmark again.") from error
        lists = {name: tuple(values[name]) for name in ("arguments", "scene", "rows")}
        return cls(**{**values, **lists})


def kept(folder: Path = RESULTS) -> list[Run]:
    """All kept runs, the oldest first."""
    return sorted(
        (Run.load(file) for file in sorted(folder.glob("*.json"))), key=lambda run: (run.benchmark, run.date)
    )


def free_path(run: Run, folder: Path = RESULTS) -> Path:
    """Where a new run goes: ``BENCHMARK-COMMIT-NUMBER.json``."""
    taken = {file.name for file in folder.glob(f"{run.benchmark}-{run.short}-*.json")}
    names = (f"{run.benchmark}-{run.short}-{number}.json" for number in range(1, len(taken) + 2))
    return folder / next(name for name in names if name not in taken)


def _numbers(row: Row, scene: tuple[str, ...]) -> dict[str, float]:
    return {
        column: float(value)
        for column, value in row.items()
        if column not in scene and isinstance(value, int | float) and not isinstance(value, bool)
    }


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value

"""Two commits beside each other, scene by scene, with the noise of three runs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.records.run import Run
from pipeline.wording import counted

#: so many runs of one commit make a noise band
BAND_RUNS: Final = 3
Scene = tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """One number of one scene: the median of the runs, and how far they lie apart.

    Attributes:
        band: greatest minus least; ``None`` with fewer than :data:`BAND_RUNS` runs.
    """

    value: float
    band: float | None


@dataclass(frozen=True)
class Difference:
    """One number of one scene in the old runs (``a``) and the new ones (``b``), ``None`` where it is missing.

    Attributes:
        band: the wider one of both sides; ``None`` where neither has enough runs.
    """

    scene: Scene
    column: str
    a: float | None
    b: float | None
    band: float | None

    @property
    def change(self) -> float | None:
        """``a - b``."""
        return None if self.a is None or self.b is None else self.a - self.b

    @property
    def beyond(self) -> bool:
        """Whether the change is greater than the noise (or, without a band, whether there is one)."""
        return self.change is not None and abs(self.change) > (self.band or 0.0)


def figures(runs: Sequence[Run]) -> dict[Scene, dict[str, Figure]]:
    """Medians and bands over runs of one benchmark at one commit, by scene and column."""
    values: dict[Scene, dict[str, list[float]]] = {}
    for run in runs:
        for scene, columns in run.figures().items():
            for column, value in columns.items():
                values.setdefault(scene, {}).setdefault(column, []).append(value)
    return {
        scene: {column: Figure(statistics.median(some), _band(some)) for column, some in columns.items()}
        for scene, columns in values.items()
    }


def _band(values: Sequence[float]) -> float | None:
    return max(values) - min(values) if len(values) >= BAND_RUNS else None


def compare(old: Sequence[Run], new: Sequence[Run]) -> list[Difference]:
    """Every number that either side has, in the order of the new runs."""
    before, after = figures(old), figures(new)
    found = []
    for scene in dict.fromkeys([*after, *before]):
        a, b = before.get(scene, {}), after.get(scene, {})
        for column in dict.fromkeys([*b, *a]):
            bands = [side[column].band for side in (a, b) if column in side]
            widest = max((band for band in bands if band is not None), default=None)
            values = [side[column].value if column in side else None for side in (a, b)]
            found.append(Difference(scene, column, values[0], values[1], widest))
    return found


def chosen(which: str, runs: Sequence[Run]) -> list[Run]:
    """The runs that ``which`` names: a file, or the first digits of a commit.

    Raises:
        ValueError: there are none; the message names the commits that there are.
    """
    if Path(which).is_file():
        return [Run.load(Path(which))]
    found = [run for run in runs if len(which) >= 4 and run.commit.startswith(which)]
    if found:
        return found
    known = ", ".join(dict.fromkeys(run.short for run in runs)) or "none yet"
    raise ValueError(f"no kept run of {which!r}; give a file or one of these commits: {known}")


def comparison(old: Sequence[Run], new: Sequence[Run]) -> str:
    """The table that ``--compare`` prints: per scene A, B, A-B and the band; ``*`` is beyond the noise."""
    parts = []
    for benchmark in dict.fromkeys(run.benchmark for run in new):
        a, b = ([run for run in side if run.benchmark == benchmark] for side in (old, new))
        if a:
            parts.append(_text(benchmark, a, b))
    if not parts:
        raise ValueError("the two have no benchmark in common")
    return "\n\n".join(parts)


def _text(benchmark: str, old: Sequence[Run], new: Sequence[Run]) -> str:
    rows = compare(old, new)
    lines = [f"{benchmark}: A = {_named(old)}, B = {_named(new)}"]
    if all(row.band is None for row in rows):
        lines.append(f"No noise band: neither side has {BAND_RUNS} runs of it.")
    width = max(len(row.column) for row in rows) + 2
    for scene in dict.fromkeys(row.scene for row in rows):
        lines += ["", f"{' '.join(scene):<{width}}{'A':>10}{'B':>10}{'A-B':>10}{'band':>10}"]
        lines += [_line(row, width) for row in rows if row.scene == scene]
    beyond, both = sum(row.beyond for row in rows), sum(row.change is not None for row in rows)
    return "\n".join([*lines, "", f"{beyond} of {both} figures differ by more than the noise (*)."])


def _named(runs: Sequence[Run]) -> str:
    return f"{runs[0].short} ({counted(len(runs), 'run')})"


def _line(row: Difference, width: int) -> str:
    cells = "".join(f"{shown(value):>10}" for value in (row.a, row.b, row.change, row.band))
    return f"{'*' if row.beyond else ' '} {row.column:<{width - 2}}{cells}"


def shown(value: float | None) -> str:
    """Three digits; a dash for what is missing."""
    return "–" if value is None else f"{value:.3g}"

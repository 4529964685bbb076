"""``docs/benchmarks.md``, made of nothing but the kept runs and the docstrings of the benchmarks."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from benchmarks.records.compare import Figure, Scene, compare, figures, shown
from benchmarks.records.run import RESULTS, Run, kept
from pipeline.config import PROJECT_ROOT
from pipeline.wording import counted

PAGE: Final = PROJECT_ROOT / "docs" / "benchmarks.md"
#: figures on the page, of benchmarks with too many to read; the files hold all of them
HEADLINES: Final = {
    "rooms": (
        "photos", "placed", "rot_med", "trans_med", "auc3", "auc5", "auc10", "auc30", "measured", "abs_rel",
        "in1.03", "acc", "comp", "f5cm", "flat", "s_all", "cpu_s", "peak_gb",
    ),
}  # fmt: skip
#: so many changes between two commits are listed
_MOST_CHANGES: Final = 40
_HEAD: Final = """# Benchmarks

Made by `python -m benchmarks.records --page` from the runs in [benchmarks/results](../benchmarks/results): do
not edit. Each number is the median of the kept runs of one commit, "±" half of what three or more of them span.
How to run and keep one: [CONTRIBUTING.md](../CONTRIBUTING.md#benchmarks). Two commits beside each other:

```bash
python -m benchmarks.records --compare OLD NEW
```
"""


def page(folder: Path = RESULTS) -> str:
    """The page of all runs in ``folder``."""
    runs = kept(folder)
    names = dict.fromkeys(run.benchmark for run in runs)
    parts = [_section(name, [run for run in runs if run.benchmark == name]) for name in names]
    return "\n".join([_HEAD, *parts])


def _section(benchmark: str, runs: Sequence[Run]) -> str:
    names = dict.fromkeys(run.commit for run in runs)
    commits = [[run for run in runs if run.commit == name] for name in names]
    parts = [f"## {benchmark}\n", _about(benchmark), "", _table(benchmark, commits), ""]
    parts += [_source(some) for some in reversed(commits)]
    for older, newer in reversed(list(pairwise(commits))):
        parts += ["", _changes(older, newer)]
    return "\n".join([*parts, ""])


def _about(benchmark: str) -> str:
    """The docstring of the benchmark, as prose."""
    places = (f"{benchmark}.py", f"{benchmark}/__main__.py")
    file = next(path for path in (PROJECT_ROOT / "benchmarks" / name for name in places) if path.is_file())
    told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return told.replace("``", "`").replace(":mod:", "").replace(":func:", "")


def _source(runs: Sequence[Run]) -> str:
    """When, on what and how the runs of one commit were made."""
    newest = runs[-1]
    commands = dict.fromkeys(" ".join(("python -m", f"benchmarks.{r.benchmark}", *r.arguments)) for r in runs)
    lines = "\n".join(commands)
    about = f"`{newest.short}`: {newest.date[:10]}, {counted(len(runs), 'run')}, {newest.machine}"
    return f"{about}\n\n```text\n{lines}\n```\n"


def _table(benchmark: str, commits: Sequence[Sequence[Run]]) -> str:
    """Every scene by the newest commit that measured it."""
    newest = {scene: runs for runs in commits for run in runs for scene in map(run.scene_of, run.rows)}
    last = commits[-1][-1]
    columns = [column for column in _columns(commits) if column not in last.scene]
    columns = [column for column in HEADLINES.get(benchmark, columns) if column in columns]
    head = (*last.scene, *columns, "commit (runs)")
    lines = [_row(head), _row("---" for _ in head)]
    for scene, runs in newest.items():
        mine = [run for run in runs if any(run.scene_of(row) == scene for row in run.rows)]
        numbers, words = figures(mine).get(scene, {}), _words(mine[-1]).get(scene, {})
        cells = [_cell(numbers.get(column), words.get(column)) for column in columns]
        lines.append(_row((*scene, *cells, f"`{mine[-1].short}` ({len(mine)})")))
    return "\n".join(lines)


def _columns(commits: Sequence[Sequence[Run]]) -> list[str]:
    """Columns of single values, those of the newest runs first."""
    runs = [run for some in reversed(commits) for run in some]
    names = dict.fromkeys(column for run in runs for row in run.rows for column in row)
    return [name for name in names if all(_single(run, name) for run in runs)]


def _single(run: Run, column: str) -> bool:
    return not any(isinstance(row.get(column), dict | list) for row in run.rows)


def _words(run: Run) -> dict[Scene, dict[str, Any]]:
    return {run.scene_of(row): dict(row) for row in run.rows}


def _cell(figure: Figure | None, word: Any) -> str:
    if figure is None:
        return "" if word is None else str(word)
    return shown(figure.value) + (f" ± {shown(figure.band / 2)}" if figure.band else "")


def _row(cells: Sequence[str] | Any) -> str:
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def _changes(old: Sequence[Run], new: Sequence[Run]) -> str:
    """What changed beyond the noise from one commit to the next."""
    rows = compare(old, new)
    beyond, both = [row for row in rows if row.beyond], sum(row.change is not None for row in rows)
    about = f"From `{old[0].short}` ({old[0].date[:10]}) to `{new[0].short}` ({new[0].date[:10]})"
    noise = "the noise of three runs" if any(row.band is not None for row in rows) else "nothing (no band)"
    said = f"{about}, {len(beyond)} of {both} figures changed by more than {noise}"
    if not beyond:
        return f"{said}."
    head = ("", "figure", "A", "B", "A-B", "band")
    lines = [f"{said}:", "", _row(head), _row("---" for _ in head)]
    for row in beyond[:_MOST_CHANGES]:
        cells = (shown(value) for value in (row.a, row.b, row.change, row.band))
        lines.append(_row((" ".join(row.scene), row.column, *cells)))
    if len(beyond) > _MOST_CHANGES:
        lines += ["", f"and {len(beyond) - _MOST_CHANGES} more: `--compare {old[0].short} {new[0].short}`."]
    return "\n".join(lines)

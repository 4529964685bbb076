"""Rows of a running benchmark, written after each one, so that a long run stopped early is not lost."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Self

import psutil

from benchmarks.records.run import RESULTS, Row, Run, free_path
from pipeline.config import PROJECT_ROOT

#: files that a run may change and yet measure the commit: its own results, and the pages made of them
_NOT_MEASURED: Final = (":!benchmarks/results", ":!docs")
#: who is told of every row
Add = Callable[[Row], None]


def ignored(row: Row) -> None:
    """An :data:`Add` for nobody."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The two options that every benchmark has."""
    parser.add_argument(
        "--store", action="store_true", help="keep this run in benchmarks/results (everything committed before)"
    )
    parser.add_argument("--json", type=Path, help="also write this run to a file, in the same schema")


class Recorder:
    """Keeps the rows of one run.

    Args:
        run: without rows.
        files: that are written after every row.
    """

    def __init__(self, run: Run, files: Sequence[Path] = ()) -> None:
        self._run = run
        self._files = tuple(files)
        self.rows: list[Row] = []

    @classmethod
    def of(
        cls,
        benchmark: str,
        scene: Sequence[str],
        options: argparse.Namespace,
        arguments: Sequence[str] | None = None,
    ) -> Self:
        """As the options of :func:`add_options` say; ``arguments`` are those of the command line.

        Raises:
            SystemExit: ``--store`` was given, but what is measured is not committed.
        """
        given = sys.argv[1:] if arguments is None else arguments
        given = [word for word in _without_json(given) if word != "--store"]
        run = Run(
            benchmark=benchmark,
            commit=commit() if options.store or options.json else "",
            date=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            machine=machine() if options.store or options.json else "",
            arguments=tuple(public(word) for word in given),
            scene=tuple(scene),
            rows=(),
        )
        files = [options.json] if options.json else []
        if options.store:
            if changes := uncommitted():
                raise SystemExit(f"--store keeps runs by commit: commit first ({', '.join(changes[:5])}).")
            files.append(free_path(run, RESULTS))
        return cls(run, files)

    def add(self, row: Row) -> None:
        """One more row."""
        self.rows.append(row)
        for file in self._files:
            self.run.save(file)

    @property
    def run(self) -> Run:
        """The run so far."""
        values = vars(self._run)
        return Run(**{**values, "rows": tuple(self.rows)})


def public(argument: str) -> str:
    """The argument as it may be published: of a path elsewhere its last two parts, never the first folder."""
    path = Path(argument)
    if len(path.parts) < 3 or (not path.is_absolute() and ".." not in path.parts):
        return argument
    full = Path(os.path.normpath(PROJECT_ROOT / path))
    if full.is_relative_to(PROJECT_ROOT):
        return str(full.relative_to(PROJECT_ROOT))
    return "/".join(("...", *full.parts[2:][-2:]))


def _without_json(arguments: Sequence[str]) -> list[str]:
    """The arguments without ``--json FILE``."""
    words = iter(arguments)
    rest = []
    for word in words:
        if word == "--json":
            next(words, None)
        elif not word.startswith("--json="):
            rest.append(word)
    return rest


def commit() -> str:
    """The commit of this checkout."""
    return _git("rev-parse", "HEAD").strip()


def uncommitted() -> list[str]:
    """Files of this checkout that differ from its commit."""
    return [line[3:] for line in _git("status", "--porcelain", "--", ".", *_NOT_MEASURED).splitlines()]


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit("Runs are kept by commit: this needs git and a checkout of the repository.") from error
    return done.stdout


def machine() -> str:
    """This machine in words: what decides how fast it is (other work too), and nothing that names it."""
    cores = psutil.cpu_count(logical=True) or 1
    gib = round(psutil.virtual_memory().total / 2**30)
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{cores} cores ({_processor()}), {gib} GiB, {_gpu()}; {system}; load {os.getloadavg()[0]:.0f}"


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _gpu() -> str:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "no GPU"
    command = [tool, "--query-gpu=name", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = done.stdout.split("\n") if done.returncode == 0 else []
    return " and ".join(name.strip() for name in names if name.strip()) or "no GPU"

"""Kept benchmark runs: ``python -m benchmarks.records [--page | --check | --compare OLD NEW | --add ...]``.

Without an option the kept runs are listed. OLD and NEW are the first digits of a commit, or a file. A benchmark
keeps its run with ``--store``; rows of an older command come in by ``--add BENCHMARK FILE --commit COMMIT``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.records.compare import chosen, comparison
from benchmarks.records.page import PAGE, page
from benchmarks.records.recorder import machine, public
from benchmarks.records.run import Run, free_path, kept


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.records", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--page", action="store_true", help="write docs/benchmarks.md")
    what.add_argument("--check", action="store_true", help="fail where docs/benchmarks.md is not up to date")
    what.add_argument("--compare", nargs=2, metavar=("OLD", "NEW"), help="commits or files")
    what.add_argument("--add", nargs=2, metavar=("BENCHMARK", "FILE"), help="keep rows that are not kept yet")
    parser.add_argument("--commit", help="with --add: all 40 digits of the commit that was measured")
    parser.add_argument("--scene", nargs="+", default=["set"], help="with --add: the columns that name a row")
    parser.add_argument("--arguments", default="", help="with --add: of the command that was run")
    options = parser.parse_args(arguments)
    try:
        print(_answer(options, parser))
    except ValueError as error:
        raise SystemExit(str(error)) from error


def _answer(options: argparse.Namespace, parser: argparse.ArgumentParser) -> str:
    if options.compare:
        runs = kept()
        old, new = (chosen(which, runs) for which in options.compare)
        return comparison(old, new)
    if options.add:
        if not options.commit or len(options.commit) != 40:
            parser.error("--add needs --commit with all 40 digits (git rev-parse COMMIT)")
        return f"kept as {_added(options).name}"
    if options.page:
        PAGE.write_text(page(), encoding="utf-8")
        return f"{PAGE.name} is written"
    if options.check:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
            raise ValueError("docs/benchmarks.md is not what the kept runs say; run with --page")
        return "up to date"
    lines = [f"{run.benchmark:<18}{run.short}  {run.date[:10]}  {len(run.rows)} rows" for run in kept()]
    return "\n".join(lines or ["No runs are kept yet; run a benchmark with --store."])


def _added(options: argparse.Namespace) -> Path:
    benchmark, name = options.add
    document = json.loads(Path(name).read_text(encoding="utf-8"))
    rows = document["rows"] if isinstance(document, dict) else document
    changed = dt.datetime.fromtimestamp(Path(name).stat().st_mtime, dt.UTC)
    run = Run(
        benchmark=benchmark,
        commit=options.commit,
        date=changed.isoformat(timespec="seconds"),
        machine=machine(),
        arguments=tuple(public(word) for word in options.arguments.split()),
        scene=tuple(options.scene),
        rows=tuple(rows),
    )
    path = free_path(run)
    run.save(path)
    return path


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    main()

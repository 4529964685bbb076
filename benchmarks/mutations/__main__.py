"""Damage pages, files of rows and archives in seeded ways, read them and count what should not be.

Run with ``python -m benchmarks.mutations [--cases 5000] [--seed 0] [--progress FILE]``. Of a stopped run, the
same command with the same file goes on where it stopped. A third of the cases each: pages, rows, archives. A
case is well if it ends in a listing without a wrong value, or in one of the named errors.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.mutations import archives, pages, rows
from benchmarks.records.recorder import Recorder, add_options
from scrapers.errors import CollectError

Try = Callable[[random.Random, Path], tuple[str, list[str]]]
KINDS: dict[str, Try] = {"pages": pages.try_one, "rows": rows.try_one, "archives": archives.try_one}
_SAVED_EVERY = 100
_MOST_REMARKS = 20


@dataclass
class Toll:
    """What came of the cases of one kind.

    Attributes:
        done: how many were tried.
        read: ended in a listing.
        refused: ended in a named error.
        unhandled: ended in any other.
        wrong: reported something that is not so.
        remarks: the first of the two.
    """

    done: int = 0
    read: int = 0
    refused: int = 0
    unhandled: int = 0
    wrong: int = 0
    damages: dict[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was unhandled or wrong."""
        return not self.unhandled and not self.wrong

    def remark(self, text: str) -> None:
        """Keep one of the first."""
        if len(self.remarks) < _MOST_REMARKS:
            self.remarks.append(text)


def one(kind: str, number: int, seed: int, toll: Toll) -> None:
    """One case; it depends on its kind, number and seed only."""
    rng = random.Random(f"{seed}:{kind}:{number}")  # noqa: S311 - chance that can be repeated
    toll.done += 1
    with tempfile.TemporaryDirectory() as folder:
        try:
            damage, wrong = KINDS[kind](rng, Path(folder))
        except CollectError:
            toll.refused += 1
            return
        except Exception:  # noqa: BLE001 - what is counted here is any error without a name
            toll.unhandled += 1
            last = traceback.format_exc().strip().splitlines()
            toll.remark(f"{kind} {number}: {' | '.join(line.strip() for line in last[-4:])}")
            return
    toll.read += 1
    toll.damages[damage] = toll.damages.get(damage, 0) + 1
    if wrong:
        toll.wrong += 1
        toll.remark(f"{kind} {number}, {damage}: {'; '.join(wrong[:2])}")


def run(cases: int, seed: int, progress: Path | None = None) -> dict[str, Toll]:
    """All cases, or those that a stopped run has left."""
    tolls = _stopped(progress) if progress is not None and progress.is_file() else {}
    kinds = list(KINDS)
    for kind in kinds:
        tolls.setdefault(kind, Toll())
    wanted = Counter(kinds[number % len(kinds)] for number in range(cases))
    for kind in kinds:
        while tolls[kind].done < wanted[kind]:
            one(kind, tolls[kind].done, seed, tolls[kind])
            if progress is not None and tolls[kind].done % _SAVED_EVERY == 0:
                progress.write_text(json.dumps({k: asdict(t) for k, t in tolls.items()}), encoding="utf-8")
    return tolls


def _stopped(progress: Path) -> dict[str, Toll]:
    return {kind: Toll(**told) for kind, told in json.loads(progress.read_text(encoding="utf-8")).items()}


def main() -> None:
    """Print a line for each kind; exit code 1 where something was unhandled or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--progress", type=Path, help="kept here, to go on after a stop")
    add_options(parser)
    options = parser.parse_args()
    recorder = Recorder.of("mutations", ["kind"], options)
    tolls = run(options.cases, options.seed, options.progress)
    for kind, toll in tolls.items():
        print(
            f"{kind:<9}{toll.done} cases: {toll.read} read, {toll.refused} refused by name, "
            f"{toll.unhandled} unhandled, {toll.wrong} with a wrong value"
        )
        print(*(f"  {remark}" for remark in toll.remarks), sep="\n")
        counts = {"cases": toll.done, "read": toll.read, "refused": toll.refused}
        recorder.add({"kind": kind, **counts, "unhandled": toll.unhandled, "wrong": toll.wrong})
    sys.exit(not all(toll.clean for toll in tolls.values()))


if __name__ == "__main__":
    main()

"""What each named number changes: ``python -m benchmarks.sensitivity --wing NAME [NAME ...]``.

Every wing has a quick bench on data with known truth. Its numbers that were set by hand are varied one at a
time, by x0.7 and x1.3 (whole numbers by at least 1; shares and ratios near 1 by their distance to it), and the
figures are kept in ``benchmarks/results/sensitivity``. What is kept is not measured again, so the command can
be stopped and started; a number that was changed since is. ``python -m tools.thresholds`` writes the rows into
the pages of the wings. Without ``--wing``: all wings, in the order in which guests notice them.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.records.recorder import commit
from benchmarks.sensitivity.numbers import FACTORS, Number, numbers_of
from benchmarks.sensitivity.part import ORDER, Part, benched, parts_of
from benchmarks.sensitivity.rows import Kept, Row
from benchmarks.sensitivity.runner import Outcome, Warm, in_child, preload
from benchmarks.sensitivity.sources import binders, call_kernels, kernels_anew, read_at_import

_FOREVER: Final = 1e9


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    options = _options(arguments)
    if options.better:
        print("\n".join(better()) or "No variation is better in one figure and worse in none.")
        return
    preload()
    until = time.monotonic() + 60 * (options.minutes or _FOREVER)
    for wing in options.wing or benched():
        for line in measure(wing, options.everything, until, options.only):
            print(line, flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sensitivity", description=__doc__)
    parser.add_argument("--wing", nargs="+", choices=benched(), help="default: all that have a bench")
    parser.add_argument("--only", nargs="+", help="numbers, by name; measured even where they are kept")
    parser.add_argument("--everything", action="store_true", help="also numbers that have a reason already")
    parser.add_argument("--minutes", type=float, help="start no more runs after so long")
    parser.add_argument("--better", action="store_true", help="only list kept variations that are better")
    return parser.parse_args(arguments)


def measure(wing: str, everything: bool, until: float, only: Sequence[str] | None = None) -> Iterator[str]:
    """Vary the numbers of a wing that have no row yet and keep what comes out; yields a line for each."""
    wanted = numbers_of(wing, everything)
    left = [number for number in wanted if _is_wanted(number, Kept.load(wing), only)]
    for part in in_child(lambda: [_told(one) for one in parts_of(wing)]):
        if not left or time.monotonic() > until:
            break
        with Warm(wing, part) as warm:
            yield f"{wing}, {part.name}: {warm.base} on {part.data}"
            mine = [number for number in left if _reached(number, part, warm)]
            for number in sorted(mine, key=_is_slow):
                if time.monotonic() > until:
                    break
                row = _row(number, part, warm)
                Kept.load(wing).with_row(row).save()
                yield f"{wing}, {number.file} {number.threshold.name} = {row.value}: {row.text()}"
            left = [number for number in left if number not in mine]
    kept = Kept.load(wing)
    bare = [n for n in wanted if kept.of(n.file, n.threshold.name, n.threshold.value) is None]
    yield f"{wing}: {len(wanted)} numbers, {len(bare)} not measured"


def better() -> list[str]:
    """Kept variations with which a figure gets better and none worse."""
    return [
        f"{wing}/{row.file} {row.name} = {row.value}, better at {getattr(row, end)}: {row.text()}"
        for wing in ORDER
        for row in Kept.load(wing).rows
        for end in row.better()
    ]


def _told(part: Part) -> Part:
    """A part without its functions, which belong to the process that imported them."""
    return Part(part.name, part.data, dict, dict, dict(part.lower_is_better), part.modules)


def _is_wanted(number: Number, kept: Kept, only: Sequence[str] | None) -> bool:
    if only:
        return number.threshold.name in only
    return kept.of(number.file, number.threshold.name, number.threshold.value) is None


def _is_slow(number: Number) -> bool:
    return read_at_import(number.module, number.threshold.name)


def _reached(number: Number, part: Part, warm: Warm) -> bool:
    """Whether a function that ran in the bench reads the number, or something made of it."""
    name = number.threshold.name
    readers = {number.module, *binders(number.module, name)}
    if any((module, name) in warm.reached for module in readers):
        return True
    if number.module in part.modules:
        return True
    ran = {module for module, _ in warm.reached}
    return read_at_import(number.module, name) and (
        not readers.isdisjoint(ran) or call_kernels(frozenset(ran), kernels_anew(number.module, name))
    )


def _row(number: Number, part: Part, warm: Warm) -> Row:
    low, high = (warm.run(number.change(factor)) for factor in FACTORS)
    return Row(
        file=number.file,
        name=number.threshold.name,
        value=number.threshold.value,
        low=_value(low, FACTORS[0]),
        high=_value(high, FACTORS[1]),
        part=part.name,
        data=part.data,
        base=warm.base,
        at_low=low.figures,
        at_high=high.figures,
        lower_is_better=dict(part.lower_is_better),
        errors=tuple(found.error for found in (low, high) if found.error),
        commit=commit(),
    )


def _value(outcome: Outcome, factor: float) -> str:
    return outcome.value or f"x{factor:g}"


if __name__ == "__main__":
    main()

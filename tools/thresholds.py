"""Fill the tables of thresholds in the wings' pages: ``python -m tools.thresholds [--check]``.

Every number that a module of ``pipeline/rooms`` names stands below a comment ``#: MEANING, UNIT; DATA``. The
page of its wing (``README.md``) shows all of them in one table, between two markers. Where a number was varied
(:mod:`benchmarks.sensitivity`), the table says what came out instead of "effect not measured", as long as the
number has the value that was varied.
"""

import argparse
import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.sensitivity.rows import FOLDER, Kept, Row

ROOMS: Final = Path(__file__).resolve().parents[1] / "pipeline" / "rooms"
BEGIN: Final = "<!-- thresholds -->"
END: Final = "<!-- /thresholds -->"
MARK: Final = "#:"


@dataclass(frozen=True)
class Threshold:
    """A named number of a module.

    Attributes:
        path: of the module, below ``pipeline/rooms``.
        line: where it stands.
        name: of the constant.
        value: as the source writes it.
        meaning: what it says, with its unit; empty where there is no comment.
        data: what chose it; empty where the comment does not say.
    """

    path: Path
    line: int
    name: str
    value: str
    meaning: str
    data: str


def thresholds(path: Path, root: Path = ROOMS) -> list[Threshold]:
    """The numbers that a module names at its top level, in their order."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and _has_number(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            meaning, _, data = _comment_above(lines, node.lineno).partition("; ")
            value = " ".join((ast.get_source_segment(source, node.value) or "").split())
            found += [
                Threshold(path.relative_to(root), node.lineno, ast.unparse(target), value, meaning, data)
                for target in targets
            ]
    return found


def inline_numbers(path: Path) -> list[tuple[int, float]]:
    """Line and value of every literal inside functions that is not plain counting, halving or an epsilon."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {id(part) for node in _named_values(tree) for part in ast.walk(node)}
    literals = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in named)
    return [
        (node.lineno, float(node.value))
        for node in literals
        if isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and not _is_plain(node.value)
    ]


def table(wing: Path, kept: Path = FOLDER) -> str:
    """The thresholds of a wing as a Markdown table; empty where it has none.

    Args:
        wing: its folder.
        kept: the folder of rows of varied numbers.
    """
    rows = [row for path in sorted(wing.rglob("*.py")) for row in thresholds(path, wing)]
    if not rows:
        return ""
    varied = Kept.load(wing.name, kept)
    head = "| name | value | what it says | what chose it |\n|---|---|---|---|\n"
    return head + "".join(_line(row, varied.of(row.path.as_posix(), row.name, row.value)) for row in rows)


def _line(row: Threshold, varied: Row | None) -> str:
    link = f"[`{row.name.strip('()')}`]({row.path.as_posix()})"
    cells = (link, f"`{_cell(row.value)}`", _cell(row.meaning), _cell(chosen_by(row, varied)))
    return f"| {' | '.join(cells)} |\n"


def chosen_by(threshold: Threshold, varied: Row | None) -> str:
    """What chose a number: what its comment says, and what came out when it was varied."""
    if varied is None:
        return threshold.data
    said = _NOT_MEASURED.sub("", threshold.data).strip(" ,;")
    return "; ".join(filter(None, [said, varied.text()]))


def filled(page: str, wing: Path) -> str:
    """A wing's page with its table made anew.

    Raises:
        ValueError: the page lacks the markers; the message says which.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{wing.name}/README.md needs the lines {BEGIN} and {END}, in this order")
    return f"{before}{BEGIN}\n{table(wing)}{END}{after}"


def pages(rooms: Path = ROOMS) -> list[Path]:
    """The pages of the wings that are written."""
    return sorted(rooms.glob("*/README.md"))


def main(arguments: list[str] | None = None) -> int:
    """Write the tables, or with ``--check`` only say which pages are behind (then 1)."""
    parser = argparse.ArgumentParser(prog="python -m tools.thresholds", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if a page is behind")
    chosen = parser.parse_args(arguments)
    behind = []
    for path in pages():
        page = path.read_text(encoding="utf-8")
        new = filled(page, path.parent)
        if new != page:
            behind.append(path)
            if not chosen.check:
                path.write_text(new, encoding="utf-8")
    for path in behind:
        sys.stdout.write(f"{'behind' if chosen.check else 'written'}: {path.relative_to(ROOMS.parents[1])}\n")
    return int(chosen.check and bool(behind))


#: what counts things, names an axis, halves, or is the largest grey level
_PLAIN: Final = frozenset({-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 255.0})
#: numbers up to this keep divisions finite and logarithms defined
_LARGEST_EPSILON: Final = 1e-6
_VALUE_LENGTH: Final = 60
#: what comments say of numbers that were not varied when they were written
_NOT_MEASURED: Final = re.compile(r",? ?effect (by itself )?not measured")


def _is_plain(value: float) -> bool:
    return value in _PLAIN or 0.0 < value <= _LARGEST_EPSILON


def _has_number(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Constant) and type(part.value) in (int, float) for part in ast.walk(node))


def _named_values(tree: ast.Module) -> list[ast.AST]:
    """Assignments of modules and of classes (fields of settings, enums)."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return [
        node
        for body in (tree.body, *(found.body for found in classes))
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
    ]


def _comment_above(lines: list[str], line: int) -> str:
    taken: list[str] = []
    at = line - 2
    while at >= 0 and lines[at].startswith(MARK):
        taken.insert(0, lines[at].removeprefix(MARK).strip())
        at -= 1
    return " ".join(taken)


def _cell(text: str) -> str:
    short = text if len(text) <= _VALUE_LENGTH or " " in text.strip("`") else f"{text[:_VALUE_LENGTH]}..."
    return short.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())

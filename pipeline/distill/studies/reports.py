"""A report of a study: rows as JSON, and as a table for people."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def write_report(folder: Path, name: str, about: str, rows: Sequence[Row], **more: Any) -> Path:
    """Write ``NAME.json`` (about, rows, and what else is told) and ``NAME.md``; the path of the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {"study": name, "about": about, **more, "rows": list(rows)}
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    page = folder / f"{name}.md"
    plain = {key: value for key, value in more.items() if not isinstance(value, list | dict)}
    told = "".join(f"- {key}: {value}\n" for key, value in plain.items())
    page.write_text(f"# {name}\n{about}\n\n{told}\n{table(rows)}", encoding="utf-8")
    return page


def table(rows: Sequence[Row]) -> str:
    """Rows as a table of Markdown; numbers with three significant digits."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns, ["---"] * len(columns), *([_cell(row.get(name, "")) for name in columns] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value).replace("|", "/")

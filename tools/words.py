"""``python -m tools.words``: keep the catalogue of the pages' texts beside the code.

Texts that the code asks for and ``dashboard/words/ko.po`` lacks are added without a translation and listed;
texts that nobody asks for any more are dropped. What the analysis made (contexts ``told``, ``aspect``) stays.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parents[1]
KOREAN: Final = ROOT / "dashboard" / "words" / "ko.po"
#: calls whose first texts are keys, with how many of them
_SINGLE: Final = {"t", "mark"}
_PLURAL: Final = {"tn"}
_COUNTED: Final = {"count", "bars"}


def keys() -> dict[str, str | None]:
    """English texts of the dashboard's code, with the wording for other numbers than 1 where there is one."""
    found: dict[str, str | None] = {}
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        if "node_modules" not in path.parts:
            found |= dict(_keys(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _keys(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if name in _SINGLE and texts and node.args[0] is not None and isinstance(node.args[0], ast.Constant):
            yield texts[0], None
        elif name in _PLURAL and len(texts) > 1:
            yield texts[0], texts[1]
        elif name in _COUNTED and texts:
            yield f"{{number}} {texts[0]}", f"{{number}} {texts[1] if len(texts) > 1 else texts[0] + 's'}"


def korean() -> Catalog:
    """The Korean catalogue as it stands."""
    with KOREAN.open("rb") as file:
        return read_po(file, locale="ko")


def bring_up_to_date(catalogue: Catalog) -> tuple[list[str], list[str]]:
    """Add and drop texts; which of those that the code asks for are without a translation, and the dropped."""
    asked = keys()
    own = {_key(message.id): message for message in catalogue if message.id and not message.context}
    for key, plural in asked.items():
        if key not in own:
            catalogue.add((key, plural) if plural else key)
    dropped = [key for key in own if key not in asked]
    for key in dropped:
        catalogue.delete(own[key].id)
    empty = [key for key in asked if not any(catalogue[key].string or ())]
    return empty, dropped


def _key(text: str | tuple[str, ...] | list[str]) -> str:
    return text if isinstance(text, str) else text[0]


def main() -> None:
    """Write the catalogue, and say what a translator has to do."""
    argparse.ArgumentParser(prog="python -m tools.words", description=__doc__).parse_args()
    catalogue = korean()
    empty, dropped = bring_up_to_date(catalogue)
    with KOREAN.open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, omit_header=False)
    for title, names in (("Without a Korean text", empty), ("Dropped", dropped)):
        print(f"{title}: {len(names)}", *names, sep="\n  ")


if __name__ == "__main__":
    main()

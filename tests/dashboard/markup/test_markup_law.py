"""No HTML is written by hand in the dashboard: elements come from htpy, which escapes what is put into them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markupsafe import Markup

from dashboard.panels import ui
from tests.places import ROOT

#: files with a string that looks like HTML, and why it has to be one
ALLOWED = {
    "dashboard/markup/charts.py": "plotly's own line breaks and hover templates",
    "dashboard/components/room_viewer/__init__.py": "the empty frame that the viewer's script fills",
}
BY_HAND = re.compile(r"^\s*(import html\b|from html import|from xml)", re.MULTILINE)
TAG = re.compile(r"</?[a-zA-Z][^<>]*>?|<!--|&(?:lt|gt|amp|quot);")


def sources() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "dashboard").rglob("*.py"))


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a file but its docstrings, with the fixed parts of its f-strings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


@pytest.mark.parametrize("name", [name for name in sources() if name not in ALLOWED])
def test_no_string_holds_a_tag_and_nothing_is_escaped_by_hand(name: str) -> None:
    found = [f"line {line}: {text!r}" for line, text in strings(ROOT / name) if TAG.search(text)]
    assert not found, "make elements with htpy"
    assert not re.search(
        r"^\s*(import html\b|from html import|from xml)", (ROOT / name).read_text(), re.MULTILINE
    )


def test_what_is_allowed_needs_it() -> None:
    for name in ALLOWED:
        assert any(TAG.search(text) for _, text in strings(ROOT / name)), f"{name} needs no exception"


def test_a_plain_string_is_shown_as_text_and_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("streamlit.html", shown.append)
    ui.html("<script>alert(1)</script>")  # type: ignore[arg-type]
    ui.html(Markup("<b>ours</b>"))
    assert shown == ["&lt;script&gt;alert(1)&lt;/script&gt;", "<b>ours</b>"]

"""Numbers with reasons: every threshold of rooms has a name, a unit and what chose it, on its wing's page."""

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tools.thresholds import ROOMS, filled, inline_numbers, thresholds

#: of lines; more are hard to find again
MOST_INLINE_SHARE: Final = 0.03
WINGS: Final = sorted(path.parent for path in ROOMS.glob("*/__init__.py"))


@pytest.mark.parametrize("wing", WINGS, ids=lambda wing: str(wing.name))
def test_every_named_number_says_what_it_is_and_what_chose_it(wing: Path) -> None:
    silent = [
        f"{row.path}:{row.line} {row.name}"
        for path in sorted(wing.rglob("*.py"))
        for row in thresholds(path, wing)
        if not (row.meaning and row.data)
    ]
    assert not silent


@pytest.mark.parametrize("wing", WINGS, ids=lambda wing: str(wing.name))
def test_few_numbers_have_no_name(wing: Path) -> None:
    found = {path: inline_numbers(path) for path in wing.rglob("*.py")}
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in found)
    where = Counter({path.name: len(numbers) for path, numbers in found.items()}).most_common(5)
    assert sum(map(len, found.values())) <= MOST_INLINE_SHARE * lines, where


@pytest.mark.parametrize("wing", WINGS, ids=lambda wing: str(wing.name))
def test_the_page_of_a_wing_shows_its_thresholds(wing: Path) -> None:
    page = (wing / "README.md").read_text(encoding="utf-8")
    assert filled(page, wing) == page, "run: python -m tools.thresholds"

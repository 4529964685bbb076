"""Stars by the scale of a column: never a star that nobody gave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.exports.scales import read_mark, scale_of


def stars(cells: list[object], header: str = "", hint: float | None = None) -> list[float | None]:
    marks = [read_mark(cell) for cell in cells]
    scale = scale_of([mark for mark in marks if mark is not None], header, hint)
    return [None if mark is None else scale.stars(mark) for mark in marks]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([9.2, 3, 5, 10], [4.6, 1.5, 2.5, 5]),
        ([5, 4, "4,5", 1], [5, 4, 4.5, 1]),
        ([94, 60, 100], [4.7, 3, 5]),
        (["10/10 Excellent", "8/10"], [5, 4]),
        (["FIVE", "ONE", "★★★★☆", "4 out of 5", "3 Sterne", "80%"], [5, 1, 4, 4, 3, 4]),
        ([5] * 30 + [55], [5] * 30 + [None]),
        ([10, 0, 8, 9], [5, None, 4, 4.5]),
    ],
    ids=["ten", "five", "hundred", "out of ten", "said", "slip", "zero"],
)
def test_a_scale_belongs_to_its_column(cells: list[object], expected: list[float]) -> None:
    assert stars(cells) == expected


@pytest.mark.parametrize(
    "cells", [[5, 5, 4, 10], [6, 5, 4], [7, 6], [10, 50, 40], [0.9, 0.4, 0.99], [5, 40, 9, 100], [-1, 0]]
)
def test_where_the_scale_cannot_be_told_there_are_no_stars(cells: list[object]) -> None:
    assert stars(cells) == [None] * len(cells)


def test_a_heading_may_say_the_scale() -> None:
    assert stars([4, 5], "Rating (1-10)") == [2, 2.5]
    assert stars([4, 5], "Note sur 10") == [2, 2.5]
    assert stars([9], "Rating (1-5)") == [None]
    assert stars([6, 7], hint=10) == [3, 3.5]
    assert stars([4, 5], hint=10) == [None, None]


@given(st.lists(st.floats(-20, 200) | st.integers(-5, 120) | st.text(max_size=12), max_size=40))
def test_stars_are_stars_whatever_the_cells(cells: list[object]) -> None:
    assert all(value is None or 0 < value <= 5 for value in stars(cells))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=60))
def test_five_stars_stay_what_they_are(cells: list[int]) -> None:
    assert stars(list(cells)) == cells

"""Progress of a part is progress of the whole, scaled; a sink can stop the work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.progress import Cancelled, Progress

unit = st.floats(0, 1)


@given(unit, unit, unit, unit, unit)
def test_parts_of_parts_stay_inside_and_in_order(a: float, b: float, c: float, d: float, x: float) -> None:
    seen: list[float] = []
    outer = Progress(lambda fraction, message: seen.append(fraction)).part(min(a, b), max(a, b))
    inner = outer.part(min(c, d), max(c, d))
    for fraction in (-1.0, 0.0, x, 1.0, 2.0):
        inner(fraction)
    low, high = min(a, b), max(a, b)
    assert all(low - 1e-9 <= fraction <= high + 1e-9 for fraction in seen)
    assert seen == sorted(seen)


def test_a_sink_stops_the_work() -> None:
    def sink(fraction: float, message: str) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        Progress(sink).part(0.2, 0.4)(0.5, "busy")

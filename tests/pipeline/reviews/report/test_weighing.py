"""Own weights decide who comes first, and nobody is called ahead by chance alone."""

from __future__ import annotations

import pytest

from pipeline.reviews.report import Score, Worth, rank, worth_of_score

QUIET, LOUD = Worth(0.9, 0.02, "90"), Worth(0.4, 0.02, "40")
CHEAP, DEAR = Worth(1.0, 0.0, "$80"), Worth(0.5, 0.0, "$160")
FLATS = {"mill": {"noise": QUIET, "price": DEAR}, "tram": {"noise": LOUD, "price": CHEAP}}


def test_the_weights_decide() -> None:
    assert [own.name for own in rank(FLATS, {"noise": 3, "price": 1})] == ["mill", "tram"]
    assert [own.name for own in rank(FLATS, {"noise": 1, "price": 3})] == ["tram", "mill"]


def test_the_reasons_are_what_moved_it() -> None:
    first, second = rank(FLATS, {"noise": 3, "price": 1})
    assert (first.strengths, first.weaknesses) == (("noise",), ("price",))
    assert (second.strengths, second.weaknesses) == (("price",), ("noise",))
    assert first.ahead and first.total == pytest.approx((3 * 0.9 + 0.5) / 4)


def test_a_wide_band_is_not_ahead() -> None:
    few, more = Score(value=0.9, low=0.5, high=0.99, weight=2), Score(value=0.85, low=0.5, high=0.99, weight=2)
    first, _ = rank({"a": {"noise": worth_of_score(few)}, "b": {"noise": worth_of_score(more)}}, {"noise": 1})
    assert first.name == "a" and not first.ahead


def test_what_is_not_known_neither_helps_nor_hurts_but_widens() -> None:
    known = {"a": {"noise": QUIET}, "b": {"noise": LOUD}, "c": {}}
    found = {own.name: own for own in rank(known, {"noise": 1})}
    assert found["a"].total > found["c"].total > found["b"].total
    assert found["c"].unknown == ("noise",)
    assert found["c"].high - found["c"].low > 0.5


def test_a_criterion_that_nobody_knows_does_not_count() -> None:
    assert all(not own.unknown for own in rank(FLATS, {"noise": 1, "size": 5}))


@pytest.mark.parametrize("weights", [{}, {"noise": 0}, {"noise": -1, "price": 1}])
def test_weights_are_checked(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        rank(FLATS, weights)


def test_a_place_of_which_too_little_is_known_has_no_rank_and_comes_last() -> None:
    known = {"c": {}, "a": {"noise": QUIET, "price": DEAR}, "b": {"noise": LOUD, "price": DEAR}}
    found = rank(known, {"noise": 1, "price": 1})
    assert [(own.name, own.placed) for own in found] == [("a", True), ("b", True), ("c", False)]
    assert found[0].ahead, "what is not known does not stand between the others"
    half = rank({**known, "c": {"noise": QUIET}}, {"noise": 1, "price": 1})
    assert all(own.placed for own in half)

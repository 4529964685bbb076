"""Scores say how sure they are; differences by chance are not called differences."""

import pytest

from pipeline.reviews.report.scores import Judgement, corrected, difference, score_of, shares_differ


def judged(good: int, bad: int) -> list[Judgement]:
    return [Judgement(1, 1)] * good + [Judgement(0, 1)] * bad


def test_few_reviews_look_uncertain() -> None:
    few, many = score_of(judged(2, 0)), score_of(judged(200, 0))
    assert few is not None
    assert many is not None
    assert few.value == pytest.approx(0.75)
    assert few.low < 0.4
    assert many.low > 0.97
    assert many.high - many.low < (few.high - few.low) / 10
    assert score_of([]) is None


def test_unsure_readings_weigh_less() -> None:
    sure, unsure = score_of([Judgement(0, 1.0)] * 4), score_of([Judgement(0, 0.5)] * 4)
    assert sure is not None
    assert unsure is not None
    assert sure.value < unsure.value < 0.5


def test_differences_need_evidence() -> None:
    pairs = [
        (score_of(judged(3, 1)), score_of(judged(2, 2))),
        (score_of(judged(90, 10)), score_of(judged(60, 40))),
    ]
    (few, little), (many, much) = pairs
    assert few and little and many and much
    assert difference(few, little)[1] > 0.3
    assert difference(many, much)[1] < 0.001
    assert difference(many, many) == (0, 1)


def test_shares() -> None:
    assert shares_differ(30, 100, 30, 100) == 1
    assert shares_differ(60, 100, 300, 1000) < 1e-6
    assert shares_differ(2, 3, 1, 3) > 0.3
    assert shares_differ(0, 0, 5, 10) == 1


def test_correction_keeps_order_and_never_helps() -> None:
    raw = [0.04, 0.001, 0.5, 0.03]
    fixed = corrected(raw)
    assert [fixed[i] for i in (1, 3, 0, 2)] == sorted(fixed)
    assert all(new >= old for new, old in zip(fixed, raw, strict=True))
    assert fixed[1] == pytest.approx(0.004)
    assert corrected([]) == []

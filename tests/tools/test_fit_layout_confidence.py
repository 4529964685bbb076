"""The fitter of layout confidences: right is what the depth says, and a feature that tells right is found."""

import numpy as np
import pytest

from tools.fit_layout_confidence import RIGHT, Sample, depth_error, fit, report, sample_of


def test_the_error_knows_no_scale_and_grows_with_a_wrong_wall() -> None:
    true = np.linspace(1.0, 4.0, 60).reshape(6, 10)
    assert depth_error(3.0 * true, true) == pytest.approx(0.0)
    wrong = true.copy()
    wrong[:, 4:] *= np.linspace(1.2, 2.0, 6)
    assert depth_error(wrong, true) > RIGHT


def test_the_feature_that_tells_right_from_wrong_gets_the_weight() -> None:
    dice = np.random.default_rng(5)
    samples = [
        Sample(dice.normal(size=3) + np.array([2.0 * right, 0, 0]), 1.0, 0.5, 0.02 if right else 0.4)
        for right in dice.random(300) < 0.6
    ]
    weight = fit(samples)[1].coef_[0]
    assert weight[0] > 3 * np.abs(weight[1:]).max()
    text = report(samples)
    assert "300 layouts" in text
    assert "_WEIGHT = (" in text


def test_a_photo_of_a_made_room_gives_a_sample_that_is_always_the_same() -> None:
    one, two = (sample_of(7_000_003, (224, 168)) for _ in range(2))
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.features, two.features)
    assert (one.shipped, one.error) == (two.shipped, two.error)
    assert 0.0 <= one.shipped <= 1.0

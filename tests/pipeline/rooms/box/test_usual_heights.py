import numpy as np
import pytest

from pipeline.rooms.box.usual_heights import estimate_scale


def test_scale_is_a_guess_with_its_uncertainty() -> None:
    scale, sigma = estimate_scale(np.array([0.725, 0.725]), None)
    assert scale == pytest.approx(2.0)
    assert sigma == pytest.approx(0.15)
    both, smaller = estimate_scale(np.array([0.725]), 1.275)
    assert both == pytest.approx(2.0)
    assert smaller < sigma
    _, disagreeing = estimate_scale(np.array([0.725]), 2.55)
    assert disagreeing > smaller
    assert estimate_scale(np.array([]), None) == (1.0, 1.0)

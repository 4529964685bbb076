"""The fit finds true coefficients, never against known signs; measures of calibration mean what they say."""

import numpy as np
import pytest

from benchmarks.calibration import Pixels, calibration_error, fit, reliability, report, roc_area
from pipeline.rooms.depth.confidence import COEFFICIENTS

NAMES = list(COEFFICIENTS)


def drawn(seed: int, true: dict[str, float], n: int = 20_000) -> Pixels:
    """Pixels that are right as often as a known model says."""
    rng = np.random.default_rng(seed)
    evidence = rng.uniform(0, 1, (n, len(NAMES)))
    logit = sum(weight * evidence[:, NAMES.index(name)] for name, weight in true.items())
    right = rng.random(n) < 1 / (1 + np.exp(-np.asarray(logit)))
    return Pixels(evidence, rng.random(n) < 0.5, np.where(right, 1.01, 1.5))


def test_known_coefficients_are_found() -> None:
    model = fit(
        [[drawn(0, {"agree measured": 3.0, "rival": -2.0})], [drawn(1, {"agree measured": 3.0, "rival": -2.0})]]
    )
    for row in model.weights:
        assert row[NAMES.index("agree measured")] == pytest.approx(3.0, abs=0.35)
        assert row[NAMES.index("rival")] == pytest.approx(-2.0, abs=0.35)


def test_agreement_never_speaks_against_a_depth_nor_contradiction_for_it() -> None:
    model = fit([[drawn(0, {"agree measured": -3.0, "in front of measured": 3.0})]])
    assert (model.weights[:, NAMES.index("agree measured")] >= 0).all()
    assert (model.weights[:, NAMES.index("in front of measured")] <= 0).all()


def test_the_fitted_confidence_is_calibrated_on_another_room() -> None:
    true = {"alike": 4.0, "depth edge": -3.0}
    unseen = drawn(7, true)
    assert calibration_error(fit([[drawn(0, true)], [drawn(1, true)]])(unseen), unseen.right) < 0.03


def test_calibration_error_is_zero_for_honest_and_one_for_opposite_confidence() -> None:
    right = np.arange(1000) % 4 > 0
    assert calibration_error(np.full(1000, 0.75), right) == pytest.approx(0.0)
    assert calibration_error((~right).astype(float), right) == pytest.approx(1.0)
    assert sum(share for share, _, _ in reliability(np.full(1000, 0.75), right)) == pytest.approx(1.0)


def test_roc_area_is_one_for_perfect_order_and_half_for_none() -> None:
    right = np.array([False, False, True, True])
    assert roc_area(np.array([0.1, 0.2, 0.3, 0.4]), right) == 1.0
    assert roc_area(np.full(4, 0.5), right) == 0.5


def test_the_report_judges_every_room_by_the_others() -> None:
    rooms = {name: drawn(k, {"alike": 3.0}, 2000) for k, name in enumerate("abc")}
    said = report(rooms, [["a", "b"], ["c"]])
    assert all(f"\n{name} " in said for name in "abc")
    assert '"alike": (' in said

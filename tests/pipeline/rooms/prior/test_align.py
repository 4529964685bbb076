"""A guess put to scale: by a box or by measured points, one photo or several, whatever is wrong with some."""

import dataclasses

import numpy as np
import pytest
from jaxtyping import Float

from models.eye.config import SIDES
from pipeline.rooms.prior import Aligned, NotAligned, Prior, aligned, aligned_together

HEIGHT, WIDTH = 30, 40
HEIGHT_M = 1.4


def true_depth() -> Float[np.ndarray, "H W"]:
    """A slanted wall with a box in front of it, metres."""
    depth = np.tile(np.linspace(2.0, 5.0, WIDTH), (HEIGHT, 1))
    depth[10:25, 5:15] = 1.6
    return depth


def prior_of(inverse: Float[np.ndarray, "H W"], free: bool) -> Prior:
    size = inverse.shape
    return Prior(
        depth_over_height=(1.0 / inverse).astype(np.float32),
        uncertainty=np.full(size, 0.1, np.float32),
        sides=np.full((*size, len(SIDES)), 1 / len(SIDES), np.float32),
        normals=np.tile(np.array([0, 0, -1], np.float32), (*size, 1)),
        boundary=np.zeros(size, np.float32),
        K=np.array([[40.0, 0, 19.5], [0, 40, 14.5], [0, 0, 1]]),
        down=np.array([0.0, 1, 0]),
        focal_is_known=True,
        focal_uncertainty=0.0,
        tilt_uncertainty=0.1,
        shift_is_free=free,
    )


def metric(height_m: float = HEIGHT_M) -> Prior:
    return prior_of(height_m / true_depth(), free=False)


def relative() -> Prior:
    return prior_of(0.3 + 2.0 / true_depth(), free=True)


@pytest.mark.parametrize("prior", [metric(), relative()], ids=["scale", "scale and shift"])
def test_a_right_guess_comes_out_in_metres_though_a_third_of_the_evidence_is_wrong(prior: Prior) -> None:
    rng = np.random.default_rng(1)
    measured = true_depth() * np.exp(rng.normal(0, 0.01, (HEIGHT, WIDTH)))
    measured[rng.random(measured.shape) < 0.33] *= 1.8
    measured[rng.random(measured.shape) < 0.5] = np.nan
    found = aligned(prior, measured)
    assert np.abs(found.depth / true_depth() - 1).max() < 0.03
    assert 0.55 < found.agreed < 0.75


def test_things_before_the_box_stay_before_it() -> None:
    """Evidence of a box: right on the wall, wrong where a thing stands in front."""
    box = np.tile(np.linspace(2.0, 5.0, WIDTH), (HEIGHT, 1))
    assert np.abs(aligned(relative(), box).depth / true_depth() - 1).max() < 0.02


def test_what_is_trusted_less_weighs_less() -> None:
    wrong = true_depth()
    wrong[:, ::2] *= 1.5
    wrong[:, 1::10] *= 1.5
    trust = np.ones(wrong.shape)
    trust[:, ::2] = trust[:, 1::10] = 0.2
    assert aligned(metric(), wrong, trust).depth == pytest.approx(true_depth(), rel=0.01)


def test_uncertainty_is_as_large_as_the_evidence_lies_off() -> None:
    rng = np.random.default_rng(0)
    close = aligned(metric(), true_depth() * np.exp(rng.laplace(0, 0.02, (HEIGHT, WIDTH))))
    wide = aligned(metric(), true_depth() * np.exp(rng.laplace(0, 0.2, (HEIGHT, WIDTH))))
    assert close.uncertainty.mean() == pytest.approx(0.02, rel=0.2)
    assert wide.uncertainty.mean() == pytest.approx(0.2, rel=0.2)


def test_no_depth_is_endless_or_behind_the_camera() -> None:
    prior = prior_of(np.linspace(0.0, 1.0, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) + 1e-9, free=True)
    known = np.full((HEIGHT, WIDTH), np.nan)
    known[-5:] = np.linspace(1.0, 2.0, WIDTH)
    depth = aligned(prior, known).depth
    assert (depth > 0).all()
    assert depth.max() <= 6.0 + 1e-4


def test_equal_depths_move_no_shift() -> None:
    one_plane = np.where(true_depth() == 1.6, 1.6, np.nan)
    assert aligned(relative(), one_plane).shift == 0


def test_the_same_evidence_gives_the_same_depth() -> None:
    many = dataclasses.replace(relative()).resized(160, 120)
    measured = np.kron(true_depth(), np.ones((4, 4)))
    assert np.array_equal(aligned(many, measured, seed=3).depth, aligned(many, measured, seed=3).depth)


def test_too_little_evidence_is_told() -> None:
    few = np.full((HEIGHT, WIDTH), np.nan)
    few[0, :20] = 2.0
    with pytest.raises(NotAligned, match="only 20 pixels"):
        aligned(metric(), few)
    with pytest.raises(ValueError, match="shape"):
        aligned(metric(), few[:10])


class TestSeveralPhotos:
    def test_a_photo_without_measured_depth_takes_the_height_of_the_others(self) -> None:
        nothing = np.full((HEIGHT, WIDTH), np.nan)
        found: list[Aligned] = aligned_together(
            [metric(1.3), metric(1.4), metric(1.5), metric(1.4)], [true_depth()] * 3 + [nothing]
        )
        for one in found:
            assert np.abs(one.depth / true_depth() - 1).max() < 0.01
        assert found[3].agreed == 0
        assert found[3].uncertainty.mean() > found[0].uncertainty.mean()

    def test_with_nothing_measured_at_all_there_is_no_scale(self) -> None:
        nothing = np.full((HEIGHT, WIDTH), np.nan)
        with pytest.raises(NotAligned, match="all 2 photos"):
            aligned_together([metric(), metric()], [nothing, nothing])

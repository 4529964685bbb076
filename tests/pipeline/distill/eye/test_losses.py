"""The eye's loss by meaning: least where right, felt where wrong, gradient to every output."""

from dataclasses import fields, replace

import pytest
import torch

from models.eye import Lens, Seen
from pipeline.distill.eye.losses import LossWeights, eye_loss, lens_loss
from pipeline.distill.eye.samples import Batch
from pipeline.distill.rooms import Side

SIZE = (2, 12, 16)


@pytest.fixture
def truth() -> Batch:
    """A batch in which everything occurs."""
    rng = torch.Generator().manual_seed(0)
    normal = torch.nn.functional.normalize(torch.randn(2, 3, 12, 16, generator=rng), dim=1)
    return Batch(
        rgb=torch.zeros(2, 3, 12, 16),
        rays=torch.zeros(2, 2, 12, 16),
        sides=torch.randint(0, len(Side), SIZE, generator=rng),
        log_depth=torch.randn(SIZE, generator=rng),
        normal=normal,
        boundary=torch.rand(SIZE, generator=rng) < 0.2,
        down=torch.tensor([[0.0, 1.0, 0.0]] * 2),
        lens=torch.tensor([[-0.7, 0.1, 0.0], [-0.5, -0.2, 0.05]]),
        measured=torch.zeros(2, 4, 12, 16),
    )


def _right(truth: Batch, scale: float = -3.0) -> Seen:
    """An eye that says the truth, and is sure."""
    log_focal, horizon, slope = truth.lens.T.clone()
    return Seen(
        sides=12.0 * torch.nn.functional.one_hot(truth.sides, len(Side)).permute(0, 3, 1, 2).float(),
        log_depth=truth.log_depth.clone(),
        log_scale=torch.full(SIZE, scale),
        normal=truth.normal.clone(),
        boundary=torch.where(truth.boundary, 12.0, -12.0),
        lens=Lens(log_focal, horizon, slope, torch.full((2, 3), scale)),
    )


def test_the_truth_costs_almost_nothing(truth: Batch) -> None:
    _, parts = eye_loss(_right(truth), truth)
    for name in ("sides", "depth", "slope", "normal", "boundary"):
        assert parts[name] == pytest.approx(0, abs=1e-3), name
    assert parts["overlap"] < 0.05


@pytest.mark.parametrize("name", ["sides", "log_depth", "normal", "boundary"])
def test_every_mistake_costs(truth: Batch, name: str) -> None:
    right = _right(truth)
    wrong = replace(right, **{name: -getattr(right, name)})
    assert float(eye_loss(wrong, truth)[0]) > float(eye_loss(right, truth)[0]) + 0.1


def test_shuffled_depth_costs_even_with_the_same_values(truth: Batch) -> None:
    right = _right(truth)
    wrong = replace(right, log_depth=right.log_depth.flip(2))
    assert float(eye_loss(wrong, truth)[0]) > float(eye_loss(right, truth)[0]) + 0.1


def test_uncertainty_is_best_where_it_is_the_error(truth: Batch) -> None:
    right = _right(truth)
    off = replace(right, log_depth=right.log_depth + 0.2)
    cost = {
        scale: eye_loss(replace(off, log_scale=torch.full(SIZE, scale).log()), truth)[1]["spread"]
        for scale in (0.05, 0.2, 0.8)
    }
    assert cost[0.2] < min(cost[0.05], cost[0.8])


def test_a_wrong_lens_costs_more_where_it_is_sure(truth: Batch) -> None:
    lens = _right(truth).lens
    wrong = replace(lens, log_focal=lens.log_focal + 0.4)
    unsure = replace(wrong, log_scale=torch.full((2, 3), -1.0))
    assert lens_loss(lens, truth.lens) < lens_loss(unsure, truth.lens) < lens_loss(wrong, truth.lens)


def test_every_output_gets_a_gradient(truth: Batch) -> None:
    right = _right(truth)
    leaves = {f.name: (getattr(right, f.name) + 0.1).requires_grad_() for f in fields(Seen) if f.name != "lens"}
    lens = {f.name: (getattr(right.lens, f.name) + 0.1).requires_grad_() for f in fields(Lens)}
    eye_loss(Seen(**leaves, lens=Lens(**lens)), truth)[0].backward()  # type: ignore[no-untyped-call]
    for name, leaf in {**leaves, **lens}.items():
        assert leaf.grad is not None, name
        assert float(leaf.grad.abs().sum()) > 0, name


def test_negative_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        LossWeights(depth=-1.0)

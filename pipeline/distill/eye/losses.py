"""What the eye is told about its mistakes."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from models.eye import Lens, Seen
from pipeline.distill.eye.samples import Batch
from pipeline.distill.rooms import Side

#: windows and mirrors have a plane's depth that nobody needs exactly
_OPEN_WEIGHT = 0.5


@dataclass(frozen=True)
class LossWeights:
    """Weights of the parts.

    Attributes:
        sides: cross-entropy; overlap: 1 - soft Dice of things (Milletari et al. 2016).
        depth: absolute error of log depth; spread: its Laplace likelihood; slope: error of its differences.
        normal: 1 - cosine; boundary: cross-entropy of outlines; lens: Laplace likelihood of focal and horizon.
    """

    sides: float = 1.0
    overlap: float = 0.3
    depth: float = 1.0
    spread: float = 0.15
    slope: float = 0.5
    normal: float = 0.6
    boundary: float = 0.15
    lens: float = 0.05

    def __post_init__(self) -> None:
        if min(vars(self).values()) < 0:
            raise ValueError("weights of the loss must not be negative")


def eye_loss(
    seen: Seen, truth: Batch, weights: LossWeights | None = None
) -> tuple[Float[Tensor, ""], dict[str, float]]:
    """The weighted sum, and the parts as numbers."""
    w = weights or LossWeights()
    care = torch.where(truth.sides >= Side.OPENING, _OPEN_WEIGHT, 1.0)
    error = (seen.log_depth - truth.log_depth).abs()
    parts = {
        "sides": F.cross_entropy(seen.sides, truth.sides),
        "overlap": _overlap(seen.sides, truth),
        "depth": (error * care).mean(),
        "spread": (care * _laplace(error, seen.log_scale)).mean(),
        "slope": _slopes(seen.log_depth, truth.log_depth),
        "normal": ((1 - (seen.normal * truth.normal).sum(dim=1)) * care).mean(),
        "boundary": F.binary_cross_entropy_with_logits(seen.boundary, truth.boundary.float()),
        "lens": lens_loss(seen.lens, truth.lens),
    }
    total = torch.stack([getattr(w, name) * part for name, part in parts.items()]).sum()
    return total, {name: float(part.detach()) for name, part in parts.items()}


def _laplace(error: Tensor, log_scale: Tensor) -> Tensor:
    """Negative log likelihood up to a constant."""
    return error * torch.exp(-log_scale) + log_scale


def lens_loss(lens: Lens, truth: Float[Tensor, "B 3"]) -> Float[Tensor, ""]:
    """Laplace likelihood of focal length, horizon and slope; large horizons are felt like their logarithm."""
    told = torch.stack([lens.log_focal, lens.horizon, lens.slope], dim=1)
    return _laplace((told - truth).abs().clamp(max=2.0), lens.log_scale).mean()


def _overlap(logits: Tensor, truth: Batch) -> Tensor:
    chance = logits.softmax(dim=1)[:, Side.THING]
    thing = (truth.sides == Side.THING).float()
    common, both = (chance * thing).sum(dim=(1, 2)), (chance + thing).sum(dim=(1, 2))
    return 1 - ((2 * common + 50) / (both + 50)).mean()


def _slopes(told: Tensor, truth: Tensor) -> Tensor:
    """Differences to the neighbour on three scales."""
    total = told.new_zeros(())
    difference = told - truth
    for step in (1, 2, 4):
        across = (difference[:, :, step:] - difference[:, :, :-step]).abs().mean()
        total = total + across + (difference[:, step:] - difference[:, :-step]).abs().mean()
    return total / 3

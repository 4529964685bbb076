"""From raw head channels to points and confidence."""

import torch
from jaxtyping import Float
from torch import Tensor

from models.fast3r.config import Mode


def to_points(raw: Float[Tensor, "B 3 H W"], mode: Mode) -> Float[Tensor, "B H W 3"]:
    """Points: the direction of the raw vector at a distance that depends on its length.

    ``exp``: expm1(length); ``square``: length^2; ``linear``: the vector itself.
    """
    xyz = raw.permute(0, 2, 3, 1)
    if mode[0] != "linear":
        length = xyz.norm(dim=-1, keepdim=True)
        distance = torch.expm1(length) if mode[0] == "exp" else length.square()
        xyz = xyz / length.clamp(min=1e-8) * distance
    return xyz.contiguous()


def to_confidence(raw: Float[Tensor, "B H W"], mode: Mode) -> Float[Tensor, "B H W"]:
    """Confidence: least + exp(raw), capped at the greatest (``exp``), or a sigmoid between the two."""
    name, low, high = mode
    if name == "sigmoid":
        confidence: Tensor = low + (high - low) * torch.sigmoid(raw)
    else:
        confidence = low + raw.exp().clamp(max=high - low)
    return confidence

"""Whether a model says the same of a view whatever else it sees, and in whatever order."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from models.fast3r import Fast3R, RunOptions
from pipeline.distill.evaluation.geometry import similarity

_OPTIONS = RunOptions(precision="float32")


@torch.no_grad()
def steadiness(model: Fast3R, views: Sequence[Tensor], *, tries: int = 3, seed: int = 0) -> dict[str, float]:
    """Mean distance between what two passes say of the same pixels, over their mean distance from the camera.

    Args:
        model: in evaluation mode.
        views: of one scene, (1, 3, H, W) each; at least three.
        tries: orders, and subsets.
        seed: of them, and of the rows of the image-index table.

    Returns:
        ``orders`` (another reference, after one similarity) and ``subsets`` (half of the views, at least two,
        the first one among them, after one scale and place).

    Raises:
        ValueError: too few views.
    """
    if len(views) < 3:
        raise ValueError("three views are needed to leave one out")
    rng = np.random.default_rng(seed)
    whole = _points(model, views, seed)
    orders, subsets = [], []
    for number in range(tries):
        order = [int(k) for k in rng.permutation(len(views))]
        orders.append(_apart(_points(model, [views[k] for k in order], seed + number), whole[order]))
        some = [0, *sorted(int(k) + 1 for k in rng.permutation(len(views) - 1)[: max(1, len(views) // 2 - 1)])]
        subsets.append(_apart(_points(model, [views[k] for k in some], seed + number), whole[some]))
    return {"orders": float(np.mean(orders)), "subsets": float(np.mean(subsets))}


def _points(model: Fast3R, views: Sequence[Tensor], seed: int) -> Tensor:
    """Global points (V, H, W, 3)."""
    return torch.cat([view.pts3d_in_other_view for view in model(list(views), seed=seed, options=_OPTIONS)])


def _apart(told: Tensor, whole: Tensor) -> float:
    a, b = told.reshape(-1, 3), whole.reshape(-1, 3)
    apart = torch.linalg.vector_norm(similarity(a, b)(a) - b, dim=1)
    return float(apart.mean() / torch.linalg.vector_norm(b - b.mean(dim=0), dim=1).mean())

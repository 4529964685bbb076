"""The original's four figures of a student beside its teacher, seeded: its own ran unseeded, on the first view.

* Chamfer: mean squared distance to the nearest point, both ways added, of 1,000 random points a side.
* Distances of corresponding points: mean, standard deviation, least, greatest, median.
* Mean absolute error of each axis and of all.
* Self-consistency: of 5,000 random points, the share that has at least max(1, mean - 2 standard deviations)
  neighbours within 0.1. It looks at one cloud alone and is a measure of outliers.

Scale was never aligned; ``aligned`` puts the student to the teacher's scale and place by one similarity first.
"""

import numpy as np
import torch
from jaxtyping import Float
from scipy.spatial import cKDTree
from torch import Tensor

from pipeline.distill.evaluation.geometry import similarity

CHAMFER_POINTS, CLOUD_POINTS, RADIUS = 1000, 5000, 0.1
_AXES = ("x", "y", "z")


def four_figures(
    student: Float[Tensor, "V H W 3"],
    teacher: Float[Tensor, "V H W 3"],
    *,
    all_views: bool = False,
    aligned: bool = False,
    seed: int = 0,
) -> dict[str, float]:
    """The figures by name.

    Args:
        student, teacher: global points of one scene's views.
        all_views: all of them; else the first, as the original.
        aligned: after one similarity.
        seed: of the random points.

    Raises:
        ValueError: maps of other shapes.
    """
    if student.shape != teacher.shape or student.ndim != 4:
        raise ValueError(
            f"maps of {tuple(student.shape)} and {tuple(teacher.shape)}; expected (V, H, W, 3) twice"
        )
    views = slice(None) if all_views else slice(1)
    mine, theirs = student[views].reshape(-1, 3), teacher[views].reshape(-1, 3)
    if aligned:
        mine = similarity(mine, theirs)(mine)
    rng = np.random.default_rng(seed)
    a, b = mine.cpu().numpy(), theirs.cpu().numpy()
    apart = torch.linalg.vector_norm(mine - theirs, dim=1)
    error = (mine - theirs).abs()
    figures = {"chamfer": chamfer(a, b, rng)}
    figures |= {
        "l2_mean": float(apart.mean()),
        "l2_std": float(apart.std()),
        "l2_min": float(apart.min()),
        "l2_max": float(apart.max()),
        "l2_median": float(apart.median()),
    }
    figures |= {f"mae_{axis}": float(error[:, k].mean()) for k, axis in enumerate(_AXES)}
    figures |= {"mae": float(error.mean()), "self_consistency": self_consistency(a, rng)}
    return figures


def chamfer(a: Float[np.ndarray, "N 3"], b: Float[np.ndarray, "M 3"], rng: np.random.Generator) -> float:
    """Squared Chamfer distance of random points of each cloud."""
    one, two = (
        cloud[rng.choice(len(cloud), min(CHAMFER_POINTS, len(cloud)), replace=False)] for cloud in (a, b)
    )
    there, back = cKDTree(two).query(one)[0], cKDTree(one).query(two)[0]
    return float((there**2).mean() + (back**2).mean())


def self_consistency(cloud: Float[np.ndarray, "N 3"], rng: np.random.Generator) -> float:
    """Share of random points that have not far fewer neighbours than the others."""
    points = cloud[rng.choice(len(cloud), min(CLOUD_POINTS, len(cloud)), replace=False)]
    near = cKDTree(points).query_ball_point(points, RADIUS, return_length=True) - 1
    return float((near >= max(1.0, near.mean() - 2 * near.std())).mean())

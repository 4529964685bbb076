"""Figures of point maps against a truth or a teacher, after one similarity or one scale."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.spatial import cKDTree
from torch import Tensor

from models.fast3r import ViewMaps

#: points that accuracy and completeness compare at most, each way
_SAMPLES = 20_000
#: share of a view's pixels, the surest ones, that its pose is taken from (Fast3R: .15 to .9)
_SURE = 0.5
AUC_DEG = (3.0, 5.0, 30.0)
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Similarity:
    """``x -> scale R x + t``."""

    scale: float
    R: Float[Tensor, "3 3"]
    t: Float[Tensor, "3"]

    def __call__(self, points: Float[Tensor, "*S 3"]) -> Float[Tensor, "*S 3"]:
        """Move points."""
        return self.scale * points @ self.R.T + self.t


def similarity(
    source: Float[Tensor, "N 3"], target: Float[Tensor, "N 3"], weight: Float[Tensor, " N"] | None = None
) -> Similarity:
    """The least-squares similarity from source to target (Umeyama 1991), in double precision.

    Raises:
        ValueError: fewer than three pairs, or other numbers of points.
    """
    if len(source) != len(target) or len(source) < 3:
        raise ValueError("at least three pairs of points are needed")
    a, b = source.double(), target.double()
    w = torch.ones(len(a), dtype=torch.float64) if weight is None else weight.double().cpu()
    w = (w / w.sum()).to(a.device)[:, None]
    mean_a, mean_b = (w * a).sum(dim=0), (w * b).sum(dim=0)
    U, D, Vt = torch.linalg.svd((b - mean_b).T @ (w * (a - mean_a)))
    sign = torch.ones(3, dtype=torch.float64, device=a.device)
    sign[2] = torch.sign(torch.det(U) * torch.det(Vt))
    R = U @ torch.diag(sign) @ Vt
    scale = float((D * sign).sum() / (w * (a - mean_a).square()).sum().clamp(min=_TINY))
    R, t = R.to(source.dtype), (mean_b - scale * R @ mean_a).to(source.dtype)
    return Similarity(scale, R, t)


def median_scale(estimated: Float[Tensor, " N"], true: Float[Tensor, " N"]) -> float:
    """The median of ratios, which brings an estimate to the true scale."""
    return float((true / estimated.clamp(min=_TINY)).median())


def abs_rel(estimated: Float[Tensor, "H W"], true: Float[Tensor, "H W"]) -> float:
    """Mean of |estimated - true| / true after one scale (median ratio), where the truth is positive.

    An estimate that is not positive counts as if it were at the camera.

    Raises:
        ValueError: no pixel has a true depth.
    """
    known = (true > 0) & true.isfinite()
    if not bool(known.any()):
        raise ValueError("no pixel has a true depth")
    told, right = estimated[known].nan_to_num().clamp(min=0), true[known]
    seen = told > 0
    if not bool(seen.any()):
        return 1.0
    scale = median_scale(told[seen], right[seen])
    return float(((scale * told - right).abs() / right).mean())


def pose_of(view: ViewMaps) -> Float[Tensor, "4 4"]:
    """The camera of a view (first scene of the batch) in the frame of the first one, from both of its maps.

    Raises:
        ValueError: there is no local map.
    """
    if view.pts3d_local is None:
        raise ValueError("poses need local maps")
    local, whole = view.pts3d_local[0].reshape(-1, 3), view.pts3d_in_other_view[0].reshape(-1, 3)
    sure = torch.ones(len(local)) if view.conf is None else view.conf[0].reshape(-1)
    chosen = sure >= sure.quantile(1 - _SURE)
    fit = similarity(local[chosen], whole[chosen])
    pose = torch.eye(4)
    pose[:3, :3], pose[:3, 3] = fit.R.cpu(), fit.t.cpu()
    return pose


def pair_errors_deg(estimated: Float[Tensor, "V 4 4"], true: Float[Tensor, "V 4 4"]) -> Float[np.ndarray, " P"]:
    """The larger of rotation and translation direction error of every pair of views."""
    errors = []
    for i in range(len(true)):
        for j in range(i):
            told, right = (
                torch.linalg.inv(poses[i].double()) @ poses[j].double() for poses in (estimated, true)
            )
            turn = told[:3, :3].T @ right[:3, :3]
            rotation = torch.acos(((turn.diagonal().sum() - 1) / 2).clamp(-1, 1))
            a, b = told[:3, 3], right[:3, 3]
            apart = torch.atan2(torch.linalg.cross(a, b).norm(), a @ b)
            translation = torch.where(b.norm() > _TINY, apart, 0.0)
            errors.append(float(torch.rad2deg(torch.maximum(rotation, translation))))
    return np.array(errors)


def auc(errors_deg: Float[np.ndarray, " P"], threshold_deg: float) -> float:
    """Area under the recall curve up to the threshold, over the threshold."""
    return float(np.clip(1 - errors_deg / threshold_deg, 0, None).mean()) if len(errors_deg) else 0.0


def accuracy_completeness(
    estimated: Float[Tensor, "N 3"], true: Float[Tensor, "M 3"], seed: int = 0
) -> tuple[float, float]:
    """Median distance from estimated points to true ones, and back; both in one frame and scale."""
    rng = np.random.default_rng(seed)
    a, b = (points.cpu().numpy()[rng.permutation(len(points))[:_SAMPLES]] for points in (estimated, true))
    return float(np.median(cKDTree(b).query(a)[0])), float(np.median(cKDTree(a).query(b)[0]))

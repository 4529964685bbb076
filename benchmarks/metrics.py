"""How good a reconstruction is, against ground truth.

* Pair rotation error: angle of ``R_gt^T R_est`` over the relative rotations of all pairs of photos.
* Pair translation error: angle between the directions of the relative translations.
* AUC@t of the larger of the two, the area under the recall curve up to t degrees (unplaced pairs count as 180).
* Depth AbsRel and shares within 1.25 (Eigen et al. 2014) and 1.03 (Schroeppel et al. 2022) after one scale
  (median ratio) per photo.
* Coverage: share of all pixels with a measured, inferred, generated or no point.
* Flatness: root mean square distance to the least-squares plane.
* Accuracy (estimated to true), completeness (true to estimated) and F-score (Knapitsch et al. 2017) after a
  similarity alignment (Umeyama 1991).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from scipy.spatial import cKDTree

from pipeline.rooms.scene import Source, rotation_angle_rad

Pose = Float[np.ndarray, "4 4"]


@dataclass(frozen=True)
class DepthErrors:
    """AbsRel, shares of pixels within a factor 1.25 and 1.03, and the scale applied to the estimate."""

    abs_rel: float
    within_125: float
    scale: float
    within_103: float = 0.0


@dataclass(frozen=True)
class Coverage:
    """Shares of all pixels by the source of their point; they sum to 1."""

    measured: float
    inferred: float
    generated: float
    none: float

    @property
    def any(self) -> float:
        """Share of pixels with a point."""
        return 1.0 - self.none


@dataclass(frozen=True)
class PointErrors:
    """Accuracy and completeness (mean and median, metres) and F-score at the threshold."""

    accuracy_mean_m: float
    accuracy_median_m: float
    completeness_mean_m: float
    completeness_median_m: float
    f_score: float


def pair_errors_rad(
    estimated: list[Pose], true: list[Pose]
) -> tuple[Float[np.ndarray, " P"], Float[np.ndarray, " P"]]:
    """Rotation and translation direction error of every pair of cameras (world-from-camera poses).

    The translation error is 0 where the true cameras share their centre.
    """
    if len(estimated) != len(true):
        raise ValueError(f"{len(estimated)} estimated and {len(true)} true poses")
    rotations, translations = [], []
    for i in range(len(true)):
        for j in range(i):
            est, gt = (np.linalg.inv(poses[i]) @ poses[j] for poses in (estimated, true))
            rotations.append(rotation_angle_rad(est[:3, :3], gt[:3, :3]))
            a, b = est[:3, 3], gt[:3, 3]
            if np.linalg.norm(b) < 1e-9:
                translations.append(0.0)
            else:
                translations.append(float(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))
    return np.array(rotations), np.array(translations)


def auc(errors_deg: Float[np.ndarray, " P"], threshold_deg: float) -> float:
    """Area under the recall curve from 0 to the threshold, divided by the threshold (0 to 1)."""
    if threshold_deg <= 0:
        raise ValueError("the threshold must be positive")
    if len(errors_deg) == 0:
        return 0.0
    return float(np.clip(1.0 - np.asarray(errors_deg) / threshold_deg, 0.0, None).mean())


def pose_auc(
    estimated: Mapping[str, Pose], true: Mapping[str, Pose], thresholds_deg: Sequence[float] = (3, 5, 10, 30)
) -> dict[float, float]:
    """AUC of the larger of rotation and translation error over all pairs of ``true``, by threshold in degrees.

    Args:
        estimated: poses of the placed photos by photo id; the others count as 180 degrees in every pair.
        true: poses of all photos by photo id.
    """
    placed = [name for name in true if name in estimated]
    rotation, translation = pair_errors_rad([estimated[n] for n in placed], [true[n] for n in placed])
    errors = np.degrees(np.maximum(rotation, translation))
    unplaced = len(true) * (len(true) - 1) // 2 - len(errors)
    errors = np.concatenate([errors, np.full(unplaced, 180.0)])
    return {threshold: auc(errors, threshold) for threshold in thresholds_deg}


def umeyama(
    source: Float[np.ndarray, "N 3"], target: Float[np.ndarray, "N 3"]
) -> tuple[float, Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]]:
    """Scale, rotation and shift with least squares ``target ~ s R source + t``."""
    if len(source) != len(target) or len(source) < 3:
        raise ValueError("at least three pairs of points are needed")
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    a, b = source - source_mean, target - target_mean
    U, D, Vt = np.linalg.svd(b.T @ a / len(a))
    S = np.diag([1.0, 1.0, np.sign(np.linalg.det(U) * np.linalg.det(Vt))])
    R = U @ S @ Vt
    scale = float((D * np.diag(S)).sum() / max(float((a**2).sum() / len(a)), 1e-12))
    return scale, R, target_mean - scale * R @ source_mean


def depth_errors(estimated: Float[np.ndarray, "H W"], true: Float[np.ndarray, "H W"]) -> DepthErrors:
    """Errors of one depth map over pixels where both are positive."""
    usable = (true > 0) & (np.nan_to_num(estimated) > 0)
    if not usable.any():
        raise ValueError("no pixel has both an estimated and a true depth")
    e, t = estimated[usable].astype(float), true[usable].astype(float)
    scale = float(np.median(t / e))
    e = e * scale
    ratio = np.maximum(e / t, t / e)
    return DepthErrors(
        abs_rel=float((np.abs(e - t) / t).mean()),
        within_125=float((ratio < 1.25).mean()),
        scale=scale,
        within_103=float((ratio < 1.03).mean()),
    )


def coverage(sources: Sequence[UInt8[np.ndarray, "H W"]]) -> Coverage:
    """Coverage of photos, given the source of every pixel (:class:`pipeline.rooms.scene.point_maps.Source`)."""
    if not sources:
        raise ValueError("coverage of no photo is not defined")
    total = sum(source.size for source in sources)
    shares = {kind: sum(int((source == kind).sum()) for source in sources) / total for kind in Source}
    return Coverage(
        measured=shares[Source.MEASURED],
        inferred=shares[Source.INFERRED],
        generated=shares[Source.GENERATED],
        none=shares[Source.NONE],
    )


def flatness_m(points: Float[np.ndarray, "N 3"]) -> float:
    """Root mean square distance of the points to their least-squares plane."""
    if len(points) < 3:
        raise ValueError("at least three points are needed")
    centred = points - points.mean(axis=0)
    least = max(float(np.linalg.eigvalsh(centred.T @ centred / len(points))[0]), 0.0)
    return float(np.sqrt(least))


def point_errors(
    estimated: Float[np.ndarray, "N 3"], true: Float[np.ndarray, "M 3"], threshold_m: float = 0.05
) -> PointErrors:
    """Distances between two (aligned) point sets."""
    if len(estimated) == 0 or len(true) == 0:
        raise ValueError("both point sets need points")
    to_true = cKDTree(true).query(estimated, workers=2)[0]
    to_estimated = cKDTree(estimated).query(true, workers=2)[0]
    precision, recall = float((to_true < threshold_m).mean()), float((to_estimated < threshold_m).mean())
    f_score = 2 * precision * recall / max(precision + recall, 1e-12)
    return PointErrors(
        float(to_true.mean()),
        float(np.median(to_true)),
        float(to_estimated.mean()),
        float(np.median(to_estimated)),
        f_score,
    )

"""From predicted point maps to cameras: focal length, pose, and the alignment of local to global points.

After Fast3R (Yang et al., CVPR 2025, section 3.4) and DUSt3R (Wang et al., CVPR 2024): focal length by
Weiszfeld's algorithm, pose by PnP in RANSAC on the most confident pixels, local maps moved onto the global one.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

#: rounds of Weiszfeld's algorithm at most, count; DUSt3R's code has 10, ours stops at rest before it
_WEISZFELD_ROUNDS = 100
#: fewer pixels have no focal length and no pose, count; set by hand, effect not measured
_LEAST_PIXELS = 64
#: share of the pixels, by confidence, that a focal length is found from, share; set by hand, effect not
#: measured
_FOCAL_SHARE = 0.9
#: shortest and longest focal length of a picture, longer sides; by definition: 136 and 6 degrees wide
_FOCAL_RANGE = (0.2, 10.0)
#: points that a pose is found from at most, count; set by hand for time, effect not measured
_MOST_PNP_POINTS = 20_000
#: a point agrees with a pose within this, px; that of DUSt3R's code, effect not measured
_PNP_ERROR_PX = 5.0
#: trials of RANSAC, least and most, count; set by hand for time, effect not measured
_PNP_TRIALS = (100, 2000)
#: a pose that fewer points agree with is none, share; set by hand, effect not measured
_LEAST_INLIERS = 0.1
#: residuals beyond so many medians are left out of a similarity, none; set by hand, effect not measured
_TRIMMED = 3.0


@dataclass(frozen=True)
class Similarity:
    """``x -> scale * rotation @ x + shift``."""

    scale: float
    rotation: Float[np.ndarray, "3 3"]
    shift: Float[np.ndarray, "3"]

    def __call__(self, points: Float[np.ndarray, "*S 3"]) -> Float[np.ndarray, "*S 3"]:
        """Move points."""
        moved: Float[np.ndarray, "*S 3"] = self.scale * points @ self.rotation.T + self.shift
        return moved

    def pose(self) -> Float[np.ndarray, "4 4"]:
        """The rigid part: pose of a camera whose own frame is the source."""
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = self.rotation, self.shift
        return pose


def confident(confidence: Float[np.ndarray, "H W"], share: float) -> Bool[np.ndarray, "H W"]:
    """The ``share`` of the pixels with the highest confidence (at least 64; ties are all in)."""
    finite: Bool[np.ndarray, "H W"] = np.isfinite(confidence)
    if not finite.any():
        return finite
    kept = max(share, min(1.0, _LEAST_PIXELS / confidence.size))
    threshold = np.quantile(confidence[finite], 1.0 - kept)
    chosen: Bool[np.ndarray, "H W"] = finite & (confidence >= threshold)
    return chosen


def pinhole(focal_px: float, width_px: int, height_px: int) -> Float[np.ndarray, "3 3"]:
    """Intrinsics with the principal point in the middle (pixel centres at integers)."""
    return np.array([[focal_px, 0, (width_px - 1) / 2], [0, focal_px, (height_px - 1) / 2], [0, 0, 1.0]])


def weiszfeld_focal(
    points: Float[np.ndarray, "H W 3"], confidence: Float[np.ndarray, "H W"] | None = None
) -> float | None:
    """Focal length (pixels) that best explains points given in their own camera's frame.

    Minimises the sum of distances, in pixels, between each pixel and the projection of its point, over the
    pixels above the lowest tenth of confidence, starting from least squares.

    Returns:
        The focal length, or ``None`` where the points are no picture of anything (fewer than 64 in front of
        the camera, or a focal length outside a fifth to ten times the longer side).
    """
    height, width = points.shape[:2]
    use = np.isfinite(points).all(axis=2) & (points[..., 2] > 1e-6)
    if confidence is not None:
        use &= confident(confidence, _FOCAL_SHARE)
    if int(use.sum()) < _LEAST_PIXELS:
        return None
    v, u = np.nonzero(use)
    pixels = np.stack([u - (width - 1) / 2, v - (height - 1) / 2], axis=1)
    rays = (points[use][:, :2] / points[use][:, 2:]).astype(np.float64)
    dot, square = (pixels * rays).sum(axis=1), (rays * rays).sum(axis=1)
    weight = np.ones(len(dot))
    focal = 0.0
    for _ in range(_WEISZFELD_ROUNDS):
        total = float((weight * square).sum())
        if total <= 0:
            return None
        before, focal = focal, float((weight * dot).sum()) / total
        if abs(focal - before) < 1e-7 * abs(focal):
            break
        distance = np.linalg.norm(pixels - focal * rays, axis=1)
        weight = 1.0 / np.maximum(distance, 1e-8)
    longer = max(height, width)
    return focal if _FOCAL_RANGE[0] * longer < focal < _FOCAL_RANGE[1] * longer else None


def pnp_pose(
    points: Float[np.ndarray, "H W 3"],
    use: Bool[np.ndarray, "H W"],
    K: Float[np.ndarray, "3 3"],
    seed: int = 0,
) -> tuple[Float[np.ndarray, "4 4"], float] | None:
    """Camera pose from the world points of its pixels, by LO-RANSAC with P3P and final refinement.

    Args:
        points: world points.
        use: pixels to use (confident ones).
        K: intrinsics in pixels of the map.
        seed: of the random samples.

    Returns:
        ``world_from_camera`` and the share of used pixels within 5 px, or ``None`` where there is no pose
        (fewer than 64 points, or less than a tenth of them agree).
    """
    import poselib  # type: ignore[import-untyped, unused-ignore]

    use = use & np.isfinite(points).all(axis=2)
    v, u = np.nonzero(use)
    if len(v) < _LEAST_PIXELS:
        return None
    if len(v) > _MOST_PNP_POINTS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(v), _MOST_PNP_POINTS, replace=False))
        v, u = v[chosen], u[chosen]
    world = points[v, u].astype(np.float64)
    centre, spread = world.mean(axis=0), float(world.std())
    if spread <= 1e-9:
        return None
    height, width = points.shape[:2]
    camera = {
        "model": "PINHOLE",
        "width": width,
        "height": height,
        "params": [K[0, 0], K[1, 1], K[0, 2], K[1, 2]],
    }
    least, most = _PNP_TRIALS
    ransac = {"max_reproj_error": _PNP_ERROR_PX, "max_iterations": most, "min_iterations": least, "seed": seed}
    pixels = np.stack([u, v], axis=1).astype(np.float64)
    pose, found = poselib.estimate_absolute_pose(pixels, (world - centre) / spread, camera, ransac, {})
    inliers = float(found["num_inliers"]) / len(v)
    rotation, shift = np.asarray(pose.R), np.asarray(pose.t)
    if inliers < _LEAST_INLIERS or not (np.isfinite(rotation).all() and np.isfinite(shift).all()):
        return None
    world_from_camera = np.eye(4)
    world_from_camera[:3, :3] = rotation.T
    world_from_camera[:3, 3] = centre - spread * rotation.T @ shift
    return world_from_camera, inliers


def fit_similarity(source: Float[np.ndarray, "N 3"], target: Float[np.ndarray, "N 3"]) -> Similarity | None:
    """The similarity that takes ``source`` closest to ``target`` (Umeyama 1991), outliers trimmed twice.

    Returns:
        ``None`` where it is not determined: fewer than 3 points, or all on a line.
    """
    finite = np.isfinite(source).all(axis=1) & np.isfinite(target).all(axis=1)
    source, target = source[finite].astype(np.float64), target[finite].astype(np.float64)
    kept = np.ones(len(source), bool)
    fit = None
    for _ in range(3):
        fit = _umeyama(source[kept], target[kept])
        if fit is None:
            return None
        residual = np.linalg.norm(fit(source) - target, axis=1)
        kept = residual <= _TRIMMED * max(float(np.median(residual)), 1e-12)
    return fit


def _umeyama(source: np.ndarray, target: np.ndarray) -> Similarity | None:
    if len(source) < 3:
        return None
    mean_source, mean_target = source.mean(axis=0), target.mean(axis=0)
    a, b = source - mean_source, target - mean_target
    variance = float((a * a).sum())
    left, singular, right = np.linalg.svd(b.T @ a)
    if variance <= 0 or singular[1] <= 1e-9 * max(float(singular[0]), 1e-300):
        return None
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = left * sign @ right
    scale = float((singular * sign).sum()) / variance
    if not scale > 0:
        return None
    return Similarity(scale, rotation, mean_target - scale * rotation @ mean_source)

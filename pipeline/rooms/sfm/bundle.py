"""Small bundle adjustment with priors on rotations and focal length (Levenberg-Marquardt, Schur complement).

Triggs et al., "Bundle adjustment: a modern synthesis", 2000. Meant for tens of photos, not hundreds.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial.transform import Rotation

#: where residuals stop to count in full, standard deviations of the noise; 95 % efficient (Huber, "Robust
#: statistics", 1981)
_HUBER_SIGMAS: Final = 1.345
#: standard deviations of normal noise per median absolute residual, none; by definition
_SIGMAS_PER_MEDIAN: Final = 1.4826
#: Huber's limit is at least this, px; set by hand, effect not measured
_LEAST_HUBER_PX: Final = 0.2
#: Huber's limit is at most this, px; set by hand, effect not measured
_MOST_HUBER_PX: Final = 1.5
#: Cauchy's limit for rotations by lines, some of which are plainly wrong, standard deviations; 95 % efficient
#: (Holland and Welsch, "Robust regression using iteratively reweighted least-squares", 1977)
_CAUCHY_SIGMAS: Final = 2.385
#: residual of a point behind its camera, px; set by hand, effect not measured
_BEHIND_PX: Final = 1e3
#: first damping of Levenberg and Marquardt, share of the diagonal; set by hand, effect not measured
_DAMPING: Final = 1e-3
#: damping grows and falls by this factor, none; usual, effect not measured
_DAMPING_FACTOR: Final = 10.0
#: damped steps that are tried before the adjustment ends, count; set by hand, effect not measured
_TRIES: Final = 6
#: steps of an adjustment, count; set by hand, effect not measured
_ITERATIONS: Final = 20
#: unknowns of a camera: three of its turn, three of its shift, count; by definition
_POSE: Final = 6
#: how far a step may change a focal length, logarithm; set by hand, effect not measured
_FOCAL_STEP: Final = 0.2
#: depth below which a point counts as behind its camera, units of the world; set by hand, effect not measured
_NEAREST: Final = 1e-3


@dataclass(frozen=True)
class Bundle:
    """Cameras, points and observations. Projection: ``focal * (R X + t)[:2] / z + principal``.

    Attributes:
        rotation, shift: camera-from-world of every camera.
        focal: focal length of every lens; ``lens`` is the lens of every camera.
        principal: principal point of every camera.
        xyz: points.
        camera, point, xy: observations.
    """

    rotation: Float[np.ndarray, "N 3 3"]
    shift: Float[np.ndarray, "N 3"]
    focal: Float[np.ndarray, " L"]
    lens: Int[np.ndarray, " N"]
    principal: Float[np.ndarray, "N 2"]
    xyz: Float[np.ndarray, "P 3"]
    camera: Int[np.ndarray, " M"]
    point: Int[np.ndarray, " M"]
    xy: Float[np.ndarray, "M 2"]

    @classmethod
    def without_points(cls) -> Self:
        """No camera, point or observation."""
        count = np.zeros(0, np.int64)
        return cls(
            rotation=np.zeros((0, 3, 3)),
            shift=np.zeros((0, 3)),
            focal=np.zeros(0),
            lens=count,
            principal=np.zeros((0, 2)),
            xyz=np.zeros((0, 3)),
            camera=count,
            point=count,
            xy=np.zeros((0, 2)),
        )

    def local(self) -> Float[np.ndarray, "M 3"]:
        """Observed points in their cameras."""
        turned = np.einsum("mij,mj->mi", self.rotation[self.camera], self.xyz[self.point])
        moved: Float[np.ndarray, "M 3"] = turned + self.shift[self.camera]
        return moved

    def residuals(self) -> Float[np.ndarray, "M 2"]:
        """Projected minus observed, pixels; points behind a camera get a large one."""
        local = self.local()
        z = np.where(local[:, 2] > 1e-6, local[:, 2], 1.0)
        projected = self.focal[self.lens[self.camera], None] * local[:, :2] / z[:, None]
        error = projected + self.principal[self.camera] - self.xy
        return np.where((local[:, 2] > 1e-6)[:, None], error, _BEHIND_PX)


@dataclass(frozen=True)
class Priors:
    """What is known beside the observations.

    Attributes:
        rotation: expected camera-from-world rotations; ``use`` says for which cameras.
        rotation_sigma_rad: standard deviation of these.
        focal: expected focal lengths.
        focal_sigma: relative standard deviation of these.
        forgiving: an expected rotation that is far off hardly counts; else it counts in full.
    """

    rotation: Float[np.ndarray, "N 3 3"]
    use: Bool[np.ndarray, " N"]
    rotation_sigma_rad: float
    focal: Float[np.ndarray, " L"]
    focal_sigma: Float[np.ndarray, " L"] | float
    forgiving: bool = False


def _huber_px(bundle: Bundle) -> float:
    """Where residuals stop to count in full, from their median (Huber, "Robust statistics", 1981)."""
    residuals = np.abs(bundle.residuals())
    sigma = _SIGMAS_PER_MEDIAN * float(np.median(residuals)) if residuals.size else _MOST_HUBER_PX
    return min(max(_HUBER_SIGMAS * sigma, _LEAST_HUBER_PX), _MOST_HUBER_PX)


def _cost(bundle: Bundle, priors: Priors, huber_px: float) -> float:
    error = np.linalg.norm(bundle.residuals(), axis=1)
    # the pull of what lies outside does not depend on the limit, so neither does the weight of the priors
    robust = np.where(error < huber_px, 0.5 * error**2 / huber_px, error - 0.5 * huber_px) * _MOST_HUBER_PX
    turn, stretch = _prior_residuals(bundle, priors)
    off = (turn**2).sum(axis=1)
    if priors.forgiving:
        off = np.log1p(off / _CAUCHY_SIGMAS**2) * _CAUCHY_SIGMAS**2
    return float(robust.sum() + 0.5 * off.sum() + 0.5 * (stretch**2).sum())


def _prior_residuals(bundle: Bundle, priors: Priors) -> tuple[np.ndarray, np.ndarray]:
    turn = Rotation.from_matrix(bundle.rotation @ priors.rotation.transpose(0, 2, 1)).as_rotvec()
    turn = np.where(priors.use[:, None], turn / priors.rotation_sigma_rad, 0.0)
    return turn, np.log(bundle.focal / priors.focal) / priors.focal_sigma


def adjust(bundle: Bundle, priors: Priors, iterations: int = _ITERATIONS) -> Bundle:
    """Minimise robust reprojection errors and deviations from the priors."""
    huber_px = _huber_px(bundle)
    damping, cost = _DAMPING, _cost(bundle, priors, huber_px)
    for _ in range(iterations):
        system = _system(bundle, priors, huber_px)
        for _ in range(_TRIES):
            trial = _stepped(bundle, system, damping)
            trial_cost = _cost(trial, priors, huber_px)
            if trial_cost < cost:
                break
            damping *= _DAMPING_FACTOR
        else:
            return bundle
        gained = (cost - trial_cost) / max(cost, 1e-12)
        bundle, cost, damping = trial, trial_cost, max(damping / _DAMPING_FACTOR, 1e-9)
        if gained < 1e-6:
            break
    return bundle


def _system(bundle: Bundle, priors: Priors, huber_px: float) -> tuple[np.ndarray, ...]:
    """Normal equations: dense camera block, dense coupling (P, D, 3), point blocks, right-hand sides."""
    n, points = len(bundle.rotation), len(bundle.xyz)
    size = _POSE * n + len(bundle.focal)
    error, weight, J_camera, J_point = _jacobians(bundle, huber_px)
    lens_column = _POSE * n + bundle.lens[bundle.camera][:, None]
    columns = np.concatenate([_POSE * bundle.camera[:, None] + np.arange(_POSE), lens_column], axis=1)
    A, b = np.zeros((size, size)), np.zeros(size)
    np.add.at(
        A, (columns[:, :, None], columns[:, None, :]), np.einsum("m,mki,mkj->mij", weight, J_camera, J_camera)
    )
    np.add.at(b, columns, -np.einsum("m,mki,mk->mi", weight, J_camera, error))
    W = np.zeros((points, size, 3))
    np.add.at(W, (bundle.point[:, None], columns), np.einsum("m,mki,mkj->mij", weight, J_camera, J_point))
    V, c = np.zeros((points, 3, 3)), np.zeros((points, 3))
    np.add.at(V, bundle.point, np.einsum("m,mki,mkj->mij", weight, J_point, J_point))
    np.add.at(c, bundle.point, -np.einsum("m,mki,mk->mi", weight, J_point, error))
    _add_priors(bundle, priors, A, b)
    return A, b, W, V, c


def _jacobians(
    bundle: Bundle, huber_px: float
) -> tuple[
    Float[np.ndarray, "M 2"], Float[np.ndarray, " M"], Float[np.ndarray, "M 2 7"], Float[np.ndarray, "M 2 3"]
]:
    """Residuals, their weights, and their derivatives by turn, shift and focal length, and by the points."""
    local = bundle.local()
    z = np.maximum(local[:, 2], 1e-6)
    f = bundle.focal[bundle.lens[bundle.camera]]
    error = bundle.residuals()
    norm = np.linalg.norm(error, axis=1)
    weight = _MOST_HUBER_PX / np.maximum(norm, huber_px) * (local[:, 2] > 1e-6)
    projection = np.zeros((len(f), 2, 3))
    projection[:, 0, 0] = projection[:, 1, 1] = f / z
    projection[:, :, 2] = -f[:, None] * local[:, :2] / z[:, None] ** 2
    turned = local - bundle.shift[bundle.camera]
    J_turn = np.cross(projection, turned[:, None, :]) * -1.0
    J_camera = np.concatenate([J_turn, projection, (local[:, :2] / z[:, None])[:, :, None]], axis=2)
    return error, weight, J_camera, projection @ bundle.rotation[bundle.camera]


def _add_priors(bundle: Bundle, priors: Priors, A: np.ndarray, b: np.ndarray) -> None:
    """Add what is known beside the observations to the camera block, in place."""
    end = _POSE * len(bundle.rotation)
    turn, stretch = _prior_residuals(bundle, priors)
    for i in np.flatnonzero(priors.use):
        rows = slice(_POSE * i, _POSE * i + 3)
        belief = 1.0 / (1.0 + float(turn[i] @ turn[i]) / _CAUCHY_SIGMAS**2) if priors.forgiving else 1.0
        A[rows, rows] += np.eye(3) * belief / priors.rotation_sigma_rad**2
        b[rows] -= turn[i] * belief / priors.rotation_sigma_rad
    scale = 1.0 / (bundle.focal * priors.focal_sigma)
    A[range(end, len(b)), range(end, len(b))] += scale**2
    b[end:] -= stretch * scale


def _stepped(bundle: Bundle, system: tuple[np.ndarray, ...], damping: float) -> Bundle:
    A, b, W, V, c = system
    n = len(bundle.rotation)
    V = V + np.eye(3) * (damping * np.trace(V, axis1=1, axis2=2)[:, None, None] / 3 + 1e-9)
    V_inverse = np.linalg.inv(V)
    Y = W @ V_inverse
    flat_Y, flat_W = Y.transpose(1, 0, 2).reshape(len(b), -1), W.transpose(1, 0, 2).reshape(len(b), -1)
    S = A + np.diag(damping * np.diag(A) + 1e-9) - flat_Y @ flat_W.T
    step = np.linalg.solve(S, b - flat_Y @ c.reshape(-1))
    moved = np.einsum("pij,pj->pi", V_inverse, c - np.einsum("pij,i->pj", W, step))
    poses, focals = step[: _POSE * n].reshape(n, _POSE), step[_POSE * n :]
    return replace(
        bundle,
        rotation=Rotation.from_rotvec(poses[:, :3]).as_matrix() @ bundle.rotation,
        shift=bundle.shift + poses[:, 3:],
        focal=bundle.focal * np.exp(np.clip(focals / bundle.focal, -_FOCAL_STEP, _FOCAL_STEP)),
        xyz=bundle.xyz + moved,
    )


def triangulate(bundle: Bundle) -> Bundle:
    """Points from scratch by the linear method (Hartley and Zisserman, 12.2), in normalised coordinates."""
    f = bundle.focal[bundle.lens[bundle.camera]][:, None]
    ray = (bundle.xy - bundle.principal[bundle.camera]) / f
    P = np.concatenate([bundle.rotation, bundle.shift[:, :, None]], axis=2)[bundle.camera]
    rows = ray[:, :, None] * P[:, 2:3] - P[:, :2]
    A = np.zeros((len(bundle.xyz), 4, 4))
    np.add.at(A, bundle.point, np.einsum("mki,mkj->mij", rows, rows))
    homogeneous = np.linalg.eigh(A)[1][:, :, 0]
    w = homogeneous[:, 3:]
    return replace(bundle, xyz=homogeneous[:, :3] / np.where(np.abs(w) > 1e-9, w, 1e-9))


def without_outliers(bundle: Bundle, limit_px: float, min_angle_rad: float) -> Bundle:
    """Drop observations that project too far off, and points seen too few times or under too small angles."""
    good = (np.linalg.norm(bundle.residuals(), axis=1) < limit_px) & (bundle.local()[:, 2] > _NEAREST)
    centres = -np.einsum("nji,nj->ni", bundle.rotation, bundle.shift)
    ray = bundle.xyz[bundle.point] - centres[bundle.camera]
    ray /= np.maximum(np.linalg.norm(ray, axis=1, keepdims=True), 1e-12)
    total = np.zeros_like(bundle.xyz)
    np.add.at(total, bundle.point[good], ray[good])
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    angle = np.arccos(np.clip((ray * total[bundle.point]).sum(axis=1), -1, 1))
    widest = np.zeros(len(bundle.xyz))
    np.maximum.at(widest, bundle.point[good], angle[good])
    count = np.bincount(bundle.point[good], minlength=len(bundle.xyz))
    kept = (count >= 2) & (2 * widest > min_angle_rad)
    good &= kept[bundle.point]
    number = np.cumsum(kept) - 1
    return replace(
        bundle,
        xyz=bundle.xyz[kept],
        camera=bundle.camera[good],
        point=number[bundle.point[good]],
        xy=bundle.xy[good],
    )

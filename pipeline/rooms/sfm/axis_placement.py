"""Place photos with the room's axes: every photo shows the same walls, so its rotation is nearly known.

A photo is placed by its own Manhattan frame (four quarter turns to choose from) and a two-point translation to
points that other photos know; two photos by their frames and the direction that their matches agree on.
"""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial.transform import Rotation

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.rooms.sfm.bundle import triangulate, without_outliers
from pipeline.rooms.sfm.joint_adjustment import LEAST_ANGLE_RAD, ROTATION_SIGMA_RAD, matched_rays, tracks
from pipeline.rooms.sfm.reconstruction import LEAST_POINTS, Intrinsics, Matches, Reconstruction

#: how far a known point may project from where a photo to be placed sees it, px; set by hand, effect not
#: measured
_RANSAC_PX: Final = 14.0
#: how far a ray may be off the plane of the other ray and the baseline, px; set by hand, effect not measured
_COPLANAR_PX: Final = 6.0
#: how far a match may be off among points that count as known, px; set by hand, effect not measured
_KNOWN_PX: Final = 4.0
#: rounds of RANSAC for a translation, count; by definition: with a tenth of the points right, no pair of right
#: ones is drawn in two cases of a hundred (.99^400)
_ROUNDS: Final = 400
#: rounds of RANSAC for a direction, count; set by hand, effect not measured
_DIRECTION_ROUNDS: Final = 200
#: points that a photo to be placed must see, and that must agree, count; set by hand, effect not measured
_LEAST_SEEN: Final = 12
#: how many times more points than for the next quarter turn are clear, none; set by hand, effect not measured
_CLEAR: Final = 1.5
#: the same where coplanar matches back it, none; set by hand, effect not measured
_BACKED: Final = 1.2
#: how many times more coplanar matches than for the next quarter turn, none; set by hand, effect not measured
_BACKING: Final = 1.15
#: limit of inliers in each step of the refinement, share of the RANSAC's; set by hand, effect not measured
_SHRINKING: Final = (1.0, 0.7, 0.5, 0.4, 0.3, 0.3)
#: standard deviation of a ray in the refinement, share of the RANSAC's limit; set by hand, effect not measured
_RAY_SIGMA: Final = 0.2
#: matches of a pair to begin with, count; set by hand, effect not measured
_LEAST_MATCHES: Final = 20
#: of them, those that agree on a direction, count; set by hand, effect not measured
_LEAST_AGREEING: Final = 15
#: the same as a share of all; set by hand, effect not measured
_LEAST_AGREEING_SHARE: Final = 0.3
#: unknowns of a camera, count; by definition
_POSE: Final = 6
#: decimals of pixels by which keypoints are told apart, count; by definition
_PIXEL_DECIMALS: Final = 3


def place_by_axes(
    photo: int, rotations: list[Float[np.ndarray, "3 3"]], state: Reconstruction, matches: Matches, seed: int
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]] | LeftOut:
    """Place one photo whose rotation is one of ``rotations`` by its matches with placed photos.

    Returns:
        Camera-from-world rotation and shift, or the reason why it cannot be placed.
    """
    xyz, rays = _points_seen(photo, state, matches)
    if len(xyz) < _LEAST_SEEN:
        return LeftOut(LeftOutReason.FEW_POINTS_KNOWN, (len(xyz),))
    limit = _RANSAC_PX / state.intrinsics.focal_of(photo)
    found = [_translation(xyz, rays, R, limit, np.random.default_rng(seed)) for R in rotations]
    counts = np.array([count for count, _ in found])
    agree = np.array([_coplanar(photo, R, state, matches, seed) for R in rotations])
    best = int(np.argmax(counts))
    others = np.arange(len(rotations)) != best
    runner_up = int(counts[others].max())
    clear = counts[best] >= _CLEAR * runner_up
    backed = counts[best] >= _BACKED * runner_up and agree[best] >= _BACKING * agree[others].max()
    if counts[best] < _LEAST_SEEN or not (clear or backed):
        return LeftOut(LeftOutReason.PLACE_UNCERTAIN, (int(counts[best]), runner_up))
    return _refined(xyz, rays, rotations[best], found[best][1], limit)


def _refined(
    xyz: Float[np.ndarray, "M 3"],
    rays: Float[np.ndarray, "M 3"],
    R: Float[np.ndarray, "3 3"],
    t: Float[np.ndarray, "3"],
    limit: float,
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]]:
    """Gauss-Newton on rotation and shift with shrinking inlier limits; the given rotation stays a prior."""
    given = R
    for shrink in _SHRINKING:
        turned = xyz @ R.T
        local = turned + t
        z = np.maximum(local[:, 2], 1e-6)
        error = local[:, :2] / z[:, None] - rays[:, :2]
        good = (np.linalg.norm(error, axis=1) < shrink * limit) & (local[:, 2] > 1e-6)
        projection = np.zeros((int(good.sum()), 2, 3))
        projection[:, 0, 0] = projection[:, 1, 1] = 1.0 / z[good]
        projection[:, :, 2] = -local[good, :2] / z[good, None] ** 2
        J = np.concatenate([-np.cross(projection, turned[good][:, None, :]), projection], axis=2)
        sigma = _RAY_SIGMA * limit
        A = np.einsum("mki,mkj->ij", J, J) / sigma**2 + np.diag([1e-9] * _POSE)
        b = -np.einsum("mki,mk->i", J, error[good]) / sigma**2
        A[:3, :3] += np.eye(3) / ROTATION_SIGMA_RAD**2
        b[:3] -= Rotation.from_matrix(R @ given.T).as_rotvec() / ROTATION_SIGMA_RAD**2
        step = np.linalg.solve(A, b)
        R = Rotation.from_rotvec(step[:3]).as_matrix() @ R
        t = t + step[3:]
    return R, t


def seed_pair(
    a: int, b: int, rotation: Float[np.ndarray, "N 3 3"], intrinsics: Intrinsics, matches: Matches, seed: int
) -> Reconstruction | None:
    """Place two photos whose rotations are known: the first at the origin, the second a unit away.

    Returns:
        ``None`` where their matches do not agree on a direction.
    """
    pair = matches.pairs.get((a, b))
    if pair is None or len(pair) < _LEAST_MATCHES:
        return None
    x = _world_rays(rotation, intrinsics, matches, a, pair[:, 0])
    y = _world_rays(rotation, intrinsics, matches, b, pair[:, 1])
    limit = _COPLANAR_PX / intrinsics.focal_of(a)
    count, direction, inliers = _direction(x, y, limit, seed)
    if count < max(_LEAST_AGREEING, _LEAST_AGREEING_SHARE * len(pair)):
        return None
    direction = direction if _mostly_ahead(direction, x[inliers], y[inliers]) else -direction
    shift, placed = np.zeros((len(rotation), 3)), np.zeros(len(rotation), bool)
    shift[b] = -rotation[b] @ direction
    placed[[a, b]] = True
    return Reconstruction(rotation, shift, placed, intrinsics)


def _mostly_ahead(
    direction: Float[np.ndarray, "3"], x: Float[np.ndarray, "M 3"], y: Float[np.ndarray, "M 3"]
) -> bool:
    """Whether more of the points that rays of two photos meet in lie ahead of both than behind both."""
    normals = np.cross(x, y)
    size = np.maximum((normals**2).sum(axis=1), 1e-12)
    along = [(np.cross(direction, ray) * normals).sum(axis=1) / size for ray in (y, x)]
    ahead = int(((along[0] > 0) & (along[1] > 0)).sum())
    return ahead >= int(((along[0] < 0) & (along[1] < 0)).sum())


def _world_rays(
    rotation: Float[np.ndarray, "N 3 3"],
    intrinsics: Intrinsics,
    matches: Matches,
    photo: int,
    index: Int[np.ndarray, " M"],
) -> Float[np.ndarray, "M 3"]:
    rays = matched_rays(intrinsics, matches, photo, index) @ rotation[photo]
    unit: Float[np.ndarray, "M 3"] = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return unit


def _direction(
    x: Float[np.ndarray, "M 3"], y: Float[np.ndarray, "M 3"], limit: float, seed: int
) -> tuple[int, Float[np.ndarray, "3"], Bool[np.ndarray, " M"]]:
    """Direction between two photos that most of their (world) rays are coplanar with, by two-point RANSAC."""
    normals = np.cross(x, y)
    wide = np.linalg.norm(normals, axis=1) > 3 * limit
    random = np.random.default_rng(seed)
    best: tuple[int, Float[np.ndarray, 3], Bool[np.ndarray, " M"]] = (0, np.zeros(3), np.zeros(len(x), bool))
    for _ in range(_DIRECTION_ROUNDS):
        i, j = random.choice(len(x), 2, replace=False)
        direction = np.cross(normals[i], normals[j])
        length = float(np.linalg.norm(direction))
        if not (wide[i] and wide[j]) or length < 1e-6:
            continue
        direction /= length
        # distance of each ray from the plane of the other ray and the baseline
        swing = np.minimum(*(np.linalg.norm(np.cross(ray, direction), axis=1) for ray in (x, y)))
        inliers = (np.abs(normals @ direction) / np.maximum(swing, 1e-9) < limit) & wide
        if inliers.sum() > best[0]:
            best = (int(inliers.sum()), direction, inliers)
    return best


def _coplanar(
    photo: int,
    R: Float[np.ndarray, "3 3"],
    state: Reconstruction,
    matches: Matches,
    seed: int,
) -> int:
    """Matches with placed photos that some direction of translation explains if the rotation is ``R``."""
    rotation = state.rotation.copy()
    rotation[photo] = R
    limit = _COPLANAR_PX / state.intrinsics.focal_of(photo)
    total = 0
    for (a, b), pair in matches.pairs.items():
        if photo not in (a, b) or not state.placed[b if photo == a else a] or len(pair) < LEAST_POINTS:
            continue
        x = _world_rays(rotation, state.intrinsics, matches, a, pair[:, 0])
        y = _world_rays(rotation, state.intrinsics, matches, b, pair[:, 1])
        total += _direction(x, y, limit, seed)[0]
    return total


def _points_seen(
    photo: int, state: Reconstruction, matches: Matches
) -> tuple[Float[np.ndarray, "M 3"], Float[np.ndarray, "M 3"]]:
    """World points of placed photos that this photo sees, and its rays to them."""
    bundle = without_outliers(triangulate(tracks(state, matches, _KNOWN_PX)), _KNOWN_PX, LEAST_ANGLE_RAD)
    known = {
        (int(camera), *_rounded(xy)): int(point)
        for camera, point, xy in zip(bundle.camera, bundle.point, bundle.xy, strict=True)
    }
    number = np.cumsum(state.placed) - 1
    found: dict[tuple[int, int], None] = {}
    for (a, b), pair in matches.pairs.items():
        if photo not in (a, b):
            continue
        other = b if photo == a else a
        if not state.placed[other]:
            continue
        mine, theirs = (pair[:, 0], pair[:, 1]) if photo == a else (pair[:, 1], pair[:, 0])
        for i, xy in zip(mine, matches.keypoints[other][theirs], strict=True):
            point = known.get((int(number[other]), *_rounded(xy)))
            if point is not None:
                found[(int(i), point)] = None
    rows = np.array(list(found), dtype=np.int64).reshape(-1, 2)
    return bundle.xyz[rows[:, 1]], matched_rays(state.intrinsics, matches, photo, rows[:, 0])


def _rounded(xy: Float[np.ndarray, "2"]) -> tuple[float, float]:
    """A keypoint as a key."""
    return round(float(xy[0]), _PIXEL_DECIMALS), round(float(xy[1]), _PIXEL_DECIMALS)


def _translation(
    xyz: Float[np.ndarray, "M 3"],
    rays: Float[np.ndarray, "M 3"],
    R: Float[np.ndarray, "3 3"],
    limit: float,
    random: np.random.Generator,
) -> tuple[int, Float[np.ndarray, "3"]]:
    """Two-point RANSAC for the shift when the rotation is known: ``ray x (R X + t) = 0``."""
    turned = xyz @ R.T
    cross, right = _equations(turned, rays)
    best: tuple[int, Float[np.ndarray, 3]] = (0, np.zeros(3))
    for _ in range(_ROUNDS):
        t = _solved(cross, right, random.choice(len(xyz), 2, replace=False))
        count = int(_near(turned + t, rays, limit).sum())
        if count > best[0]:
            best = (count, t)
    for _ in range(3):
        good = _near(turned + best[1], rays, limit)
        if good.sum() >= 3:
            t = _solved(cross, right, np.flatnonzero(good))
            count = int(_near(turned + t, rays, limit).sum())
            if count >= best[0]:
                best = (count, t)
    return best


def _equations(
    turned: Float[np.ndarray, "M 3"], rays: Float[np.ndarray, "M 3"]
) -> tuple[Float[np.ndarray, "M 2 3"], Float[np.ndarray, "M 2"]]:
    """Two equations for the shift from each point and its ray."""
    cross = np.zeros((len(rays), 2, 3))
    cross[:, 0, 0], cross[:, 0, 2] = 1.0, -rays[:, 0]
    cross[:, 1, 1], cross[:, 1, 2] = 1.0, -rays[:, 1]
    return cross, -np.einsum("mki,mi->mk", cross, turned)


def _solved(
    cross: Float[np.ndarray, "M 2 3"], right: Float[np.ndarray, "M 2"], rows: Int[np.ndarray, " K"]
) -> Float[np.ndarray, "3"]:
    """Solution of some of the equations by least squares."""
    solution: Float[np.ndarray, 3] = np.linalg.lstsq(
        cross[rows].reshape(-1, 3), right[rows].reshape(-1), rcond=None
    )[0]
    return solution


def _near(
    local: Float[np.ndarray, "M 3"], rays: Float[np.ndarray, "M 3"], limit: float
) -> Bool[np.ndarray, " M"]:
    """Points in front of the photo and near their rays."""
    z = np.where(local[:, 2] > 1e-6, local[:, 2], 1e-6)
    close = np.linalg.norm(local[:, :2] / z[:, None] - rays[:, :2], axis=1) < limit
    near: Bool[np.ndarray, " M"] = close & (local[:, 2] > 1e-6)
    return near

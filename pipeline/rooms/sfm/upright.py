"""Refine cameras with the room's axes: every photo shows the same walls, so its rotation is nearly known.

Starting from the photos of a structure-from-motion model that agree on one Manhattan frame, the other photos
are placed by their own Manhattan frame (four quarter turns to choose from) and two-point translations, and all
are adjusted together with the matches.
"""

import math
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.transform import Rotation

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.rooms.sfm.bundle import Bundle, Priors, adjust, triangulate, without_outliers
from pipeline.rooms.sfm.placement import Lenses, Matches, Placement

_ROTATION_SIGMA_RAD = math.radians(0.5)
_RANSAC_PX = 14.0
_COPLANAR_PX = 6.0
_ROUNDS = 400
_MOST_POINTS, _LEAST_OF_PHOTO = 1200, 300
#: how far off matches and points may be in each round, pixels, and the steps of the adjustment
_ROUNDS_PX = ((8.0, 10), (4.0, 10), (4.0, 40))


def adjust_together(
    placement: Placement,
    lenses: Lenses,
    matches: Matches,
    upright: Float[np.ndarray, "N 3 3"],
    has_upright: Bool[np.ndarray, " N"],
    forgiving: bool = False,
) -> tuple[Placement, Lenses, Bundle]:
    """Triangulate all matches of the placed photos anew and adjust everything.

    Args:
        upright: camera-from-world rotation of every photo by its own straight lines, where ``has_upright``.
        forgiving: of a rotation by lines that points contradict: once every photo is known to be in its place.

    Returns:
        The new placement and lenses, and the bundle (its cameras are the placed photos in order).
    """
    placed = np.flatnonzero(placement.placed)
    priors = Priors(
        upright[placed],
        has_upright[placed],
        _ROTATION_SIGMA_RAD,
        lenses.focal_prior,
        lenses.focal_sigma,
        forgiving,
    )
    bundle = _tracks(placement, lenses, matches, 5.0)
    for limit_px, iterations in _ROUNDS_PX:
        bundle = triangulate(bundle)
        bundle = without_outliers(bundle, limit_px, math.radians(0.7))
        if len(bundle.xyz) < 8:
            break
        bundle = adjust(thinned(bundle), priors, iterations)
        rotation, shift = placement.rotation.copy(), placement.shift.copy()
        rotation[placed], shift[placed] = bundle.rotation, bundle.shift
        placement, lenses = (
            replace(placement, rotation=rotation, shift=shift),
            replace(lenses, focal=bundle.focal),
        )
        bundle = triangulate(_tracks(placement, lenses, matches, limit_px))
        bundle = without_outliers(bundle, limit_px, math.radians(1.0))
    return placement, lenses, bundle


def thinned(bundle: Bundle) -> Bundle:
    """At most :data:`_MOST_POINTS` points, those that most photos see first, evenly among equals."""
    if len(bundle.xyz) <= _MOST_POINTS:
        return bundle
    views = np.bincount(bundle.point, minlength=len(bundle.xyz))
    spread = np.random.default_rng(0).permutation(len(bundle.xyz))
    order = spread[np.argsort(-views[spread], kind="stable")]
    keep = np.zeros(len(bundle.xyz), bool)
    keep[order[:_MOST_POINTS]] = True
    # no photo may rest on a few: what it shares with one other photo only counts, too
    rank = np.argsort(order)
    for camera in range(len(bundle.rotation)):
        mine = bundle.point[bundle.camera == camera]
        missing = _LEAST_OF_PHOTO - int(keep[mine].sum())
        if missing > 0:
            rest = mine[~keep[mine]]
            keep[rest[np.argsort(rank[rest])[:missing]]] = True
    number, rows = np.cumsum(keep) - 1, keep[bundle.point]
    return replace(
        bundle,
        xyz=bundle.xyz[keep],
        camera=bundle.camera[rows],
        point=number[bundle.point[rows]],
        xy=bundle.xy[rows],
    )


def _tracks(placement: Placement, lenses: Lenses, matches: Matches, limit_px: float) -> Bundle:
    """Matches that obey the epipolar geometry of the placement, joined into tracks without contradictions."""
    placed = np.flatnonzero(placement.placed)
    number = np.full(len(placement.placed), -1)
    number[placed] = np.arange(len(placed))
    start = np.concatenate([[0], np.cumsum([len(matches.keypoints[i]) for i in placed])])
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for (a, b), pair in matches.pairs.items():
        if number[a] < 0 or number[b] < 0:
            continue
        good = pair[epipolar_px(placement, lenses, matches, a, b, pair) < limit_px]
        left.append(start[number[a]] + good[:, 0])
        right.append(start[number[b]] + good[:, 1])
    i, j, total = np.concatenate(left), np.concatenate(right), int(start[-1])
    _, label = connected_components(coo_matrix((np.ones(len(i)), (i, j)), shape=(total, total)), directed=False)
    camera = np.searchsorted(start, np.arange(total), side="right") - 1
    size = np.bincount(label)
    distinct = np.bincount(np.unique(label * len(placed) + camera) // len(placed), minlength=len(size))
    usable = ((size >= 2) & (distinct == size))[label]
    _, point = np.unique(label[usable], return_inverse=True)
    xy = np.concatenate([matches.keypoints[i] for i in placed])[usable]
    return Bundle(
        rotation=placement.rotation[placed],
        shift=placement.shift[placed],
        focal=lenses.focal,
        lens=lenses.lens[placed],
        principal=lenses.principal[placed],
        xyz=np.zeros((int(point.max()) + 1 if len(point) else 0, 3)),
        camera=camera[usable],
        point=point,
        xy=xy,
    )


def _rays(lenses: Lenses, matches: Matches, photo: int, index: np.ndarray) -> Float[np.ndarray, "M 3"]:
    xy = (matches.keypoints[photo][index] - lenses.principal[photo]) / lenses.focal[lenses.lens[photo]]
    return np.concatenate([xy, np.ones((len(xy), 1))], axis=1)


def epipolar_px(
    placement: Placement, lenses: Lenses, matches: Matches, a: int, b: int, pair: np.ndarray
) -> Float[np.ndarray, " M"]:
    """Sampson distance of matches, in pixels."""
    R = placement.rotation[b] @ placement.rotation[a].T
    t = placement.shift[b] - R @ placement.shift[a]
    tx = np.array([[0, -t[2], t[1]], [t[2], 0, -t[0]], [-t[1], t[0], 0]])
    E = tx @ R
    x, y = _rays(lenses, matches, a, pair[:, 0]), _rays(lenses, matches, b, pair[:, 1])
    forward, backward = x @ E.T, y @ E
    f = 0.5 * (lenses.focal[lenses.lens[a]] + lenses.focal[lenses.lens[b]])
    scale = np.sqrt((forward[:, :2] ** 2).sum(axis=1) + (backward[:, :2] ** 2).sum(axis=1))
    distance: Float[np.ndarray, " M"] = f * np.abs((y * forward).sum(axis=1)) / np.maximum(scale, 1e-12)
    return distance


def place_by_axes(
    photo: int,
    rotations: list[Float[np.ndarray, "3 3"]],
    placement: Placement,
    lenses: Lenses,
    matches: Matches,
    seed: int,
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]] | LeftOut:
    """Place one photo whose rotation is one of ``rotations`` by its matches with placed photos.

    Returns:
        Camera-from-world rotation and shift, or the reason why it cannot be placed.
    """
    xyz, rays = _points_seen(photo, placement, lenses, matches)
    if len(xyz) < 12:
        return LeftOut(LeftOutReason.FEW_POINTS_KNOWN, (len(xyz),))
    limit = _RANSAC_PX / lenses.focal[lenses.lens[photo]]
    found = [_translation(xyz, rays, R, limit, np.random.default_rng(seed)) for R in rotations]
    counts = np.array([count for count, _ in found])
    agree = np.array([_coplanar(photo, R, placement, lenses, matches, seed) for R in rotations])
    best = int(np.argmax(counts))
    others = np.arange(len(rotations)) != best
    runner_up = int(counts[others].max())
    clear = counts[best] >= 1.5 * runner_up
    backed = counts[best] >= 1.2 * runner_up and agree[best] >= 1.15 * agree[others].max()
    if counts[best] < 12 or not (clear or backed):
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
    for shrink in (1.0, 0.7, 0.5, 0.4, 0.3, 0.3):
        turned = xyz @ R.T
        local = turned + t
        z = np.maximum(local[:, 2], 1e-6)
        error = local[:, :2] / z[:, None] - rays[:, :2]
        good = (np.linalg.norm(error, axis=1) < shrink * limit) & (local[:, 2] > 1e-6)
        projection = np.zeros((int(good.sum()), 2, 3))
        projection[:, 0, 0] = projection[:, 1, 1] = 1.0 / z[good]
        projection[:, :, 2] = -local[good, :2] / z[good, None] ** 2
        J = np.concatenate([-np.cross(projection, turned[good][:, None, :]), projection], axis=2)
        sigma = 0.2 * limit
        A = np.einsum("mki,mkj->ij", J, J) / sigma**2 + np.diag([1e-9] * 6)
        b = -np.einsum("mki,mk->i", J, error[good]) / sigma**2
        A[:3, :3] += np.eye(3) / _ROTATION_SIGMA_RAD**2
        b[:3] -= Rotation.from_matrix(R @ given.T).as_rotvec() / _ROTATION_SIGMA_RAD**2
        step = np.linalg.solve(A, b)
        R = Rotation.from_rotvec(step[:3]).as_matrix() @ R
        t = t + step[3:]
    return R, t


def seed_pair(
    a: int, b: int, rotation: Float[np.ndarray, "N 3 3"], lenses: Lenses, matches: Matches, seed: int
) -> Placement | None:
    """Place two photos whose rotations are known: the first at the origin, the second a unit away.

    Returns:
        ``None`` where their matches do not agree on a direction.
    """
    pair = matches.pairs.get((a, b))
    if pair is None or len(pair) < 20:
        return None
    x, y = (
        _world_rays(rotation, lenses, matches, a, pair[:, 0]),
        _world_rays(rotation, lenses, matches, b, pair[:, 1]),
    )
    limit = _COPLANAR_PX / lenses.focal[lenses.lens[a]]
    count, direction, inliers = _direction(x, y, limit, seed)
    if count < max(15, 0.3 * len(pair)):
        return None
    normals = np.cross(x, y)[inliers]
    size = np.maximum((normals**2).sum(axis=1), 1e-12)
    along = [(np.cross(direction, ray[inliers]) * normals).sum(axis=1) / size for ray in (y, x)]
    ahead = int(((along[0] > 0) & (along[1] > 0)).sum())
    behind = int(((along[0] < 0) & (along[1] < 0)).sum())
    direction = direction if ahead >= behind else -direction
    shift, placed = np.zeros((len(rotation), 3)), np.zeros(len(rotation), bool)
    shift[b] = -rotation[b] @ direction
    placed[[a, b]] = True
    return Placement(rotation, shift, placed)


def _world_rays(
    rotation: Float[np.ndarray, "N 3 3"], lenses: Lenses, matches: Matches, photo: int, index: np.ndarray
) -> Float[np.ndarray, "M 3"]:
    rays = _rays(lenses, matches, photo, index) @ rotation[photo]
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
    for _ in range(200):
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
    placement: Placement,
    lenses: Lenses,
    matches: Matches,
    seed: int,
) -> int:
    """Matches with placed photos that some direction of translation explains if the rotation is ``R``."""
    rotation = placement.rotation.copy()
    rotation[photo] = R
    limit = _COPLANAR_PX / lenses.focal[lenses.lens[photo]]
    total = 0
    for (a, b), pair in matches.pairs.items():
        if photo not in (a, b) or not placement.placed[b if photo == a else a] or len(pair) < 8:
            continue
        x = _world_rays(rotation, lenses, matches, a, pair[:, 0])
        y = _world_rays(rotation, lenses, matches, b, pair[:, 1])
        total += _direction(x, y, limit, seed)[0]
    return total


def _points_seen(
    photo: int, placement: Placement, lenses: Lenses, matches: Matches
) -> tuple[Float[np.ndarray, "M 3"], Float[np.ndarray, "M 3"]]:
    """World points of placed photos that this photo sees, and its rays to them."""
    bundle = without_outliers(triangulate(_tracks(placement, lenses, matches, 4.0)), 4.0, math.radians(1.0))
    known = {
        (int(camera), round(float(x), 3), round(float(y), 3)): int(point)
        for camera, point, (x, y) in zip(bundle.camera, bundle.point, bundle.xy, strict=True)
    }
    number = np.cumsum(placement.placed) - 1
    found: dict[tuple[int, int], None] = {}
    for (a, b), pair in matches.pairs.items():
        if photo not in (a, b):
            continue
        other = b if photo == a else a
        if not placement.placed[other]:
            continue
        mine, theirs = (pair[:, 0], pair[:, 1]) if photo == a else (pair[:, 1], pair[:, 0])
        for i, (x, y) in zip(mine, matches.keypoints[other][theirs], strict=True):
            point = known.get((int(number[other]), round(float(x), 3), round(float(y), 3)))
            if point is not None:
                found[(int(i), point)] = None
    rows = np.array(list(found), dtype=np.int64).reshape(-1, 2)
    return bundle.xyz[rows[:, 1]], _rays(lenses, matches, photo, rows[:, 0])


def _translation(
    xyz: Float[np.ndarray, "M 3"],
    rays: Float[np.ndarray, "M 3"],
    R: Float[np.ndarray, "3 3"],
    limit: float,
    random: np.random.Generator,
) -> tuple[int, Float[np.ndarray, "3"]]:
    """Two-point RANSAC for the shift when the rotation is known: ``ray x (R X + t) = 0``."""
    turned = xyz @ R.T
    best: tuple[int, Float[np.ndarray, 3]] = (0, np.zeros(3))
    cross = np.zeros((len(rays), 2, 3))
    cross[:, 0, 0], cross[:, 0, 2] = 1.0, -rays[:, 0]
    cross[:, 1, 1], cross[:, 1, 2] = 1.0, -rays[:, 1]
    right = -np.einsum("mki,mi->mk", cross, turned)

    def solve(rows: np.ndarray) -> np.ndarray:
        A, b = cross[rows].reshape(-1, 3), right[rows].reshape(-1)
        solution: np.ndarray = np.linalg.lstsq(A, b, rcond=None)[0]
        return solution

    def inliers(t: np.ndarray) -> np.ndarray:
        local = turned + t
        z = np.where(local[:, 2] > 1e-6, local[:, 2], 1e-6)
        close = np.linalg.norm(local[:, :2] / z[:, None] - rays[:, :2], axis=1) < limit
        good: np.ndarray = close & (local[:, 2] > 1e-6)
        return good

    for _ in range(_ROUNDS):
        t = solve(random.choice(len(xyz), 2, replace=False))
        count = int(inliers(t).sum())
        if count > best[0]:
            best = (count, t)
    for _ in range(3):
        good = inliers(best[1])
        if good.sum() >= 3:
            t = solve(np.flatnonzero(good))
            count = int(inliers(t).sum())
            if count >= best[0]:
                best = (count, t)
    return best

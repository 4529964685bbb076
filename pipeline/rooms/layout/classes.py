"""Class maps of a room: from a box, as polygons, and as the warp of ST-RoomNet's reference room."""

from typing import Final

import numpy as np
from jaxtyping import Float, UInt8
from scipy.optimize import minimize
from scipy.spatial import ConvexHull

from pipeline.rooms.scene import pixel_rays

#: classes of ST-RoomNet
CLASS_NAMES: Final = {1: "front wall", 2: "left wall", 3: "right wall", 4: "floor", 5: "ceiling"}
_REFERENCE_PX = 400
_FIT_PX = 64
_WORST_WARP = 0.06


def box_classes(
    closeness: Float[np.ndarray, "5"],
    camera_from_room: Float[np.ndarray, "3 3"],
    K: Float[np.ndarray, "3 3"],
    width_px: int,
    height_px: int,
) -> UInt8[np.ndarray, "H W"]:
    """Class of every pixel of an empty box.

    Args:
        closeness: inverse distance of the camera to front, left, right, floor and ceiling.
        camera_from_room: columns are the room's right, forward and up in camera axes.
        K: intrinsics in pixels.
        width_px, height_px: of the photo.
    """
    rays = pixel_rays(K, height_px, width_px) @ camera_from_room
    right, forward, up = rays[..., 0], rays[..., 1], rays[..., 2]
    toward = np.stack([forward, -right, right, -up, up], axis=-1)
    classes: UInt8[np.ndarray, "H W"] = (1 + np.argmax(toward * closeness, axis=-1)).astype(np.uint8)
    return classes


def face_polygons(classes: UInt8[np.ndarray, "H W"]) -> dict[int, Float[np.ndarray, "N 2"]]:
    """Outline of every class (faces of a box are convex), in pixels (x, y), clockwise on the screen."""
    found = {}
    for number in CLASS_NAMES:
        ys, xs = np.nonzero(classes == number)
        if len(xs) < 3:
            continue
        if np.ptp(xs) == 0 or np.ptp(ys) == 0:
            continue
        corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
        points = (np.stack([xs, ys], axis=1)[:, None] + corners).reshape(-1, 2)
        found[number] = _simplified(points[ConvexHull(points).vertices])
    return found


def _simplified(polygon: Float[np.ndarray, "N 2"], tolerance_px: float = 1.5) -> Float[np.ndarray, "M 2"]:
    """Without the corners that lie within a tolerance of the line between their neighbours."""
    corners = list(polygon)
    while len(corners) > 3:
        before, after = np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0)
        along = after - before
        length = np.maximum(np.linalg.norm(along, axis=1), 1e-9)
        offset = np.array(corners) - before
        away = np.abs(along[:, 0] * offset[:, 1] - along[:, 1] * offset[:, 0]) / length
        least = int(np.argmin(away))
        if away[least] > tolerance_px:
            break
        del corners[least]
    return np.array(corners)


def reference_values(place: Float[np.ndarray, "... 2"]) -> UInt8[np.ndarray, "..."]:
    """Class of ST-RoomNet's 400 x 400 reference room at a place on [-1, 1] x [-1, 1] (clipped to it)."""
    pixel = np.rint((np.clip(place, -1, 1) + 1) * (_REFERENCE_PX - 1) / 2).astype(int)
    x, y = pixel[..., 0], pixel[..., 1]
    values = np.zeros(x.shape, np.uint8)
    values[(x < y) & (x + y < _REFERENCE_PX)] = 2
    values[(x > y) & (x + y > _REFERENCE_PX)] = 3
    values[(y >= x) & (x + y >= _REFERENCE_PX)] = 4
    values[(y <= x) & (x + y <= _REFERENCE_PX)] = 5
    values[(x >= 151) & (x <= 249) & (y >= 151) & (y <= 249)] = 1
    return values


def warped_reference(
    homography: Float[np.ndarray, "3 3"], width_px: int, height_px: int
) -> UInt8[np.ndarray, "H W"]:
    """Class map that the reference room gives through a homography from photo to reference."""
    xs, ys = np.meshgrid(np.linspace(-1, 1, width_px), np.linspace(-1, 1, height_px))
    at = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ homography.T
    with np.errstate(divide="ignore", invalid="ignore"):
        place = at[..., :2] / at[..., 2:]
    return reference_values(np.nan_to_num(place, nan=0.0, posinf=1.0, neginf=-1.0))


def fit_homography(
    classes: UInt8[np.ndarray, "H W"], front: Float[np.ndarray, "4 2"]
) -> tuple[Float[np.ndarray, "3 3"], float]:
    """Homography from photo to reference room whose warp is most like a class map.

    The reference's four edges run along its diagonals, which those of a real box need not, so the four corners
    of the front wall are only the start of a search (Nelder and Mead 1965).

    Args:
        classes: of the photo.
        front: corners of the front wall on [-1, 1] x [-1, 1], from the upper left clockwise (may lie outside).

    Returns:
        The homography (last entry 1) and the share of pixels that its warp gets wrong.
    """
    ys, xs = (np.linspace(0, n - 1, _FIT_PX).astype(int) for n in classes.shape)
    small = classes[np.ix_(ys, xs)]
    inner = 49.0 / ((_REFERENCE_PX - 1) / 2)
    square = inner * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)

    def wrong(corners: Float[np.ndarray, " 8"]) -> float:
        homography = four_points(corners.reshape(4, 2), square)
        if homography is None:
            return 1.0
        return float((warped_reference(homography, _FIT_PX, _FIT_PX) != small).mean())

    start = np.clip(front, -6, 6).ravel()
    spread = start + 0.12 * np.concatenate([np.zeros((1, 8)), np.eye(8)])
    options = {"initial_simplex": spread, "maxfev": 500, "xatol": 2e-3, "fatol": 1e-4}
    found = minimize(wrong, start, method="Nelder-Mead", options=options)
    best = found.x if found.fun <= wrong(start) else start
    homography = four_points(best.reshape(4, 2), square)
    if homography is None:
        return np.eye(3), 1.0
    full = warped_reference(homography, classes.shape[1], classes.shape[0])
    return homography, float((full != classes).mean())


def homography_of(
    classes: UInt8[np.ndarray, "H W"], front: Float[np.ndarray, "4 2"]
) -> Float[np.ndarray, "3 3"] | None:
    """The homography of :func:`fit_homography`, ``None`` where its warp gets more than 6 % wrong."""
    homography, wrong = fit_homography(classes, front)
    return homography if wrong <= _WORST_WARP else None


def four_points(
    source: Float[np.ndarray, "4 2"], target: Float[np.ndarray, "4 2"]
) -> Float[np.ndarray, "3 3"] | None:
    """Homography that takes four points to four others (last entry 1), ``None`` where there is none."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    matrix = np.array(rows)
    if abs(np.linalg.det(matrix)) < 1e-10:
        return None
    homography: Float[np.ndarray, "3 3"] = np.append(np.linalg.solve(matrix, np.array(values)), 1.0).reshape(
        3, 3
    )
    return homography

"""Class maps of a room: from a box, as polygons, and as the warp of ST-RoomNet's reference room."""

from typing import Final

import numpy as np
from jaxtyping import Float, UInt8
from scipy.optimize import minimize
from scipy.spatial import ConvexHull

from pipeline.rooms.scene import pixel_rays

#: names of the classes, none; by definition those of ST-RoomNet
CLASS_NAMES: Final = {1: "front wall", 2: "left wall", 3: "right wall", 4: "floor", 5: "ceiling"}
#: side of ST-RoomNet's reference room, px; by definition of its published weights
_REFERENCE_PX = 400
#: first and last row and column of the reference room's front wall, px; by definition of its published weights
_REFERENCE_FRONT_PX = (151, 249)
#: half a side of that front wall, px; by definition of its published weights
_REFERENCE_HALF_PX = 49.0
#: side at which a class map is compared while a homography is searched for, px; set by hand, effect not
#: measured
_FIT_PX = 64
#: pixels that a homography may get wrong, share; set by hand, effect not measured
_WORST_WARP = 0.06
#: corners of a front wall are searched for within so many half sides of the photo, half sides; set by hand,
#: effect not measured
_FARTHEST_CORNER = 6.0
#: first step of that search, half sides of the photo; set by hand, effect not measured
_FIRST_STEP = 0.12
#: evaluations of that search at most, count; set by hand, effect not measured
_MOST_EVALUATIONS = 500
#: what ends it: change of the corners, half sides; set by hand, effect not measured
_LEAST_STEP = 2e-3
#: and change of the wrong pixels, share; set by hand, effect not measured
_LEAST_GAIN = 1e-4
#: corners of an outline nearer than this to the line between their neighbours are left out, px; set by hand,
#: effect not measured
_STRAIGHT_PX = 1.5
#: least determinant of the equations of a homography, none; only tells points on one line from others
_LEAST_DETERMINANT = 1e-10


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


def _simplified(
    polygon: Float[np.ndarray, "N 2"], tolerance_px: float = _STRAIGHT_PX
) -> Float[np.ndarray, "M 2"]:
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
    first, last = _REFERENCE_FRONT_PX
    values[(x >= first) & (x <= last) & (y >= first) & (y <= last)] = 1
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
    inner = _REFERENCE_HALF_PX / ((_REFERENCE_PX - 1) / 2)
    square = inner * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)

    def wrong(corners: Float[np.ndarray, " 8"]) -> float:
        homography = four_points(corners.reshape(4, 2), square)
        if homography is None:
            return 1.0
        return float((warped_reference(homography, _FIT_PX, _FIT_PX) != small).mean())

    start = np.clip(front, -_FARTHEST_CORNER, _FARTHEST_CORNER).ravel()
    spread = start + _FIRST_STEP * np.concatenate([np.zeros((1, 8)), np.eye(8)])
    limits = {"maxfev": _MOST_EVALUATIONS, "xatol": _LEAST_STEP, "fatol": _LEAST_GAIN}
    found = minimize(wrong, start, method="Nelder-Mead", options={"initial_simplex": spread, **limits})
    best = found.x if found.fun <= wrong(start) else start
    homography = four_points(best.reshape(4, 2), square)
    if homography is None:
        return np.eye(3), 1.0
    full = warped_reference(homography, classes.shape[1], classes.shape[0])
    return homography, float((full != classes).mean())


def homography_of(
    classes: UInt8[np.ndarray, "H W"], front: Float[np.ndarray, "4 2"]
) -> Float[np.ndarray, "3 3"] | None:
    """The homography of :func:`fit_homography`, ``None`` where its warp gets too much wrong."""
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
    if abs(np.linalg.det(matrix)) < _LEAST_DETERMINANT:
        return None
    homography: Float[np.ndarray, "3 3"] = np.append(np.linalg.solve(matrix, np.array(values)), 1.0).reshape(
        3, 3
    )
    return homography

"""True room of single photos: its axes and, where its box or layout is known, the planes around the camera."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from jaxtyping import Float
from PIL import Image
from scipy.spatial.transform import Rotation

from benchmarks.rooms import DataSet, read_set, room_box
from pipeline.rooms.photos import RoomPhoto

_APART_PX, _EVERY_PX = 6, 4
#: a patch of true depth is even where its second difference is at most this share of the depth
_EVEN = 0.004
#: a drawn plane is corrected where so much of the measured points lie so far behind it
_BEHIND, _MUCH = 1.08, 0.1
_ALONG = np.cos(np.deg2rad(8.0))


@dataclass(frozen=True)
class TruePhoto:
    """One photo and the room around its camera.

    Attributes:
        photo: as the product gets it, its focal length unknown.
        K: of the file's size.
        camera_from_room: columns are the axes of the room in camera axes, in any order.
        normals, distance_m: of the planes around the camera, outwards, in camera axes; none where unknown.
        names: ``F``, ``C`` or ``W`` for each of them.
    """

    photo: RoomPhoto
    K: Float[np.ndarray, "3 3"]
    camera_from_room: Float[np.ndarray, "3 3"]
    normals: Float[np.ndarray, "N 3"]
    distance_m: Float[np.ndarray, " N"]
    names: tuple[str, ...]

    def magnified(self, zoom: float) -> Self:
        """The same for a picture whose focal length is ``zoom`` times that of the file."""
        K = self.K.copy()
        K[:2, :2] *= zoom
        return replace(self, K=K)


def read_truth(argument: str) -> list[TruePhoto]:
    """Read ``FOLDER`` or ``FOLDER#SUBSET``; photos whose camera stands outside the box are left out.

    Raises:
        ValueError: the folder has no ground truth that this benchmark can read.
    """
    folder = Path(argument.partition("#")[0])
    if (folder / "layout_mask.png").is_file():
        return [_from_layout(folder)]
    data = read_set(argument)
    if not data.frames:
        raise ValueError(f"{argument} has neither cameras.json nor layout_mask.png")
    box = room_box(data)
    if box is not None:
        found = [_in_box(photo, data.frames[photo.photo_id], box) for photo in data.photos]
        return [truth for truth in found if (truth.distance_m > 0).all()]
    axes = axes_of_normals(np.concatenate([_world_normals(data, frame) for frame in data.frames.values()]))
    return [_in_axes(photo, data.frames[photo.photo_id], axes) for photo in data.photos]


def _in_box(photo: RoomPhoto, frame: dict[str, Any], box: Float[np.ndarray, "2 3"]) -> TruePhoto:
    pose = np.array(frame["c2w"], dtype=float)
    camera_from_world = pose[:3, :3].T
    normals = np.concatenate([-camera_from_world.T, camera_from_world.T])
    distance = np.concatenate([pose[:3, 3] - box[0], box[1] - pose[:3, 3]])
    # cameras are held upright: the face that looks most along the rows of the photo is the floor
    names = tuple(
        "FCW"[0 if k == normals[:, 1].argmax() else 1 if k == normals[:, 1].argmin() else 2] for k in range(6)
    )
    return TruePhoto(photo, np.array(frame["K"], dtype=float), camera_from_world, normals, distance, names)


def _in_axes(photo: RoomPhoto, frame: dict[str, Any], axes: Float[np.ndarray, "3 3"]) -> TruePhoto:
    camera_from_world = np.array(frame["c2w"], dtype=float)[:3, :3].T
    K = np.array(frame["K"], dtype=float)
    return TruePhoto(photo, K, camera_from_world @ axes, np.zeros((0, 3)), np.zeros(0), ())


def _from_layout(folder: Path) -> TruePhoto:
    """One photo with the depth of its empty room: planes are fitted to the depth of each class."""
    path = sorted((folder / "image").iterdir())[0]
    with Image.open(path) as image, Image.open(folder / "layout_mask.png") as mask:
        photo, classes = RoomPhoto(path.stem, path, *image.size), np.asarray(mask)
    with Image.open(folder / "layout_depth_mm.png") as opened:
        depth = np.asarray(opened).astype(float) / 1000
    K = np.array([float(x) for x in (folder / "intrinsics.txt").read_text(encoding="utf-8").split()]).reshape(
        3, 3
    )
    points, measured = _points(depth, K), _measured(folder, K)
    normals, distance, names = [], [], []
    for number in np.unique(classes[classes > 0]):
        normal, away = plane_of(points[(classes == number) & (depth > 0)])
        away = corrected(measured[classes == number] @ normal, away)
        normals.append(normal)
        distance.append(away)
        names.append({1: "F", 2: "C"}.get(int(number), "W"))
    stacked = np.stack(normals)
    return TruePhoto(photo, K, axes_of_normals(stacked), stacked, np.array(distance), tuple(names))


def _measured(folder: Path, K: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "H W 3"]:
    with Image.open(folder / "depth_mm.png") as opened:
        return _points(np.asarray(opened).astype(float) / 1000, K)


def corrected(offsets: Float[np.ndarray, " N"], drawn: float) -> float:
    """Distance of a plane drawn by hand, farther where much of what was measured lies behind it.

    Args:
        offsets: of measured points of the plane and of what stands before it, 0 where nothing was measured.
        drawn: distance by the drawing.
    """
    behind = offsets[offsets > _BEHIND * drawn]
    return float(np.median(behind)) if len(behind) > _MUCH * (offsets > 0).sum() else drawn


def plane_of(points: Float[np.ndarray, "N 3"]) -> tuple[Float[np.ndarray, "3"], float]:
    """Normal (away from the origin) and distance of the plane through points."""
    middle = points.mean(axis=0)
    away = points - middle
    normal = np.linalg.eigh(away.T @ away)[1][:, 0]
    distance = float(normal @ middle)
    return (normal, distance) if distance > 0 else (-normal, -distance)


def _points(depth: Float[np.ndarray, "H W"], K: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "H W 3"]:
    grid = np.stack(
        [*np.meshgrid(np.arange(depth.shape[1]), np.arange(depth.shape[0])), np.ones(depth.shape)], -1
    )
    points: Float[np.ndarray, "H W 3"] = grid @ np.linalg.inv(K).T * depth[..., None]
    return points


def _world_normals(data: DataSet, frame: dict[str, Any]) -> Float[np.ndarray, "N 3"]:
    """Normals of the even patches of a photo's true depth, in the world."""
    with Image.open(Path(data.name.partition("#")[0]) / frame["depth"]) as opened:
        depth = np.asarray(opened).astype(float) / data.depth_scale
    d = _APART_PX
    points = _points(depth, np.array(frame["K"], dtype=float))
    middle, right, left = points[d:-d, d:-d], points[d:-d, 2 * d :], points[d:-d, : -2 * d]
    below, above = points[2 * d :, d:-d], points[: -2 * d, d:-d]
    bent = np.maximum(np.abs(right + left - 2 * middle)[..., 2], np.abs(below + above - 2 * middle)[..., 2])
    whole = np.min([part[..., 2] for part in (middle, right, left, below, above)], axis=0) > 0
    even = (whole & (bent < _EVEN * middle[..., 2]))[::_EVERY_PX, ::_EVERY_PX]
    normals = np.cross(right - left, below - above)[::_EVERY_PX, ::_EVERY_PX][even]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    world: Float[np.ndarray, "N 3"] = normals @ np.array(frame["c2w"], dtype=float)[:3, :3].T
    return world


def axes_of_normals(normals: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "3 3"]:
    """Three axes at right angles (columns) that most normals run along, whichever way they point."""
    few = normals[:: max(1, len(normals) // 4000)]
    tries = Rotation.random(3000, random_state=0).as_matrix()
    near = [(np.abs(few @ axes).max(axis=1) > np.cos(np.deg2rad(12.0))).sum() for axes in tries]
    axes: Float[np.ndarray, "3 3"] = tries[int(np.argmax(near))]
    for _ in range(20):
        along = normals @ axes
        which = np.abs(along).argmax(axis=1)
        rows = np.arange(len(normals))
        sign = np.sign(along[rows, which])
        kept = np.abs(along[rows, which]) > _ALONG
        total = np.zeros((3, 3))
        for k in range(3):
            mine = kept & (which == k)
            total[:, k] = (normals[mine] * sign[mine, None]).sum(axis=0)
        u, _, vt = np.linalg.svd(total)
        axes = u @ np.diag([1.0, 1.0, float(np.sign(np.linalg.det(u @ vt)))]) @ vt
    return axes

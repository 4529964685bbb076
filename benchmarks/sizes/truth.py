"""True sizes of the rooms of photo sets, along the axes in which each photo's rotation is known."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float

from benchmarks.single_truth import TruePhoto, read_truth
from benchmarks.true_room import true_maps
from pipeline.rooms.box import closing_planes
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import PointMaps
from pipeline.rooms.sizes.lenses import equivalent_mm

#: least cosine of a wall's normal and the axis it stands across
_ACROSS: Final = 0.95
DEMO: Final = "demo:"


@dataclass(frozen=True)
class TrueSize:
    """What is true of a photo set.

    Attributes:
        photos: as the product gets them.
        camera_from_room: photo id to the room's axes (columns) in camera axes.
        extents_m: of the room along these axes, NaN where unknown.
        focal_35mm: photo id to the true focal length.
    """

    photos: tuple[RoomPhoto, ...]
    camera_from_room: dict[str, Float[np.ndarray, "3 3"]]
    extents_m: Float[np.ndarray, "3"]
    focal_35mm: dict[str, float]


def read_true_size(argument: str) -> TrueSize:
    """Read a set of :mod:`benchmarks.rooms`, or ``demo:living-room`` and ``demo:bedroom``.

    Raises:
        ValueError: the set has no ground truth.
    """
    if argument.startswith(DEMO):
        return _of_demo(argument.removeprefix(DEMO))
    truth = read_truth(argument)
    extents = np.full(3, np.nan)
    for photo in truth:
        extents = np.fmax(extents, _extents(photo))
    if np.isnan(extents).all():
        extents, truth = _by_depth(Path(argument.partition("#")[0]), truth)
    return TrueSize(
        photos=tuple(photo.photo for photo in truth),
        camera_from_room={photo.photo.photo_id: photo.camera_from_room for photo in truth},
        extents_m=extents,
        focal_35mm={photo.photo.photo_id: _focal(photo.photo, float(photo.K[0, 0])) for photo in truth},
    )


def found_by_true(maps: PointMaps, truth: TrueSize) -> dict[int, float]:
    """True extent along each axis of a reconstructed room's frame, for those that are known."""
    turns = [
        view.world_from_camera[:3, :3] @ truth.camera_from_room[view.photo_id]
        for view in maps.views
        if view.photo_id in truth.camera_from_room
    ]
    if not turns:
        return {}
    along = np.abs(np.mean([np.abs(turn) for turn in turns], axis=0))
    return {
        axis: float(truth.extents_m[int(row.argmax())])
        for axis, row in enumerate(along)
        if math.isfinite(truth.extents_m[int(row.argmax())])
    }


def _extents(photo: TruePhoto) -> Float[np.ndarray, "3"]:
    """Distances of walls that stand across from each other."""
    found = np.full(3, np.nan)
    for axis in range(3):
        along = photo.normals @ photo.camera_from_room[:, axis] if len(photo.normals) else np.zeros(0)
        low, high = photo.distance_m[along < -_ACROSS], photo.distance_m[along > _ACROSS]
        if len(low) and len(high):
            found[axis] = low.max() + high.max()
    return found


def _by_depth(folder: Path, truth: list[TruePhoto]) -> tuple[Float[np.ndarray, "3"], list[TruePhoto]]:
    """Extents by the closing planes of the true depth, where both were seen; axes are those of the world."""
    maps = true_maps(folder)
    extents = np.full(3, np.nan)
    planes = closing_planes(maps)
    for axis in range(3):
        low, high = (plane for plane in planes if plane.axis == axis)
        if low.weight > 0 and high.weight > 0:
            extents[axis] = abs(high.offset - low.offset)
    rotation = {view.photo_id: view.world_from_camera[:3, :3].T for view in maps.views}
    turned = [
        TruePhoto(one.photo, one.K, rotation[one.photo.photo_id], one.normals, one.distance_m, one.names)
        for one in truth
    ]
    return extents, turned


def _of_demo(room: str) -> TrueSize:
    from tools.demo_renderer.photographs import ROOMS
    from tools.demo_renderer.rendered import RenderSettings

    width, height = RenderSettings().size_px
    build, cameras = ROOMS[room]
    files = sorted((Path(__file__).parents[2] / "pipeline" / "demo" / "photos").glob(f"{room}-*.jpg"))
    placed = dict(zip((file.name for file in files), cameras(width, height, len(files)), strict=True))
    photos = tuple(RoomPhoto(file.name, file, width, height) for file in files)
    return TrueSize(
        photos=photos,
        camera_from_room={name: camera.world_from_camera[:3, :3].T for name, camera in placed.items()},
        extents_m=np.array(build().size_m),
        focal_35mm={photo.photo_id: _focal(photo, placed[photo.photo_id].focal_px) for photo in photos},
    )


def _focal(photo: RoomPhoto, focal_px: float) -> float:
    return equivalent_mm(focal_px, photo.width_px, photo.height_px)

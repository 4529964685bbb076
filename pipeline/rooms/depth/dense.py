"""Dense point maps of the classical backend: stereo where photos have texture, room planes elsewhere."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, Int
from scipy import ndimage

from pipeline.machine import CPU, torch_device
from pipeline.progress import Progress
from pipeline.rooms.axes import find_segments, room_from_world
from pipeline.rooms.box import RoomPlane, box_view, close_by_pictures, estimate_scale, find_planes
from pipeline.rooms.depth.confidence import Grounds, Kind, Looks, confidence_of, features
from pipeline.rooms.depth.inferred_depth import (
    FilledPhoto,
    ViewSurfaces,
    complete_view,
    first_depth,
    view_surfaces,
)
from pipeline.rooms.depth.photo_consistency import PhotoConsistency
from pipeline.rooms.depth.refuted_guesses import push_back_contradicted
from pipeline.rooms.depth.rough_depth import RoughDepth, rough_depths
from pipeline.rooms.photos import RoomPhoto, load_rgb
from pipeline.rooms.processes import Result, for_each
from pipeline.rooms.scene import Cameras, PointMaps, View, points_at
from pipeline.rooms.stereo import (
    StereoDepth,
    StereoInput,
    measure_depth,
    scaled_intrinsics,
    stereo_views,
    sweep_planes,
)

#: depth that the usual sparse point gets before the size of the room is known, units; a usual depth in metres
_MEDIAN_DEPTH = 3.0
#: longer side at which lines are looked for, px; that of the layout of single photos
_SEGMENT_PX = 640
#: probability of being right from which on a point is good enough for the surface, share; set by hand, effect
#: not measured
_LEAST_CONFIDENCE = 0.3
#: window of the median that tells an odd measured pixel, px; set by hand, effect not measured
_MEDIAN_PX = 5
#: and how far from it a pixel that tells planes may be, share of depth; set by hand, effect not measured
_LIKE_MEDIAN = 0.02
#: depth up to which a pixel stands for more area the farther it is, units; set by hand, effect not measured
_AREA_REACH = 6.0
#: a point must lie so far before a photo to show in it, units; set by hand, effect not measured
_BEFORE = 0.05
#: least longer side of point maps, px; a quarter of it is 8 px, in which rough depth still finds a window
_LEAST_PX = 32


@dataclass(frozen=True)
class DenseSettings:
    """Settings of the point map stage.

    Attributes:
        seed: of the random search.
        max_px: longer side of the point maps.
        device: that compares the photos, "cpu" or "cuda"; none: a GPU where there is one.
    """

    seed: int = 0
    max_px: int = 448
    device: str | None = None

    def __post_init__(self) -> None:
        if self.max_px < _LEAST_PX:
            raise ValueError(f"max_px >= {_LEAST_PX} is needed")
        if not re.fullmatch(r"cpu|cuda(:\d+)?", self.device or CPU):
            raise ValueError(f'device: "cpu" or "cuda" (or "cuda:1", ...) is needed, not "{self.device}"')


def dense_point_maps(
    photos: list[RoomPhoto],
    cameras: Cameras,
    settings: DenseSettings | None = None,
    progress: Progress | None = None,
) -> PointMaps:
    """Give every pixel of every placed photo a point, measured or inferred.

    Args:
        photos: of the room (those without a camera are not used).
        cameras: where they were taken.

    Returns:
        Point maps in the room frame: z up, floor at z = 0, metres as far as they can be guessed. The confidence
        of a pixel is the probability that its depth is right, see :mod:`pipeline.rooms.depth.confidence`.
    """
    return dense_with_evidence(photos, cameras, settings, progress)[0]


def dense_with_evidence(
    photos: list[RoomPhoto],
    cameras: Cameras,
    settings: DenseSettings | None = None,
    progress: Progress | None = None,
) -> tuple[PointMaps, list[Float32[np.ndarray, "H W F"]]]:
    """:func:`dense_point_maps`, and what the confidence of every pixel is made of (to calibrate it)."""
    settings, progress = settings or DenseSettings(), progress or Progress()
    progress(0.0, "room axes")
    data, straight = _room_frame(photos, cameras, settings)
    progress(0.05, "depth by stereo")
    depths, sources = measure_depth(data, settings.seed, progress.part(0.05, 0.7))
    progress(0.7, "walls, floor and ceiling")
    planes = _planes(data, depths, progress.part(0.7, 0.8))
    measured = Measured(data, depths, sources, planes)
    maps, evidence = complete(measured, cameras, progress.part(0.8, 0.99))
    progress(1.0, "point maps")
    return _with_notes(maps, straight, planes), evidence


def _planes(data: StereoInput, depths: list[StereoDepth], progress: Progress) -> list[RoomPlane]:
    """Planes along the room's axes, with the six that close it."""
    points, normals, weights, seen_from = _samples(data, depths)
    swept = sweep_planes(data, depths, np.concatenate([points, data.xyz]), progress.part(0.0, 0.8))
    per_area = float(np.median(data.K[:, 0, 0])) ** 2
    planes = find_planes(
        np.concatenate([points, swept.points]),
        np.concatenate([normals, swept.normals]),
        np.concatenate([weights, swept.area * per_area]),
        data.world_from_camera[:, :3, 3],
        comparable=lambda places: _shown(data, places) >= 2,
        seen_from=np.concatenate([seen_from, swept.points]),
    )
    looked = for_each(
        lambda index: box_view(data.images[index], data.K[index], data.world_from_camera[index]),
        len(data.images),
        progress.part(0.8, 1.0),
        "edges of the room in photo",
    )
    total = float(weights.sum() + per_area * swept.area.sum())
    return close_by_pictures(looked, planes, points, total)


@dataclass(frozen=True)
class Measured:
    """What stereo and the planes of the room say, before the photos are filled.

    Attributes:
        data: photos and cameras in the axes of the room.
        depths: stereo of every photo, with the photos in ``sources``.
        planes: of the room.
    """

    data: StereoInput
    depths: list[StereoDepth]
    sources: list[Int[np.ndarray, " S"]]
    planes: list[RoomPlane]


def complete(
    measured: Measured, cameras: Cameras, progress: Progress
) -> tuple[PointMaps, list[Float32[np.ndarray, "H W F"]]]:
    """Point maps with a depth and its confidence for every pixel, and the evidence for that."""
    data, sources = measured.data, measured.sources
    rough = rough_depths(data, measured.depths, sources, progress.part(0.0, 0.4))
    completed = _completed(measured, rough, progress.part(0.4, 0.9))
    maps, grounds = _reconciled(data, cameras, completed)
    looks = Looks.of(maps.views, stereo_views(data, 1), sources)
    evidence = for_each(
        lambda index: features(maps.views, grounds, looks, index),
        len(data.images),
        progress.part(0.9, 1.0),
        "judging photo",
    )
    judged = tuple(
        replace(view, confidence=confidence_of(found, own.kind == Kind.MEASURED))
        for view, found, own in zip(maps.views, evidence, grounds, strict=True)
    )
    return _to_metres(replace(maps, views=judged), measured.planes), evidence


def _reconciled(
    data: StereoInput, cameras: Cameras, completed: list[FilledPhoto]
) -> tuple[PointMaps, list[Grounds]]:
    """Point maps without the guesses that other photos refute, and what speaks for every depth."""
    views = [
        _view(data, index, camera.photo_id, completed[index]) for index, camera in enumerate(cameras.cameras)
    ]
    left_out = dict(cameras.left_out)
    maps = PointMaps(tuple(views), "classical", left_out=left_out, least_confidence=_LEAST_CONFIDENCE)
    ends = [
        points_at(found.closing, K, pose)
        for found, K, pose in zip(completed, data.K, data.world_from_camera, strict=True)
    ]
    kinds = [found.grounds.kind for found in completed]
    maps, kinds = push_back_contradicted(maps, kinds, [found.trust for found in completed], ends)
    return maps, [replace(found.grounds, kind=kind) for found, kind in zip(completed, kinds, strict=True)]


def _completed(measured: Measured, rough: list[RoughDepth], progress: Progress) -> list[FilledPhoto]:
    """Every photo filled: first by itself, then again with what the others show where it puts its surfaces."""
    data, depths, planes = measured.data, measured.depths, measured.planes

    def each(work: Callable[[int], Result], start: float, end: float, name: str) -> list[Result]:
        return for_each(work, len(data.images), progress.part(start, end), name)

    def surfaces(index: int) -> ViewSurfaces:
        return view_surfaces(data, depths, rough[index], planes, measured.sources[index], index)

    offered = each(surfaces, 0.0, 0.4, "surfaces of photo")
    first = each(
        lambda index: first_depth(data, depths, offered[index], index), 0.4, 0.6, "first depth of photo"
    )
    consistency = PhotoConsistency.of(data, first)

    def again(index: int) -> FilledPhoto:
        view = offered[index]
        judged = view.surfaces.judged(lambda w: consistency.cost(index, w))
        return complete_view(data, depths, planes, replace(view, surfaces=judged), index)

    return each(again, 0.6, 1.0, "comparing colours of photo")


def _room_frame(photos: list[RoomPhoto], cameras: Cameras, settings: DenseSettings) -> tuple[StereoInput, bool]:
    """Everything turned to the room's axes and scaled so that the usual depth is a few units."""
    by_id = {photo.photo_id: photo for photo in photos}
    placed = [by_id[camera.photo_id] for camera in cameras.cameras]
    segments = [find_segments(load_rgb(photo, _SEGMENT_PX)) for photo in placed]
    rotation, straight = room_from_world(cameras, segments)
    images = [load_rgb(photo, settings.max_px) for photo in placed]
    scale = _units_per_world_unit(cameras)
    poses, Ks = [], []
    for camera, image in zip(cameras.cameras, images, strict=True):
        pose = np.eye(4)
        pose[:3, :3] = rotation @ camera.world_from_camera[:3, :3]
        pose[:3, 3] = scale * rotation @ camera.world_from_camera[:3, 3]
        poses.append(pose)
        Ks.append(
            scaled_intrinsics(camera.K, image.shape[1] / camera.width_px, image.shape[0] / camera.height_px)
        )
    data = StereoInput(
        images=images,
        K=np.stack(Ks),
        world_from_camera=np.stack(poses),
        xyz=scale * cameras.points.xyz @ rotation.T,
        seen=[np.unique(cameras.points.seen_by(index)) for index in range(len(images))],
        device=settings.device or torch_device(),
    )
    return data, straight


def _units_per_world_unit(cameras: Cameras) -> float:
    """By how much the frame of the cameras is enlarged so that the usual depth is a few units."""
    depths = []
    for index, camera in enumerate(cameras.cameras):
        offset = cameras.points.xyz[cameras.points.seen_by(index)] - camera.world_from_camera[:3, 3]
        depths.append(offset @ camera.world_from_camera[:3, 2])
    seen = np.concatenate(depths)
    return _MEDIAN_DEPTH / max(float(np.median(seen)), 1e-9) if len(seen) else 1.0


def slant_normals(depth: StereoDepth, K: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "H W 3"]:
    """Unit normals, in camera axes and towards the camera, of the slanted hypotheses."""
    height, width = depth.inverse_depth.shape
    xs, ys = np.meshgrid(np.arange(width), np.arange(height))
    gx, gy = depth.slant[..., 0], depth.slant[..., 1]
    rows = np.stack([gx, gy, depth.inverse_depth - gx * xs - gy * ys], axis=-1)
    normals = rows @ K
    unit: Float[np.ndarray, "H W 3"] = -normals / np.maximum(
        np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12
    )
    return unit


def _samples(
    data: StereoInput, depths: list[StereoDepth]
) -> tuple[
    Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"], Float[np.ndarray, " N"], Float[np.ndarray, "N 3"]
]:
    """Measured points with normals, weighted by the area that each stands for (capped), and their cameras."""
    points, normals, weights, centres = [], [], [], []
    for index, depth in enumerate(depths):
        K, pose = data.K[index], data.world_from_camera[index]
        w = depth.inverse_depth.astype(np.float64)
        smooth = ndimage.median_filter(w, _MEDIAN_PX)
        good = depth.measured & (np.abs(w / smooth - 1.0) < _LIKE_MEDIAN)
        facing = slant_normals(depth, K) @ pose[:3, :3].T
        area = np.minimum(1.0 / w, _AREA_REACH) ** 2
        points.append(points_at(w, K, pose)[good])
        normals.append(facing[good])
        weights.append((area * (1.0 - depth.cost))[good])
        centres.append(np.broadcast_to(pose[:3, 3], points[-1].shape))
    joined = [np.concatenate(column) for column in (points, normals, weights, centres)]
    return joined[0], joined[1], joined[2], joined[3]


def _shown(data: StereoInput, points: Float[np.ndarray, "N 3"]) -> Int[np.ndarray, " N"]:
    """How many photos have each point in their picture."""
    count = np.zeros(len(points), np.int64)
    for K, pose, image in zip(data.K, data.world_from_camera, data.images, strict=True):
        local = (points - pose[:3, 3]) @ pose[:3, :3] @ K.T
        xy = local[:, :2] / np.maximum(local[:, 2:], 1e-6)
        count += (local[:, 2] > _BEFORE) & (xy >= 0).all(axis=1) & (xy < image.shape[1::-1]).all(axis=1)
    return count


def _view(data: StereoInput, index: int, photo_id: str, completed: FilledPhoto) -> View:
    return View(
        photo_id=photo_id,
        image=data.images[index],
        world_from_camera=data.world_from_camera[index],
        K=data.K[index],
        points=points_at(completed.inverse_depth, data.K[index], data.world_from_camera[index]).astype(
            np.float32
        ),
        confidence=np.zeros(completed.source.shape, np.float32),
        source=completed.source,
    )


def _hull_offset(planes: list[RoomPlane], sign: int) -> RoomPlane | None:
    return next((plane for plane in planes if plane.axis == 2 and plane.sign == sign and plane.hull), None)


def _to_metres(maps: PointMaps, planes: list[RoomPlane]) -> PointMaps:
    floor, ceiling = _hull_offset(planes, 1), _hull_offset(planes, -1)
    if floor is None:
        return maps
    heights = np.array([view.centre[2] - floor.offset for view in maps.views])
    seen_ceiling = ceiling is not None and ceiling.weight > 0
    height = ceiling.offset - floor.offset if ceiling is not None and seen_ceiling else None
    scale, sigma = estimate_scale(heights, height)
    drop = np.eye(4)
    drop[2, 3] = -scale * floor.offset
    moved = maps.transformed(scale, drop)
    return replace(moved, metric=True, scale_sigma=sigma)


def _with_notes(maps: PointMaps, straight: bool, planes: list[RoomPlane]) -> PointMaps:
    notes = [
        "scale estimated from usual camera and ceiling heights" if maps.metric else "scale unknown",
        "axes from straight lines" if straight else "no clear walls: cameras were taken to be held upright",
        f"{len(planes)} planes along the room's axes",
    ]
    return replace(maps, notes=tuple(notes))

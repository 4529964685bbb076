"""Placed photos as :class:`Cameras`, and in words why others were not placed."""

from typing import Any

import numpy as np
from jaxtyping import UInt8

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.rooms.scene import Cameras, PlacedCamera, SparsePoints
from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.placement import Lenses, Placement

ADVICE = (
    "Add photos taken between these, from about half a step to two steps apart, each showing at least half of "
    "what its neighbour shows."
)


def why_unplaced(name: str, result: dict[str, Any]) -> LeftOut:
    """Why the first look did not place a photo."""
    if result["features"].get(name, 0) < 50:
        return LeftOut(LeftOutReason.NOTHING_TO_RECOGNISE)
    shared = [n for a, b, n in result["pairs"] if name in (a, b) and n > 0]
    if not shared:
        return LeftOut(LeftOutReason.SHARES_NOTHING)
    return LeftOut(LeftOutReason.SHARES_TOO_LITTLE, (max(shared),))


def what_is_missing(n_photos: int, result: dict[str, Any]) -> str:
    """Why nothing could be placed."""
    best = max((n for _, _, n in result["pairs"]), default=0)
    if best == 0:
        return f"None of the {n_photos} photos shares anything recognisable with another."
    return f"The {n_photos} photos share too little or were taken from one spot (at most {best} shared points)."


def as_cameras(
    placement: Placement,
    lenses: Lenses,
    bundle: Bundle,
    names: list[str],
    images: list[UInt8[np.ndarray, "H W 3"]],
    left_out: dict[str, LeftOut],
    strategy: str,
) -> Cameras:
    """The placed photos and their points.

    Args:
        names: id of every photo.
        images: every photo at the size that ``lenses`` and ``bundle`` refer to.
    """
    errors = np.linalg.norm(bundle.residuals(), axis=1)
    rgb = np.zeros((len(bundle.xyz), 3), np.uint8)
    cameras = []
    for number, i in enumerate(np.flatnonzero(placement.placed)):
        mine = bundle.camera == number
        height, width = images[i].shape[:2]
        xy = np.clip(np.rint(bundle.xy[mine]).astype(int), 0, [width - 1, height - 1])
        rgb[bundle.point[mine]] = images[i][xy[:, 1], xy[:, 0]]
        K = np.diag([lenses.focal[lenses.lens[i]]] * 2 + [1.0])
        K[:2, 2] = lenses.principal[i]
        camera_from_world = np.eye(4)
        camera_from_world[:3, :3], camera_from_world[:3, 3] = placement.rotation[i], placement.shift[i]
        cameras.append(
            PlacedCamera(
                photo_id=names[i],
                width_px=width,
                height_px=height,
                K=K,
                world_from_camera=np.linalg.inv(camera_from_world),
                n_observations=int(mine.sum()),
                reprojection_error_px=float(errors[mine].mean()) if mine.any() else 0.0,
            )
        )
    count = np.maximum(np.bincount(bundle.point, minlength=len(rgb)), 1)
    point_error = np.bincount(bundle.point, errors, minlength=len(rgb)) / count
    points = SparsePoints(bundle.xyz, rgb, point_error, bundle.point, bundle.camera, bundle.xy)
    return Cameras(tuple(cameras), points, left_out, strategy, (_evidence(cameras),))


def _evidence(cameras: list[PlacedCamera]) -> str:
    seen = [camera.n_observations for camera in cameras]
    error = sum(c.n_observations * c.reprojection_error_px for c in cameras) / max(sum(seen), 1)
    return (
        f"every photo's place rests on {min(seen)} to {max(seen)} shared points, on average {error:.1f} px off"
    )

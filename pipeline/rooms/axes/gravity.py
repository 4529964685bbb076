"""The room frame: axes along the walls, z up, floor at z = 0."""

import numpy as np
from jaxtyping import Float

from pipeline.rooms.axes.manhattan import fit_manhattan, fit_room_axes
from pipeline.rooms.axes.segments import Segments
from pipeline.rooms.scene import Cameras, PlacedCamera

#: axes that fewer segments point to are no axes of the room, share of their weight; set by hand, effect not
#: measured
_PLAUSIBLE_SUPPORT = 0.2
#: image rows that span a plane less clearly do not tell where up is, share of the larger spread; set by hand
#: (cameras that all look one way), effect not measured
_ROWS_SPREAD = 0.05
#: what rows say may lean so far from the mean of the cameras' own up, cosine; set by hand, effect not measured
_LEAN = 0.7


def room_from_world(cameras: Cameras, segments: list[Segments]) -> tuple[Float[np.ndarray, "3 3"], bool]:
    """Rotation that takes the world frame of ``cameras`` to axes along the walls with z up.

    Args:
        segments: straight segments of every placed photo, at any size.

    Returns:
        The rotation, and whether straight lines supported it (else only "cameras are held upright" did).
    """
    rotations = [camera.world_from_camera[:3, :3].T for camera in cameras.cameras]
    focals = [
        float(camera.K[0, 0]) * s.width_px / camera.width_px
        for camera, s in zip(cameras.cameras, segments, strict=True)
    ]
    segments = [_centred(s, camera) for s, camera in zip(segments, cameras.cameras, strict=True)]
    fits = [fit_manhattan(s, focal) for s, focal in zip(segments, focals, strict=True)]
    axes = fit_room_axes(segments, focals, rotations, fits)
    upright = mean_up(rotations)
    if axes is None or axes.support < _PLAUSIBLE_SUPPORT:
        return _frame_with_up(upright, rotations[0].T[:, 2]), False
    rotation = axes.world_from_room.T
    return with_up(rotation, upright), True


def with_up(axes: Float[np.ndarray, "3 3"], up: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3 3"]:
    """Rotation onto three orthogonal axes (rows), with the one nearest to ``up`` as z."""
    vertical = int(np.argmax(np.abs(axes @ up)))
    rows = np.roll(axes, 2 - vertical, axis=0)
    if rows[2] @ up < 0:
        rows[1:] *= -1
    if np.linalg.det(rows) < 0:
        rows[0] *= -1
    return rows


def _centred(segments: Segments, camera: PlacedCamera) -> Segments:
    """The segments with the camera's own principal point."""
    row_px = float(camera.K[1, 2]) - (camera.height_px - 1) / 2
    return segments.lowered(row_px * segments.width_px / camera.width_px)


def mean_up(camera_from_world: list[Float[np.ndarray, "3 3"]]) -> Float[np.ndarray, "3"]:
    """Upward direction if every camera was held without roll: normal to all image rows."""
    rows = np.stack([rotation[0] for rotation in camera_from_world])
    ups = -np.stack([rotation[1] for rotation in camera_from_world])
    values, vectors = np.linalg.eigh(rows.T @ rows)
    up = vectors[:, 0] if values[1] > _ROWS_SPREAD * values[2] else ups.mean(axis=0)
    up = up if up @ ups.mean(axis=0) > 0 else -up
    if up @ ups.mean(axis=0) < _LEAN * np.linalg.norm(ups.mean(axis=0)):
        up = ups.mean(axis=0)
    unit: Float[np.ndarray, 3] = up / np.linalg.norm(up)
    return unit


def _frame_with_up(up: np.ndarray, ahead: np.ndarray) -> Float[np.ndarray, "3 3"]:
    first = ahead - (ahead @ up) * up
    if np.linalg.norm(first) < 1e-6:
        first = np.linalg.svd(up[None])[2][1]
    first = first / np.linalg.norm(first)
    frame: Float[np.ndarray, "3 3"] = np.stack([first, np.cross(up, first), up])
    return frame

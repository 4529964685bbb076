"""``Layout``: which part of the room each pixel of a photo shows, whoever found it.

Classes are those of ST-RoomNet: 1 front wall, 2 left wall, 3 right wall, 4 floor, 5 ceiling. A photo without a
room gives :class:`NoLayout` with the reason, never an exception.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from pipeline.rooms.layout.classes import CLASS_NAMES, box_classes, face_polygons
from pipeline.rooms.scene import pixel_rays

__all__ = ["CLASS_NAMES", "Layout", "LayoutBox", "NoLayout"]


@dataclass(frozen=True)
class LayoutBox:
    """The room as a box around the camera.

    Attributes:
        camera_from_room: columns are the room's right, forward (to the front wall) and up in camera axes.
        K: intrinsics of the photo, as given or as found.
        distance_m: from the camera to the front, left and right wall, the floor and the ceiling; estimates,
            true up to one common scale.
        seen: whether the photo shows the face; the distance of a face out of view is only a bound.
        scale_sigma: relative standard deviation of the common scale.
    """

    camera_from_room: Float[np.ndarray, "3 3"]
    K: Float[np.ndarray, "3 3"]
    distance_m: Float[np.ndarray, "5"]
    seen: tuple[bool, bool, bool, bool, bool]
    scale_sigma: float

    def __post_init__(self) -> None:
        if self.camera_from_room.shape != (3, 3) or self.K.shape != (3, 3) or self.distance_m.shape != (5,):
            raise ValueError("a box needs a 3x3 rotation, 3x3 intrinsics and five distances")
        if not (self.distance_m > 0).all():
            raise ValueError("the camera must stand inside the box: all distances positive")

    def classes(self, width_px: int, height_px: int) -> UInt8[np.ndarray, "H W"]:
        """Class of every pixel of the empty box."""
        return box_classes(1.0 / self.distance_m, self.camera_from_room, self.K, width_px, height_px)

    def world_from_camera(self) -> Float[np.ndarray, "4 4"]:
        """Camera pose in the room frame: z up, floor at z = 0, below the camera the origin."""
        pose = np.eye(4)
        pose[:3, :3] = self.camera_from_room.T
        pose[2, 3] = self.distance_m[3]
        return pose

    def depth_m(self, width_px: int, height_px: int) -> Float[np.ndarray, "H W"]:
        """z-depth of the empty box at every pixel."""
        rays = pixel_rays(self.K, height_px, width_px) @ self.camera_from_room
        toward = np.stack([rays[..., 1], -rays[..., 0], rays[..., 0], -rays[..., 2], rays[..., 2]], axis=-1)
        depth: Float[np.ndarray, "H W"] = 1.0 / (toward / self.distance_m).max(axis=-1)
        return depth


@dataclass(frozen=True)
class Layout:
    """Which part of the room each pixel of a photo shows.

    Attributes:
        classes: a key of :data:`CLASS_NAMES` for every pixel of the photo.
        confidence: how likely the layout is right, 0 to 1 (calibrated for the geometric backend).
        homography: photo to reference room of ST-RoomNet, both on [-1, 1] x [-1, 1] (x right, y down);
            ``None`` where that room cannot be warped onto this one.
        box: the room in 3D, ``None`` where the backend does not know it.
        backend: name of the backend that found it.
        why: what speaks for and against it, in plain words.
    """

    classes: UInt8[np.ndarray, "H W"]
    confidence: float
    homography: Float[np.ndarray, "3 3"] | None
    box: LayoutBox | None
    backend: str
    why: str = ""

    def __post_init__(self) -> None:
        if self.classes.ndim != 2 or self.classes.min() < 1 or self.classes.max() > 5:
            raise ValueError("classes must be a picture of the numbers 1 to 5")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError("confidence must be within 0 and 1")

    def polygons(self) -> dict[int, Float[np.ndarray, "N 2"]]:
        """Outline of every class in view, in pixels (x, y), clockwise on the screen."""
        return face_polygons(self.classes)


@dataclass(frozen=True)
class NoLayout:
    """The photo shows no room whose layout can be told.

    Attributes:
        reason: in plain words.
        backend: that looked.
        guess: what would be the layout if one had to be named, ``None`` where nothing at all was found.
    """

    reason: str
    backend: str
    guess: Layout | None = None

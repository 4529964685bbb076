"""Looks from beside the photos, where a mesh that fits its photos only from their own places is given away."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float

from pipeline.rooms.judging.picture import Picture, picture_of
from pipeline.rooms.scene import View, Viewpoint
from pipeline.rooms.surface import Surface

#: how far beside its photo a reader looks first, metres; by definition (issue: rooms from real listing photos)
STEP_M: Final = 0.5
#: longer side of the pictures, px; set by hand, effect not measured
PICTURE_PX: Final = 240
#: nearer than this to a surface one would stand in it, metres; set by hand, effect not measured
_CLEAR_M: Final = 0.25
#: side of the picture that feels the way ahead, px; the least that a viewpoint takes
_NARROW_PX: Final = 8
#: its focal length, px: about 11 degrees, a body's width at a metre and a half; by definition
_NARROW_FOCAL: Final = 40.0
#: directions, camera axes (x right, y down, z forward); by definition
_STEPS: Final = {"right": (1.0, 0.0, 0.0), "left": (-1.0, 0.0, 0.0), "forward": (0.0, 0.0, 1.0)}


@dataclass(frozen=True)
class Aside:
    """What a mesh shows half a metre beside a photo.

    Attributes:
        photo_id: of the photo.
        step: ``right``, ``left`` or ``forward``.
        picture: of the mesh there, looking as the photo looks.
    """

    photo_id: str
    step: str
    picture: Picture

    @property
    def torn(self) -> float:
        """Share of the pixels that are torn."""
        return float(self.picture.torn.mean())

    @property
    def holes(self) -> float:
        """Share of the pixels that show nothing."""
        return float(self.picture.hole.mean())


def look_aside(surface: Surface, views: Sequence[View], step_m: float = STEP_M) -> list[Aside]:
    """Pictures half a metre right, left and forward of every photo; steps into furniture or walls are left out.

    Args:
        surface: of the room.
        views: photos that cameras took, with their places in the room of the surface.
        step_m: length of the step, metres.

    Raises:
        ValueError: the step is not positive.
    """
    if step_m <= 0:
        raise ValueError(f"step_m is {step_m}; it must be positive")
    found = []
    for view in views:
        own = viewpoint_of(view)
        for name, step in _STEPS.items():
            direction = own.world_from_camera[:3, :3] @ np.asarray(step)
            if _free_m(surface, own.centre, direction) > step_m + _CLEAR_M:
                found.append(Aside(view.photo_id, name, picture_of(surface, _moved(own, step_m * direction))))
    return found


def viewpoint_of(view: View, longest_px: int = PICTURE_PX) -> Viewpoint:
    """The camera of a photo at the size of these pictures."""
    height, width = view.image.shape[:2]
    own = Viewpoint(view.K, view.world_from_camera, width, height)
    return own.scaled(longest_px / max(height, width))


def _moved(viewpoint: Viewpoint, shift: Float[np.ndarray, "3"]) -> Viewpoint:
    pose = viewpoint.world_from_camera.copy()
    pose[:3, 3] += shift
    return replace(viewpoint, world_from_camera=pose)


def _free_m(surface: Surface, centre: Float[np.ndarray, "3"], direction: Float[np.ndarray, "3"]) -> float:
    """Way from a place to the first surface in a direction, metres; infinite where there is none."""
    narrow = np.diag([_NARROW_FOCAL, _NARROW_FOCAL, 1.0])
    narrow[:2, 2] = (_NARROW_PX - 1) / 2
    ahead = direction / np.linalg.norm(direction)
    across = np.cross(ahead, [0.0, 0.0, 1.0] if abs(ahead[2]) < 0.5 else [1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([across, np.cross(ahead, across), ahead], axis=1)
    pose[:3, 3] = centre
    return float(picture_of(surface, Viewpoint(narrow, pose, _NARROW_PX, _NARROW_PX)).depth_m.min())

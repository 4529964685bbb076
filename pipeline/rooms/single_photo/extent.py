"""The whole box of a room that one photo shows, and where its pixels would meet it if nothing stood there."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.rooms.scene import View, pixel_rays

#: a point nearer than this to a face of the box lies on it, metres; set by hand, effect not measured
_ON_BOX_M = 0.03
#: room behind the camera, metres; whoever takes the photo needs .65 m (room_ends.py), set by hand, effect not
#: measured
_BEHIND_M = 0.8
#: height of a ceiling that is not in the photo, metres; the usual one of flats in Europe
_USUAL_CEILING_M = 2.5
#: a highest point below this shows no ceiling, metres; no ceiling of a room is that low
_LEAST_CEILING_M = 2.0
#: least room between camera and ceiling, metres; set by hand, effect not measured
_ABOVE_CAMERA_M = 0.3
#: number of the box's face that is the floor, none; by definition (2 axis + 1 for the upper side)
FLOOR = 4
#: number of the box's face that is the ceiling, none; by definition
CEILING = 5


@dataclass(frozen=True)
class Extent:
    """The box of a room beside the photo that shows it.

    Attributes:
        low, high: its corners, metres in the room frame.
        face: of the box (2 axis + 1 for its upper side) that every pixel would show in the empty room.
        depth_m: z-depth of that face.
        standing: pixels that show something in front of it.
    """

    low: Float[np.ndarray, "3"]
    high: Float[np.ndarray, "3"]
    face: Int[np.ndarray, "H W"]
    depth_m: Float[np.ndarray, "H W"]
    standing: Bool[np.ndarray, "H W"]


def extent_of(view: View) -> Extent:
    """The box of a view whose every pixel has a point."""
    low, high = room_extent(view.points.astype(np.float64), view.centre)
    return extent_within(view, low, high)


def extent_within(view: View, low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"]) -> Extent:
    """The same where the corners of the box (metres, room frame) are known."""
    points = view.points.astype(np.float64)
    rays = pixel_rays(view.K, *points.shape[:2]) @ view.world_from_camera[:3, :3].T
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(rays > 0, high - view.centre, low - view.centre) / rays
    reach = np.where(np.isfinite(reach), reach, np.inf)
    axis = reach.argmin(axis=-1)
    upper = np.take_along_axis(rays, axis[..., None], axis=-1)[..., 0] > 0
    clear = np.minimum(points - low, high - points).min(axis=-1)
    return Extent(low, high, 2 * axis + upper, reach.min(axis=-1), clear > _ON_BOX_M)


def room_extent(
    points: Float[np.ndarray, "H W 3"], centre: Float[np.ndarray, "3"]
) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """Lower and upper corner of the room: what the photo shows, and some room behind the camera."""
    flat = points.reshape(-1, 3)
    low, high = flat.min(axis=0), flat.max(axis=0)
    low[:2] = np.minimum(low[:2], centre[:2] - _BEHIND_M)
    high[:2] = np.maximum(high[:2], centre[:2] + _BEHIND_M)
    low[2] = min(0.0, float(low[2]))
    high[2] = max(
        float(high[2]),
        _USUAL_CEILING_M if high[2] < _LEAST_CEILING_M else 0.0,
        float(centre[2]) + _ABOVE_CAMERA_M,
    )
    return low, high

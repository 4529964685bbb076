"""Where a photo shows its floor although the eye takes it for a thing: carpets, rugs and sunlit boards.

A thing is parted from the floor by an outline or by a front that does not face up. What faces up and goes on
from the floor without either is floor. It is known where the eye says so, and along the foot of walls that are
seen: no top of a thing ends just where the box's floor meets the wall.
"""

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8
from scipy import ndimage

from pipeline.rooms.prior import Prior

#: floor is known where the eye is so sure of it, probability; set by hand, effect not measured
_SURE_FLOOR = 0.6
#: cosine to the vertical from which on a surface faces up, cosine; set by hand, effect not measured
_FACES_UP = 0.75
#: an outline of a thing is drawn where the eye is so sure of it, probability; set by hand by pictures of
#: listings, effect not measured
_OUTLINE = 0.15
#: a wall is seen where things are less likely than this, probability; set by hand, effect not measured
_NO_THING = 0.4
#: how far above and below the foot of a wall is looked, longer sides of the photo; two pixels of the eye
_FOOT = 0.018
#: outlines are so much wider than drawn, longer sides of the photo; half a pixel of the eye
_WIDER = 0.004
#: classes of the layout, none; by definition (layout.classes)
_FLOOR_CLASS, _CEILING_CLASS = 4, 5


def floor_of(
    seen: Prior, up: Float[np.ndarray, "H W"], classes: UInt8[np.ndarray, "H W"]
) -> Bool[np.ndarray, "H W"]:
    """Pixels that show the floor.

    Args:
        seen: what the eye sees, at the size of the photo.
        up: cosine of every pixel's surface to the vertical.
        classes: faces of the box.
    """
    floor = classes == _FLOOR_CLASS
    longer = max(floor.shape)
    even = floor & (up > _FACES_UP) & (seen.boundary < _OUTLINE)
    even = ndimage.binary_erosion(even, iterations=max(1, round(_WIDER * longer)), border_value=1)
    known = floor & (seen.side("floor") > _SURE_FLOOR)
    foot = _foot_of_walls(classes, seen.side("thing"), max(1, round(_FOOT * longer)))
    grown: Bool[np.ndarray, "H W"] = ndimage.binary_propagation((known | foot) & even, mask=even) | known
    return grown


def _foot_of_walls(
    classes: UInt8[np.ndarray, "H W"], thing: Float32[np.ndarray, "H W"], reach_px: int
) -> Bool[np.ndarray, "H W"]:
    """Floor just below a wall that no thing hides there."""
    floor = classes == _FLOOR_CLASS
    first, columns = floor.argmax(axis=0), np.arange(floor.shape[1])
    above = np.maximum(first - reach_px, 0)
    walls = ~np.isin(classes[above, columns], (_FLOOR_CLASS, _CEILING_CLASS))
    free = walls & floor.any(axis=0) & (thing[above, columns] < _NO_THING)
    rows = np.arange(len(floor))[:, None]
    foot: Bool[np.ndarray, "H W"] = floor & free & (rows <= first + 2 * reach_px)
    return foot

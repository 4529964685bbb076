"""Where a photo shows its floor although the eye takes it for a thing: carpets, rugs and sunlit boards.

A thing is parted from the floor by an outline or by a front that does not face up. What faces up and goes on
from the floor without either, in the colour of the floor, is floor. It is known where the eye says so, and
along the foot of walls that are seen: no top of a thing ends just where the box's floor meets the wall.
"""

import cv2
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
#: from this probability on a thing must have the colour of the floor to be floor, probability; set by hand,
#: effect not measured
_LIKELY_THING = 0.6
#: most difference of colour to the floor's (CIE L*a*b*), units of that space; a carpet beside its own shadow,
#: set by hand, effect not measured
_COLOUR = (20.0, 8.0, 8.0)
#: or so many median deviations of the floor's own colours, none; set by hand, effect not measured
_SPREADS = 3.0
#: a wall is seen where things are less likely than this, probability; set by hand, effect not measured
_NO_THING = 0.4
#: how far above and below the foot of a wall is looked, longer sides of the photo; two pixels of the eye
_FOOT = 0.018
#: outlines are so much wider than drawn, longer sides of the photo; half a pixel of the eye
_WIDER = 0.004
#: classes of the layout, none; by definition (layout.classes)
_FLOOR_CLASS, _CEILING_CLASS = 4, 5


def floor_of(
    image: UInt8[np.ndarray, "H W 3"],
    seen: Prior,
    up: Float[np.ndarray, "H W"],
    classes: UInt8[np.ndarray, "H W"],
) -> Bool[np.ndarray, "H W"]:
    """Pixels that show the floor.

    Args:
        image: photo.
        seen: what the eye sees, at the size of the photo.
        up: cosine of every pixel's surface to the vertical.
        classes: faces of the box.
    """
    floor = classes == _FLOOR_CLASS
    longer = max(floor.shape)
    even = floor & (up > _FACES_UP) & (seen.boundary < _OUTLINE)
    even = ndimage.binary_erosion(even, iterations=max(1, round(_WIDER * longer)), border_value=1)
    known: Bool[np.ndarray, "H W"] = floor & (seen.side("floor") > _SURE_FLOOR)
    seeds = even & (known | _foot_of_walls(classes, seen.side("thing"), max(1, round(_FOOT * longer))))
    if not seeds.any():
        return known
    even &= (seen.side("thing") < _LIKELY_THING) | _coloured_like(image, seeds)
    grown: Bool[np.ndarray, "H W"] = ndimage.binary_propagation(seeds, mask=even | seeds) | known
    return grown


def _coloured_like(
    image: UInt8[np.ndarray, "H W 3"], seeds: Bool[np.ndarray, "H W"]
) -> Bool[np.ndarray, "H W"]:
    """Pixels whose blurred colour is about as usual among the seeds; light may differ more than hue."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), _WIDER * 2 * max(seeds.shape))
    usual = np.median(lab[seeds], axis=0)
    spread = np.median(np.abs(lab[seeds] - usual), axis=0)
    alike: Bool[np.ndarray, "H W"] = (np.abs(lab - usual) < np.maximum(_COLOUR, _SPREADS * spread)).all(axis=2)
    return alike


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

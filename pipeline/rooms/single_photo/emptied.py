"""The photo of the room without what stands in it: walls and floor go on behind."""

import numpy as np
from jaxtyping import Bool, UInt8
from scipy import ndimage

from pipeline.progress import Progress
from pipeline.rooms.inpainting import Hole, PlaneLabels, choose_inpainter, inpaint
from pipeline.rooms.scene import View
from pipeline.rooms.single_photo.extent import Extent

#: what is painted over around a thing, px; set by hand: its blurred outline, effect not measured
_AROUND_PX = 4
#: the two other axes of the planes across x, y and z, walls with the vertical one last; by definition
_WITHIN = ((1, 2), (0, 2), (0, 1))


def emptied(
    view: View, extent: Extent, progress: Progress | None = None
) -> tuple[UInt8[np.ndarray, "H W 3"], Bool[np.ndarray, "H W"]]:
    """The picture of the empty room from the place of the photo, and which of its pixels were painted."""
    hidden = ndimage.binary_dilation(extent.standing, iterations=_AROUND_PX)
    if not hidden.any() or hidden.all():
        return view.image, hidden & False
    hole = Hole(view.image, hidden, view.K, _planes(view, extent))
    return inpaint(hole, choose_inpainter("planar")[0], progress).image, hidden


def _planes(view: View, extent: Extent) -> PlaneLabels:
    """The six faces of the box as planes in camera axes."""
    axes = view.world_from_camera[:3, :3]
    ends = np.stack([extent.low, extent.high], axis=1) - view.centre[:, None]
    normals = np.repeat(axes, 2, axis=0)
    within = np.repeat(np.stack([axes[list(pair)] for pair in _WITHIN]), 2, axis=0)
    return PlaneLabels(extent.face, normals, ends.reshape(-1), within)

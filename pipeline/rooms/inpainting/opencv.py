"""The plain baseline: OpenCV's inpainting (Telea 2004; Bertalmio, Bertozzi and Sapiro 2001)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from pipeline.progress import Progress
from pipeline.rooms.inpainting.hole import Hole, InpaintingError

Method = Literal["telea", "navier-stokes"]
#: larger pictures are filled at half their size or less, px; set by hand for time, effect not measured
_LONGEST_PX = 1600
#: neighbourhood that a pixel is computed from, px; set by hand (OpenCV's example has 3), effect not measured
_RADIUS_PX = 5.0
#: and at most, px; by definition: OpenCV's time grows with its square
_MOST_RADIUS_PX = 100.0


@dataclass(frozen=True)
class OpenCvInpainter:
    """Propagates the border of the hole inwards; knows nothing of planes.

    Attributes:
        method: ``telea`` (fast marching) or ``navier-stokes``.
        radius_px: neighbourhood that a pixel is computed from.
    """

    method: Method = "telea"
    radius_px: float = _RADIUS_PX

    def __post_init__(self) -> None:
        if self.method not in ("telea", "navier-stokes"):
            raise ValueError(f"OpenCV inpaints with 'telea' or 'navier-stokes', not {self.method!r}")
        if not 1.0 <= self.radius_px <= _MOST_RADIUS_PX:
            raise ValueError(f"radius_px must lie between 1 and 100, not {self.radius_px}")

    @property
    def name(self) -> str:
        """Under which it is chosen and reported."""
        return "opencv"

    @property
    def queue(self) -> str:
        """Whose workers run it."""
        return "cpu"

    @property
    def version(self) -> str:
        """Changes whenever its results change."""
        import cv2

        return f"1-{self.method}-{self.radius_px:g}-{cv2.__version__}"

    def fill(self, hole: Hole, progress: Progress) -> UInt8[np.ndarray, "H W 3"]:
        """Fill the hole; pictures above 1600 px are filled at half size or less and enlarged in the hole.

        Raises:
            InpaintingError: when every pixel is hidden.
        """
        import cv2

        progress(0.0, "inpainting with OpenCV")
        if not hole.mask.any():
            return hole.image.copy()
        if hole.mask.all():
            raise InpaintingError(
                "No pixel of the picture is known.", "Inpaint with planes or give a smaller mask."
            )
        flag = cv2.INPAINT_TELEA if self.method == "telea" else cv2.INPAINT_NS
        image, mask = _reduced(hole)
        filled = np.asarray(cv2.inpaint(image, mask, self.radius_px, flag))
        if mask.shape != hole.mask.shape:
            filled = np.asarray(cv2.resize(filled, hole.mask.shape[::-1], interpolation=cv2.INTER_CUBIC))
        result = np.where(hole.mask[..., None], filled, hole.image).astype(np.uint8)
        progress(1.0, "inpainting with OpenCV")
        return result


def _reduced(hole: Hole) -> tuple[np.ndarray, np.ndarray]:
    """Picture and mask, no larger than is filled at once."""
    import cv2

    height, width = hole.mask.shape
    factor = -(-max(height, width) // _LONGEST_PX)
    mask: np.ndarray = hole.mask.astype(np.uint8)
    if factor == 1:
        return hole.image, mask
    size = (max(width // factor, 1), max(height // factor, 1))
    wide = cv2.dilate(mask, np.ones((factor, factor), np.uint8))
    small = cv2.resize(wide, size, interpolation=cv2.INTER_NEAREST)
    return cv2.resize(hole.image, size, interpolation=cv2.INTER_AREA), small

"""The plain baseline: OpenCV's inpainting (Telea 2004; Bertalmio, Bertozzi and Sapiro 2001)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from pipeline.progress import Progress
from pipeline.rooms.inpainting.hole import Hole, InpaintingError

Method = Literal["telea", "navier-stokes"]
_LONGEST_PX = 1600
_RADIUS_PX = 5.0


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
        if not 1.0 <= self.radius_px <= 100.0:
            raise ValueError(f"radius_px must lie between 1 and 100, not {self.radius_px}")

    @property
    def name(self) -> str:
        """Under which it is chosen and reported."""
        return "opencv"

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
        height, width = hole.mask.shape
        factor = -(-max(height, width) // _LONGEST_PX)
        mask: np.ndarray = hole.mask.astype(np.uint8)
        image: np.ndarray = hole.image
        if factor > 1:
            size = (max(width // factor, 1), max(height // factor, 1))
            mask = cv2.resize(
                cv2.dilate(mask, np.ones((factor, factor), np.uint8)), size, interpolation=cv2.INTER_NEAREST
            )
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        filled = np.asarray(cv2.inpaint(image, mask, self.radius_px, flag))
        if factor > 1:
            filled = np.asarray(cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC))
        result = np.where(hole.mask[..., None], filled, hole.image).astype(np.uint8)
        progress(1.0, "inpainting with OpenCV")
        return result

"""What an inpainter gets: a picture, its hole, and which planes of the room the pixels lie on."""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from pipeline.progress import Progress


class InpaintingError(Exception):
    """A backend cannot fill the hole: what happened, and what to do about it."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


@dataclass(frozen=True)
class PlaneLabels:
    """Planes of the room in one picture (camera frame, OpenCV axes, metres).

    Attributes:
        labels: index of the plane that each pixel lies on, also inside the hole; -1 where it is no known plane.
        normals: unit normals; a point X of plane p has ``normals[p] @ X == offsets[p]``.
        offsets: metres, not zero.
        axes: two unit vectors in each plane, along the room's axes (for walls the second one is vertical).
    """

    labels: Int[np.ndarray, "H W"]
    normals: Float[np.ndarray, "P 3"]
    offsets: Float[np.ndarray, " P"]
    axes: Float[np.ndarray, "P 2 3"]

    def __post_init__(self) -> None:
        count = len(self.offsets)
        if self.normals.shape != (count, 3) or self.axes.shape != (count, 2, 3):
            raise ValueError("normals, offsets and axes must describe the same number of planes")
        if self.labels.size and not -1 <= int(self.labels.min()) <= int(self.labels.max()) < max(count, 1):
            raise ValueError(f"plane labels must lie between -1 and {count - 1}")
        if not all(np.isfinite(part).all() for part in (self.normals, self.offsets, self.axes)):
            raise ValueError("normals, offsets and axes must be finite; leave planes out that are not known")
        if (self.offsets == 0).any():
            raise ValueError("a plane through the camera centre cannot be seen; leave it out")


@dataclass(frozen=True)
class Hole:
    """A picture with pixels to fill.

    Attributes:
        image: sRGB; what is under the mask is ignored.
        mask: pixels to fill.
        K: intrinsics of the picture in pixels; needed with ``planes``.
        planes: which plane every pixel lies on, ``None`` where nothing is known of the scene.
        seed: for everything random.
    """

    image: UInt8[np.ndarray, "H W 3"]
    mask: Bool[np.ndarray, "H W"]
    K: Float[np.ndarray, "3 3"] | None = None
    planes: PlaneLabels | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise ValueError(f"the picture must be (H, W, 3) uint8, not {self.image.shape} {self.image.dtype}")
        if self.mask.shape != self.image.shape[:2] or self.mask.dtype != bool:
            raise ValueError(f"the mask must be boolean and {self.image.shape[:2]}, not {self.mask.shape}")
        if self.planes is not None:
            if self.K is None:
                raise ValueError("planes need the intrinsics K of the picture")
            if self.planes.labels.shape != self.mask.shape:
                raise ValueError("plane labels must have the size of the picture")

    def with_mask(self, mask: Bool[np.ndarray, "H W"]) -> Self:
        """The same picture with another hole."""
        return type(self)(self.image, mask, self.K, self.planes, self.seed)


class Inpainter(Protocol):
    """A backend. ``fill`` gives a whole picture; only its pixels under the mask are used."""

    @property
    def name(self) -> str:
        """Under which it is chosen and reported."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever its results change (part of stage keys)."""
        ...

    @property
    def queue(self) -> str:
        """Whose workers run it, ``cpu`` or ``gpu``."""
        ...

    def fill(self, hole: Hole, progress: Progress) -> UInt8[np.ndarray, "H W 3"]:
        """Fill the hole; :class:`InpaintingError` where it cannot."""
        ...

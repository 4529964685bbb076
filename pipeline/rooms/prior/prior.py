"""What is known of a photo before anything is measured: one contract for every model that guesses it."""

from dataclasses import dataclass, replace
from typing import Protocol, Self

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from models.eye.config import SIDES


@dataclass(frozen=True, eq=False)
class Prior:
    """A guess at the geometry of one photo; all maps are of one size, which may be smaller than the photo's.

    Attributes:
        depth_over_height: z-depth in units of the camera's height above the floor.
        uncertainty: Laplace scale of the logarithm of that depth, so 0.1 means about a tenth.
        sides: probability of each of :data:`SIDES`.
        normals: unit normals in camera axes (x right, y down, z forward), towards the camera.
        boundary: probability that a pixel lies on the outline of a thing.
        K: intrinsics at the size of the maps.
        down: unit vector of gravity in camera axes.
        focal_is_known: whether K was given; else its focal length is a guess too.
        focal_uncertainty, tilt_uncertainty: Laplace scales of the guessed log focal length and of the horizon
            over the picture's diagonal.
        shift_is_free: whether the inverse of the depth is known only up to a shift (relative depth models), so
            that measured depth may move it.
        camera_height_m: height of the camera above the floor, where a model in metres tells it.
    """

    depth_over_height: Float32[np.ndarray, "H W"]
    uncertainty: Float32[np.ndarray, "H W"]
    sides: Float32[np.ndarray, "H W S"]
    normals: Float32[np.ndarray, "H W 3"]
    boundary: Float32[np.ndarray, "H W"]
    K: Float[np.ndarray, "3 3"]
    down: Float[np.ndarray, "3"]
    focal_is_known: bool
    focal_uncertainty: float
    tilt_uncertainty: float
    shift_is_free: bool = False
    camera_height_m: float | None = None

    def __post_init__(self) -> None:
        if self.sides.shape != (*self.depth_over_height.shape, len(SIDES)):
            raise ValueError(f"sides of shape (H, W, {len(SIDES)}) are needed, not {self.sides.shape}")

    def side(self, name: str) -> Float32[np.ndarray, "H W"]:
        """Probability of one side by its name.

        Raises:
            ValueError: there is no such side.
        """
        if name not in SIDES:
            raise ValueError(f"unknown side {name!r}; known are {', '.join(SIDES)}")
        chance: Float32[np.ndarray, "H W"] = self.sides[..., SIDES.index(name)]
        return chance

    def resized(self, width_px: int, height_px: int) -> Self:
        """The same at another size, with K to match (pixel centres at integers)."""
        if width_px < 1 or height_px < 1:
            raise ValueError(f"a size of at least 1 x 1 is needed, not {width_px} x {height_px}")
        height, width = self.depth_over_height.shape
        size = (width_px, height_px)
        log = cv2.resize(np.log(self.depth_over_height), size, interpolation=cv2.INTER_LINEAR)
        normals = cv2.resize(self.normals, size, interpolation=cv2.INTER_LINEAR)
        normals = normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)
        return replace(
            self,
            depth_over_height=np.exp(log),
            uncertainty=cv2.resize(self.uncertainty, size, interpolation=cv2.INTER_LINEAR),
            sides=cv2.resize(self.sides, size, interpolation=cv2.INTER_LINEAR),
            normals=normals,
            boundary=cv2.resize(self.boundary, size, interpolation=cv2.INTER_LINEAR),
            K=scaled(self.K, width_px / width, height_px / height),
        )


@dataclass(frozen=True, eq=False)
class Measured:
    """What other photos told of this one, at any size; both parts may be missing.

    Attributes:
        depth_over_height: z-depth in units of the camera's height; 0 or less, or not finite, where unknown.
        confidence: in [0, 1] that this depth is right; None: 1 where a depth is known.
        room_over_height: the same of the empty room behind everything; None: no room is known.
    """

    depth_over_height: Float[np.ndarray, "H W"] | None = None
    confidence: Float[np.ndarray, "H W"] | None = None
    room_over_height: Float[np.ndarray, "H W"] | None = None

    def __post_init__(self) -> None:
        maps = [self.depth_over_height, self.confidence, self.room_over_height]
        shapes = {part.shape for part in maps if part is not None}
        if len(shapes) > 1 or any(len(shape) != 2 for shape in shapes):
            raise ValueError(f"maps of one size are needed, not of {sorted(shapes)}")
        if self.confidence is not None and self.depth_over_height is None:
            raise ValueError("a confidence needs the depth that it belongs to")

    def channels(self, width_px: int, height_px: int) -> Float32[np.ndarray, "4 h w"]:
        """Log depth, its confidence, log depth of the room, 1 where that is known, as the eye takes them."""
        maps = np.zeros((4, height_px, width_px), dtype=np.float32)
        if self.depth_over_height is not None:
            maps[:2] = _shrunk(self.depth_over_height, self.confidence, width_px, height_px)
        if self.room_over_height is not None:
            maps[2:] = _shrunk(self.room_over_height, None, width_px, height_px)
        return maps


def _shrunk(
    depth: Float[np.ndarray, "H W"], sure: Float[np.ndarray, "H W"] | None, width_px: int, height_px: int
) -> Float32[np.ndarray, "2 h w"]:
    """Log depth and confidence at another size: means over what is known, weighted by confidence."""
    known = np.isfinite(depth) & (depth > 0)
    weight = np.where(known, 1.0 if sure is None else np.clip(np.nan_to_num(sure), 0, 1), 0.0).astype(
        np.float32
    )
    log = np.log(np.where(known, depth, 1.0)).astype(np.float32)
    size = (width_px, height_px)
    mean = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(log * weight, size, interpolation=cv2.INTER_AREA)
    told: Float32[np.ndarray, "2 h w"] = np.stack([np.where(mean > 0, total / np.maximum(mean, 1e-6), 0), mean])
    return told


class DepthPrior(Protocol):
    """Anything that guesses the geometry of a photo.

    Attributes:
        name: under which it is chosen and reported.
        version: changes whenever its guesses change (part of stage keys).
    """

    name: str
    version: str

    def predict(self, image: UInt8[np.ndarray, "H W 3"], K: Float[np.ndarray, "3 3"] | None = None) -> Prior:
        """Guess; ``K`` at the image's size where it is known."""
        ...


def scaled(K: Float[np.ndarray, "3 3"], across: float, along: float) -> Float[np.ndarray, "3 3"]:
    """Intrinsics of the same picture at another size; pixel centres at integers."""
    scale = np.array([[across, 0, 0.5 * across - 0.5], [0, along, 0.5 * along - 0.5], [0, 0, 1.0]])
    result: Float[np.ndarray, "3 3"] = scale @ K
    return result

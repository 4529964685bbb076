"""What placing photos knows so far: their matches, and one frozen state of cameras, intrinsics and points."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.rooms.sfm.bundle import Bundle

#: points from which on cameras are adjusted or trusted at all, count; set by hand, effect not measured
LEAST_POINTS: Final = 8


@dataclass(frozen=True)
class Matches:
    """Keypoints of every photo and verified matches of pairs of photos (by index)."""

    keypoints: list[Float[np.ndarray, "K 2"]]
    pairs: dict[tuple[int, int], Int[np.ndarray, "M 2"]]

    def between(self, a: int, b: int) -> Int[np.ndarray, "M 2"]:
        """Matches of two photos, keypoints of ``a`` first; empty where there are none."""
        found: Int[np.ndarray, "M 2"] = self.pairs.get((a, b), np.zeros((0, 2), np.int64))
        if (b, a) in self.pairs:
            found = self.pairs[(b, a)][:, ::-1]
        return found


@dataclass(frozen=True)
class Intrinsics:
    """Focal length and principal point of every photo; photos of one ``lens`` share the focal length.

    Attributes:
        lens: number of the lens of every photo.
        focal: focal length of every lens, pixels.
        focal_prior, focal_sigma: what it was before points were asked, and its relative uncertainty.
        principal: principal point of every photo, pixels.
    """

    lens: Int[np.ndarray, " N"]
    focal: Float[np.ndarray, " L"]
    focal_prior: Float[np.ndarray, " L"]
    focal_sigma: Float[np.ndarray, " L"] | float
    principal: Float[np.ndarray, "N 2"]

    def focal_of(self, photo: int) -> float:
        """Focal length of one photo, pixels."""
        return float(self.focal[self.lens[photo]])

    def rays(self, photo: int, xy: Float[np.ndarray, "M 2"]) -> Float[np.ndarray, "M 3"]:
        """Rays through pixels of one photo, in its axes, with depth 1."""
        flat = (xy - self.principal[photo]) / self.focal[self.lens[photo]]
        return np.concatenate([flat, np.ones((len(flat), 1))], axis=1)


@dataclass(frozen=True)
class Reconstruction:
    """Cameras of the photos that are placed, intrinsics of all photos, and the points that they share.

    Attributes:
        rotation, shift: camera-from-world of every photo; they mean nothing where it is not ``placed``.
        placed: photos whose camera is known.
        intrinsics: of all photos.
        bundle: points; its cameras are the placed photos in order. Without points as long as nothing was
            adjusted since the last change of who is placed where.
    """

    rotation: Float[np.ndarray, "N 3 3"]
    shift: Float[np.ndarray, "N 3"]
    placed: Bool[np.ndarray, " N"]
    intrinsics: Intrinsics
    bundle: Bundle = field(default_factory=Bundle.without_points)

    @property
    def photos(self) -> Int[np.ndarray, " P"]:
        """Indices of the placed photos."""
        return np.flatnonzero(self.placed)

    @property
    def has_points(self) -> bool:
        """Whether the placed photos share enough points to rest on."""
        return len(self.bundle.xyz) >= LEAST_POINTS

    def centre(self, photo: int) -> Float[np.ndarray, "3"]:
        """Where a photo was taken."""
        place: Float[np.ndarray, 3] = -self.rotation[photo].T @ self.shift[photo]
        return place

    def with_placed(
        self, photo: int, rotation: Float[np.ndarray, "3 3"], shift: Float[np.ndarray, "3"]
    ) -> Self:
        """With one more photo placed; without points."""
        rotations, shifts, placed = self.rotation.copy(), self.shift.copy(), self.placed.copy()
        rotations[photo], shifts[photo], placed[photo] = rotation, shift, True
        return replace(self, rotation=rotations, shift=shifts, placed=placed, bundle=Bundle.without_points())

    def without(self, photos: Sequence[int]) -> Self:
        """With fewer photos placed, and without points if there are fewer."""
        if not photos:
            return self
        placed = self.placed.copy()
        placed[list(photos)] = False
        return replace(self, placed=placed, bundle=Bundle.without_points())

    def only(self, placed: Bool[np.ndarray, " N"]) -> Self:
        """With these photos placed only; without points."""
        return replace(self, placed=placed, bundle=Bundle.without_points())

    def moved(self, rotation: Float[np.ndarray, "N 3 3"], shift: Float[np.ndarray, "N 3"]) -> Self:
        """With every photo elsewhere; without points."""
        return replace(self, rotation=rotation, shift=shift, bundle=Bundle.without_points())

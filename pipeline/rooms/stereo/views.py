"""Photos as stereo compares them, how pixels of one are found in another, and how PatchMatch searches."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int


def warp_between(
    K: Float[np.ndarray, "N 3 3"], camera_from_world: Float[np.ndarray, "N 4 4"], reference: int, source: int
) -> Float[np.ndarray, "3 4"]:
    """``M, b`` with source pixel ~ ``M q + w b`` for reference pixel ``q`` and inverse depth ``w``."""
    relative = camera_from_world[source] @ np.linalg.inv(camera_from_world[reference])
    M = K[source] @ relative[:3, :3] @ np.linalg.inv(K[reference])
    return np.concatenate([M, (K[source] @ relative[:3, 3])[:, None]], axis=1)


@dataclass(frozen=True)
class StereoViews:
    """The grey photos of a room at one size level.

    Attributes:
        grey: intensities in [0, 1], one array for all photos, padded with NaN-free zeros to one size.
        sizes: height and width of every photo.
        K: intrinsics.
        camera_from_world: rigid transforms.
        device: that compares them: "cpu", or a device of PyTorch.
    """

    grey: Float32[np.ndarray, "N H W"]
    sizes: Int[np.ndarray, "N 2"]
    K: Float[np.ndarray, "N 3 3"]
    camera_from_world: Float[np.ndarray, "N 4 4"]
    device: str = "cpu"

    def photo(self, index: int) -> Float32[np.ndarray, "h w"]:
        """One photo at its own size."""
        height, width = self.sizes[index]
        return self.grey[index, :height, :width]

    def warp(self, reference: int, source: int) -> Float[np.ndarray, "3 4"]:
        """``M, b`` with source pixel ~ ``M q + w b`` for reference pixel ``q`` and inverse depth ``w``."""
        return warp_between(self.K, self.camera_from_world, reference, source)

    def warps(
        self, index: int, sources: Int[np.ndarray, " S"]
    ) -> tuple[Float[np.ndarray, "S 3 4"], Float[np.ndarray, "S 3 4"]]:
        """Warps of one photo into others, and back (:meth:`warp`)."""
        there = np.array([self.warp(index, int(s)) for s in sources]).reshape(-1, 3, 4)
        return there, np.array([self.warp(int(s), index) for s in sources]).reshape(-1, 3, 4)


@dataclass(frozen=True)
class Search:
    """How PatchMatch searches.

    Attributes:
        geometric: cost of every pixel by which the depths of two photos disagree (0: not compared).
        keep: sources that count, the best ones.
        w_range: smallest and largest inverse depth.
        iterations: over all pixels.
        neighbours: pixels (4 or 8) whose hypotheses are tried.
        seed: of the random changes.
    """

    geometric: float
    keep: int
    w_range: tuple[float, float]
    iterations: int
    neighbours: int
    seed: int

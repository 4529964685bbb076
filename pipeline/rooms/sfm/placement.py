"""What placing photos knows so far."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int


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
class Lenses:
    """Focal length and principal point of every photo; photos of one ``lens`` share the focal length."""

    lens: Int[np.ndarray, " N"]
    focal: Float[np.ndarray, " L"]
    focal_prior: Float[np.ndarray, " L"]
    focal_sigma: Float[np.ndarray, " L"] | float
    principal: Float[np.ndarray, "N 2"]


@dataclass(frozen=True)
class Placement:
    """Camera-from-world of the photos that are ``placed``."""

    rotation: Float[np.ndarray, "N 3 3"]
    shift: Float[np.ndarray, "N 3"]
    placed: Bool[np.ndarray, " N"]

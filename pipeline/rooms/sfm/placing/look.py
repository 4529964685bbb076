"""What is known of one photo before it has a place: lens, room axes, keypoints, planes, likely distances."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from pipeline.rooms.prior import Prior
from pipeline.rooms.scene import sampled
from pipeline.rooms.sfm.placing.plane_features import PlaneKeypoints

#: distance that stands for a photo without a prior, camera heights; a wall at 3.5 m seen from 1.4 m
_USUAL_DISTANCE: Final = 2.5


@dataclass(frozen=True)
class Look:
    """One photo as :func:`pipeline.rooms.sfm.placing.rate_turns` takes it.

    Attributes:
        focal_px, principal_px: its lens.
        size_px: width and height that pixels refer to.
        camera_from_room: columns are its room axes (two horizontal, then up); the horizontal ones are known up
            to quarter turns.
        keypoints: pixels.
        planes: features of its walls, floor and ceiling seen straight on.
        prior: how far its pixels are likely to be, ``None`` where nobody guessed.
    """

    focal_px: float
    principal_px: Float[np.ndarray, "2"]
    size_px: tuple[int, int]
    camera_from_room: Float[np.ndarray, "3 3"]
    keypoints: Float[np.ndarray, "K 2"]
    planes: list[PlaneKeypoints]
    prior: Prior | None = None

    def rays(self, xy: Float[np.ndarray, "M 2"]) -> Float[np.ndarray, "M 3"]:
        """Rays in camera axes, with depth 1."""
        rays: Float[np.ndarray, "M 3"] = np.concatenate(
            [(xy - self.principal_px) / self.focal_px, np.ones((len(xy), 1))], axis=1
        )
        return rays

    def likely_depth(self, xy: Float[np.ndarray, "M 2"]) -> Float[np.ndarray, " M"]:
        """z-depth at pixels by the prior, in units of the camera's height."""
        if self.prior is None:
            return np.full(len(xy), _USUAL_DISTANCE)
        log = np.log(self.prior.depth_over_height)
        scale = np.array(log.shape[::-1]) / np.array(self.size_px)
        depth: Float[np.ndarray, " M"] = np.exp(sampled(log, (xy + 0.5) * scale - 0.5))
        return depth

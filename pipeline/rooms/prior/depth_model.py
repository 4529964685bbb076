"""A depth model of others as a prior: its depth, and all else from the eye."""

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from pipeline.rooms.prior.align import fit
from pipeline.rooms.prior.prior import DepthPrior, Prior, scaled

if TYPE_CHECKING:
    from models.depth import DepthNetwork

#: longer side of the maps, px; by definition that of the point maps of one photo
_LONGER_PX = 448
#: least and greatest depth, camera heights; by definition: the lens, and far out of the window
_DEPTH_RANGE = (0.02, 100.0)


class DepthModelPrior:
    """A depth model with an eye beside it.

    The model's depth is put to scale by the eye's (in inverse depth, with a shift where the model leaves it
    open). Normals are those of the depth; sides, outlines, lens and gravity are the eye's.

    Args:
        name: of the model.
        version: of its weights.
        network: the model.
        eye: what knows the rest.
        seed: of the fit.
    """

    def __init__(
        self, name: str, version: str, network: "DepthNetwork", eye: DepthPrior, seed: int = 0
    ) -> None:
        self.name = name
        self.version = f"1-{version}-{eye.version}"
        self._network = network
        self._eye = eye
        self._seed = seed

    def predict(self, image: UInt8[np.ndarray, "H W 3"], K: Float[np.ndarray, "3 3"] | None = None) -> Prior:
        """Look at a photo, see :meth:`EyePrior.predict`; maps are at most 448 pixels wide and high.

        Raises:
            ValueError: no RGB picture of 8 bits, or of an extreme shape.
        """
        seen = self._eye.predict(image, K)
        height, width = image.shape[:2]
        shrink = min(1.0, _LONGER_PX / max(height, width))
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        seen = seen.resized(*size)
        if K is not None:
            seen = replace(seen, K=scaled(K, size[0] / width, size[1] / height))
        said = self._network(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
        relative = self._network.kind == "inverse"
        inverse = said if relative else np.where(said > 0, 1.0 / np.maximum(said, 1e-6), 0.0)
        known, trust = 1.0 / seen.depth_over_height.astype(float), 1.0 / seen.uncertainty.astype(float)
        scale, shift = fit(
            inverse.ravel().astype(float), known.ravel(), trust.ravel(), self._seed, free=relative
        )
        near, far = _DEPTH_RANGE
        depth = (1.0 / np.clip(scale * inverse + shift, 1.0 / far, 1.0 / near)).astype(np.float32)
        return replace(
            seen,
            depth_over_height=depth,
            normals=normals_of(depth, seen.K),
            shift_is_free=relative,
            camera_height_m=None if relative else float(scale),
        )


def normals_of(depth: Float32[np.ndarray, "H W"], K: Float[np.ndarray, "3 3"]) -> Float32[np.ndarray, "H W 3"]:
    """Unit normals of a depth map in camera axes, towards the camera."""
    height, width = depth.shape
    pixels = np.stack([*np.meshgrid(np.arange(width), np.arange(height)), np.ones((height, width))], axis=-1)
    points = pixels @ np.linalg.inv(K).T * depth[..., None]
    down, across = np.gradient(points, axis=(0, 1))
    normals = np.cross(down, across)
    normals *= -np.sign((normals * points).sum(axis=-1, keepdims=True) + 1e-12)
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    towards = -points / np.linalg.norm(points, axis=-1, keepdims=True)
    unit: Float32[np.ndarray, "H W 3"] = np.where(
        length > 0, normals / np.maximum(length, 1e-12), towards
    ).astype(np.float32)
    return unit

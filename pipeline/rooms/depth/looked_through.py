"""Points that other photos look through cannot be there."""

import numpy as np
from jaxtyping import Float, Float32
from numba import njit

from pipeline.rooms.stereo import StereoDepth, StereoInput, pixel_in

#: depth of another photo from which on it can look through a point, depths of this photo; set by hand, effect
#: not measured
_LEAST_DEPTH = 0.05
#: a surface is behind a point if the point is nearer than this part of its depth, share; as in
#: refuted_guesses.py
_IN_FRONT = 0.94


def looked_through(
    data: StereoInput, depths: list[StereoDepth], index: int, w: Float[np.ndarray, "H W"]
) -> Float32[np.ndarray, "H W"]:
    """How many other photos measured a surface behind each pixel's point.

    Args:
        data: photos and cameras.
        depths: stereo result of every photo.
        index: of the photo that the pixels are of.
        w: inverse depth of its pixels.
    """
    through = np.zeros(w.shape, np.float32)
    for other, depth in enumerate(depths):
        if other != index:
            warp = data.warp(index, other)
            _add_looked_through(w, warp, depth.inverse_depth, depth.measured, through)
    return through


@njit(cache=True, nogil=True, fastmath=True)
def _add_looked_through(w, warp, other, measured, through):  # type: ignore[no-untyped-def]
    """Add 1 to ``through`` where the other photo measured something clearly behind the point."""
    for y in range(w.shape[0]):
        for x in range(w.shape[1]):
            here = w[y, x]
            iv, iu, z = pixel_in(warp, x, y, here, other.shape)
            if (
                iv >= 0
                and z > _LEAST_DEPTH * here
                and measured[iv, iu]
                and z * other[iv, iu] < _IN_FRONT * here
            ):
                through[y, x] += 1

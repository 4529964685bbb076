"""The one way to look between the pixels of a picture; that of compiled kernels is ``processes.bilinear``."""

import numpy as np
from jaxtyping import Float
from scipy import ndimage


def sampled(picture: Float[np.ndarray, "H W"], xy: Float[np.ndarray, "*S 2"]) -> Float[np.ndarray, "*S"]:
    """Values of a picture between its pixels, bilinear; outside of it those of its border.

    Args:
        xy: places, pixel centres at integers.
    """
    values = ndimage.map_coordinates(picture, xy.reshape(-1, 2).T[::-1], order=1, mode="nearest")
    found: Float[np.ndarray, "*S"] = values.reshape(xy.shape[:-1])
    return found

"""Where a pixel is in another photo, and how many photos confirm its depth; numba on the CPU."""

from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Int

from pipeline.rooms.processes import kernel
from pipeline.rooms.stereo.windows import Sources, Warp, geometric_px, projected

#: movement in a source for a relative change of depth of 1, below which it confirms no depth, px; set by hand,
#: effect not measured
LEAST_PARALLAX_PX: Final = 12.0


@kernel()
def pixel_in(warp: Warp, x: int, y: int, w: float, shape: tuple[int, int]) -> tuple[int, int, float]:
    """Row, column and depth (in depths of this photo) of pixel (x, y) at inverse depth ``w`` in another photo.

    Row and column are -1 where that is outside its picture or behind it.
    """
    z = warp[2, 0] * x + warp[2, 1] * y + warp[2, 2] + warp[2, 3] * w
    if z <= 1e-6:
        return -1, -1, z
    u = (warp[0, 0] * x + warp[0, 1] * y + warp[0, 2] + warp[0, 3] * w) / z
    v = (warp[1, 0] * x + warp[1, 1] * y + warp[1, 2] + warp[1, 3] * w) / z
    if u < -0.5 or v < -0.5 or u >= shape[1] - 0.5 or v >= shape[0] - 0.5:
        return -1, -1, z
    return int(v + 0.5), int(u + 0.5), z


@kernel(fastmath=True)
def _confirms(
    others: Sources, k: int, x: int, y: int, w: float, limit_px: float, limit_relative: float
) -> bool:
    """Whether a source's own depth agrees with an inverse depth, and would notice if it did not."""
    warp, s = others.warps[k], others.photos[k]
    height, width = others.sizes[s]
    u, v, z = projected(warp, x, y, w)
    if z <= 1e-6:
        return False
    u, v = u / z, v / z
    iu, iv = int(u + 0.5), int(v + 0.5)
    if iu < 0 or iv < 0 or iu >= width or iv >= height:
        return False
    # z is depth in the source in units of the reference depth
    if abs(z / w * others.depths[s, iv, iu] - 1.0) > limit_relative:
        return False
    # movement in the source for a relative change of depth: less says nothing about depth
    du = (warp[0, 3] - u * warp[2, 3]) * w / z
    dv = (warp[1, 3] - v * warp[2, 3]) * w / z
    if du * du + dv * dv < LEAST_PARALLAX_PX**2:
        return False
    return geometric_px(others, k, x, y, w) < limit_px


@kernel(fastmath=True)
def _count_confirming(
    reference: int, others: Sources, limit_px: float, limit_relative: float, count: Int[np.ndarray, "H W"]
) -> None:
    height, width = count.shape
    for y in range(height):
        for x in range(width):
            w = others.depths[reference, y, x]
            count[y, x] = 0
            for k in range(others.photos.size):
                if _confirms(others, k, x, y, w, limit_px, limit_relative):
                    count[y, x] += 1


def count_consistent(
    reference: int,
    sizes: Int[np.ndarray, "N 2"],
    sources: Int[np.ndarray, " S"],
    warps: Float[np.ndarray, "S 3 4"],
    backs: Float[np.ndarray, "S 3 4"],
    depths: Float32[np.ndarray, "N H W"],
    limit_px: float,
    limit_relative: float,
    count: Int[np.ndarray, "h w"],
) -> None:
    """Number of sources whose own depth agrees: reprojects within ``limit_px`` and ``limit_relative``.

    Args:
        sizes: height and width of every photo; ``depths`` are padded to one size.
        warps, backs: into the sources and back, see :meth:`StereoViews.warps`.
        count: at the size of the reference photo, filled in place.
    """
    others = Sources(depths, sizes, sources, warps, backs, depths, 0.0, 1)
    _count_confirming(reference, others, limit_px, limit_relative, count)

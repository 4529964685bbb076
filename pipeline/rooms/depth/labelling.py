"""The cheapest label of every pixel, along eight paths."""

import numpy as np
from jaxtyping import Float32
from numba import njit

#: difference of depth at which two surfaces no longer meet, 1 / logarithm of depth; 10 %, set by hand, effect
#: not measured
_PER_LOG_DEPTH = 10.0
#: share of the cost of a change where two surfaces meet, share; set by hand, effect not measured
_MEETING = 0.1
#: the rest of it, which grows with their difference, share; by definition 1 - _MEETING
_APART = 0.9
#: steps (down, right) of the paths along which costs are aggregated, px; eight as in Hirschmueller 2008 (four
#: at first); among the changes that took plainwalls from AbsRel .030 to .025
_PATHS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))


@njit(cache=True, nogil=True)
def _path(unary, log_depth, edge, dy, dx, smooth, total):  # type: ignore[no-untyped-def]
    """Add the minimal cost of paths that arrive from (-dy, -dx) to ``total``."""
    height, width, n = unary.shape
    path = np.zeros((height, width, n), np.float32)
    for row in range(height):
        y = row if dy >= 0 else height - 1 - row
        for column in range(width):
            x = column if dx >= 0 else width - 1 - column
            py, px = y - dy, x - dx
            if py < 0 or px < 0 or py >= height or px >= width:
                for k in range(n):
                    path[y, x, k] = unary[y, x, k]
                    total[y, x, k] += unary[y, x, k]
                continue
            weight = smooth * min(edge[y, x], edge[py, px])
            least = path[py, px, 0]
            for k in range(1, n):
                least = min(least, path[py, px, k])
            for k in range(n):
                best = path[py, px, k]
                for other in range(n):
                    if other == k:
                        continue
                    step = abs(log_depth[y, x, k] - log_depth[y, x, other]) * _PER_LOG_DEPTH
                    value = path[py, px, other] + weight * (_MEETING + _APART * min(step, 1.0))
                    best = min(best, value)
                path[y, x, k] = unary[y, x, k] + best - least
                total[y, x, k] += path[y, x, k]


def label_pixels(
    unary: Float32[np.ndarray, "H W L"],
    log_depth: Float32[np.ndarray, "H W L"],
    edge: Float32[np.ndarray, "H W"],
    smooth: float,
) -> np.ndarray:
    """Label of least cost for every pixel, shape (H, W).

    Args:
        unary: cost of every label.
        log_depth: logarithm of the depth that a label would give; a change of label between neighbours is
            cheap where the two surfaces meet.
        edge: 1 where the photo is smooth, towards 0 across its edges.
        smooth: cost of a change of label in a smooth region.
    """
    total = np.zeros_like(unary)
    for dy, dx in _PATHS:
        _path(unary, log_depth, edge, dy, dx, smooth, total)
    labels: np.ndarray = np.argmin(total, axis=2)
    return labels

"""What the border of a hole says of the texture inside: conditional mean of a Gaussian Markov field."""

from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage, sparse
from scipy.sparse.linalg import splu

#: rim of known pixels that the hole is continued from, px; by definition: the operator reaches two pixels
_RING_PX = 2
#: farther from the border than this the border says nothing, half lengths; by hand on the planar cases, effect
#: by itself not measured
_MOST_REACH = 4.0
#: correlation is looked at up to this lag, px; set by hand, effect not measured
_LONGEST_LAG_PX = 12
#: least length of half correlation, px; by definition: below, pixels do not depend on each other
_SHORTEST_HALF_PX = 0.3
#: distance at which a Matern field of smoothness 1 has fallen to one half, ranges; by definition
_HALF_AT = 1.2567
#: unknown pixels that are solved for at most, count; set by hand for time, effect not measured
_MOST_UNKNOWN = 40_000
#: by which the reach shrinks where there are more, ratio; set by hand, effect not measured
_SHRINK = 0.7
#: positive definite, so SuperLU need not pivot, its options; with pivoting the factors of some holes fill up
#: for minutes ('Planar fill without pivoting')
_SYMMETRIC: Final[dict[str, Any]] = {
    "permc_spec": "MMD_AT_PLUS_A",
    "diag_pivot_thresh": 0.0,
    "options": {"SymmetricMode": True},
}


def half_lengths_px(
    values: Float32[np.ndarray, "H W C"], known: Bool[np.ndarray, "H W"]
) -> tuple[float, float]:
    """Lags, across and down, at which the correlation of a texture with itself has fallen to one half."""
    grey = values.mean(axis=2)
    found = []
    for axis in (1, 0):
        correlation = [1.0]
        for lag in range(1, min(_LONGEST_LAG_PX, known.shape[axis] - 1) + 1):
            first, second = [slice(None)] * 2, [slice(None)] * 2
            first[axis], second[axis] = slice(lag, None), slice(None, -lag)
            both = known[tuple(first)] & known[tuple(second)]
            a, b = grey[tuple(first)][both], grey[tuple(second)][both]
            energy = float(np.sqrt((a * a).sum() * (b * b).sum()))
            correlation.append(float((a * b).sum()) / energy if energy > 0 else 0.0)
            if correlation[-1] <= 0.5:
                break
        above = len(correlation) - 1
        drop = correlation[above - 1] - correlation[above] if above else 0.0
        part = (correlation[above - 1] - 0.5) / drop if drop > 1e-6 else 1.0
        found.append(max(above - 1 + float(np.clip(part, 0.0, 1.0)), _SHORTEST_HALF_PX))
    return found[0], found[1]


def conditional_mean(
    values: Float32[np.ndarray, "H W C"],
    known: Bool[np.ndarray, "H W"],
    hidden: Bool[np.ndarray, "H W"],
    half_px: tuple[float, float],
) -> Float32[np.ndarray, "H W C"]:
    """Most likely continuation of a texture of mean zero from the border into a hole.

    The texture is taken as a Matern field of smoothness 1, which is the Markov field with the operator
    ``(1 - rx^2 dxx - ry^2 dyy)^2`` (Lindgren, Rue and Lindstrom 2011); solved where the border is near.

    Args:
        values: texture at the known pixels.
        known: pixels of the same surface.
        hidden: pixels wanted.
        half_px: lags of half correlation, across and down.

    Returns:
        the conditional mean at hidden pixels, zero elsewhere and far from the border.
    """
    result = np.zeros_like(values)
    unknown = _near_known(known, hidden, _MOST_REACH * max(half_px))
    if not unknown.any():
        return result
    ring = known & (ndimage.distance_transform_edt(~unknown) <= _RING_PX * np.sqrt(2))
    operator, index = _operator(unknown | ring, half_px)
    precision = (operator.T @ operator).tocsr()
    inside, outside = index[unknown], index[ring]
    right = -(precision[inside][:, outside] @ values[ring].astype(np.float64))
    factors = splu(precision[inside][:, inside].tocsc(), **_SYMMETRIC)
    result[unknown] = factors.solve(right)
    return result


def _near_known(
    known: Bool[np.ndarray, "H W"], hidden: Bool[np.ndarray, "H W"], reach_px: float
) -> Bool[np.ndarray, "H W"]:
    """Hidden pixels within reach of known ones; a shorter reach where they are too many to solve for."""
    deep = ndimage.distance_transform_edt(~known)
    while (near := hidden & (deep <= reach_px)).sum() > _MOST_UNKNOWN:
        reach_px *= _SHRINK
    return np.asarray(near)


def _operator(
    use: Bool[np.ndarray, "H W"], half_px: tuple[float, float]
) -> tuple[sparse.csr_matrix, np.ndarray]:
    """``1 - rx^2 dxx - ry^2 dyy`` over the pixels in use, and their numbers."""
    count = int(use.sum())
    index = np.full(use.shape, -1, dtype=np.int64)
    index[use] = np.arange(count)
    operator = sparse.identity(count, format="csr")
    for axis, half in ((1, half_px[0]), (0, half_px[1])):
        a, b = (index[:, 1:], index[:, :-1]) if axis == 1 else (index[1:], index[:-1])
        both = (a >= 0) & (b >= 0)
        first, second = a[both], b[both]
        weight = np.full(len(first), (half / _HALF_AT) ** 2)
        links = sparse.coo_matrix((weight, (first, second)), shape=(count, count))
        links = (links + links.T).tocsr()
        operator = operator + sparse.diags(np.asarray(links.sum(axis=1)).ravel()) - links
    return operator.tocsr(), index

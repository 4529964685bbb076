"""Slowly varying light on a plane: robust quadratic trend and membrane continuation (harmonic or screened)."""

import numpy as np
from jaxtyping import Bool, Float, Float32
from numba import njit
from scipy import ndimage

#: membranes are not made coarser than this, px of the shorter side; set by hand, effect not measured
_COARSEST_PX = 12
#: sweeps at each size, count; set by hand for time, effect not measured
_SWEEPS = 24
#: over-relaxation of the sweeps, ratio; set by hand: between 1 (none) and 2 (no longer converges)
_OVERRELAXATION = 1.7
#: reach below which a membrane is not solved at a coarser size, px; by definition: it has faded there
_LEAST_REACH_PX = 0.3
#: tuning constant of Tukey's biweight, standard deviations; by definition: 95 % efficient for a normal error
_TUKEY = 4.685
#: standard deviations of a normal error to its median deviation, ratio; by definition
MAD_TO_SIGMA = 1.4826
#: least scale of the error, levels; by definition: rounding to whole levels
_LEAST_SCALE = 0.5
#: rounds of reweighting, count; set by hand, effect not measured
_FIT_ROUNDS = 6
#: pixels that a trend is fitted to, count; set by hand for time, effect not measured
_FIT_SAMPLES = 20_000
#: ridge of constant, slopes and curvatures, per pixel; set by hand: bends must be paid for, effect not measured
_RIDGE = (1e-9, 1e-3, 1e-3, 1e-2, 1e-2, 1e-2)
#: a trend does not leave these percentiles of the known colours, percent; set by hand, effect not measured
_KNOWN_PERCENT = (2, 98)
#: nor is it continued farther than this, standard deviations of the known places; set by hand, effect not
#: measured
_FARTHEST = 2.5


@njit(cache=True, nogil=True)
def _relax(values, fixed, domain, pull, sweeps, omega):  # type: ignore[no-untyped-def]
    """Gauss-Seidel sweeps with over-relaxation of ``sum(u_n - u) = pull * u`` over neighbours in the domain."""
    height, width, channels = values.shape
    for sweep in range(sweeps):
        for row in range(height):
            y = row if sweep % 2 == 0 else height - 1 - row
            for column in range(width):
                x = column if sweep % 2 == 0 else width - 1 - column
                if fixed[y, x] or not domain[y, x]:
                    continue
                up = y > 0 and domain[y - 1, x]
                down = y < height - 1 and domain[y + 1, x]
                left = x > 0 and domain[y, x - 1]
                right = x < width - 1 and domain[y, x + 1]
                count = int(up) + int(down) + int(left) + int(right)
                if count == 0:
                    continue
                for c in range(channels):
                    total = np.float32(0.0)
                    if up:
                        total += values[y - 1, x, c]
                    if down:
                        total += values[y + 1, x, c]
                    if left:
                        total += values[y, x - 1, c]
                    if right:
                        total += values[y, x + 1, c]
                    values[y, x, c] += omega * (total / (count + pull) - values[y, x, c])


def membrane(
    values: Float32[np.ndarray, "H W C"],
    fixed: Bool[np.ndarray, "H W"],
    domain: Bool[np.ndarray, "H W"],
    reach_px: float = np.inf,
) -> Float32[np.ndarray, "H W C"]:
    """Continue values smoothly into the rest of a domain.

    Solves Laplace's equation from coarse to fine, or with a finite reach the screened one,
    ``u - reach^2 * laplace(u) = 0``, whose solution fades away from the fixed pixels.

    Args:
        values: used where fixed.
        fixed: pixels that stay as they are.
        domain: pixels that are connected; others neither get nor give a value.
        reach_px: length after which values have faded.

    Returns:
        values in the domain; zero where no fixed pixel is connected.
    """
    fixed = fixed & domain
    pull = 0.0 if np.isinf(reach_px) else 1.0 / max(reach_px, _LEAST_REACH_PX) ** 2
    start = np.zeros_like(values)
    if min(fixed.shape) > _COARSEST_PX and reach_px > 2.0 and not fixed.all():
        coarse = membrane(*_halved(values, fixed, domain), reach_px=reach_px / 2.0)
        start = _doubled(coarse, fixed.shape)
    result = np.where(fixed[..., None], values, start).astype(np.float32)
    result[~domain] = 0.0
    _relax(result, fixed, domain, np.float32(pull), _SWEEPS, np.float32(_OVERRELAXATION))
    return result


def _halved(
    values: Float32[np.ndarray, "H W C"], fixed: Bool[np.ndarray, "H W"], domain: Bool[np.ndarray, "H W"]
) -> tuple[Float32[np.ndarray, "h w C"], Bool[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    height, width = fixed.shape
    odd = ((0, height % 2), (0, width % 2))

    def sums(array: Float32[np.ndarray, "H W C"]) -> Float32[np.ndarray, "h w C"]:
        padded = np.pad(array, (*odd, (0, 0)))
        total = padded[::2, ::2] + padded[1::2, ::2] + padded[::2, 1::2] + padded[1::2, 1::2]
        return np.asarray(total, dtype=np.float32)

    count = sums(fixed[..., None].astype(np.float32))
    total = sums(np.where(fixed[..., None], values, 0.0).astype(np.float32))
    return (
        total / np.maximum(count, 1.0),
        count[..., 0] > 0,
        sums(domain[..., None].astype(np.float32))[..., 0] > 0,
    )


def _doubled(values: Float32[np.ndarray, "h w C"], shape: tuple[int, int]) -> Float32[np.ndarray, "H W C"]:
    return np.asarray(np.repeat(np.repeat(values, 2, axis=0), 2, axis=1)[: shape[0], : shape[1]])


def trend(
    values: Float32[np.ndarray, "H W C"],
    known: Bool[np.ndarray, "H W"],
    where: Bool[np.ndarray, "H W"],
    places: Float[np.ndarray, "H W 2"],
) -> Float32[np.ndarray, "H W C"]:
    """Quadratic trend of light over a plane, fitted robustly (Tukey's biweight) to the known pixels.

    Args:
        values: colours.
        known: pixels that the trend is fitted to.
        where: pixels that it is wanted at (and, to keep extrapolation tame, clipped to the known range).
        places: coordinates in the plane.
    """
    step = max(int(known.sum()) // _FIT_SAMPLES, 1)
    at, colours = places[known][::step], values[known][::step].astype(np.float64)
    centre, spread = at.mean(axis=0), np.maximum(at.std(axis=0), 1e-6)
    coefficients = _robust_fit(_basis((at - centre) / spread), colours)
    low, high = np.percentile(colours, _KNOWN_PERCENT, axis=0)
    result = np.zeros_like(values)
    inside = where | known
    result[inside] = np.clip(
        _basis(np.clip((places[inside] - centre) / spread, -_FARTHEST, _FARTHEST)) @ coefficients, low, high
    )
    return result


def _robust_fit(basis: Float[np.ndarray, "N 6"], colours: Float[np.ndarray, "N C"]) -> Float[np.ndarray, "6 C"]:
    """Coefficients by iteratively reweighted least squares."""
    ridge, weights = np.diag(_RIDGE) * len(basis), np.ones(len(basis))
    coefficients: Float[np.ndarray, "6 C"] = np.zeros((basis.shape[1], colours.shape[1]))
    for _ in range(_FIT_ROUNDS):
        weighted = basis * weights[:, None]
        coefficients = np.linalg.solve(weighted.T @ basis + ridge, weighted.T @ colours)
        error = np.linalg.norm(colours - basis @ coefficients, axis=1)
        scale = _TUKEY * max(MAD_TO_SIGMA * float(np.median(error)), _LEAST_SCALE)
        weights = np.maximum(1.0 - (error / scale) ** 2, 0.0) ** 2 + 1e-6
    return coefficients


def _basis(at: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 6"]:
    x, y = at[:, 0], at[:, 1]
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def smoothed(
    values: Float32[np.ndarray, "H W C"], known: Bool[np.ndarray, "H W"], sigma_px: float
) -> Float32[np.ndarray, "H W C"]:
    """Gaussian mean over the known pixels only (normalised convolution, Knutsson and Westin 1993)."""
    weight = ndimage.gaussian_filter(known.astype(np.float32), sigma_px, truncate=3.0)
    sums = ndimage.gaussian_filter(
        np.where(known[..., None], values, 0.0).astype(np.float32), (sigma_px, sigma_px, 0), truncate=3.0
    )
    return np.asarray(sums / np.maximum(weight, 1e-6)[..., None], dtype=np.float32)

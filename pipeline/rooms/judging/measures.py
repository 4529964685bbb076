"""How close a filled picture is to the true one, without a learned network: PSNR, SSIM, gradient histograms.

All three are taken over the pixels of a mask (the hole), on 8-bit pictures.
"""

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage

#: deviation of the window, px; Wang et al. 2004
_SSIM_SIGMA = 1.5
#: half width of the window, px; Wang et al. 2004 (11 x 11)
_SSIM_RADIUS = 5
#: keeps means apart from zero, squared grey levels; Wang et al. 2004 (K1 = 0.01)
_C1 = (0.01 * 255) ** 2
#: keeps variances apart from zero, squared grey levels; Wang et al. 2004 (K2 = 0.03)
_C2 = (0.03 * 255) ** 2
#: grey of red, green and blue, shares; ITU-R BT.601
_LUMA = np.array([0.299, 0.587, 0.114])
#: of the histogram of grey differences, count; set by hand, effect not measured
_GRADIENT_BINS = 64
#: beyond the largest difference of 8-bit greys, levels; by definition
_OUTSIDE = 256.0
#: finer differences than this share one bin, levels of grey; below the rounding of 8 bits
_LEAST_STEP = 0.25
#: peak signal-to-noise ratio of equal pictures, dB; by definition infinite, capped to be a number
_EQUAL_DB = 99.0
#: of a tenth of a bel; by definition
_DECIBEL = 10.0


def luma(image: UInt8[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W"]:
    """Grey values (ITU-R BT.601), 0 to 255."""
    grey: Float[np.ndarray, "H W"] = image.astype(np.float64) @ _LUMA
    return grey


def psnr_db(
    true: UInt8[np.ndarray, "H W 3"], image: UInt8[np.ndarray, "H W 3"], mask: Bool[np.ndarray, "H W"]
) -> float:
    """Peak signal-to-noise ratio over the mask, peak 255; 99 dB where both are equal."""
    error = true[mask].astype(np.float64) - image[mask]
    square = float((error**2).mean())
    return _EQUAL_DB if square == 0 else min(_DECIBEL * np.log10(255.0**2 / square), _EQUAL_DB)


def ssim(
    true: UInt8[np.ndarray, "H W 3"], image: UInt8[np.ndarray, "H W 3"], mask: Bool[np.ndarray, "H W"]
) -> float:
    """Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004), its map averaged over the mask.

    Grey values, an 11 x 11 Gaussian window with a deviation of 1.5, K1 = 0.01, K2 = 0.03.
    """

    def mean(values: Float[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
        window: Float[np.ndarray, "H W"] = ndimage.gaussian_filter(
            values, _SSIM_SIGMA, radius=_SSIM_RADIUS, mode="reflect"
        )
        return window

    a, b = luma(true), luma(image)
    mean_a, mean_b = mean(a), mean(b)
    variance_a, variance_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    similarity = ((2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)) / (
        (mean_a**2 + mean_b**2 + _C1) * (variance_a + variance_b + _C2)
    )
    return float(similarity[mask].mean())


def gradient_histogram_distance(
    true: UInt8[np.ndarray, "H W 3"], image: UInt8[np.ndarray, "H W 3"], mask: Bool[np.ndarray, "H W"]
) -> float:
    """Distance of the distributions of horizontal and vertical grey differences: 0 equal, 1 disjoint.

    Each histogram has bins that grow with the difference (heavy tails: Ruderman 1994; used as a measure of
    inpainting and deblurring, Fergus et al. 2006); the distance is half the chi-square histogram distance
    (Puzicha et al. 1997), averaged over the two directions. Differences lie with both pixels in the mask.
    """
    half = 255.0 * np.linspace(0.0, 1.0, _GRADIENT_BINS // 2 + 1)[1:] ** 3
    half = half[half > _LEAST_STEP]
    edges = np.concatenate([[-_OUTSIDE], -half[::-1][1:], half[:-1], [_OUTSIDE]])
    distances = []
    for axis in (0, 1):
        inside = np.logical_and(*(_ends(mask, axis)))
        if not inside.any():
            continue
        first, second = (np.histogram(np.diff(luma(x), axis=axis)[inside], edges)[0] for x in (true, image))
        p, q = first / first.sum(), second / second.sum()
        total = p + q
        distances.append(0.5 * float(((p - q) ** 2 / np.where(total > 0, total, 1.0)).sum()))
    return float(np.mean(distances)) if distances else 0.0


def gradient_correlation(
    true: UInt8[np.ndarray, "H W 3"], image: UInt8[np.ndarray, "H W 3"], mask: Bool[np.ndarray, "H W"]
) -> float:
    """Correlation of the grey differences to the right and downwards: 1 where all edges stand as they should.

    Plain walls agree with everything; edges do not. Differences lie with both pixels in the mask. NaN where one
    of the pictures has no edge at all.
    """
    first, second = [], []
    for axis in (0, 1):
        inside = np.logical_and(*(_ends(mask, axis)))
        first.append(np.diff(luma(true), axis=axis)[inside])
        second.append(np.diff(luma(image), axis=axis)[inside])
    a, b = np.concatenate(first), np.concatenate(second)
    spread = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / spread if spread > 0 else float("nan")


def _ends(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    return (values[1:], values[:-1]) if axis == 0 else (values[:, 1:], values[:, :-1])

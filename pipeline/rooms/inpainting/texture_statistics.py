"""What a plane's texture is like: its amplitude, whether it repeats itself, and grain with its covariance."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from scipy import fft, ndimage

from pipeline.rooms.inpainting.light import MAD_TO_SIGMA, smoothed

#: a texture repeats itself from this correlation on, none; by hand on the planar cases, effect by itself not
#: measured
_MIN_CORRELATION = 0.25
#: correlations over less of the known pixels say nothing, share; set by hand, effect not measured
_MIN_OVERLAP = 0.3
#: offsets of a lattice at most, count; set by hand, effect not measured
_MOST_OFFSETS = 10
#: fewer known pixels have no lattice, px; set by hand, effect not measured
_LEAST_KNOWN_PX = 200
#: least energy that a correlation is divided by, squared levels; by definition: keeps a quotient finite
_LEAST_ENERGY = 1e-3
#: shorter offsets are no repetition, px; by definition: about a patch
_SHORTEST_OFFSET_PX = 6
#: a peak is the highest in a square of this side, px; by definition: three pixels around
_PEAK_PX = 7
#: side of the window that grain is taken from at most, px; set by hand for time, effect not measured
_GRAIN_PX = 160
#: stronger residuals are edges of things, not grain, standard deviations; by hand on the planar cases, effect
#: by itself not measured
_OUTLIER = 4.0
#: least deviation of a texture, levels; by definition: rounding to whole levels
_LEAST_AMPLITUDE = 0.25
#: percentile of the differences of neighbours that says how strong they are, percent; by definition: upper
#: quartile
_GRADIENT_PERCENT = 75
#: standard deviation of SSIM's window, px; Wang et al. 2004
_SSIM_PX = 1.5
#: steps of luma up to this tell how a picture was stored, levels; by definition: gradients, not edges
_SMALL_STEP = 2.5
#: a step this near to a whole number is whole, levels; set by hand, effect not measured
_WHOLE = 0.06
#: pictures of which more steps are whole were stored as JPEG, share; by hand on the planar cases, effect by
#: itself not measured
_MOSTLY = 0.7
#: edges of the bins of differences, levels; by definition: finer near zero, as cubes
_DIFFERENCES = np.concatenate([[0.0, 0.25], 255.0 * np.linspace(0.125, 1.0, 24) ** 3, [256.0]])
#: luma and chroma of red, green and blue, none; ITU-T T.871
_YCC = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])


@dataclass(frozen=True)
class Regularity:
    """Translations under which a texture looks like itself.

    Attributes:
        offsets: (dx, dy) in pixels, strongest first, each with its opposite.
        strength: correlation of the texture with itself at the strongest offset, 0 where there is none.
    """

    offsets: Int[np.ndarray, "K 2"]
    strength: float


def regularity(values: Float32[np.ndarray, "H W C"], known: Bool[np.ndarray, "H W"]) -> Regularity:
    """Peaks of the autocorrelation over the known pixels.

    Dominant offsets as in He and Sun (2012), from the masked autocorrelation (Padfield 2012) instead of a
    histogram of patch matches: peaks away from the centre lobe, with enough overlap.
    """
    nothing = Regularity(np.zeros((0, 2), dtype=np.int64), 0.0)
    count = int(known.sum())
    if count < _LEAST_KNOWN_PX:
        return nothing
    grey = values.mean(axis=2)
    grey = np.where(known, grey - grey[known].mean(), 0.0)
    scale = 3.0 * float(grey[known].std()) + 1e-6
    grey = np.clip(grey, -scale, scale)
    shape = tuple(fft.next_fast_len(2 * side, real=True) for side in known.shape)
    spectrum, mask = fft.rfft2(grey, shape), fft.rfft2(known.astype(np.float64), shape)
    squares = fft.rfft2(grey**2, shape)
    overlap = fft.irfft2(np.abs(mask) ** 2, shape)
    cross = fft.irfft2(np.abs(spectrum) ** 2, shape)
    energy = fft.irfft2(squares * np.conj(mask), shape)
    opposite = np.roll(energy[::-1, ::-1], (1, 1), (0, 1))
    correlation = cross / np.sqrt(np.maximum(energy * opposite, _LEAST_ENERGY))
    correlation[overlap < _MIN_OVERLAP * count] = -1.0
    correlation = fft.fftshift(correlation)
    return _peaks(correlation) or nothing


def _peaks(correlation: np.ndarray) -> Regularity | None:
    centre = np.array(correlation.shape) // 2
    lobe, _ = ndimage.label(correlation > 0.5 * _MIN_CORRELATION)
    y, x = np.mgrid[: correlation.shape[0], : correlation.shape[1]]
    away = np.hypot(y - centre[0], x - centre[1]) > _SHORTEST_OFFSET_PX
    highest = ndimage.maximum_filter(correlation, _PEAK_PX) == correlation
    peak = highest & away & (correlation > _MIN_CORRELATION) & (lobe != lobe[tuple(centre)])
    found = np.argwhere(peak)
    if not len(found):
        return None
    strength = correlation[peak]
    order = np.argsort(-strength)[:_MOST_OFFSETS]
    offsets = (found[order] - centre)[:, ::-1]
    both = np.concatenate([offsets, -offsets])
    return Regularity(np.unique(both, axis=0).astype(np.int64), float(strength[order[0]]))


def amplitude(values: Float32[np.ndarray, "H W C"], known: Bool[np.ndarray, "H W"]) -> float:
    """Robust deviation of a texture (1.4826 times the median absolute grey value)."""
    return MAD_TO_SIGMA * float(np.median(np.abs(values[known].mean(axis=1)))) if known.any() else 0.0


def gradient_amplitude(values: Float32[np.ndarray, "H W C"], where: Bool[np.ndarray, "H W"]) -> float:
    """Robust size of grey differences between neighbours (their 75th percentile)."""
    grey = values.mean(axis=2)
    across = np.abs(np.diff(grey, axis=1))[where[:, 1:] & where[:, :-1]]
    down = np.abs(np.diff(grey, axis=0))[where[1:] & where[:-1]]
    both = np.concatenate([across, down])
    return float(np.percentile(both, _GRADIENT_PERCENT)) if both.size else 0.0


def gradient_histogram(
    picture: Float32[np.ndarray, "H W 3"], where: Bool[np.ndarray, "H W"]
) -> Float[np.ndarray, " B"]:
    """Shares of the luma differences between neighbours, across and down together; finer bins near zero."""
    grey = picture @ _YCC[0].astype(np.float32)
    across = np.diff(grey, axis=1)[where[:, 1:] & where[:, :-1]]
    down = np.diff(grey, axis=0)[where[1:] & where[:-1]]
    counts = np.histogram(np.abs(np.concatenate([across, down])), _DIFFERENCES)[0]
    return np.asarray(counts / max(int(counts.sum()), 1))


def histogram_distance(first: Float[np.ndarray, " B"], second: Float[np.ndarray, " B"]) -> float:
    """Half the chi-square distance: 0 equal, 1 disjoint."""
    total = first + second
    return 0.5 * float(((first - second) ** 2 / np.where(total > 0, total, 1.0)).sum())


def local_variance(
    values: Float32[np.ndarray, "H W 3"], where: Bool[np.ndarray, "H W"]
) -> Float32[np.ndarray, " N"]:
    """Variance of luma around every pixel of the mask (Gaussian window of 1.5 px, as SSIM has)."""
    grey = (values @ _YCC[0].astype(np.float32))[..., None]
    mean, square = (smoothed(part.astype(np.float32), where, _SSIM_PX)[where, 0] for part in (grey, grey**2))
    return np.asarray(np.maximum(square - mean**2, 0.0), dtype=np.float32)


def as_stored(
    values: Float32[np.ndarray, "N 3"], picture: Float32[np.ndarray, "H W 3"], known: Bool[np.ndarray, "H W"]
) -> Float32[np.ndarray, "N 3"]:
    """Colours rounded the way the picture's own are: to whole luma and chroma if it was stored as JPEG.

    A JPEG is decoded to whole luma and chroma (JFIF, ITU-T T.871), so most of its smooth gradients advance in
    whole steps of luma. Rounding red, green and blue instead would advance in fractions of them.
    """
    both = known[:, 1:] & known[:, :-1]
    steps = np.diff(picture @ _YCC[0], axis=1)[both]
    steps = steps[np.abs(steps) < _SMALL_STEP]
    if not steps.size or (np.abs(steps - np.rint(steps)) < _WHOLE).mean() < _MOSTLY:
        return values
    whole = np.rint(values.astype(np.float64) @ _YCC.T)
    return np.asarray(np.rint(whole @ np.linalg.inv(_YCC).T), dtype=np.float32)


def grain(
    values: Float32[np.ndarray, "H W C"],
    known: Bool[np.ndarray, "H W"],
    shape: tuple[int, int],
    rng: np.random.Generator,
) -> Float32[np.ndarray, "h w C"]:
    """Gaussian grain with the known residual's colours and autocovariance.

    Asymptotic discrete spot noise (Galerne, Gousseau and Morel 2011) of the best known window; outliers of the
    residual (edges of things) are left out.
    """
    window = _best_window(known)
    spot, inside = values[window], known[window]
    limit = _OUTLIER * max(amplitude(values, known), _LEAST_AMPLITUDE)
    spot = np.where(inside[..., None] & (np.abs(spot) < limit), spot, 0.0)
    used = np.maximum((inside & (np.abs(spot).max(axis=2) > 0)).sum(), 1)
    size = tuple(fft.next_fast_len(a + b, real=True) for a, b in zip(shape, inside.shape, strict=True))
    noise = fft.rfft2(rng.standard_normal(size), size)
    channels = [
        fft.irfft2(noise * fft.rfft2(spot[..., c], size), size)[: shape[0], : shape[1]] / np.sqrt(used)
        for c in range(values.shape[2])
    ]
    return np.stack(channels, axis=-1).astype(np.float32)


def _best_window(known: Bool[np.ndarray, "H W"]) -> tuple[slice, slice]:
    """Square of at most 160 px with the most known pixels."""
    side = [min(_GRAIN_PX, length) for length in known.shape]
    sums = np.pad(known, ((1, 0), (1, 0))).astype(np.int64).cumsum(axis=0).cumsum(axis=1)
    h, w = side
    count = sums[h:, w:] - sums[:-h, w:] - sums[h:, :-w] + sums[:-h, :-w]
    y, x = np.unravel_index(int(np.argmax(count)), count.shape)
    return slice(int(y), int(y) + h), slice(int(x), int(x) + w)

"""A guess put to scale: by the box of a room, by measured points, for one photo or several."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from pipeline.rooms.prior.prior import Prior

#: fewer pixels with a known depth put nothing to scale, count; set by hand, effect not measured
_LEAST_EVIDENCE = 30
#: pixels that a fit is made from at most, count; set by hand for time, effect not measured
_MOST_EVIDENCE = 4000
#: pairs of pixels that a fit with a shift starts from, count; by definition: with half of the pixels wrong the
#: chance that no pair is right is (3/4)^200, below 1e-24
_TRIALS = 200
#: a pixel that is farther off costs no more, share of its inverse depth; set by hand, effect not measured
_WRONG = 0.25
#: a pixel so near agrees, share of its inverse depth; that of the usual inlier ratio 1.25, its inverse
_AGREES = 0.2
#: with depths that differ less (quartiles of the inverse, over its median) scale and shift look alike, share;
#: set by hand, effect not measured
_LEAST_SPREAD = 0.1
#: rounds of the last, weighted fit, count; it rests after five to eight
_ROUNDS = 8
#: residual below which weights grow no more, share of inverse depth; by definition far below _AGREES
_LEAST_RESIDUAL = 0.01
#: how much farther than all that is known a guess may lie, none; set by hand, effect not measured
_BEYOND = 3.0
#: least factor on the guess's own uncertainty, none; by definition above 0: evidence that fits exactly is rare
_LEAST_FACTOR = 0.1


class NotAligned(Exception):
    """Too little is known of a photo's depth to put a guess to scale."""


@dataclass(frozen=True, eq=False)
class Aligned:
    """A guess in the units of what is known: ``1 / depth = scale / depth_over_height + shift``.

    Attributes:
        depth: z-depth in the units of the evidence (metres, as a rule).
        uncertainty: Laplace scale of its logarithm: the guess's own, times how far the evidence lies off.
        scale, shift: of the inverse depth.
        agreed: share of the evidence, by weight, within a fifth of its inverse depth.
    """

    depth: Float32[np.ndarray, "H W"]
    uncertainty: Float32[np.ndarray, "H W"]
    scale: float
    shift: float
    agreed: float


def aligned(
    prior: Prior,
    depth: Float[np.ndarray, "H W"],
    weight: Float[np.ndarray, "H W"] | None = None,
    seed: int = 0,
) -> Aligned:
    """Put a guess to scale by what is known; up to half of that may be wrong.

    Args:
        prior: of one photo; :meth:`Prior.resized` gives it the size of ``depth``.
        depth: known z-depth in any unit, of the faces of a box or measured; NaN or 0 where nothing is known.
        weight: how far to trust each of them; all alike where ``None``.
        seed: of the pixels that the fit is made from.

    Raises:
        ValueError: sizes differ.
        NotAligned: fewer than 30 pixels are known.
    """
    if depth.shape != prior.depth_over_height.shape:
        raise ValueError(f"depth of shape {prior.depth_over_height.shape} is needed, not {depth.shape}")
    trust = np.ones(depth.shape) if weight is None else weight
    known = np.isfinite(depth) & (depth > 0) & (trust > 0)
    if known.sum() < _LEAST_EVIDENCE:
        raise NotAligned(f"only {int(known.sum())} pixels have a known depth; {_LEAST_EVIDENCE} are needed")
    guess = 1.0 / prior.depth_over_height.astype(float)
    scale, shift = fit(guess[known], 1.0 / depth[known], trust[known], seed, free=prior.shift_is_free)
    farthest = _BEYOND * float(depth[known].max())
    inverse = np.maximum(scale * guess + shift, 1.0 / farthest)
    off = np.abs(np.log(inverse[known] * depth[known]))
    factor = _weighted_median(off / prior.uncertainty[known], trust[known]) / math.log(2)
    return Aligned(
        (1.0 / inverse).astype(np.float32),
        (prior.uncertainty * max(factor, _LEAST_FACTOR)).astype(np.float32),
        scale,
        shift,
        float(trust[known][off < _AGREES].sum() / trust[known].sum()),
    )


def aligned_together(
    priors: Sequence[Prior], depths: Sequence[Float[np.ndarray, "H W"]], seed: int = 0
) -> list[Aligned]:
    """Guesses of the photos of one room, each put to scale by its own measured depth.

    A photo of which too little was measured takes the middle scale of the others: its camera was held about as
    high as theirs. How far theirs differ is added to its uncertainty.

    Args:
        priors, depths: of each photo, see :func:`aligned`; sizes may differ between photos.

    Raises:
        ValueError: sizes of a photo's guess and depth differ.
        NotAligned: too little was measured of every photo.
    """
    found: list[Aligned | None] = []
    for prior, depth in zip(priors, depths, strict=True):
        try:
            found.append(aligned(prior, depth, seed=seed))
        except NotAligned:
            found.append(None)
    scales = np.log([one.scale for one in found if one is not None])
    if not len(scales):
        raise NotAligned(f"too little was measured of all {len(found)} photos")
    middle, spread = float(np.median(scales)), float(np.abs(scales - np.median(scales)).mean())
    return [one or _scaled(prior, math.exp(middle), spread) for prior, one in zip(priors, found, strict=True)]


def _scaled(prior: Prior, scale: float, spread: float) -> Aligned:
    return Aligned(
        prior.depth_over_height / np.float32(scale), prior.uncertainty + np.float32(spread), scale, 0.0, 0.0
    )


def fit(
    guess: Float[np.ndarray, " N"],
    known: Float[np.ndarray, " N"],
    weight: Float[np.ndarray, " N"],
    seed: int = 0,
    *,
    free: bool,
) -> tuple[float, float]:
    """Scale and shift that take guessed inverse depths to known ones; a shift only where it is ``free``.

    Pairs of pixels are tried (RANSAC with a truncated cost), then all are weighed by their residuals.
    """
    rng = np.random.default_rng(seed)
    if len(guess) > _MOST_EVIDENCE:
        pick = rng.choice(len(guess), _MOST_EVIDENCE, replace=False, p=weight / weight.sum())
        guess, known, weight = guess[pick], known[pick], np.ones(_MOST_EVIDENCE)
    above = guess > 0
    ratios, shares = known[above] / guess[above], weight[above]
    best = (_weighted_median(ratios, shares) if len(ratios) else 1.0, 0.0)
    low, middle, high = np.quantile(guess, [0.25, 0.5, 0.75])
    if not free or high - low < _LEAST_SPREAD * middle or high <= low:
        return best
    least = _cost(*best, guess, known, weight)
    for _ in range(_TRIALS):
        one, two = rng.integers(0, len(guess), 2)
        if guess[one] == guess[two]:
            continue
        scale = float((known[one] - known[two]) / (guess[one] - guess[two]))
        shift = float(known[one] - scale * guess[one])
        cost = _cost(scale, shift, guess, known, weight) if scale > 0 else math.inf
        if cost < least:
            best, least = (scale, shift), cost
    return _settled(*best, guess, known, weight)


def _cost(scale: float, shift: float, guess: np.ndarray, known: np.ndarray, weight: np.ndarray) -> float:
    off = np.abs((scale * guess + shift) / known - 1.0)
    return float((np.minimum(off, _WRONG) * weight).sum())


def _settled(
    scale: float, shift: float, guess: np.ndarray, known: np.ndarray, weight: np.ndarray
) -> tuple[float, float]:
    """Least absolute relative residuals of those that are not far off (weighted least squares, repeated)."""
    for _ in range(_ROUNDS):
        off = np.abs((scale * guess + shift) / known - 1.0)
        trust = np.sqrt(weight * (off < _WRONG) / np.maximum(off, _LEAST_RESIDUAL)) / known
        columns = np.stack([guess, np.ones_like(guess)], axis=1) * trust[:, None]
        found, _, rank, _ = np.linalg.lstsq(columns, known * trust, rcond=None)
        if rank < columns.shape[1] or found[0] <= 0:
            break
        scale, shift = float(found[0]), float(found[1])
    return scale, shift


def _weighted_median(values: Float[np.ndarray, " N"], weight: Float[np.ndarray, " N"]) -> float:
    order = np.argsort(values)
    sums = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(sums, sums[-1] / 2)])

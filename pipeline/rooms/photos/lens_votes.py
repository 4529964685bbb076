"""One lens from many edges: each edge votes for the coefficient that makes it straight.

Plumb line principle (Brown 1971; Devernay and Faugeras 2001; arcs of single edges as in Bukhari and Dailey
2013): what is straight in the room must be straight in the picture. Real things are curved as well, so the
votes are a mixture: a sharp peak where straight edges agree, whatever their place and direction, and a broad
floor of everything else. The peak counts only if it is certain: many edges, in several places of the photos,
must prefer it to no distortion at all. Otherwise there is no lens, and nothing of the photos is changed.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from pipeline.rooms.photos.lens import RANGE, Lens, Model, straightened

#: between coefficients that are tried at first, half diagonals; lens sets: .014 finds the same seven, .026 too,
#: mean error .0059 for .0082
_STEP = 0.02
#: how far the points of a straight edge stray at first, px; lens sets: .28 and .52 find the same seven
_STRAIGHT_PX = 0.4
#: and in the end, where the two models are compared, px; lens sets: .14 and .26 find the same seven
_QUITE_STRAIGHT_PX = 0.2
#: least noise of the points of an edge, px; lens sets: .07 loses one of the seven lenses, .13 loses none
_NOISE_PX = 0.1
#: noise along an edge is not independent: variances are so many times larger, none; lens sets: 1.4 loses one of
#: the seven lenses, 2.6 loses none
_CORRELATED = 2.0
#: edges that cannot tell the coefficient to this do not vote, half diagonals; lens sets: .042 finds the same
#: seven, .078 loses one
_TELLING = 0.06
#: how far straight edges differ from each other, the likeliest is taken, half diagonals; lens sets: three or
#: two of them find the same seven, mean error .0083 and .0089 for .0082
_SPREADS = (0.003, 0.006, 0.012, 0.025, 0.05)
#: how far curved things do, half diagonals; lens sets: .175 and .325 lose one of the seven lenses
_CURVED = 0.25
#: a lens is certain from so many standard errors, none; lens sets: 2.8 and 5.2 find the same seven and none in
#: straight photos
_CERTAIN = 4.0
#: and such a gain over no distortion, log likelihood; lens sets: 4.2 finds the same seven and none in straight
#: photos, 7.8 loses two
_GAIN = 6.0
#: and so many edges that agree, count; lens sets: 5.6 and 10.4 find the same seven and none in straight photos
_LEAST_CURVES = 8.0
#: in so many places of the photos, count; lens sets: 2.1 finds the same seven and none in straight photos, 3.9
#: loses one
_LEAST_PLACES = 3.0
#: smaller coefficients are not worth a resampling, half diagonals; lens sets: .0028 and .0052 find the same
#: seven and none in straight photos
_WORTH = 0.004
#: a photo whose own edges say so much against the lens keeps out of it, log likelihood; decides on single
#: photos, which the lens sets do not measure, set by hand
_OPPOSED = 3.0
#: directions that count as places of their own, count; lens sets: 6 and 12 find the same seven
_SECTORS = 8
#: distances from the middle that do, count; lens sets: 3 and 6 find the same seven
_RINGS = 4
#: width of such a distance, half diagonals; set by hand, effect not measured
_RING = 0.2
#: edges of straight photos were found to be bent by about this much, however many they are (pixel grid, blur),
#: half diagonals; the straight sets of the data, .0007 and .0013 find the same seven lenses of the lens sets
_BIAS = 0.001
#: a coefficient that moves less has come to rest, half diagonals; by definition: below _BIAS
_SETTLED = 1e-4
#: step of the derivative of a point by the coefficient, half diagonals; by definition
_DERIVATIVE_STEP = 1e-3
#: step of the derivative of the likelihood, half diagonals; by definition
_SCORE_STEP = 2e-4
#: share of straight edges that the mixture starts from, share; set by hand, effect not measured
_FIRST_SHARE = 0.7
#: bounds of that share, so that neither part dies out, share; set by hand, effect not measured
_SHARES = (0.05, 0.98)
#: rounds of expectation maximisation, count; set by hand, effect not measured
_ROUNDS = 30


@dataclass(frozen=True)
class Evidence:
    """What the edges of the photos of one lens say.

    Attributes:
        radial, sigma: the coefficient that the edges agree on best, and its standard error.
        curves: edges that agree on it.
        places: in how many independent places of the photos they lie.
        gain: log likelihood of the votes above that of no distortion.
        photo_gains: the same of the votes of each photo, given how much they are to be trusted.
        model: the lens model that makes more of them straight.
    """

    radial: float
    sigma: float
    curves: float
    places: float
    gain: float
    photo_gains: tuple[float, ...]
    model: Model = "division"

    @property
    def certain(self) -> bool:
        """Whether it is beyond doubt that the lens bends lines, and by enough to matter."""
        return (
            abs(self.radial) >= max(_CERTAIN * self.sigma, _WORTH)
            and self.gain >= _GAIN
            and self.curves >= _LEAST_CURVES
            and self.places >= _LEAST_PLACES
        )

    def opposes(self, index: int) -> bool:
        """Whether the edges of this photo clearly prefer no distortion: then another lens took it."""
        return self.photo_gains[index] < -_OPPOSED

    def lens(self) -> Lens | None:
        """The lens, ``None`` where the photos may as well be straight."""
        return Lens(self.radial, self.sigma, round(self.curves), self.model) if self.certain else None


def weigh(arcs: list[Float[np.ndarray, "A P 2"]], half_diagonal_px: float) -> Evidence | None:
    """Pool the edges of all photos of one lens.

    Args:
        arcs: of each photo, from :func:`pipeline.rooms.photos.arcs.find_arcs`.
        half_diagonal_px: of the photos at the size in which the edges were found.

    Returns:
        ``None`` where too few edges tell anything.
    """
    if not half_diagonal_px > 0:
        raise ValueError("half_diagonal_px must be positive")
    photo = np.repeat(np.arange(len(arcs)), [len(mine) for mine in arcs])
    if len(photo) < _LEAST_CURVES:
        return None
    points = np.concatenate(arcs)
    found = [_weighed(points, photo, len(arcs), half_diagonal_px, model) for model in RANGE]
    return max(
        (evidence for evidence in found if evidence is not None),
        key=lambda e: _straight_length(points, e.radial, e.model, half_diagonal_px / _QUITE_STRAIGHT_PX),
        default=None,
    )


def _weighed(
    points: Float[np.ndarray, "A P 2"], photo: Int[np.ndarray, " A"], photos: int, half_px: float, model: Model
) -> Evidence | None:
    """What all edges say of the coefficient of one model."""
    least, most = RANGE[model]
    grid = np.arange(least, most, _STEP)
    lengths = [_straight_length(points, radial, model, half_px / _STRAIGHT_PX) for radial in grid]
    radial = float(grid[int(np.argmax(lengths))])
    for _ in range(4):
        before = radial
        vote, variance = _votes(points, radial, model, half_px)
        telling = variance < _TELLING**2
        if telling.sum() < _LEAST_CURVES:
            return None
        peak = _peak(vote[telling], variance[telling], before, moves=True)
        radial = float(np.clip(peak.radial, least, most))
        if abs(radial - before) < _SETTLED:
            break
    peak = replace(peak, radial=radial)
    place = _places(points[telling], photo[telling], radial, model)
    evidence = _evidence(vote[telling], variance[telling], peak, place)
    straight = replace(peak, radial=0.0)
    densities = [which.densities(vote[telling], variance[telling])[1] for which in (peak, straight)]
    gains = np.bincount(photo[telling], np.log(densities[0] / densities[1]), minlength=photos)
    return replace(evidence, model=model, photo_gains=tuple(gains.tolist()))


def _straight_length(
    points: Float[np.ndarray, "A P 2"], radial: float, model: Model, sharpness: float
) -> float:
    """Total length of the edges that this coefficient makes straight to about ``1 / sharpness``."""
    length = np.linalg.norm(points[:, -1] - points[:, 0], axis=1)
    at = straightened(points, radial, model)
    at = at - at.mean(axis=1, keepdims=True)
    xx, yy, xy = (at[..., 0] ** 2).mean(1), (at[..., 1] ** 2).mean(1), (at[..., 0] * at[..., 1]).mean(1)
    across = np.maximum((xx + yy) / 2 - np.hypot((xx - yy) / 2, xy), 0)
    return float((length / (1 + across * sharpness**2)).sum())


def _votes(
    points: Float[np.ndarray, "A P 2"], radial: float, model: Model, half_px: float
) -> tuple[Float[np.ndarray, " A"], Float[np.ndarray, " A"]]:
    """The coefficient that straightens each edge (one Gauss-Newton step from ``radial``) and its variance."""
    step = _DERIVATIVE_STEP
    at = straightened(points, radial, model)
    higher, lower = (straightened(points, radial + move, model) for move in (step, -step))
    change = (higher - lower) / (2 * step)
    at = at - at.mean(axis=1, keepdims=True)
    angle = 0.5 * np.arctan2(
        2 * (at[..., 0] * at[..., 1]).mean(1), (at[..., 0] ** 2).mean(1) - (at[..., 1] ** 2).mean(1)
    )
    along_axis = np.stack([np.cos(angle), np.sin(angle)], axis=-1)[:, None]
    across_axis = np.stack([-np.sin(angle), np.cos(angle)], axis=-1)[:, None]
    along = (at * along_axis).sum(-1)

    def off_line(values: Float[np.ndarray, "A P"]) -> Float[np.ndarray, "A P"]:
        values = values - values.mean(axis=1, keepdims=True)
        slope = (values * along).sum(1) / np.maximum((along**2).sum(1), 1e-12)
        left: Float[np.ndarray, "A P"] = values - slope[:, None] * along
        return left

    bend, per_radial = off_line((at * across_axis).sum(-1)), off_line((change * across_axis).sum(-1))
    told = np.maximum((per_radial**2).sum(1), 1e-12)
    move = -(per_radial * bend).sum(1) / told
    noise = ((bend + move[:, None] * per_radial) ** 2).sum(1) / (points.shape[1] - 3)
    noise = np.maximum(noise, (_NOISE_PX / half_px) ** 2)
    return radial + move, _CORRELATED * noise / told


@dataclass(frozen=True)
class _Peak:
    """A peak of straight edges at ``radial``, of this ``spread``, that holds this ``share`` of the votes."""

    radial: float
    spread: float
    share: float
    log_likelihood: float = -math.inf

    def densities(
        self, vote: Float[np.ndarray, " V"], variance: Float[np.ndarray, " V"]
    ) -> tuple[Float[np.ndarray, " V"], Float[np.ndarray, " V"]]:
        """Of the peak alone, and of peak and floor together (up to a factor)."""
        narrow, broad = variance + self.spread**2, variance + _CURVED**2
        peak = self.share * np.exp(-((vote - self.radial) ** 2) / (2 * narrow)) / np.sqrt(narrow)
        floor = (1 - self.share) * np.exp(-(vote**2) / (2 * broad)) / np.sqrt(broad)
        return peak, np.maximum(peak + floor, 1e-300)

    def score(
        self, vote: Float[np.ndarray, " V"], variance: Float[np.ndarray, " V"], at: float
    ) -> Float[np.ndarray, " V"]:
        """How much each vote pulls the peak from ``at``: the derivative of its log likelihood."""
        peak, both = _Peak(at, self.spread, self.share).densities(vote, variance)
        pull: Float[np.ndarray, " V"] = peak / both * (vote - at) / (variance + self.spread**2)
        return pull


def _peak(vote: np.ndarray, variance: np.ndarray, radial: float, moves: bool) -> _Peak:
    """The likeliest peak (expectation maximisation from ``radial``, which stays where it does not move)."""
    best = _Peak(radial, _SPREADS[0], 0.5)
    for spread in _SPREADS:
        peak = _Peak(radial, spread, _FIRST_SHARE)
        for _ in range(_ROUNDS):
            inside, both = peak.densities(vote, variance)
            belongs = inside / both
            weight = belongs / (variance + spread**2)
            mean = float((weight * vote).sum() / max(float(weight.sum()), 1e-12))
            share = float(np.clip(belongs.mean(), *_SHARES))
            peak = _Peak(mean if moves else radial, spread, share)
        likelihood = float(np.log(peak.densities(vote, variance)[1]).sum())
        if likelihood > best.log_likelihood:
            best = _Peak(peak.radial, spread, peak.share, likelihood)
    return best


def _places(
    points: Float[np.ndarray, "A P 2"], photo: Int[np.ndarray, " A"], radial: float, model: Model
) -> Int[np.ndarray, " A"]:
    """Photo, side and distance from the middle of every edge: parallel edges side by side are one place."""
    at = straightened(points, radial, model)
    chord = at[:, -1] - at[:, 0]
    normal = np.stack([-chord[:, 1], chord[:, 0]], axis=-1) / np.linalg.norm(chord, axis=1, keepdims=True)
    distance = (normal * at.mean(axis=1)).sum(-1)
    side = np.arctan2(normal[:, 1] * np.sign(distance), normal[:, 0] * np.sign(distance))
    sector = np.rint(side / (2 * np.pi / _SECTORS)).astype(int) % _SECTORS
    ring = np.minimum((np.abs(distance) / _RING).astype(int), _RINGS - 1)
    place: Int[np.ndarray, " A"] = (photo * _SECTORS + sector) * _RINGS + ring
    return place


def _evidence(vote: np.ndarray, variance: np.ndarray, peak: _Peak, place: np.ndarray) -> Evidence:
    """Standard error that does not count edges of one place as independent (clustered sandwich)."""
    step = _SCORE_STEP
    inside, both = peak.densities(vote, variance)
    weight = inside / both / (variance + peak.spread**2)
    _, of_place = np.unique(place, return_inverse=True)
    of_places = np.bincount(of_place, weight)
    places = float(of_places.sum() ** 2 / max(float((of_places**2).sum()), 1e-12))
    pull = np.bincount(of_place, peak.score(vote, variance, peak.radial))
    higher, lower = (peak.score(vote, variance, peak.radial + move).sum() for move in (step, -step))
    information = max(float(lower - higher) / (2 * step), 1e-9)
    sandwich = math.sqrt(float((pull**2).sum())) / information * math.sqrt(places / max(places - 1, 0.5))
    none = _peak(vote, variance, 0.0, moves=False)
    return Evidence(
        radial=peak.radial,
        sigma=math.hypot(max(sandwich, 1 / math.sqrt(information)), _BIAS),
        curves=float((inside / both).sum()),
        places=places,
        gain=peak.log_likelihood - none.log_likelihood,
        photo_gains=(),
    )

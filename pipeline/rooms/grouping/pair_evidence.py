"""How sure it is that two photos show the same room: matched features, verified by two-view geometry.

The score of a pair is *a contrario* (Moisan and Stival 2004): minus the decimal logarithm of the expected
number of models that would explain as many matches, were the matches unrelated. It needs no threshold on
inlier counts that depends on how many features the photos have.

Imported by the process that runs pycolmap; imports neither Pillow nor OpenCV.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import ConvexHull, QhullError, cKDTree
from scipy.special import gammaln

#: features nearer than this lie at one spot, px; set by hand (two orientations of one spot), effect not
#: measured
_SAME_SPOT_PX = 6.0
#: a match is clear if its angle is less than this share of the next one's, ratio; Lowe 2004
_CLEAR_RATIO = 0.8
#: descriptors farther apart never match, radians; set by hand, effect not measured
_FARTHEST_RAD = 0.8
#: nearest descriptors that are looked at for one at another spot, count; set by hand, a spot has few
#: orientations
_NEAREST = 5
#: photos with fewer features are not matched, count; by definition: a fundamental matrix takes seven and one
#: more
_LEAST_FEATURES = 8
#: matches of a watermark move less than this, share of the photo's sides; set by hand, effect not measured
_OVERLAY_SHIFT = 0.006
#: unless they span more than this: then the camera stood still, share of the photo; set by hand, effect not
#: measured
_OVERLAY_EXTENT = 0.25
#: inliers around an inlier that must have moved along with it, count; set by hand, effect not measured
_NEIGHBOURS = 5
#: score of a pair without evidence, decimal logarithm; by definition: far below any threshold
NO_EVIDENCE = -9.0
#: base of the scores' logarithms, none; by definition
_BASE = 10
#: matches that determine a fundamental matrix, count; by definition
_EPIPOLAR_NEEDS = 7
#: numbers in a descriptor, count; by definition (SIFT)
_DESCRIPTOR = 128
#: descriptors of a photo that the vocabulary is learned from, count; set by hand for time, effect not measured
_VOCABULARY_SAMPLES = 400
#: rounds of k-means, count; set by hand for time, effect not measured
_VOCABULARY_ROUNDS = 8


@dataclass(frozen=True)
class Features:
    """Local features of one photo.

    Attributes:
        xy: pixels, origin at the upper left corner.
        descriptors: unit length.
        size_px: width and height of the photo.
    """

    xy: Float[np.ndarray, "N 2"]
    descriptors: Float[np.ndarray, "N 128"]
    size_px: tuple[int, int]


def match_features(a: Features, b: Features, max_ratio: float = _CLEAR_RATIO) -> Int[np.ndarray, "M 2"]:
    """Mutually nearest descriptors that are clearly nearer than the next place (Lowe's ratio of angles).

    Several features at one spot (one per orientation) do not compete with each other, and no spot of either
    photo is matched twice, so that matches count as independent observations.
    """
    if min(len(a.xy), len(b.xy)) < _LEAST_FEATURES:
        return np.zeros((0, 2), np.int64)
    similarity = a.descriptors @ b.descriptors.T
    backward = similarity.argmax(axis=0)
    top = np.argpartition(-similarity, _NEAREST - 1, axis=1)[:, :_NEAREST]
    values = np.take_along_axis(similarity, top, axis=1)
    best = top[np.arange(len(top)), values.argmax(axis=1)]
    elsewhere = np.linalg.norm(b.xy[top] - b.xy[best][:, None], axis=2) > _SAME_SPOT_PX
    second = np.where(elsewhere, values, -1.0).max(axis=1)
    second = np.where(second < 0, values.min(axis=1), second)
    angle, next_angle = (np.arccos(np.clip(s, -1, 1)) for s in (values.max(axis=1), second))
    mutual = np.linalg.norm(a.xy[backward[best]] - a.xy, axis=1) < _SAME_SPOT_PX
    rows = np.flatnonzero(mutual & (angle < max_ratio * next_angle) & (angle < _FARTHEST_RAD))
    pairs = np.stack([rows, best[rows]], axis=1)
    for column, features in enumerate((a, b)):
        cells = np.floor(features.xy[pairs[:, column]] / _SAME_SPOT_PX)
        pairs = pairs[np.sort(np.unique(cells, axis=0, return_index=True)[1])]
    return pairs


def without_overlay(
    a: Float[np.ndarray, "M 2"], b: Float[np.ndarray, "M 2"], size_a: tuple[int, int], size_b: tuple[int, int]
) -> Bool[np.ndarray, " M"]:
    """Which matches count: not those of a watermark or logo, which stands at one place of every photo.

    Matches that did not move are kept if most did not and they span the photo: then the camera stood still.
    """
    still = np.linalg.norm(a / size_a - b / size_b, axis=1) < _OVERLAY_SHIFT
    if still.mean() > 0.5 and extent(a[still], size_a) > _OVERLAY_EXTENT:
        return np.ones(len(a), dtype=bool)
    kept: Bool[np.ndarray, " M"] = ~still
    return kept


def log_false_alarms(matches: int, inliers: int, needed: int, chance: float) -> float:
    """Minus log10 of the expected number of false models with that many inliers (NFA).

    Args:
        matches: how many there are.
        inliers: how many of them fit the model.
        needed: how many determine a model (7: fundamental matrix, 4: homography).
        chance: that an unrelated match fits.
    """
    if inliers <= needed:
        return NO_EVIDENCE
    models = np.log10(max(matches - needed, 1)) + _log_choose(matches, inliers) + _log_choose(inliers, needed)
    return float(-(models + (inliers - needed) * np.log10(chance)))


def _log_choose(n: int, k: int) -> float:
    return float((gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)) / np.log(_BASE))


def pair_score(
    matches: int, epipolar: int, planar: int, size_px: tuple[int, int], max_error_px: float
) -> float:
    """The better of the scores of the epipolar geometry and of one plane (or a rotation)."""
    area = size_px[0] * size_px[1]
    band = min(1.0, 2 * max_error_px * float(np.hypot(*size_px)) / area)
    disc = min(1.0, np.pi * max_error_px**2 / area)
    return max(
        log_false_alarms(matches, epipolar, _EPIPOLAR_NEEDS, band), log_false_alarms(matches, planar, 4, disc)
    )


def coherent(a: Float[np.ndarray, "M 2"], b: Float[np.ndarray, "M 2"]) -> Bool[np.ndarray, " M"]:
    """Which inliers have neighbours that moved along: chance inliers of an epipolar line do not.

    In either photo most of the nearest inliers must lie about where one common turn and scale puts them in
    the other (offsets as complex numbers, the median of their ratios).
    """
    count = min(_NEIGHBOURS, len(a) - 1)
    if count < 3:
        return np.zeros(len(a), dtype=bool)
    agreed = np.ones(len(a), dtype=bool)
    for here, there in ((a, b), (b, a)):
        index = cKDTree(here).query(here, count + 1)[1][:, 1:]
        near, far = (
            xy @ np.array([1, 1j]) for xy in (here[index] - here[:, None], there[index] - there[:, None])
        )
        ratio = far / np.where(np.abs(near) < 1.0, 1.0, near)
        common = np.median(ratio.real, axis=1) + 1j * np.median(ratio.imag, axis=1)
        fits = np.abs(ratio - common[:, None]) < 0.5 * np.abs(common)[:, None]
        agreed &= fits.sum(axis=1) * 2 > count
    return agreed


def extent(xy: Float[np.ndarray, "M 2"], size_px: tuple[int, int]) -> float:
    """Share of the photo inside the convex hull of some of its pixels."""
    if len(xy) < 3:
        return 0.0
    try:
        return float(ConvexHull(xy).volume / (size_px[0] * size_px[1]))
    except QhullError:  # all on one line
        return 0.0


def global_descriptors(photos: list[Features], words: int, seed: int) -> Float[np.ndarray, "P D"]:
    """One vector per photo whose dot products tell which photos look alike (VLAD, Jegou et al. 2010).

    The vocabulary is learned from the photos themselves: nothing is downloaded.
    """
    rng = np.random.default_rng(seed)
    rows = [p.descriptors[rng.permutation(len(p.xy))[:_VOCABULARY_SAMPLES]] for p in photos]
    pool = np.concatenate(rows)
    if len(pool) < words:
        return np.zeros((len(photos), words * _DESCRIPTOR), np.float32)
    centres = pool[rng.permutation(len(pool))[:words]]
    for _ in range(_VOCABULARY_ROUNDS):
        nearest = (pool @ centres.T - 0.5 * (centres**2).sum(axis=1)).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, pool)
        counts = np.bincount(nearest, minlength=words)[:, None]
        centres = np.where(counts > 0, sums / np.maximum(counts, 1), centres)
    return np.stack([_vlad(photo.descriptors, centres) for photo in photos])


def _vlad(
    descriptors: Float[np.ndarray, "N 128"], centres: Float[np.ndarray, "K 128"]
) -> Float[np.ndarray, " D"]:
    residuals = np.zeros_like(centres)
    if len(descriptors):
        nearest = (descriptors @ centres.T - 0.5 * (centres**2).sum(axis=1)).argmax(axis=1)
        np.add.at(residuals, nearest, descriptors - centres[nearest])
    residuals = np.sign(residuals) * np.sqrt(np.abs(residuals))
    residuals /= np.maximum(np.linalg.norm(residuals, axis=1, keepdims=True), 1e-9)
    flat = residuals.ravel()
    normed: Float[np.ndarray, " D"] = flat / max(float(np.linalg.norm(flat)), 1e-9)
    return normed


def pairs_to_try(likeness: Float[np.ndarray, "P P"], partners: int, beside: int = 2) -> list[tuple[int, int]]:
    """Pairs worth matching: each photo with the ``partners`` most alike and those next to it in the listing.

    Their number grows with the photos, not with its square.
    """
    count = len(likeness)
    wanted = set()
    for i in range(count):
        order = [int(j) for j in np.argsort(-likeness[i], kind="stable") if j != i][:partners]
        near = [j for j in range(max(0, i - beside), min(count, i + beside + 1)) if j != i]
        wanted |= {(min(i, j), max(i, j)) for j in [*order, *near]}
    return sorted(wanted)

"""The box room that explains a photo's evidence best, for one frame (after Hedau et al. 2009, Schwing 2012).

A box is five *closenesses* (inverse distances) of its front, left, right, floor and ceiling from the camera, in
units of the camera's height above the floor: along a ray the face of the greatest closeness is seen. Boxes are
scored on a coarse grid of ratios, the best are refined.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int32
from numba import njit

from pipeline.rooms.box.evidence import COLOUR_GROUPS, Evidence

#: numbers of the faces, none; by definition
FRONT, LEFT, RIGHT, FLOOR, CEILING = range(5)
#: number of the term for facing, none; by definition, see BoxFit
_FACING_TERM = 6
#: number of the term for colours, none; by definition
_COLOUR_TERM = 7
#: terms of a score, count; by definition
_TERMS = 8
#: number of the weight of unusual proportions, none; by definition, see _weights
_PRIOR_WEIGHT = 8
#: number of the weight of an unusual height, none; by definition
_HEIGHT_WEIGHT = 9
#: usual logarithm of camera above floor over ceiling above camera, none; that of a camera at 1.4 m under 2.5 m
_USUAL_CEILING = 0.22
#: its spread, none; set by hand, effect not measured
_CEILING_SPREAD = 0.28
#: usual logarithm of distance of the front wall over camera above floor, none; 3.5 m seen from 1.4 m
_USUAL_FRONT = 0.9
#: its spread, none; set by hand, effect not measured
_FRONT_SPREAD = 0.55
#: logarithm of camera above floor over distance of the nearest side wall that is still usual, none; .7 m, set
#: by hand, effect not measured
_USUAL_SIDE = 0.7
#: spread of it beyond that, none; set by hand, effect not measured
_SIDE_SPREAD = 0.4
#: nearest and farthest front wall of the coarse grid, heights of the camera (as closeness), and how many; set
#: by hand, effect not measured
_FRONTS = (0.14, 1.1, 10)
#: lowest and highest ceiling of the coarse grid, heights of the camera, and how many; set by hand, effect not
#: measured
_CEILINGS = (0.5, 1.35, 6)
#: angles between straight ahead and a corner of the front wall in the coarse grid, degrees; set by hand, effect
#: not measured
_CORNERS_DEG = (6.0, 13.0, 20.0, 27.0, 34.0, 41.0, 48.0, 55.0, 62.0, 70.0, 80.0)
#: how many times smaller than the photo of the evidence the three grids are, px; set by hand, effect not
#: measured
_POOLED = (8, 4, 2)
#: boxes of the coarse grid that are refined, count; set by hand, effect not measured
_STARTS = 6
#: boxes that are looked through for them, count; set by hand, effect not measured
_SOUGHT = 400
#: logarithm of closenesses from which on two boxes are unlike, none; set by hand, effect not measured
_UNLIKE = 0.35
#: boxes of a frame that are refined on the fine grid, count; set by hand, effect not measured
_KEPT = 3
#: first steps of the refinements: on the middle and the fine grid, with a wall elsewhere, near a given box,
#: logarithms of closenesses; set by hand, effect not measured
_FIRST_STEPS = (0.2, 0.04, 0.1, 0.015)
#: last step of a refinement, logarithm of closenesses; set by hand, effect not measured
_LAST_STEP = 0.008
#: rounds of a refinement at most, count; set by hand, effect not measured
_ROUNDS = 40
#: factors by which a wall is moved to see whether it stands elsewhere, ratios; set by hand, effect not measured
_FAR = np.exp(np.concatenate([np.arange(-1.0, -0.1, 0.1), np.arange(0.2, 1.1, 0.1)]))
#: such boxes that are refined for each wall, and kept, count; set by hand, effect not measured
_FAR_TRIED = 3
#: logarithm of closenesses from which on a refined one stands elsewhere, none; set by hand, effect not measured
_FAR_APART = 0.1


@dataclass(frozen=True)
class ScoreWeights:
    """What a score is made of."""

    corner: float = 1.2
    ceiling: float = 1.2
    floor: float = 0.8
    corner_least: float = 0.3
    ceiling_least: float = 0.3
    floor_least: float = 0.15
    facing: float = 3.0
    colour: float = 0.8
    prior: float = 0.03
    height: float = 0.15


@dataclass(frozen=True)
class Grid:
    """Evidence at a working size, with the ray of every pixel in the room's axes."""

    rays: Float32[np.ndarray, "H W 3"]
    boundary: Float32[np.ndarray, "3 H W"]
    across: Float32[np.ndarray, "3 H W 2"]
    facing: Float32[np.ndarray, "3 H W"]
    groups: Int32[np.ndarray, "H W"]


@dataclass(frozen=True)
class BoxFit:
    """A box and its score.

    Attributes:
        closeness: of front, left, right, floor (1) and ceiling.
        score: the higher the better.
        terms: evidence along corners, ceiling and floor boundaries, their lengths (relative to the picture),
            facing and colour.
    """

    closeness: Float[np.ndarray, "5"]
    score: float
    terms: Float[np.ndarray, "8"]


def make_grid(
    evidence: Evidence, axes: Float[np.ndarray, "3 3"], K: Float[np.ndarray, "3 3"], factor: int
) -> Grid:
    """Evidence pooled to one of ``factor`` pixels of the photo (boundary evidence by its maximum)."""
    every = evidence.every
    factor = max(1, factor // every)
    height, width = (s // factor for s in evidence.groups.shape)
    crop = np.s_[..., : height * factor, : width * factor]
    blocks = (3, height, factor, width, factor)
    boundary = evidence.boundary[crop].reshape(blocks).max(axis=(2, 4))
    facing = evidence.facing[crop].reshape(blocks).mean(axis=(2, 4))
    middle = np.s_[factor // 2 : height * factor : factor, factor // 2 : width * factor : factor]
    across = np.ascontiguousarray(evidence.across[:, *middle])
    groups = np.ascontiguousarray(evidence.groups[middle])
    xs, ys = ((np.arange(n) * factor + (factor - 1) / 2) * every + every // 2 for n in (width, height))
    pixels = np.stack([*np.meshgrid(xs, ys), np.ones((height, width))], axis=-1)
    rays = (pixels @ np.linalg.inv(K).T @ axes).astype(np.float32)
    return Grid(rays, boundary, across, facing, groups)


@njit(cache=True, nogil=True)
def classify(rays, closeness, out):  # type: ignore[no-untyped-def]
    """Face that every ray meets, into ``out`` (0 front, 1 left, 2 right, 3 floor, 4 ceiling)."""
    for y in range(rays.shape[0]):
        for x in range(rays.shape[1]):
            r = rays[y, x]
            best, value = 0, r[1] * closeness[0]
            if -r[0] * closeness[1] > value:
                best, value = 1, -r[0] * closeness[1]
            if r[0] * closeness[2] > value:
                best, value = 2, r[0] * closeness[2]
            if -r[2] * closeness[3] > value:
                best, value = 3, -r[2] * closeness[3]
            if r[2] * closeness[4] > value:
                best = 4
            out[y, x] = best


@njit(cache=True, nogil=True)
def measure(rays, boundary, across, facing, groups, closeness, faces, counts, terms):  # type: ignore[no-untyped-def]
    """Terms of the score of one box (see :class:`BoxFit`); ``faces`` and ``counts`` are scratch."""
    classify(rays, closeness, faces)
    height, width = faces.shape
    counts[:] = 0.0
    terms[:] = 0.0
    for y in range(height):
        for x in range(width):
            a = faces[y, x]
            axis = 1 if a == 0 else (0 if a < 3 else 2)
            terms[_FACING_TERM] += facing[axis, y, x]
            counts[max(a - 2, 0), groups[y, x]] += 1.0
            for step in range(2):
                v, u = (y, x + 1) if step == 0 else (y + 1, x)
                if v >= height or u >= width:
                    continue
                b = faces[v, u]
                if a == b:
                    continue
                other = 1 if b == 0 else (0 if b < 3 else 2)
                if other == axis:
                    continue
                k = 3 - axis - other
                kind = 2 if (a == 3 or b == 3) else (1 if (a == 4 or b == 4) else 0)
                length = across[k, y, x, step]
                terms[kind] += length * max(boundary[k, y, x], boundary[k, v, u])
                terms[3 + kind] += length
    size = 0.5 * (height + width)
    for k in range(_FACING_TERM):
        terms[k] /= size
    n = float(height * width)
    terms[_FACING_TERM] /= n
    information = 0.0
    for a in range(counts.shape[0]):
        mine = counts[a].sum()
        for g in range(counts.shape[1]):
            if counts[a, g] > 0:
                information += counts[a, g] / n * math.log(counts[a, g] * n / (mine * counts[:, g].sum()))
    terms[_COLOUR_TERM] = information


@njit(cache=True, nogil=True)
def _score(terms, closeness, weights):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(3):
        total += weights[k] * (terms[k] - weights[3 + k] * terms[3 + k])
    total += weights[_FACING_TERM] * terms[_FACING_TERM] + weights[_COLOUR_TERM] * terms[_COLOUR_TERM]
    ceiling = math.log(closeness[4] / closeness[3]) - _USUAL_CEILING
    front = math.log(closeness[0] / closeness[3]) + _USUAL_FRONT
    side = max(0.0, math.log(max(closeness[1], closeness[2]) / closeness[3]) - _USUAL_SIDE)
    away = (front / _FRONT_SPREAD) ** 2 + (side / _SIDE_SPREAD) ** 2
    return total - 0.5 * (
        weights[_PRIOR_WEIGHT] * away + weights[_HEIGHT_WEIGHT] * (ceiling / _CEILING_SPREAD) ** 2
    )


@njit(cache=True, nogil=True)
def _score_all(rays, boundary, across, facing, groups, boxes, weights, n_groups):  # type: ignore[no-untyped-def]
    faces = np.zeros(rays.shape[:2], np.uint8)
    counts = np.zeros((3, n_groups))
    terms = np.zeros(_TERMS)
    scores = np.zeros(len(boxes))
    for i in range(len(boxes)):
        measure(rays, boundary, across, facing, groups, boxes[i], faces, counts, terms)
        scores[i] = _score(terms, boxes[i], weights)
    return scores


def _weights(weights: ScoreWeights) -> Float[np.ndarray, "10"]:
    return np.array(
        [
            weights.corner,
            weights.ceiling,
            weights.floor,
            weights.corner_least,
            weights.ceiling_least,
            weights.floor_least,
            weights.facing,
            weights.colour,
            weights.prior,
            weights.height,
        ]
    )


def score_boxes(grid: Grid, boxes: Float[np.ndarray, "N 5"], weights: ScoreWeights) -> Float[np.ndarray, " N"]:
    """Score of every box."""
    scores: Float[np.ndarray, " N"] = _score_all(
        grid.rays, grid.boundary, grid.across, grid.facing, grid.groups,
        np.ascontiguousarray(boxes, dtype=np.float64), _weights(weights), COLOUR_GROUPS,
    )  # fmt: skip
    return scores


def coarse_boxes() -> Float[np.ndarray, "N 5"]:
    """A grid of boxes: distance of the front wall, angles of its two corners, ceiling height."""
    front = np.geomspace(*_FRONTS)
    ceiling = np.geomspace(*_CEILINGS)
    corner = np.tan(np.deg2rad(_CORNERS_DEG))
    near, left, right, above = (a.ravel() for a in np.meshgrid(front, corner, corner, ceiling, indexing="ij"))
    return np.stack([near, near / left, near / right, np.ones_like(near), 1.0 / above], axis=1)


def search_box(
    evidence: Evidence, axes: Float[np.ndarray, "3 3"], K: Float[np.ndarray, "3 3"], weights: ScoreWeights
) -> list[BoxFit]:
    """The best boxes for one frame, best first, unlike each other."""
    coarse, middle, fine = (make_grid(evidence, axes, K, factor) for factor in _POOLED)
    boxes = coarse_boxes()
    scores = score_boxes(coarse, boxes, weights)
    starts = _unlike(boxes, scores, _UNLIKE, _STARTS)
    refined = [_refined(middle, box, weights, _FIRST_STEPS[0]) for box in starts]
    order = np.argsort([-score for _, score in refined], kind="stable")[:_KEPT]
    fits = []
    for index in order:
        box, score = _refined(fine, refined[index][0], weights, _FIRST_STEPS[1])
        fits.append(BoxFit(box, score, terms_of(fine, box)))
    return sorted(fits, key=lambda fit: -fit.score)


def fit_far(
    evidence: Evidence,
    axes: Float[np.ndarray, "3 3"],
    K: Float[np.ndarray, "3 3"],
    closeness: Float[np.ndarray, "5"],
    weights: ScoreWeights,
) -> BoxFit:
    """The best box with a wall moved far from a given one: furniture stops a search of small steps."""
    grid = make_grid(evidence, axes, K, _POOLED[1])
    found: list[tuple[Float[np.ndarray, 5], float]] = []
    for face in (FRONT, LEFT, RIGHT, CEILING):
        moved = np.repeat(closeness[None], len(_FAR), axis=0)
        moved[:, face] *= _FAR
        for k in np.argsort(-score_boxes(grid, moved, weights), kind="stable")[:_FAR_TRIED]:
            box, score = _refined(grid, moved[k], weights, _FIRST_STEPS[2])
            if np.abs(np.log(box / closeness)).max() > _FAR_APART:
                found.append((box, score))
    found.sort(key=lambda pair: -pair[1])
    fits = [fit_near(evidence, axes, K, box, weights) for box, _ in found[:_FAR_TRIED]]
    return max(fits, key=lambda fit: fit.score) if fits else fit_near(evidence, axes, K, closeness, weights)


def fit_near(
    evidence: Evidence,
    axes: Float[np.ndarray, "3 3"],
    K: Float[np.ndarray, "3 3"],
    closeness: Float[np.ndarray, "5"],
    weights: ScoreWeights,
) -> BoxFit:
    """The best box near a given one."""
    grid = make_grid(evidence, axes, K, _POOLED[2])
    box, score = _refined(grid, closeness, weights, _FIRST_STEPS[3])
    return BoxFit(box, score, terms_of(grid, box))


def terms_of(grid: Grid, closeness: Float[np.ndarray, "5"]) -> Float[np.ndarray, "8"]:
    """Terms of the score of one box."""
    faces, counts = np.zeros(grid.groups.shape, np.uint8), np.zeros((3, COLOUR_GROUPS))
    terms = np.zeros(_TERMS)
    measure(
        grid.rays, grid.boundary, grid.across, grid.facing, grid.groups, closeness, faces, counts, terms
    )  # fmt: skip
    return terms


def _unlike(
    boxes: Float[np.ndarray, "N 5"], scores: Float[np.ndarray, " N"], apart: float, most: int
) -> list[Float[np.ndarray, "5"]]:
    """Best boxes of which no two have all closenesses within a factor."""
    kept: list[Float[np.ndarray, 5]] = []
    for index in np.argsort(-scores, kind="stable")[:_SOUGHT]:
        if all(np.abs(np.log(boxes[index] / other)).max() > apart for other in kept):
            kept.append(boxes[index])
        if len(kept) == most:
            break
    return kept


#: changes of closenesses that a refinement tries, steps; one face, or walls (and ceiling) together
_MOVES = np.array(
    [
        [1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1],
        [1, 1, 1, 0, 0], [1, 1, 1, 0, 1], [1, 1, 0, 0, 0], [1, 0, 1, 0, 0],
    ],
    float,
)  # fmt: skip


def _refined(
    grid: Grid, box: Float[np.ndarray, "5"], weights: ScoreWeights, step: float
) -> tuple[Float[np.ndarray, "5"], float]:
    """Shrinking pattern search over the logarithms of the closenesses."""
    best = np.log(box)
    value = float(score_boxes(grid, box[None], weights)[0])
    for _ in range(_ROUNDS):
        trials = np.concatenate([best + step * _MOVES, best - step * _MOVES])
        scores = score_boxes(grid, np.exp(trials), weights)
        top = int(np.argmax(scores))
        if scores[top] > value + 1e-6:
            best, value = trials[top], float(scores[top])
        else:
            step /= 2
            if step < _LAST_STEP:
                break
    return np.exp(best), value

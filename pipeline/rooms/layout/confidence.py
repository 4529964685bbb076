"""How likely a layout is right: what speaks for it, and how different its rivals are.

A logistic model of three features, fitted once to 101 pictures: photos with known layouts, crops of them, and
close-ups, landscapes and noise that show no room. Right means at most 12 % of the pixels wrong.
"""

import math
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8

#: difference of scores by which a rival counts 1/e, none; set by hand, effect not measured
_TEMPERATURE = 0.12
#: means of the three features, none; fitted to 101 pictures, the fitter is not kept
_MEAN: Final = (0.274, 0.406, 0.667)
#: their standard deviations, none; fitted to 101 pictures, the fitter is not kept
_SPREAD: Final = (0.171, 0.250, 0.978)
#: their logistic coefficients, none; fitted to 101 pictures, the fitter is not kept; on nine real photos of
#: others wrong layouts got .26, right ones .23
_WEIGHT: Final = (-1.35, 0.56, -0.51)
#: logit where all features are at their mean, none; fitted to 101 pictures, the fitter is not kept
_BIAS: Final = 0.41
#: score that boxes of rooms reach and boxes of no room hardly do, none; .75 for the search before it adjusted
#: on every second pixel, which scores a little higher
_ROOM_SCORE = 0.8
#: how sharp that limit is, none; set by hand, effect not measured
_ROOM_SPREAD = 0.1
#: part of a photo of a room that is sky or greenery (windows, plants), share; set by hand, effect not measured
_INDOORS = 0.07
#: score that is needed more for each share beyond that, none; set by hand, effect not measured
_PER_SHARE = 4.0
#: and at most, none; set by hand, effect not measured
_MOST_MORE = 1.5
#: usual height of the ceiling above the camera, heights of the camera; that of a camera at 1.4 m under 2.5 m
_USUAL_CEILING = 0.8
#: spread of its logarithm, none; set by hand, effect not measured
_CEILING_SPREAD = 0.28
#: usual distance of the front wall, heights of the camera; 3.5 m seen from 1.4 m
_USUAL_FRONT = 2.5
#: spread of its logarithm, none; set by hand, effect not measured
_FRONT_SPREAD = 0.55
#: most that unusual proportions count, squares of spreads; three spreads
_MOST_UNUSUAL = 9.0
#: least length along which evidence is a mean, sides of the picture; set by hand, effect not measured
_LEAST_LENGTH = 0.05
#: logits beyond this are cut, none; the probability differs from 0 or 1 by 1e-13 there
_MOST_LOGIT = 30.0


@dataclass(frozen=True)
class Found:
    """One hypothesis: class map, score, terms of the score, support of its frame, and box."""

    classes: UInt8[np.ndarray, "H W"]
    score: float
    terms: Float[np.ndarray, "8"]
    support: float
    closeness: Float[np.ndarray, "5"]


def features(found: list[Found]) -> Float[np.ndarray, "3"]:
    """What the confidence of the first (best) hypothesis depends on.

    Returns:
        Root of the share of the picture on which rivals differ, evidence along the edges of the ceiling, and
        how unusual the room's proportions are.
    """
    best = found[0]
    ceiling, front = 1.0 / best.closeness[4], 1.0 / best.closeness[0]
    shape = (math.log(ceiling / _USUAL_CEILING) / _CEILING_SPREAD) ** 2
    shape += (math.log(front / _USUAL_FRONT) / _FRONT_SPREAD) ** 2
    values: Float[np.ndarray, 3] = np.array(
        [math.sqrt(_rivals(found)), _along(best, 1), min(shape, _MOST_UNUSUAL)]
    )
    return values


def _rivals(found: list[Found]) -> float:
    """Expected share of the picture on which another hypothesis, drawn by its score, differs from the best."""
    best = found[0]
    weight = np.array([math.exp(min(0.0, other.score - best.score) / _TEMPERATURE) for other in found])
    differs = np.array([_differing(best.classes, other.classes) for other in found])
    return float((weight * differs).sum() / weight.sum())


def _differing(one: UInt8[np.ndarray, "H W"], other: UInt8[np.ndarray, "H W"]) -> float:
    """Share of the picture on which two layouts differ, whichever of their walls they call the front."""
    pairs = np.bincount(6 * one.ravel().astype(int) + other.ravel(), minlength=36).reshape(6, 6)
    same = max(sum(int(pairs[a + 1, b]) for a, b in enumerate(names)) for names in permutations((1, 2, 3)))
    return 1.0 - (same + int(pairs[4, 4]) + int(pairs[5, 5])) / one.size


def _along(found: Found, kind: int) -> float:
    """Mean evidence along corners (0), ceiling (1) or floor boundaries (2)."""
    return float(found.terms[kind] / max(found.terms[3 + kind], _LEAST_LENGTH))


def room_likelihood(score: float, open_air: float) -> float:
    """How likely a photo shows a room at all, 0 to 1.

    Args:
        score: of its best box.
        open_air: share of the photo that is sky or greenery.
    """
    needed = _ROOM_SCORE + min(_PER_SHARE * max(open_air - _INDOORS, 0.0), _MOST_MORE)
    return _probability((score - needed) / _ROOM_SPREAD)


def _probability(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-_MOST_LOGIT, min(_MOST_LOGIT, logit))))


def judge(found: list[Found], open_air: float = 0.0) -> tuple[float, str]:
    """Confidence of the best hypothesis and the reasons.

    Args:
        found: hypotheses of one photo, best first.
        open_air: share of the photo that is sky or greenery.
    """
    parts = np.array(_WEIGHT) * (features(found) - np.array(_MEAN)) / np.array(_SPREAD)
    confidence = _probability(float(parts.sum() + _BIAS)) * room_likelihood(found[0].score, open_air)
    corners, ceiling, floor = (_along(found[0], kind) for kind in range(3))
    texts = [
        f"{found[0].support:.0%} of the lines run along the room's axes",
        f"boundaries of walls {corners:.0%}, ceiling {ceiling:.0%} and floor {floor:.0%} seen as edges",
        f"other boxes that fit as well differ on {_rivals(found):.0%} of the picture",
    ]
    if open_air > _INDOORS:
        texts.insert(0, f"{open_air:.0%} of the photo look like sky or greenery")
    return confidence, ", ".join(texts)

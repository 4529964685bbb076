"""Which photos of a camera were zoomed, and by how much: greedily, the surest first."""

from typing import Final

import numpy as np

from pipeline.rooms.sfm.zooms.evidence import LEAST_MATCHES, Evidence, LensView, Pairs

#: ratios of focal lengths that are tried, none; set by hand, about a fifth apart
_RATIOS: Final = (0.55, 0.67, 0.8, 1.25, 1.5, 1.8, 2.2)
#: ratios that are tried first, none; zooms of 1.4 to 2 of three sets were seen at one of them
_COARSE: Final = (0.67, 1.5, 2.2)
#: evidence at the best of those from which the others are tried, natural logarithm; unzoomed photos have -17 or
#: less, half of them less than -30
_WORTH_A_LOOK: Final = -20.0
#: ratios around the best of them, none; half and a quarter of their step
_FINER: Final = (0.9, 0.95, 1.05, 1.1)
#: pairs that a photo is judged by, those with most matches, count; bounds the time
_MOST_PAIRS: Final = 4
#: what one pair may add to the evidence, natural logarithm; set by hand: two places that look alike fit any
#: focal length
_MOST_FOR: Final = 15.0
#: what lines may add or take, natural logarithm; set by hand: they prefer long focal lengths, at which all
#: lines look alike
_MOST_BY_LINES: Final = 4.0
#: evidence from which a photo was zoomed, natural logarithm; of 31 unzoomed photos of textured, icl, n8 and
#: sofa none has more than 0, of 5 that were zoomed four have 28 to 69, one of 33 matches 9
_LEAST_EVIDENCE: Final = 10.0


def zooms(views: list[LensView], pairs: Pairs, seed: int) -> dict[int, float]:
    """Focal lengths that differ from the given ones, as ratios to them.

    Args:
        views: all photos of the room.
        pairs: pixels of the verified matches of pairs of photos.
        seed: of the random choices.

    Returns:
        Ratios by photo; photos that have the given focal length are not named.
    """
    pairs = {pair: xy for pair, xy in pairs.items() if len(xy[0]) >= LEAST_MATCHES}
    evidence, found = Evidence(views, pairs, seed), np.ones(len(views))
    open_to = [i for i, view in enumerate(views) if view.may_zoom]
    zoomed: list[int] = []
    while open_to:
        best = {i: _best(i, found, evidence) for i in open_to}
        photo = max(open_to, key=lambda i: best[i][0])
        gain, ratio = best[photo]
        if gain < _LEAST_EVIDENCE:
            break
        found[photo] = ratio
        open_to.remove(photo)
        zoomed.append(photo)
    for photo in zoomed:
        found[photo] = _finer(photo, found, evidence)
    return {photo: float(found[photo]) for photo in sorted(zoomed)}


def _best(photo: int, found: np.ndarray, evidence: Evidence) -> tuple[float, float]:
    """The greatest gain of a photo, and the ratio that gives it."""
    gains = {ratio: _gain(photo, ratio, found, evidence) for ratio in _COARSE}
    if max(gains.values()) > _WORTH_A_LOOK:
        gains |= {ratio: _gain(photo, ratio, found, evidence) for ratio in _RATIOS if ratio not in gains}
    return max((gain, ratio) for ratio, gain in gains.items())


def _finer(photo: int, found: np.ndarray, evidence: Evidence) -> float:
    """The best ratio of a zoomed photo around the one that it was found with."""
    gains = {float(found[photo] * step): 0.0 for step in (1.0, *_FINER)}
    gains = {ratio: _gain(photo, ratio, found, evidence) for ratio in gains}
    return max(gains, key=lambda ratio: gains[ratio])


def _gain(photo: int, ratio: float, found: np.ndarray, evidence: Evidence) -> float:
    """By how much a photo's focal length is likelier at a ratio than as it is found so far."""
    lines = evidence.by_lines(photo, ratio) - evidence.by_lines(photo, float(found[photo]))
    changed = found.copy()
    changed[photo] = ratio
    mine = sorted((p for p in evidence.pairs if photo in p), key=lambda p: (-len(evidence.pairs[p][0]), p))
    by_pairs = sum(_gain_of_pair(pair, found, changed, evidence) for pair in mine[:_MOST_PAIRS])
    return float(np.clip(lines, -_MOST_BY_LINES, _MOST_BY_LINES)) + by_pairs


def _gain_of_pair(pair: tuple[int, int], found: np.ndarray, changed: np.ndarray, evidence: Evidence) -> float:
    """By how much two photos agree better with other focal lengths."""
    a, b = pair
    now = evidence.by_pair(pair, (float(found[a]), float(found[b])))
    then = evidence.by_pair(pair, (float(changed[a]), float(changed[b])))
    return min(then[0] - now[0], _MOST_FOR) + then[1] - now[1]

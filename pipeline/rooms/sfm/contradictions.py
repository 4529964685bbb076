"""Matches that a placement leaves unexplained: the sign of two look-alike places taken for one."""

import numpy as np
from jaxtyping import UInt8

from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.placement import Lenses, Matches, Placement
from pipeline.rooms.sfm.side_looks import ALIKE, looked_up, looks_of
from pipeline.rooms.sfm.upright import epipolar_px

_STRONG_PAIR = 40
_AGREES_PX = 6.0
_EXPLAINED, _UNEXPLAINED = 0.6, 0.35
_TOO_MUCH = 0.6
_UNLIKE, _HARDLY_ALIKE, _HOLDS, _LEAST_LOOKED_UP = 0.5, 0.25, 0.7, 10


def most_contradicted(placement: Placement, lenses: Lenses, matches: Matches) -> int | None:
    """The placed photo whose strong matches speak against its place most, if they outweigh much of the rest.

    A pair of photos with many verified matches cannot be wrong by chance. If the poses explain few of them,
    either the pair shows two things that look alike or one of the photos stands at the wrong one of two such
    things: better left out than kept wrong.
    """
    n = len(placement.placed)
    support, against = np.zeros(n), np.zeros(n)
    for (a, b), pair in matches.pairs.items():
        if not (placement.placed[a] and placement.placed[b]) or len(pair) < _STRONG_PAIR:
            continue
        share = float((epipolar_px(placement, lenses, matches, a, b, pair) < _AGREES_PX).mean())
        if share > _EXPLAINED:
            support[[a, b]] += share * len(pair)
        elif share < _UNEXPLAINED:
            against[[a, b]] += (1 - share) * len(pair)
    ratio = against / np.maximum(support, 1.0)
    worst = int(np.argmax(ratio))
    return worst if ratio[worst] > _TOO_MUCH else None


def strangers(
    placement: Placement, lenses: Lenses, bundle: Bundle, images: list[UInt8[np.ndarray, "H W 3"]]
) -> list[int]:
    """Placed photos of a look-alike part of the room that was taken for another part.

    Points that one photo sees and another did not match are looked up in the other one. Where two photos should
    show the same things from a similar side and many do not look alike, both ways round, they belong apart; the
    others stay with the one that they are more alike to, and the larger side stands. Nothing is taken apart
    unless both sides hold together, and better than to each other, and a single photo only if hardly anything
    looks alike: furniture in the way makes pairs unlike, too.
    """
    shares = _shares(placement, lenses, bundle, images)
    apart = min(shares, key=lambda pair: shares[pair], default=None)
    if apart is None or shares[apart] >= _UNLIKE:
        return []
    side = {int(i): int(i) for i in np.flatnonzero(placement.placed)}
    weakest_within, strongest_across = 1.0, 0.0
    for pair in sorted(shares, key=lambda pair: -shares[pair]):
        a, b = side[pair[0]], side[pair[1]]
        if {a, b} == {side[apart[0]], side[apart[1]]}:
            strongest_across = max(strongest_across, shares[pair])
        elif a != b:
            weakest_within = shares[pair]
            side = {i: a if s == b else s for i, s in side.items()}
    if weakest_within < max(strongest_across, _HOLDS):
        return []
    groups = [[i for i in side if side[i] == side[seed]] for seed in apart]
    if min(len(group) for group in groups) == 1 and shares[apart] > _HARDLY_ALIKE:
        return []
    if len(side) > 2 and max(len(group) for group in groups) == 1:
        return []
    stays = max(groups, key=len)
    # what was compared with neither side belongs to none
    return [i for group in groups if group is not stays for i in group]


def _shares(
    placement: Placement, lenses: Lenses, bundle: Bundle, images: list[UInt8[np.ndarray, "H W 3"]]
) -> dict[tuple[int, int], float]:
    """Share of looked-up points that look alike, for pairs of photos with enough of them.

    Of the two ways round the one with more counts: something in the way of one photo hides from it what the
    other knows, but not from the other what it knows itself. A pair that was looked up one way round only can
    thus be alike, but not unlike.
    """
    looks = looks_of(placement, lenses, bundle, images)
    shares = {}
    for a in range(len(looks.photo)):
        for b in range(a):
            both = [looked_up(looks, *way) for way in ((a, b), (b, a))]
            known = [float((np.array(v) > ALIKE).mean()) for v in both if len(v) >= _LEAST_LOOKED_UP]
            if len(known) == 2 or max(known, default=0.0) >= _HOLDS:
                shares[int(looks.photo[b]), int(looks.photo[a])] = max(known)
    return shares

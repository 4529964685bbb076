"""Placed photos that had better be left out: contradicted by matches, strangers, or held by one plane.

Matches that cameras leave unexplained are the sign of two look-alike places taken for one. Points of one plane
leave the rotation open as far as the lens is not known exactly (Hartley and Zisserman, "Multiple view
geometry", 2004, 22.1): such a photo may fit well and be turned by degrees.
"""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float, UInt8

from pipeline.rooms.sfm.joint_adjustment import epipolar_px
from pipeline.rooms.sfm.reconstruction import Matches, Reconstruction
from pipeline.rooms.sfm.side_looks import ALIKE, looked_up, looks_of

#: verified matches from which a pair cannot be wrong by chance, count; set by hand, effect not measured
_STRONG_PAIR: Final = 40
#: how far a match may be off its epipolar line to be explained by the cameras, px; set by hand, effect not
#: measured
_AGREES_PX: Final = 6.0
#: explained matches from which a pair speaks for its cameras, share; set by hand, effect not measured
_EXPLAINED: Final = 0.6
#: explained matches below which a pair speaks against its cameras, share; set by hand, effect not measured
_UNEXPLAINED: Final = 0.35
#: what speaks against a photo that is left out, share of what speaks for it; set by hand, effect not measured
_TOO_MUCH: Final = 0.6
#: looked-up points that look alike, below which two photos belong apart, share; set by hand, effect not
#: measured
_UNLIKE: Final = 0.5
#: the same where one of the sides is a single photo, share; by definition half of it: a lone photo has no
#: second one to bear it out
_HARDLY_ALIKE: Final = 0.25
#: looked-up points that look alike, from which photos of one side hold together, share; set by hand, effect not
#: measured
_HOLDS: Final = 0.7
#: looked-up points that a pair of photos is judged by, count; set by hand, effect not measured
_LEAST_LOOKED_UP: Final = 10
#: how far off a plane a point lies on it, share of its distance; set by hand, effect not measured
_ON_PLANE: Final = 0.01
#: points on one plane from which a photo is doubted, share; set by hand, effect not measured
_SHARE: Final = 0.95
#: planes tried, count; set by hand, effect not measured
_TRIES: Final = 100


def most_contradicted(state: Reconstruction, matches: Matches) -> int | None:
    """The placed photo whose strong matches speak against its place most, if they outweigh much of the rest.

    A pair of photos with many verified matches cannot be wrong by chance. If the poses explain few of them,
    either the pair shows two things that look alike or one of the photos stands at the wrong one of two such
    things: better left out than kept wrong.
    """
    n = len(state.placed)
    support, against = np.zeros(n), np.zeros(n)
    for (a, b), pair in matches.pairs.items():
        if not (state.placed[a] and state.placed[b]) or len(pair) < _STRONG_PAIR:
            continue
        share = float((epipolar_px(state, matches, a, b, pair) < _AGREES_PX).mean())
        if share > _EXPLAINED:
            support[[a, b]] += share * len(pair)
        elif share < _UNEXPLAINED:
            against[[a, b]] += (1 - share) * len(pair)
    ratio = against / np.maximum(support, 1.0)
    worst = int(np.argmax(ratio))
    return worst if ratio[worst] > _TOO_MUCH else None


def strangers(state: Reconstruction, images: list[UInt8[np.ndarray, "H W 3"]]) -> list[int]:
    """Placed photos of a look-alike part of the room that was taken for another part.

    Points that one photo sees and another did not match are looked up in the other one. Where two photos should
    show the same things from a similar side and many do not look alike, both ways round, they belong apart; the
    others stay with the one that they are more alike to, and the larger side stands. Nothing is taken apart
    unless both sides hold together, and better than to each other, and a single photo only if hardly anything
    looks alike: furniture in the way makes pairs unlike, too.
    """
    shares = _shares(state, images)
    apart = min(shares, key=lambda pair: shares[pair], default=None)
    if apart is None or shares[apart] >= _UNLIKE:
        return []
    side = _sides(state.photos.tolist(), shares, apart)
    groups = [[i for i in side if side[i] == side.get(seed)] for seed in apart]
    if not _are_places(groups, len(side), shares[apart]):
        return []
    stays = max(groups, key=len)
    # what was compared with neither side belongs to none
    return [i for group in groups if group is not stays for i in group]


def _are_places(groups: list[list[int]], n_photos: int, share: float) -> bool:
    """Whether two groups are two places; ``share``: alike in their two most unlike photos."""
    sizes = [len(group) for group in groups]
    lone = min(sizes) == 1 and share > _HARDLY_ALIKE
    scattered = n_photos > 2 and max(sizes) == 1
    return n_photos > 0 and not lone and not scattered


def _sides(photos: list[int], shares: dict[tuple[int, int], float], apart: tuple[int, int]) -> dict[int, int]:
    """Side of every photo if two belong apart; empty where no two sides hold together."""
    side = {photo: photo for photo in photos}
    weakest_within, strongest_across = 1.0, 0.0
    for pair in sorted(shares, key=lambda pair: -shares[pair]):
        a, b = side[pair[0]], side[pair[1]]
        if {a, b} == {side[apart[0]], side[apart[1]]}:
            strongest_across = max(strongest_across, shares[pair])
        elif a != b:
            weakest_within = shares[pair]
            side = {i: a if s == b else s for i, s in side.items()}
    return side if weakest_within >= max(strongest_across, _HOLDS) else {}


def _shares(state: Reconstruction, images: list[UInt8[np.ndarray, "H W 3"]]) -> dict[tuple[int, int], float]:
    """Share of looked-up points that look alike, for pairs of photos with enough of them.

    Of the two ways round the one with more counts: something in the way of one photo hides from it what the
    other knows, but not from the other what it knows itself. A pair that was looked up one way round only can
    thus be alike, but not unlike.
    """
    looks = looks_of(state, images)
    shares = {}
    for a in range(len(looks.photo)):
        for b in range(a):
            both = [looked_up(looks, *way) for way in ((a, b), (b, a))]
            known = [float((np.array(v) > ALIKE).mean()) for v in both if len(v) >= _LEAST_LOOKED_UP]
            if len(known) == 2 or max(known, default=0.0) >= _HOLDS:
                shares[int(looks.photo[b]), int(looks.photo[a])] = max(known)
    return shares


def flat_photos(state: Reconstruction, vague: Bool[np.ndarray, " N"], seed: int) -> list[int]:
    """Placed photos among the ``vague`` ones all of whose points lie on one plane.

    None where fewer than two others would stay.
    """
    placed, bundle = state.photos, state.bundle
    if (~vague[placed]).sum() < 2:
        return []
    flat = []
    for number, i in enumerate(placed):
        xyz = bundle.xyz[bundle.point[bundle.camera == number]]
        if vague[i] and plane_share(xyz @ state.rotation[i].T + state.shift[i], seed) > _SHARE:
            flat.append(int(i))
    return flat


def plane_share(local: Float[np.ndarray, "N 3"], seed: int) -> float:
    """Largest share of points, given from the camera's centre, that lie on one plane (RANSAC)."""
    if len(local) <= 3:
        return 1.0
    random, best = np.random.default_rng(seed), 0.0
    distance = np.linalg.norm(local, axis=1)
    for _ in range(_TRIES):
        a, b, c = local[random.choice(len(local), 3, replace=False)]
        normal = np.cross(b - a, c - a)
        off = np.abs((local - a) @ normal) / max(float(np.linalg.norm(normal)), 1e-12)
        best = max(best, float((off < _ON_PLANE * distance).mean()))
    return best

"""Matches that a placement leaves unexplained: the sign of two look-alike places taken for one."""

import numpy as np
from jaxtyping import Float, UInt8
from scipy import ndimage

from pipeline.rooms.bundle import Bundle
from pipeline.rooms.upright import Lenses, Matches, Placement, epipolar_px

_STRONG_PAIR = 40
_AGREES_PX = 6.0
_EXPLAINED, _UNEXPLAINED = 0.6, 0.35
_TOO_MUCH = 0.6
_SIMILAR_VIEW = float(np.cos(np.radians(25.0)))
_PATCH, _LEAST_CONTRAST = 5, 3.0
_ALIKE, _UNLIKE, _HARDLY_ALIKE, _HOLDS, _LEAST_LOOKED_UP = 0.7, 0.5, 0.25, 0.7, 40


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
    show the same things from a similar side and many do not look alike, they belong apart; the others stay with
    the one that they are more alike to, and the larger side stands. Nothing is taken apart unless both sides
    hold together, and better than to each other, and a single photo only if hardly anything looks alike:
    furniture in the way makes pairs unlike, too.
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
    """Share of looked-up points that look alike, for pairs of photos with enough of them."""
    placed = np.flatnonzero(placement.placed)
    grey = {int(i): ndimage.gaussian_filter(images[i].astype(np.float32).mean(axis=2), 1.5) for i in placed}
    found: dict[tuple[int, int], list[float]] = {}
    for number, a in enumerate(placed):
        mine = bundle.point[bundle.camera == number]
        for other, b in enumerate(placed):
            if a == b:
                continue
            theirs = bundle.point[bundle.camera == other]
            points = bundle.xyz[np.setdiff1d(mine, theirs)]
            values = _likeness(points, int(a), int(b), placement, lenses, grey)
            found.setdefault((int(min(a, b)), int(max(a, b))), []).extend(values)
    return {
        pair: float((np.array(v) > _ALIKE).mean()) for pair, v in found.items() if len(v) >= _LEAST_LOOKED_UP
    }


def _likeness(
    points: Float[np.ndarray, "P 3"],
    a: int,
    b: int,
    placement: Placement,
    lenses: Lenses,
    grey: dict[int, np.ndarray],
) -> list[float]:
    """Best correlation near the expected place of every point that both photos see from a similar side."""
    R, t, focal = placement.rotation, placement.shift, lenses.focal[lenses.lens]
    local = {i: points @ R[i].T + t[i] for i in (a, b)}
    to_a, to_b = (points + R[i].T @ t[i] for i in (a, b))
    cosine = (to_a * to_b).sum(axis=1) / np.maximum(
        np.linalg.norm(to_a, axis=1) * np.linalg.norm(to_b, axis=1), 1e-12
    )
    depth_a, depth_b = local[a][:, 2], local[b][:, 2]
    scale = (depth_a / focal[a]) / np.maximum(depth_b / focal[b], 1e-9)
    similar = (
        (cosine > _SIMILAR_VIEW)
        & (depth_a > 0)
        & (depth_b > 0)
        & (np.abs(np.log(np.maximum(scale, 1e-9))) < 0.4)
    )
    steps = np.arange(-_PATCH, _PATCH + 1)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2) * 1.5
    shifts = np.stack(np.meshgrid([-6, -3, 0, 3, 6], [-6, -3, 0, 3, 6]), axis=-1).reshape(-1, 2)
    margin = _PATCH * 3 + 8
    values = []
    for k in np.flatnonzero(similar)[:60]:
        place = focal[a] * local[a][k, :2] / depth_a[k] + lenses.principal[a]
        # the patch is taken to face the first photo
        offset = np.concatenate([grid * depth_a[k] / focal[a], np.zeros((len(grid), 1))], axis=1)
        seen = (local[a][k] + offset - t[a]) @ R[a] @ R[b].T + t[b]
        there = focal[b] * seen[:, :2] / seen[:, 2:] + lenses.principal[b]
        size = np.array(grey[b].shape[::-1])
        middle = there[len(there) // 2]
        if (middle < margin).any() or (middle > size - margin).any():
            continue
        first = ndimage.map_coordinates(grey[a], (place + grid).T[::-1], order=1, mode="nearest")
        if first.std() < _LEAST_CONTRAST:
            continue
        moved = there[None] + shifts[:, None]
        second = ndimage.map_coordinates(grey[b], moved.reshape(-1, 2).T[::-1], order=1, mode="nearest")
        second = second.reshape(len(shifts), -1)
        second = second - second.mean(axis=1, keepdims=True)
        first = first - first.mean()
        norm = np.linalg.norm(second, axis=1) * np.linalg.norm(first)
        values.append(float((second @ first / np.maximum(norm, 1e-9)).max()))
    return values

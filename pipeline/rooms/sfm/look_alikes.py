"""Two parts of a room that look alike and were taken for one: found by what differs around the likeness.

Wherever two photos agree on what is at a place, a photo that should see the place from between them should
agree too, unless something stands in its way. If the photos fall into two groups that each agree within
themselves at places where the other group, from the same side, sees something else, and that both ways round,
no furniture explains it: the groups show two places. (After Heinly, Dunn and Frahm, "Correcting for duplicate
scene structure in sparse 3D reconstruction", 2014, who compare what is unique to each side of a cut, and
Zach, Irschara and Bischof, "What can missing correspondences tell us about 3D structure and motion?", 2008.)
"""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from pipeline.rooms.processes import kernel
from pipeline.rooms.sfm.patch_likeness import Likeness, compare
from pipeline.rooms.sfm.reconstruction import Reconstruction

#: correlation from which two photos agree on a place, none; set by hand, effect not measured
_ALIKE: Final = 0.8
#: correlation below which two photos disagree on a place, none; set by hand, effect not measured
_UNLIKE: Final = 0.6
#: how different two distances from a place may be for the looks to be compared, logarithm; set by hand, effect
#: not measured
_LOG_RATIO: Final = float(np.log(1.4))
#: places that must speak against a merge from each side, count; set by hand, effect not measured
_LEAST_PLACES: Final = 5
#: the same, share of the places that could; set by hand, effect not measured
_LEAST_SHARE: Final = 0.02
#: pairs of photos most unlike each other that a cut is begun with, count; set by hand, effect not measured
_STARTS: Final = 12
#: photos from which two groups can be told apart, count; a group is sure of what it shows where two of its
#: photos agree
_LEAST_PHOTOS: Final = 4
#: what places of the stronger side count for a cut, places of the weaker; breaks ties only
_TIE_STRONGER: Final = 0.01
#: what places that speak for the merge count against a cut, places; breaks ties only
_TIE_ALONG: Final = 1e-5


def merged_wrongly(
    state: Reconstruction,
    images: list[UInt8[np.ndarray, "H W 3"]],
    world_from_room: Float[np.ndarray, "3 3"],
    seed: int,
) -> list[int]:
    """Placed photos that show another part of the room than most: the smaller of two groups, if there are two.

    Of groups of one size the one whose photos see fewer points goes.
    """
    placed = state.photos
    if len(placed) < _LEAST_PHOTOS:
        return []
    side = groups_apart(compare(state, images, world_from_room, seed))
    if side is None:
        return []
    seen = np.bincount(state.bundle.camera, minlength=len(placed))
    smaller = min((side, ~side), key=lambda group: (int(group.sum()), int(seen[group].sum())))
    return [int(i) for i in placed[smaller]]


def groups_apart(likeness: Likeness) -> Bool[np.ndarray, " N"] | None:
    """Which photos belong to one of two groups that were merged wrongly; ``None`` where all belong together.

    Photos that show nothing of the difference stay with the group that they share most with.
    """
    if likeness.alike.shape[1] < _LEAST_PHOTOS or not len(likeness.alike):
        return None
    best: tuple[float, Bool[np.ndarray, " N"] | None] = (0.0, None)
    for start in _starts(likeness):
        score, side = _climbed(likeness, start)
        if score > best[0]:
            best = score, side
    if best[1] is None:
        return None
    against, along = _votes(likeness, best[1])
    clear = against >= np.maximum(_LEAST_PLACES, _LEAST_SHARE * (against + along))
    return best[1] if clear.all() else None


def _starts(likeness: Likeness) -> list[Bool[np.ndarray, " N"]]:
    """Cuts to begin with: the photos most unlike each other, the others with the one they are more like."""
    both = likeness.distinct[:, :, None] & likeness.distinct[:, None, :]
    alike, unlike = (likeness.alike > _ALIKE) & both, (likeness.alike < _UNLIKE) & both
    share = (alike.sum(axis=0) + 1) / (alike.sum(axis=0) + unlike.sum(axis=0) + 2)
    first, second = np.triu_indices(len(share), 1)
    order = np.argsort(share[first, second], kind="stable")[:_STARTS]
    starts = [share[first[k]] >= share[second[k]] for k in order]
    for start, k in zip(starts, order, strict=True):
        start[first[k]], start[second[k]] = True, False
    return starts


def _climbed(likeness: Likeness, side: Bool[np.ndarray, " N"]) -> tuple[float, Bool[np.ndarray, " N"]]:
    """Move single photos across the cut as long as that raises what speaks for it."""
    best = _score(likeness, side)
    improved = True
    while improved:
        improved = False
        for i in range(len(side)):
            trial = side.copy()
            trial[i] = not trial[i]
            score = _score(likeness, trial)
            if score > best:
                best, side, improved = score, trial, True
    return best, side


def _score(likeness: Likeness, side: Bool[np.ndarray, " N"]) -> float:
    """Places against the merge on the side that has fewer; what speaks for the merge breaks ties."""
    if not 2 <= side.sum() <= len(side) - 2:
        return 0.0
    against, along = _votes(likeness, side)
    return float(against.min() + _TIE_STRONGER * against.max() - _TIE_ALONG * along.sum())


def _votes(
    likeness: Likeness, side: Bool[np.ndarray, " N"]
) -> tuple[Int[np.ndarray, "2"], Int[np.ndarray, "2"]]:
    """Places that one side agrees on and the other sees differently, or as well, for both sides."""
    against, along = np.zeros(2, np.int64), np.zeros(2, np.int64)
    x = likeness
    _count(x.alike, x.angle_rad, x.distance, x.distinct, x.free, side, against, along)
    return against, along


@kernel()
def _count(
    alike: Float[np.ndarray, "P N N"],
    angle: Float[np.ndarray, "P N N"],
    distance: Float[np.ndarray, "P N"],
    distinct: Bool[np.ndarray, "P N"],
    free: Bool[np.ndarray, "P N"],
    side: Bool[np.ndarray, " N"],
    against: Int[np.ndarray, "2"],
    along: Int[np.ndarray, "2"],
) -> None:
    """Add to the votes of both sides, place by place."""
    sure = np.zeros(len(side), np.bool_)
    for p in range(len(alike)):
        for which in range(2):
            mine = side == (which == 0)
            widest = _surest(alike[p], angle[p], distinct[p], mine, sure)
            most, comparable = _seen_across(alike[p], angle[p], distance[p], free[p], mine, sure, widest)
            if comparable and most < _UNLIKE:
                against[which] += 1
            elif comparable and most > _ALIKE:
                along[which] += 1


@kernel()
def _surest(
    alike: Float[np.ndarray, "N N"],
    angle: Float[np.ndarray, "N N"],
    distinct: Bool[np.ndarray, " N"],
    mine: Bool[np.ndarray, " N"],
    sure: Bool[np.ndarray, " N"],
) -> float:
    """Fill in which photos of one side agree with another of it; the widest angle between two that agree."""
    sure[:] = False
    widest = 0.0
    for i in range(len(mine)):
        for j in range(i + 1, len(mine)):
            known = mine[i] and mine[j] and distinct[i] and distinct[j]
            if known and alike[i, j] > _ALIKE:
                sure[i] = sure[j] = True
                widest = max(widest, angle[i, j])
    return widest


@kernel()
def _seen_across(
    alike: Float[np.ndarray, "N N"],
    angle: Float[np.ndarray, "N N"],
    distance: Float[np.ndarray, " N"],
    free: Bool[np.ndarray, " N"],
    mine: Bool[np.ndarray, " N"],
    sure: Bool[np.ndarray, " N"],
    widest: float,
) -> tuple[float, bool]:
    """How alike the other side sees the place at most, and whether a photo of it looks from where it should."""
    most, comparable = -1.0, False
    for i in range(len(mine)):
        for j in range(len(mine)):
            if not mine[i] or mine[j] or np.isnan(alike[i, j]):
                continue
            most = max(most, alike[i, j])
            same_side = sure[i] and free[j] and angle[i, j] <= widest
            if same_side and abs(np.log(distance[i] / distance[j])) < _LOG_RATIO:
                comparable = True
    return most, comparable

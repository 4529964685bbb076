"""How large the parts of a room are that hang together by one photo only.

Two photos tell the direction between them and no distance. Where some photos share points with the others
through one photo alone, they and what they see can have any size, and points do not notice a wrong one. The
room does: its faces lie at the same offsets in both parts (:func:`face_votes`), and one box has to explain
the edges in all photos and to hold all points (:func:`pipeline.rooms.box.sides_from_pictures.box_likeness`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from scipy import ndimage
from scipy.sparse.csgraph import connected_components

from pipeline.rooms.box import BoxView, box_likeness, box_view
from pipeline.rooms.scene import rotation_angle_rad
from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.reconstruction import Intrinsics, Reconstruction

#: factors are sought within so many times of a guess, none; set by hand, effect not measured
_SOUGHT: Final = 3.0
#: factors that are tried, count; set by hand, effect not measured
_STEPS: Final = 25
#: what all faces together count for, likeness of the box; 161 cases of 15 sets, photos tied to the others by
#: one only: half are certain, and of those all but one right within 15 %
_FACES: Final = 0.2
#: by how much a factor must be better than all that differ to be certain, likeness; 161 cases of 15 sets,
#: photos tied to the others by one only: half are certain, and of those all but one right within 15 %
_CERTAIN: Final = 0.12
#: factors differ from here on, logarithm; 161 cases of 15 sets, photos tied to the others by one only: half are
#: certain, and of those all but one right within 15 %
_DIFFERENT: Final = 0.2
#: by how much a factor must be better than all that differ to replace a wrong one, likeness; 161 cases of 15
#: sets, photos tied to the others by one only: half are certain, and of those all but one right within 15 %
_LIKELY: Final = 0.06
#: by how much a size must be worse than another to be wrong, likeness; 161 cases of 15 sets, photos tied to the
#: others by one only: half are certain, and of those all but one right within 15 %
_WRONG: Final = 0.2
#: usual distance of points from a camera, metres; set by hand, only the unit of the box's likeness hangs on it
_USUAL_DISTANCE_M: Final = 3.0
#: how many times smaller than the evidence of photos the boxes are compared, none; bounds the time, effect not
#: measured
_POOLED: Final = 8
#: factors are the same up to here, logarithm; set by hand, effect not measured
_SAME: Final = 0.12
#: points in common that hold two photos together, count; set by hand, effect not measured
_LEAST_SHARED: Final = 30
#: a photo's evidence is used again while its rotation changes by less, radians; set by hand, effect not
#: measured
_SAME_RAD: Final = math.radians(0.5)
#: the same for its focal length, logarithm; set by hand, effect not measured
_SAME_FOCAL: Final = 0.01
#: bins that offsets of faces are counted in, logarithm; set by hand, effect not measured
_BIN: Final = 0.02
#: range of the logarithms of offsets, logarithm; set by hand, effect not measured
_WIDEST: Final = 4.0
#: offset below which a point is at the camera, typical distances; set by hand, effect not measured
_AT_CAMERA: Final = 0.05
#: smoothing of the crowd at a face, bins; set by hand, effect not measured
_NARROW: Final = 1.0
#: smoothing that stands for what is around a face, bins; set by hand, effect not measured
_AROUND: Final = 15.0
#: smoothing of the votes, bins; set by hand, effect not measured
_VOTE_SMOOTHING: Final = 1.5

#: how well a factor explains the photos
Likeness = Callable[[float], float]


@dataclass(frozen=True)
class _Kept:
    rotation: Float[np.ndarray, "3 3"]
    focal: float
    view: BoxView


class RoomPictures:
    """The photos of a room, to judge by its box where they were taken."""

    def __init__(self, images: list[UInt8[np.ndarray, "_ _ 3"]]) -> None:
        self._images = images
        self._kept: dict[int, _Kept] = {}

    def likeness(
        self,
        state: Reconstruction,
        room_from_world: Float[np.ndarray, "3 3"],
        points: Float[np.ndarray, "N 3"],
        metre: float,
    ) -> float:
        """How well one box explains the placed photos and holds the points.

        Args:
            room_from_world: rotation to the room's axes, z up.
            points: in the world frame.
            metre: about a metre, in units of the world frame.
        """
        rotation = room_from_world @ state.rotation.transpose(0, 2, 1)
        centres = -np.einsum("nij,nj->ni", rotation, state.shift)
        views = [
            replace(self._view(i, rotation[i], state.intrinsics), centre=centres[i] / metre)
            for i in state.photos.tolist()
        ]
        return box_likeness(views, points @ room_from_world.T / metre)

    def judge(
        self,
        trial: Callable[[float], Reconstruction],
        room_from_world: Float[np.ndarray, "3 3"],
        centre: Float[np.ndarray, "3"],
        known: Float[np.ndarray, "N 3"],
        linked: Float[np.ndarray, "K 3"],
    ) -> Likeness:
        """:meth:`likeness` of a factor.

        Args:
            trial: cameras with a factor, at the size of the images.
            known, linked: points from ``centre``; the latter grow with the factor.
        """
        metre = about_a_metre(known)

        def likeness(factor: float) -> float:
            points = np.concatenate([known, factor * linked]) + centre
            return self.likeness(trial(factor), room_from_world, points, metre)

        return likeness

    def _view(self, photo: int, rotation: Float[np.ndarray, "3 3"], intrinsics: Intrinsics) -> BoxView:
        focal = intrinsics.focal_of(photo)
        kept = self._kept.get(photo)
        if (
            kept is None
            or rotation_angle_rad(kept.rotation, rotation) > _SAME_RAD
            or abs(math.log(kept.focal / focal)) > _SAME_FOCAL
        ):
            K = np.diag([focal, focal, 1.0])
            K[:2, 2] = intrinsics.principal[photo]
            pose = np.eye(4)
            pose[:3, :3] = rotation
            kept = _Kept(rotation, focal, box_view(self._images[photo], K, pose, _POOLED))
            self._kept[photo] = kept
        return kept.view


@dataclass(frozen=True)
class _Judged:
    """Factors and their worth, and the votes of faces (at most 1) by the logarithm of factors."""

    factors: Float[np.ndarray, " F"]
    worth: Float[np.ndarray, " F"]
    logarithm: Float[np.ndarray, " L"]
    votes: Float[np.ndarray, " L"]

    @property
    def best(self) -> int:
        """Index of the best factor."""
        return int(self.worth.argmax())

    @property
    def ahead(self) -> float:
        """By how much the best factor is better than all that differ."""
        apart = np.abs(np.log(self.factors / self.factors[self.best])) > _DIFFERENT
        return float(self.worth[self.best] - self.worth[apart].max())

    @property
    def exact(self) -> float:
        """The best factor, put where faces near it agree most."""
        near = np.abs(self.logarithm - math.log(self.factors[self.best])) < _SAME
        return math.exp(self.logarithm[near][self.votes[near].argmax()])


def certain_factor(
    known: Float[np.ndarray, "N 3"], linked: Float[np.ndarray, "K 3"], middle: float, likeness: Likeness
) -> float | None:
    """How many times larger ``linked`` is than it looks; ``None`` where faces and photos are not sure of it.

    Args:
        known, linked: points along the room's axes, from the centre of one photo that sees both.
        middle: a rough guess.
        likeness: of cameras and points with a factor, see :meth:`RoomPictures.likeness`.
    """
    judged = _judged(known, linked, middle, likeness)
    return judged.exact if judged.ahead > _CERTAIN else None


def _judged(
    known: Float[np.ndarray, "N 3"], linked: Float[np.ndarray, "K 3"], middle: float, likeness: Likeness
) -> _Judged:
    shift, votes = face_votes(known, linked * middle)
    factors = middle * np.geomspace(1 / _SOUGHT, _SOUGHT, _STEPS)
    faces = np.interp(np.log(factors / middle), shift, votes)
    worth = np.array([likeness(float(factor)) for factor in factors]) + _FACES * faces
    return _Judged(factors, worth, shift + math.log(middle), votes)


def face_votes(
    known: Float[np.ndarray, "N 3"], linked: Float[np.ndarray, "K 3"]
) -> tuple[Float[np.ndarray, " L"], Float[np.ndarray, " L"]]:
    """How well a factor brings the faces of ``linked`` onto those of ``known``.

    Both are given along the room's axes from one photo's centre. A face is a peak in the offsets along an axis;
    offsets are compared in logarithm, where a factor is a shift.

    Returns:
        Logarithms of factors up to three, and the votes of each (1: the most).
    """
    bins = np.arange(-_WIDEST, _WIDEST + _BIN, _BIN)
    unit = max(float(np.median(np.linalg.norm(known, axis=1))), 1e-12)
    votes = np.zeros(2 * (len(bins) - 1) - 1)
    for axis in range(3):
        for sign in (-1.0, 1.0):
            peaks = [_peaks(sign * points[:, axis] / unit, bins) for points in (known, linked)]
            votes += np.correlate(peaks[0], peaks[1], "full")
    shift = (np.arange(len(votes)) - (len(bins) - 2)) * _BIN
    near = np.abs(shift) <= math.log(_SOUGHT)
    votes = ndimage.gaussian_filter1d(votes, _VOTE_SMOOTHING)[near]
    return shift[near], votes / max(float(votes.max()), 1e-12)


def _peaks(offsets: Float[np.ndarray, " N"], bins: np.ndarray) -> np.ndarray:
    """How much the logarithms of the positive offsets crowd in each bin above their surroundings."""
    ahead = offsets[offsets > _AT_CAMERA]
    counts = np.histogram(np.log(ahead), bins)[0].astype(float)
    crowd = ndimage.gaussian_filter1d(counts, _NARROW) - ndimage.gaussian_filter1d(counts, _AROUND)
    peaks: np.ndarray = np.sqrt(np.maximum(crowd, 0.0))
    return peaks


def about_a_metre(away: Float[np.ndarray, "N 3"]) -> float:
    """A third of the usual distance of points from a camera, given from its centre."""
    return max(float(np.median(np.linalg.norm(away, axis=1))) / _USUAL_DISTANCE_M, 1e-9)


def loose_parts(bundle: Bundle) -> list[tuple[int, Bool[np.ndarray, " N"]]]:
    """Cameras by which alone others hang together with the rest, and those others (the smaller part)."""
    count = len(bundle.rotation)
    seen = _seen(bundle)
    shared = seen.T.astype(int) @ seen.astype(int) >= _LEAST_SHARED
    parts = []
    for middle in range(count):
        others = np.arange(count) != middle
        number, label = connected_components(shared[np.ix_(others, others)], directed=False)
        sizes = np.bincount(label, minlength=number)
        for part in np.argsort(sizes, kind="stable")[: number - 1]:
            members = np.zeros(count, bool)
            members[others] = label == part
            parts.append((middle, members))
    return parts


def _seen(bundle: Bundle) -> Bool[np.ndarray, "P N"]:
    seen = np.zeros((len(bundle.xyz), len(bundle.rotation)), bool)
    seen[bundle.point, bundle.camera] = True
    return seen


def resized(
    state: Reconstruction, room_from_world: Float[np.ndarray, "3 3"], pictures: RoomPictures
) -> Reconstruction | None:
    """With one loose part in the size that the room has; ``None`` where none is clearly wrong.

    Args:
        room_from_world: rotation to the room's axes, z up.
        pictures: all photos.
    """
    placed, bundle = state.photos, state.bundle
    for middle, part in loose_parts(bundle):
        centre = -bundle.rotation[middle].T @ bundle.shift[middle]
        known, linked = (points - centre for points in _of_parts(bundle, middle, part))
        if min(len(known), len(linked)) < _LEAST_SHARED:
            continue
        grown = partial(_grown, state, placed[part], centre)
        likeness = pictures.judge(grown, room_from_world, centre, known, linked)
        factor = _contradicting(known @ room_from_world.T, linked @ room_from_world.T, likeness)
        if factor is not None:
            return grown(factor)
    return None


def _contradicting(
    known: Float[np.ndarray, "N 3"], linked: Float[np.ndarray, "K 3"], likeness: Likeness
) -> float | None:
    """The factor of a part whose size is clearly wrong; faces that agree already save the photos' opinion."""
    shift, votes = face_votes(known, linked)
    if abs(shift[votes.argmax()]) < _SAME:
        return None
    judged = _judged(known, linked, 1.0, likeness)
    wrong = judged.worth[judged.best] > judged.worth[_STEPS // 2] + _WRONG
    return judged.exact if wrong and judged.ahead > _LIKELY else None


def _of_parts(
    bundle: Bundle, middle: int, part: Bool[np.ndarray, " N"]
) -> tuple[Float[np.ndarray, "P 3"], Float[np.ndarray, "Q 3"]]:
    """Points of the others and of the part, both with those of the camera between; none that both see."""
    seen = _seen(bundle)
    between = np.arange(len(part)) == middle
    rest = (seen[:, ~part].sum(axis=1) >= 2) & ~seen[:, part].any(axis=1)
    mine = (seen[:, part | between].sum(axis=1) >= 2) & ~seen[:, ~part & ~between].any(axis=1)
    return bundle.xyz[rest], bundle.xyz[mine]


def _grown(
    state: Reconstruction, photos: Int[np.ndarray, " K"], centre: Float[np.ndarray, "3"], factor: float
) -> Reconstruction:
    """Photos moved so that they are ``factor`` times as far from a place."""
    rotation, shift = state.rotation[photos], state.shift.copy()
    away = -np.einsum("nji,nj->ni", rotation, shift[photos]) - centre
    shift[photos] = -np.einsum("nij,nj->ni", rotation, centre + factor * away)
    return state.moved(state.rotation, shift)

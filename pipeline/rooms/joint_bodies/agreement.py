"""A body that several photos see is one: photos that see it about alike meet in the middle.

Visibility between depth maps as in Merrell et al. 2007 (:mod:`pipeline.rooms.depth.refuted_guesses`), for
guesses alone: what was measured does not move.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import ndimage

from pipeline.rooms.scene import Source, View, pixel_rays
from pipeline.rooms.single_photo import cut, links_of, spread

#: depths of two photos that differ by less are of one surface, logarithm; set by hand, effect not measured
_ALIKE = 0.15
#: what was measured counts beside a guess, ratio; set by hand, effect not measured
_MEASURED = 4.0
#: rounds in which guesses move towards each other, count; set by hand, effect not measured
_ROUNDS = 3
#: how far moves spread within a body, longer sides of the photo; that of the shift onto the floor (bodies.py)
_REACH = 0.067
#: weight of a pixel that no other photo sees alike, share; set by hand, effect not measured
_ALONE = 1e-2
#: least change of the other photo's depth along the ray, beside that of the own, ratio; rays across say nothing
_LEAST_GAIN = 0.3
#: evidence against a pixel that another photo looks through, by whether that measured what it sees, or sees it
#: far behind, or neither; from 1 on it is refuted: two guesses against one, none; set by hand, effect not
#: measured
_AGAINST = (1.0, 1.0, 0.5)
#: what is seen this much farther is far behind, logarithm; a third of the distance, set by hand, effect not
#: measured
_FAR_BEHIND = 0.3
#: window in which most pixels must be refuted, px; set by hand, effect not measured
_AROUND_PX = 5
#: a point must lie so far before a photo to show in it, metres; set by hand, effect not measured
_BEFORE_M = 0.1


@dataclass(frozen=True)
class Seen:
    """A photo and its bodies.

    Attributes:
        view: the photo.
        depth_m: z-depth of every pixel, bodies included.
        body: pixels that show a body whose depth is a guess.
    """

    view: View
    depth_m: Float[np.ndarray, "H W"]
    body: Bool[np.ndarray, "H W"]

    def points(self) -> Float[np.ndarray, "N 3"]:
        """World points of the bodies' pixels."""
        pose = self.view.world_from_camera
        rays = pixel_rays(self.view.K, *self.body.shape)[self.body] @ pose[:3, :3].T
        points: Float[np.ndarray, "N 3"] = rays * self.depth_m[self.body][:, None] + pose[:3, 3]
        return points


@dataclass(frozen=True)
class _Look:
    """What another photo sees where the points of one lie.

    Attributes:
        which: numbers of the points that it shows.
        farther: logarithm of its depth there over that of the point.
        gain: change of the point's depth in the other photo beside that in its own, both logarithms.
        source, body: of the other photo's pixel.
    """

    which: Int[np.ndarray, " M"]
    farther: Float[np.ndarray, " M"]
    gain: Float[np.ndarray, " M"]
    source: Int[np.ndarray, " M"]
    body: Bool[np.ndarray, " M"]


def agreed(seen: list[Seen]) -> list[Seen]:
    """Bodies moved along the rays of their photos towards what other photos see there."""
    links = [cut(links_of(one.view.image), one.body) for one in seen]
    for _ in range(_ROUNDS):
        moves = [_move(seen, index) for index in range(len(seen))]
        seen = [
            replace(one, depth_m=one.depth_m * np.exp(_spread(one, *move, link)))
            for one, move, link in zip(seen, moves, links, strict=True)
        ]
    return seen


def refuted(seen: list[Seen]) -> list[Bool[np.ndarray, "H W"]]:
    """Pixels of bodies that other photos look through, for each photo."""
    found = []
    for index, one in enumerate(seen):
        against = np.zeros(int(one.body.sum()))
        for look in _looks(seen, index):
            through = look.farther > _ALIKE
            cases = [look.source == Source.MEASURED, look.farther > _FAR_BEHIND]
            weight = np.select(cases, _AGAINST[:2], _AGAINST[2])
            np.add.at(against, look.which[through], weight[through])
        lost = np.zeros(one.body.shape, bool)
        lost[one.body] = against >= 1.0
        found.append(_mostly(lost, one.body))
    return found


def _mostly(lost: Bool[np.ndarray, "H W"], body: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """The pixels around which most of the bodies are lost."""
    share, whole = (ndimage.uniform_filter(part.astype(np.float32), _AROUND_PX) for part in (lost, body))
    mostly: Bool[np.ndarray, "H W"] = body & (share > 0.5 * whole)
    return mostly


def _move(seen: list[Seen], index: int) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, " N"]]:
    """How far the points of a photo's bodies are to move (logarithm of depth), and the weight of that."""
    total = np.zeros(int(seen[index].body.sum()))
    weight = np.zeros_like(total)
    for look in _looks(seen, index):
        like = (np.abs(look.farther) < _ALIKE) & (look.gain > _LEAST_GAIN)
        like &= look.body | (look.source == Source.MEASURED)
        count = np.where(look.source == Source.MEASURED, _MEASURED, 1.0)[like]
        np.add.at(total, look.which[like], count * (look.farther / np.maximum(look.gain, _LEAST_GAIN))[like])
        np.add.at(weight, look.which[like], count)
    return np.clip(total / (1.0 + weight), -_ALIKE, _ALIKE), weight


def _spread(
    one: Seen,
    move: Float[np.ndarray, " N"],
    weight: Float[np.ndarray, " N"],
    links: tuple[np.ndarray, np.ndarray],
) -> Float[np.ndarray, "H W"]:
    """Moves, smooth within bodies."""
    shift, sure = np.zeros(one.body.shape), np.full(one.body.shape, _ALONE)
    shift[one.body], sure[one.body] = move, weight + _ALONE
    smooth = spread(shift[..., None], sure, links, _REACH * max(one.body.shape))[..., 0]
    within: Float[np.ndarray, "H W"] = np.where(one.body, smooth, 0.0)
    return within


def _looks(seen: list[Seen], index: int) -> Iterator[_Look]:
    """What each other photo sees where the bodies of one are."""
    own = seen[index]
    points, centre = own.points(), own.view.centre
    for other in seen[:index] + seen[index + 1 :]:
        pose = other.view.world_from_camera
        local = (points - pose[:3, 3]) @ pose[:3, :3]
        height, width = other.depth_m.shape
        pixel = np.rint((local @ other.view.K.T)[:, :2] / np.maximum(local[:, 2:], _BEFORE_M)).astype(np.int64)
        shown = (local[:, 2] > _BEFORE_M) & (pixel >= 0).all(axis=1) & (pixel < [width, height]).all(axis=1)
        which = np.flatnonzero(shown)
        column, row = pixel[which].T
        z = local[which, 2]
        gain = (points[which] - centre) @ pose[:3, 2] / z
        yield _Look(
            which,
            np.log(np.maximum(other.depth_m[row, column], _BEFORE_M) / z),
            gain,
            other.view.source[row, column].astype(np.int64),
            other.body[row, column],
        )

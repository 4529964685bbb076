"""One place has one colour: how the other photos speak for or against a surface once all have a first depth.

Photo-consistency with visibility from the depth maps of a first round, in the manner of Kutulakos and Seitz,
*A theory of shape by space carving* (2000): only a photo whose own depth ends at the place shows it. Patches
compare texture; colours also tell a plain cushion from the floor behind it.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from jaxtyping import Float, Float32
from numba import njit
from scipy import ndimage

from pipeline.rooms.stereo import StereoInput, pixel_in

#: cost of a surface with the colours of no other photo, none; chosen on plainwalls, demo, n8, dining and
#: kitchen: AbsRel of 20 draws falls on 15, rises on 4; n4, not chosen on: .42 to .78 AbsRel .1523 to .1525
_AGAINST = 0.6
#: what it gains by having those of all, none; chosen as _AGAINST; n4, not chosen on: .28 AbsRel .152, .52 .153
_FOR = 0.4
#: weight of not knowing beside one certain photo, photos; chosen on plainwalls, demo, n8, dining and kitchen:
#: AbsRel of 20 draws falls on 15, rises on 4
_PRIOR: Final = 0.5
#: a photo shows the place if its own depth differs by at most this, share; that of confidence.py
_SAME: Final = 0.04
#: difference of colours that counts as none at least, logarithm; chosen on plainwalls, demo, n8, dining and
#: kitchen: AbsRel of 20 draws falls on 15, rises on 4
_ALIKE = 0.12
#: and in usual differences of the two photos, none; chosen on plainwalls, demo, n8, dining and kitchen: AbsRel
#: of 20 draws falls on 15, rises on 4
_USUAL = 2.5
#: weight of lightness, which light changes, beside that of the colour, share; chosen on plainwalls, demo, n8,
#: dining and kitchen: AbsRel of 20 draws falls on 15, rises on 4
_LIGHTNESS: Final = 0.35
#: pixels around within which the like colour may lie, px; the pixel is found by rounding
_AROUND: Final = 1
#: blur of the colours, px; set by hand, effect not measured
_BLUR_PX = 1.0
#: brightness that is added to colours so that dark noise is not compared, levels of 255; set by hand, effect
#: not measured
_DARK = 16.0
#: fewest common pixels that tell how the colours of two photos usually differ, count; set by hand, effect not
#: measured
_LEAST_COMMON = 100
#: least weight of a photo that shows the place, share; set by hand, effect not measured
_LEAST_TRUST = 0.1


@dataclass(frozen=True)
class FirstDepth:
    """What one photo saw in the first round.

    Attributes:
        inverse_depth: of every pixel.
        trust: how sure it is, 0 to 1.
    """

    inverse_depth: Float[np.ndarray, "H W"]
    trust: Float32[np.ndarray, "H W"]


@dataclass(frozen=True)
class PhotoConsistency:
    """The colours and first depths of all photos.

    Attributes:
        data: photos and cameras.
        first: depth of every photo.
        colors: logarithm of the colours of every photo.
        usual: for two photos that show common places, how their colours differ there (exposure and white
            balance), and by how much more they may before they are unlike.
    """

    data: StereoInput
    first: list[FirstDepth]
    colors: list[Float32[np.ndarray, "H W 3"]]
    usual: dict[tuple[int, int], tuple[Float32[np.ndarray, "3"], float]]

    @classmethod
    def of(cls, data: StereoInput, first: list[FirstDepth]) -> Self:
        """Of the photos in ``data``."""
        colors = [
            np.log(_DARK + ndimage.gaussian_filter(image.astype(np.float32), (_BLUR_PX, _BLUR_PX, 0)))
            for image in data.images
        ]
        found = cls(data, first, colors, {})
        pairs = ((one, other) for one in range(len(first)) for other in range(len(first)) if one != other)
        usual = {pair: found._usual(*pair) for pair in pairs}
        return cls(data, first, colors, {pair: both for pair, both in usual.items() if both is not None})

    def cost(self, index: int, w: Float[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
        """Of a surface with inverse depths ``w`` in photo ``index``: 0 where no other photo shows the place."""
        votes = np.zeros((*w.shape, 2), np.float32)
        for other, seen in enumerate(self.first):
            if (index, other) in self.usual:
                difference, most = self.usual[index, other]
                warp, depth = self.data.warp(index, other), seen.inverse_depth
                mine, theirs = self.colors[index], self.colors[other]
                _vote(w, warp, depth, seen.trust, mine, theirs, difference, most, votes)
        against, alike = votes[..., 0], votes[..., 1]
        cost: Float32[np.ndarray, "H W"] = (_AGAINST * against - _FOR * alike) / (against + alike + _PRIOR)
        return cost

    def _usual(self, one: int, other: int) -> tuple[Float32[np.ndarray, "3"], float] | None:
        """Median difference of colours where both show the same places, and the limit beyond it."""
        places = np.full(self.first[one].inverse_depth.shape, -1, np.int64)
        _find(
            self.first[one].inverse_depth, self.data.warp(one, other), self.first[other].inverse_depth, places
        )
        shown = places >= 0
        if shown.sum() < _LEAST_COMMON:
            return None
        off = self.colors[one][shown] - self.colors[other].reshape(-1, 3)[places[shown]]
        usual = np.median(off, axis=0)
        return usual, max(_ALIKE, _USUAL * float(np.median(_distances(off - usual))))


@njit(cache=True, nogil=True, fastmath=True)
def _pixel_of(w, warp, x, y, depth):  # type: ignore[no-untyped-def]
    """Row and column at which the other photo shows the place at inverse depth ``w``; -1 where it does not."""
    iv, iu, z = pixel_in(warp, x, y, w, depth.shape)
    if iv >= 0 and abs(z * depth[iv, iu] / w - 1.0) < _SAME:
        return iv, iu
    return -1, -1


@njit(cache=True, nogil=True, fastmath=True)
def _find(w, warp, depth, places):  # type: ignore[no-untyped-def]
    """Pixel of the other photo that shows the same place as each pixel; -1 where none does."""
    for y in range(w.shape[0]):
        for x in range(w.shape[1]):
            iv, iu = _pixel_of(w[y, x], warp, x, y, depth)
            if iv >= 0:
                places[y, x] = iv * depth.shape[1] + iu


@njit(cache=True, nogil=True, fastmath=True)
def _vote(w, warp, depth, trust, mine, theirs, usual, most, votes):  # type: ignore[no-untyped-def]
    """Add the other photo's vote, weighted by its trust, against (0) and for (1) every pixel's surface."""
    for y in range(w.shape[0]):
        for x in range(w.shape[1]):
            iv, iu = _pixel_of(w[y, x], warp, x, y, depth)
            if iv < 0:
                continue
            off = _difference(mine[y, x], theirs, iv, iu, usual)
            unlike = min(max(off / most - 1.0, 0.0), 1.0)
            sure = max(trust[iv, iu], _LEAST_TRUST)
            votes[y, x, 0] += sure * unlike
            votes[y, x, 1] += sure * (1.0 - unlike)


@njit(cache=True, nogil=True, fastmath=True)
def _difference(color, theirs, v, u, usual):  # type: ignore[no-untyped-def]
    """Smallest difference of a colour to those around a pixel of the other photo."""
    least = np.inf
    for y in range(max(v - _AROUND, 0), min(v + _AROUND + 1, theirs.shape[0])):
        for x in range(max(u - _AROUND, 0), min(u + _AROUND + 1, theirs.shape[1])):
            a = color[0] - theirs[y, x, 0] - usual[0]
            b = color[1] - theirs[y, x, 1] - usual[1]
            c = color[2] - theirs[y, x, 2] - usual[2]
            least = min(least, _distance(a, b, c))
    return least


@njit(cache=True, nogil=True, fastmath=True)
def _distance(a, b, c):  # type: ignore[no-untyped-def]
    """Length of a difference of colours, lightness counting less."""
    mean = (a + b + c) / 3
    return np.sqrt((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) + _LIGHTNESS * abs(mean)


@njit(cache=True, nogil=True, fastmath=True)
def _distances(off):  # type: ignore[no-untyped-def]
    """:func:`_distance` of every row."""
    out = np.empty(len(off))
    for k in range(len(off)):
        out[k] = _distance(off[k, 0], off[k, 1], off[k, 2])
    return out

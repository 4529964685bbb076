"""What lies beside the edge of a nearer surface: plain ground there has the depth of what is behind.

Windows of stereo that reach over the edge of a nearer surface match that surface, so plain ground beside it
gets its depth ("foreground fattening", Scharstein and Szeliski 2002). Such pixels differ little from those
around them that look alike, while the window as a whole differs much. Depth must not spread over an edge of the
photo either: distances are measured along paths on which edges count. What still lies on the wrong side of a
jump of depth goes to the side whose colours it has, by a weighted median that the photo guides (Ma et al.,
*Constant time weighted median filtering for stereo matching and beyond*, 2013).
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8
from numba import njit
from scipy import ndimage

from pipeline.rooms.stereo import RADIUS

#: weights of red, green and blue in brightness, shares; by definition (ITU-R BT.601)
_BRIGHTNESS = (0.299, 0.587, 0.114)
#: levels of brightness, count; by definition
_LEVELS = 256
#: difference of brightness by which a pixel hardly counts as of the same surface, levels of 255; set by hand,
#: effect not measured
_ALIKE: Final = 15.0
#: deviation of brightness amid alike pixels below which ground is plain, levels of 255; set by hand, effect not
#: measured
_PLAIN = 5.0
#: share of the deviation of the whole window below which its texture is that of another surface, share; set by
#: hand, effect not measured
_BORROWED = 0.3
#: pixels of a path that crossing one pixel of an edge of the photo counts for, px; set by hand, effect not
#: measured
_EDGE_PX: Final = 20.0
#: distance where nothing is known, px; far beyond the distance from which on it no longer counts
#: (surface_choice.py)
_FAR_PX = 1e4
#: half the length of a step across the corner of a pixel, px; by definition, the root of a half
_HALF_DIAGONAL = 0.7071
#: difference of depth that is a jump, share; that which "right" means
_JUMP = 0.05
#: how near to a jump a pixel is asked again, px; 4 at first; among the changes that took the worst wall of
#: plainwalls from .285 to .109 m
_BESIDE_PX = 6
#: how far around it is asked, in steps of two, px; 7 at first; more than 11 lowers the worst wall of plainwalls
#: further but costs accuracy
_VOTERS_PX = 11
#: difference of colour (mean of the channels) by which a vote falls to 1/e, levels of 255; set by hand, effect
#: not measured
_COLOR = 8.0
#: and at which it has none, levels of 255; set by hand, effect not measured
_OTHER_COLOR = 40.0


@dataclass(frozen=True)
class Ground:
    """What the photo says of the surface at every pixel.

    Attributes:
        plain: hardly any texture of its own.
        borrowed: plain, and its window has the texture of another surface.
    """

    plain: Bool[np.ndarray, "H W"]
    borrowed: Bool[np.ndarray, "H W"]

    @classmethod
    def of(cls, image: UInt8[np.ndarray, "H W 3"]) -> Self:
        """From deviations of brightness in the windows of stereo."""
        grey = image.astype(np.float32) @ np.array(_BRIGHTNESS, np.float32)
        alike = np.exp(-((np.arange(_LEVELS) / _ALIKE) ** 2)).astype(np.float32)
        own, whole = np.zeros(grey.shape, np.float32), np.zeros(grey.shape, np.float32)
        _deviations(grey, alike, RADIUS, own, whole)
        plain = own < _PLAIN
        return cls(plain, plain & (own < _BORROWED * whole))


@njit(cache=True, nogil=True, fastmath=True)
def _deviations(grey, alike, radius, own, whole):  # type: ignore[no-untyped-def]
    """Deviation of brightness amid the pixels of the window that look like its middle, and amid all."""
    height, width = grey.shape
    for y in range(height):
        for x in range(width):
            count, mean, square = 0, 0.0, 0.0
            total, own_mean, own_square = 0.0, 0.0, 0.0
            for qy in range(max(y - radius, 0), min(y + radius + 1, height)):
                for qx in range(max(x - radius, 0), min(x + radius + 1, width)):
                    value = grey[qy, qx] - grey[y, x]
                    weight = alike[min(int(abs(value)), 255)]
                    count += 1
                    mean += value
                    square += value * value
                    total += weight
                    own_mean += weight * value
                    own_square += weight * value * value
            whole[y, x] = np.sqrt(max(square / count - (mean / count) ** 2, 0.0))
            own[y, x] = np.sqrt(max(own_square / total - (own_mean / total) ** 2, 0.0))


def distance_over_edges(
    known: Bool[np.ndarray, "H W"], edge: Float32[np.ndarray, "H W"]
) -> Float32[np.ndarray, "H W"]:
    """Distance (pixels) to the nearest known pixel along paths on which edges of the photo count many times.

    Args:
        known: where the distance is 0; large everywhere if nowhere.
        edge: 1 where the photo is smooth, towards 0 across its edges.
    """
    far = np.where(known, 0.0, _FAR_PX).astype(np.float32)
    _spread(far, (1.0 + _EDGE_PX * (1.0 - edge)).astype(np.float32))
    return far


@njit(cache=True, nogil=True, fastmath=True)
def _spread(far, step):  # type: ignore[no-untyped-def]
    height, width = far.shape
    for number in range(4):
        for k in range(height * width):
            i = k if number % 2 == 0 else height * width - 1 - k
            y, x = i // width, i % width
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    qy, qx = y + dy, x + dx
                    if qy < 0 or qx < 0 or qy >= height or qx >= width:
                        continue
                    run = _HALF_DIAGONAL if dy * dx != 0 else 0.5
                    far[y, x] = min(far[y, x], far[qy, qx] + run * (step[y, x] + step[qy, qx]))


def sides_by_color(
    inverse_depth: Float[np.ndarray, "H W"], image: UInt8[np.ndarray, "H W 3"]
) -> Int[np.ndarray, "H W"]:
    """Flat index of the pixel on whose surface each pixel lies; its own index where it is on the right side.

    Args:
        inverse_depth: of every pixel, above 0.
        image: the photo.
    """
    place = np.arange(inverse_depth.size, dtype=np.int64).reshape(inverse_depth.shape)
    ratio = ndimage.maximum_filter(inverse_depth, 3) / ndimage.minimum_filter(inverse_depth, 3)
    beside = ndimage.binary_dilation(ratio > 1 + _JUMP, iterations=_BESIDE_PX)
    _vote(np.log(inverse_depth), image.astype(np.float32), beside, place)
    return place


@njit(cache=True, nogil=True)
def _vote(log_w, image, beside, place):  # type: ignore[no-untyped-def]
    height, width = log_w.shape
    most = (_VOTERS_PX + 1) ** 2
    values, weights, voters = np.zeros(most), np.zeros(most), np.zeros(most, np.int64)
    for y in range(height):
        for x in range(width):
            if not beside[y, x]:
                continue
            n = 0
            for qy in range(y - _VOTERS_PX, y + _VOTERS_PX + 1, 2):
                for qx in range(x - _VOTERS_PX, x + _VOTERS_PX + 1, 2):
                    if qy < 0 or qx < 0 or qy >= height or qx >= width:
                        continue
                    differs = 0.0
                    for k in range(3):
                        differs += abs(image[qy, qx, k] - image[y, x, k]) / 3.0
                    if differs < _OTHER_COLOR:
                        values[n], voters[n] = log_w[qy, qx], qy * width + qx
                        weights[n] = np.exp(-differs / _COLOR)
                        n += 1
            chosen = _surest_at_median(values[:n], weights[:n], log_w[y, x])
            if chosen >= 0:
                place[y, x] = voters[chosen]


@njit(cache=True, nogil=True)
def _surest_at_median(values, weights, own):  # type: ignore[no-untyped-def]
    """The value of most weight on the surface of the weighted median; -1 where the pixel is of that surface."""
    half, middle = 0.5 * weights.sum(), own
    for k in np.argsort(values):
        half -= weights[k]
        if half <= 0:
            middle = values[k]
            break
    if abs(middle - own) < _JUMP:
        return -1
    chosen = -1
    for k in range(values.size):
        if abs(values[k] - middle) < 0.5 * _JUMP and (chosen < 0 or weights[k] > weights[chosen]):
            chosen = k
    return chosen

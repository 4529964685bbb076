"""Straight line segments of a photo."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from jaxtyping import Float, UInt8
from scipy import ndimage

#: shorter chains of edge pixels are no segments, px; axes photos: median 1.4 degrees at 9.8, 1.2 at 18.2 for
#: 1.0
_MIN_LENGTH_PX = 14.0
#: pixels of a segment stray so far from its line, RMS, px; set by hand, effect not measured
_STRAIGHT_PX = 0.9
#: an edge changes by at least this, Sobel units (8 to a level of grey per px); set by hand, effect not measured
_LEAST_GRADIENT = 12.0
#: and by more than this share of the photo's pixels, share; set by hand, effect not measured
_GRADIENT_QUANTILE = 0.75
#: directions that edge pixels are linked within, count; set by hand, a pixel belongs to one or two of them
_DIRECTIONS = 16
#: half the width of a direction, radians; by definition: a little more than its share, pi over twice the count
_HALF_DIRECTION_RAD = np.pi / 14
#: segments of a photo at most, the longest, count; set by hand, effect not measured
_MOST_SEGMENTS = 500
#: variance of points spread evenly over a length of one, its inverse, none; by definition
_EVEN_SPREAD = 12


@dataclass(frozen=True)
class Segments:
    """Straight segments: midpoint and unit direction in pixels, weight, and the size of the photo.

    ``row_px`` is how far below the middle of the photo its principal point lies.
    """

    midpoint: Float[np.ndarray, "S 2"]
    direction: Float[np.ndarray, "S 2"]
    weight: Float[np.ndarray, " S"]
    width_px: int
    height_px: int
    row_px: float = 0.0

    def lowered(self, row_px: float) -> Self:
        """The same segments, of a photo whose principal point lies that far below its middle."""
        return replace(self, row_px=row_px)


def find_segments(image: UInt8[np.ndarray, "H W 3"]) -> Segments:
    """Straight segments of the photo, the strongest 500."""
    grey = ndimage.gaussian_filter(image.astype(np.float32).mean(axis=2), 1.0)
    gx, gy = ndimage.sobel(grey, axis=1), ndimage.sobel(grey, axis=0)
    magnitude = np.hypot(gx, gy)
    angle = np.arctan2(gy, gx) % np.pi
    strong = (magnitude > max(_LEAST_GRADIENT, float(np.quantile(magnitude, _GRADIENT_QUANTILE)))) & _ridge(
        gx, gy, magnitude
    )
    strong[:2], strong[-2:], strong[:, :2], strong[:, -2:] = False, False, False, False
    found = []
    for centre in np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS:
        apart = np.abs((angle - centre + np.pi / 2) % np.pi - np.pi / 2)
        labels, count = ndimage.label(strong & (apart < _HALF_DIRECTION_RAD), np.ones((3, 3)))
        found.append(_fit_lines(labels, count))
    rows = np.concatenate(found)
    rows = rows[np.argsort(-rows[:, 4], kind="stable")[:_MOST_SEGMENTS]]
    height, width = grey.shape
    midpoint, direction = np.ascontiguousarray(rows[:, :2]), np.ascontiguousarray(rows[:, 2:4])
    return Segments(midpoint, direction, np.sqrt(rows[:, 4]), width, height)


def _ridge(
    gx: Float[np.ndarray, "H W"], gy: Float[np.ndarray, "H W"], magnitude: Float[np.ndarray, "H W"]
) -> np.ndarray:
    """Pixels whose gradient is the largest among the two neighbours across the edge."""
    padded = np.pad(magnitude, 1)
    horizontal = np.abs(gx) > np.abs(gy)
    across_x = (magnitude >= padded[1:-1, :-2]) & (magnitude >= padded[1:-1, 2:])
    across_y = (magnitude >= padded[:-2, 1:-1]) & (magnitude >= padded[2:, 1:-1])
    ridge: np.ndarray = np.where(horizontal, across_x, across_y)
    return ridge


def _fit_lines(labels: np.ndarray, count: int) -> Float[np.ndarray, "S 5"]:
    """Midpoint, direction and length of every labelled chain that is long and straight."""
    ys, xs = np.nonzero(labels)
    index = labels[ys, xs] - 1
    n = np.maximum(np.bincount(index, minlength=count).astype(float), 1)
    mx, my = np.bincount(index, xs, count) / n, np.bincount(index, ys, count) / n
    dx, dy = xs - mx[index], ys - my[index]
    sxx, syy = np.bincount(index, dx * dx, count) / n, np.bincount(index, dy * dy, count) / n
    sxy = np.bincount(index, dx * dy, count) / n
    theta = 0.5 * np.arctan2(2 * sxy, sxx - syy)
    spread = np.sqrt(((sxx - syy) / 2) ** 2 + sxy**2)
    major, minor = (sxx + syy) / 2 + spread, np.maximum((sxx + syy) / 2 - spread, 0)
    length = np.sqrt(_EVEN_SPREAD * major)
    keep = (length > _MIN_LENGTH_PX) & (np.sqrt(minor) < _STRAIGHT_PX)
    rows: Float[np.ndarray, "S 5"] = np.stack([mx, my, np.cos(theta), np.sin(theta), length], axis=1)[keep]
    return rows

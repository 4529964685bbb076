"""Long smooth edges of a photo with sub-pixel points: what tells how a lens bends straight lines.

Edges are ridges of the gradient, placed by a parabola across them (Devernay 1995), linked along their tangent
and cut into arcs where no parabola follows them. Nothing is judged by its straightness here, so that edges
which a lens has bent are found as well as straight ones.
"""

import math

import numpy as np
from jaxtyping import Float, UInt8
from numba import njit
from scipy import ndimage

#: points that stand for an arc, each the mean of an equal share of its edge pixels, count; set by hand, effect
#: not measured
POINTS = 24
#: shorter edges are no arcs, half diagonals; lens sets: .084 and .156 lose one of the seven lenses
_SHORTEST = 0.12
#: and no shorter than this in small photos, px; set by hand, effect not measured
_SHORTEST_PX = 30.0
#: an arc may stray so far from its parabola, px; lens sets: .84 loses one of the seven lenses, 1.56 loses none
_STRAY_PX = 1.2
#: an arc may bend so far, share of its length; lens sets: .112 and .208 find the same seven
_BENT = 0.16
#: a photo has at most so many arcs, the longest, count; lens sets: 175 and 325 find the same seven
_MOST_ARCS = 250
#: the frame of a picture is straight whatever the lens was: nothing so close to the border, half diagonals;
#: lens sets: .021 and .039 find the same seven
_BORDER = 0.03
#: a photo with a shorter side has no arcs, px; set by hand (thumbnails), effect not measured
_SMALLEST_PHOTO_PX = 48
#: red, green and blue in a grey value, shares; after the luma of ITU-R BT.601, rounded
_GREY = (0.3, 0.59, 0.11)
#: sum of the weights of a Sobel mask that a step of one level per pixel gives, none; by definition
_SOBEL_GAIN = 8
#: an edge changes by at least this, levels of grey per px; set by hand, effect not measured
_LEAST_GRADIENT = 1.5
#: and by more than this share of the photo's pixels, share; set by hand, effect not measured
_GRADIENT_QUANTILE = 0.7
#: the next pixel of an edge lies ahead, cosine to the tangent; set by hand, effect not measured
_AHEAD = 0.75
#: and its gradient looks the same way, cosine; set by hand, effect not measured
_ALIKE = 0.9
#: chains of fewer links are given up at once, px; set by hand, below _SHORTEST_PX
_LEAST_LINKS_PX = 20
#: a chain must hold so many pixels for its least length, px per px; set by hand: a link spans at most two
#: pixels
_LINKS_PER_LENGTH = 0.6
#: stands for a residual without a chord, px; by definition: beyond any photo
_FAR_PX = 1e9


def find_arcs(image: UInt8[np.ndarray, "H W 3"]) -> Float[np.ndarray, "A P 2"]:
    """Points along the longest smooth edges of the photo, longest first.

    Args:
        image: at about a megapixel; a small one has no arcs.

    Returns:
        :data:`POINTS` points in order along every arc, seen from the middle of the photo and in half diagonals.
    """
    height, width = image.shape[:2]
    radius_px = np.hypot(width, height) / 2
    if min(height, width) < _SMALLEST_PHOTO_PX:
        return np.zeros((0, POINTS, 2))
    grey = ndimage.gaussian_filter(image @ np.array(_GREY, np.float32), 1.0)
    gx, gy = (ndimage.sobel(grey, axis=axis) / _SOBEL_GAIN for axis in (1, 0))
    magnitude = np.hypot(gx, gy)
    least = max(_LEAST_GRADIENT, float(np.quantile(magnitude, _GRADIENT_QUANTILE)))
    xs, ys, chain = _chains(gx, gy, magnitude, least)
    shortest_px = max(_SHORTEST * radius_px, _SHORTEST_PX)
    arcs, lengths = _cut(xs, ys, chain, shortest_px, _STRAY_PX, _BENT, POINTS)
    arcs = arcs[np.argsort(-lengths, kind="stable")[:_MOST_ARCS]]
    found = (arcs - [(width - 1) / 2, (height - 1) / 2]) / radius_px
    to_border = np.array([width, height]) / (2 * radius_px) - np.abs(found)
    inside: Float[np.ndarray, "A P 2"] = found[~(to_border < _BORDER).all(axis=1).any(axis=1)]
    return inside


@njit(cache=True, nogil=True)
def _ridge(gx, gy, magnitude, least):  # type: ignore[no-untyped-def]
    """Where the gradient peaks across the edge: mask, and the peak's sub-pixel place in x and y."""
    height, width = magnitude.shape
    on = np.zeros((height, width), np.bool_)
    px, py = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for y in range(2, height - 2):
        for x in range(2, width - 2):
            m = magnitude[y, x]
            if m < least:
                continue
            flat = abs(gx[y, x]) > abs(gy[y, x])
            a = magnitude[y, x - 1] if flat else magnitude[y - 1, x]
            b = magnitude[y, x + 1] if flat else magnitude[y + 1, x]
            if m < a or m <= b:
                continue
            shift = 0.5 * (a - b) / (a - 2 * m + b)
            on[y, x] = True
            px[y, x], py[y, x] = (x + shift, y) if flat else (x, y + shift)
    return on, px, py


@njit(cache=True, nogil=True)
def _next(x, y, dx, dy, on, gx, gy, magnitude):  # type: ignore[no-untyped-def]
    """The edge pixel that continues (x, y) in direction (dx, dy), at most two pixels away; (-1, -1) if none."""
    best, bx, by = 0.0, -1, -1
    for reach in (1, 2):
        for oy in range(-reach, reach + 1):
            for ox in range(-reach, reach + 1):
                if max(abs(ox), abs(oy)) != reach:
                    continue
                ahead = (ox * dx + oy * dy) / math.sqrt(ox * ox + oy * oy)
                qx, qy = x + ox, y + oy
                if ahead < _AHEAD or qx < 2 or qy < 2 or qx >= on.shape[1] - 2 or qy >= on.shape[0] - 2:
                    continue
                if not on[qy, qx]:
                    continue
                like = gx[qy, qx] * gx[y, x] + gy[qy, qx] * gy[y, x]
                if like < _ALIKE * magnitude[qy, qx] * magnitude[y, x]:
                    continue
                if ahead * like > best:
                    best, bx, by = ahead * like, qx, qy
        if bx >= 0:
            break
    return bx, by


@njit(cache=True, nogil=True)
def _chains(gx, gy, magnitude, least):  # type: ignore[no-untyped-def]
    """Linked edges: x and y of all their points one after the other, and where each chain starts."""
    on, px, py = _ridge(gx, gy, magnitude, least)
    height, width = on.shape
    size = height * width
    xs, ys = np.empty(size, np.float32), np.empty(size, np.float32)
    starts = np.zeros(size // _LEAST_LINKS_PX + 2, np.int64)
    used = chains = 0
    side, count = np.empty((2, size // 2 + 1, 2), np.int32), np.zeros(2, np.int64)
    for y0 in range(2, height - 2):
        for x0 in range(2, width - 2):
            if not on[y0, x0]:
                continue
            on[y0, x0] = False
            count[:] = 0
            for k in range(2):
                x, y = x0, y0
                sign = 1.0 if k == 0 else -1.0
                dx, dy = -gy[y, x] / magnitude[y, x] * sign, gx[y, x] / magnitude[y, x] * sign
                while count[k] < side.shape[1]:
                    nx, ny = _next(x, y, dx, dy, on, gx, gy, magnitude)
                    if nx < 0:
                        break
                    on[ny, nx] = False
                    side[k, count[k], 0], side[k, count[k], 1] = nx, ny
                    count[k] += 1
                    x, y = nx, ny
                    dx, dy = -gy[y, x] / magnitude[y, x] * sign, gx[y, x] / magnitude[y, x] * sign
            if count[0] + count[1] < _LEAST_LINKS_PX:
                continue
            for i in range(count[1] - 1, -1, -1):
                xs[used], ys[used] = px[side[1, i, 1], side[1, i, 0]], py[side[1, i, 1], side[1, i, 0]]
                used += 1
            xs[used], ys[used] = px[y0, x0], py[y0, x0]
            used += 1
            for i in range(count[0]):
                xs[used], ys[used] = px[side[0, i, 1], side[0, i, 0]], py[side[0, i, 1], side[0, i, 0]]
                used += 1
            chains += 1
            starts[chains] = used
    return xs[:used], ys[:used], starts[: chains + 1]


@njit(cache=True, nogil=True)
def _parabola(xs, ys):  # type: ignore[no-untyped-def]
    """Length of the chord, bend of the parabola over it, index and size of the largest residual."""
    n = len(xs)
    x0, y0 = float(xs[0]), float(ys[0])
    cx, cy = xs[-1] - x0, ys[-1] - y0
    length = math.sqrt(cx * cx + cy * cy)
    if length < 1.0:
        return 0.0, 0.0, n // 2, _FAR_PX
    cx, cy = cx / length, cy / length
    s1 = s2 = s3 = s4 = r0 = r1 = r2 = 0.0
    for i in range(n):
        u = 2 * ((xs[i] - x0) * cx + (ys[i] - y0) * cy) / length - 1
        v = (ys[i] - y0) * cx - (xs[i] - x0) * cy
        s1, s2, s3, s4 = s1 + u, s2 + u * u, s3 + u**3, s4 + u**4
        r0, r1, r2 = r0 + v, r1 + v * u, r2 + v * u * u
    # normal equations of v = a + b u + c u^2, by elimination of a, then of b
    m11, m12, m22 = s2 - s1 * s1 / n, s3 - s1 * s2 / n, s4 - s2 * s2 / n
    q1, q2 = r1 - s1 * r0 / n, r2 - s2 * r0 / n
    m11 = max(m11, 1e-9)
    c = (q2 - m12 * q1 / m11) / max(m22 - m12 * m12 / m11, 1e-9)
    b = (q1 - m12 * c) / m11
    a = (r0 - s1 * b - s2 * c) / n
    worst, at = 0.0, n // 2
    for i in range(n):
        u = 2 * ((xs[i] - x0) * cx + (ys[i] - y0) * cy) / length - 1
        v = (ys[i] - y0) * cx - (xs[i] - x0) * cy
        away = abs(v - a - b * u - c * u * u)
        if away > worst:
            worst, at = away, i
    return length, abs(c), at, worst


@njit(cache=True, nogil=True)
def _cut(xs, ys, starts, shortest, stray, bent, points):  # type: ignore[no-untyped-def]
    """Arcs that a parabola follows: ``points`` points of each, and their lengths in pixels."""
    arcs, lengths = np.empty((len(xs) // points + 1, points, 2)), np.empty(len(xs) // points + 1)
    pending = np.empty((len(starts) + len(xs), 2), np.int64)
    found, left = 0, len(starts) - 1
    for k in range(left):
        pending[k, 0], pending[k, 1] = starts[k], starts[k + 1]
    while left:
        left -= 1
        lo, hi = pending[left, 0], pending[left, 1]
        if hi - lo < max(points, _LINKS_PER_LENGTH * shortest):
            continue
        length, bend, at, worst = _parabola(xs[lo:hi], ys[lo:hi])
        if worst > stray:
            # a corner is left out of both parts: blur has rounded it
            middle = min(max(at, 3), hi - lo - 4)
            pending[left, 0], pending[left, 1] = lo, lo + middle - 2
            pending[left + 1, 0], pending[left + 1, 1] = lo + middle + 3, hi
            left += 2
        elif length >= shortest and bend <= bent * length:
            for p in range(points):
                first, end = lo + (hi - lo) * p // points, lo + (hi - lo) * (p + 1) // points
                arcs[found, p, 0], arcs[found, p, 1] = xs[first:end].mean(), ys[first:end].mean()
            lengths[found] = length
            found += 1
    return arcs[:found], lengths[:found]

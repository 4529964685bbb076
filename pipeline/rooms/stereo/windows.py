"""Windows of one photo compared with their images in others, under planes of inverse depth; numba on the CPU.

The plane of a pixel is given in *linear inverse depth*: ``w(q) = w + gx (qx - x) + gy (qy - y)``. One call
works on one thread and releases the GIL.
"""

from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int

from pipeline.rooms.processes import bilinear, kernel

#: from the middle of a window to its side, px; set by hand, effect not measured
RADIUS: Final = 4
#: spacing of the samples of a window, px; set by hand, effect not measured
STEP: Final = 2
#: samples of a window, count; by definition
SAMPLES: Final = ((2 * RADIUS) // STEP + 1) ** 2
#: steps that contrasts are told apart in, count; by definition (grey levels)
LEVELS: Final = 256
#: contrast with the middle at which a sample counts 1/e, share of white; set by hand, effect not measured
CONTRAST: Final = 0.12
#: cost of a window that does not match, none; by definition
BAD_COST: Final = 1.0
#: cost of a window that the other photo does not show, none; by definition (beyond every cost)
NOT_SEEN: Final = 2.0
#: a window that a photo shows larger or smaller by more is not compared, times; set by hand, effect not
#: measured
MOST_STRETCH: Final = 6.0
#: deviation below which a window cannot reach the cost of a measured pixel, share of white; set by hand, effect
#: not measured
LEAST_DEVIATION: Final = 0.008
#: added to the product of deviations, so that windows without texture neither match nor contradict, squares of
#: white; set by hand, effect not measured
NO_TEXTURE: Final = 2e-4
#: how far a sample between pixels stays from the far border, px; so that its four pixels exist
BORDER_PX: Final = 1.001
#: the same for samples that are moved back into the photo, px; just inside the one above
INSIDE_PX: Final = 1.002
#: how far a window stays from the far border not to be moved, px; outside of the ones above
WITHIN_PX: Final = 1.01
#: difference of the depths of two photos that counts at most, px; set by hand, effect not measured
MOST_GEOMETRIC_PX: Final = 3.0

Grey = Float32[np.ndarray, "H W"]
Warp = Float[np.ndarray, "3 4"]
Costs = Float32[np.ndarray, "_ _ _"]


class Plane(NamedTuple):
    """Inverse depth at a pixel and its gradient along x and y."""

    w: float
    gx: float
    gy: float


class Affine(NamedTuple):
    """How a pixel of another photo moves with the pixel: by x and by y."""

    ux: float
    uy: float
    vx: float
    vy: float


class Sources(NamedTuple):
    """What one photo is compared with.

    Attributes:
        grey, sizes: all photos, padded to one size, and their heights and widths.
        photos: those among them that are compared.
        warps, backs: into each of these and back.
        depths: inverse depths of all photos, used where ``geometric`` > 0.
        geometric: cost of every pixel by which depths disagree.
        keep: sources that count, the best ones.
    """

    grey: Float32[np.ndarray, "N H W"]
    sizes: Int[np.ndarray, "N 2"]
    photos: Int[np.ndarray, " S"]
    warps: Float[np.ndarray, "S 3 4"]
    backs: Float[np.ndarray, "S 3 4"]
    depths: Float32[np.ndarray, "N H W"]
    geometric: float
    keep: int


class Window(NamedTuple):
    """Room for one window, values less their mean and weights that add up to 1, and costs of its images."""

    falloff: Float[np.ndarray, "Q L"]
    values: Float[np.ndarray, " Q"]
    weights: Float[np.ndarray, " Q"]
    costs: Float[np.ndarray, " S"]


@kernel()
def empty_window(n_sources: int) -> Window:
    """With the bilateral weight of each place in the window and each contrast with its centre."""
    falloff = np.zeros((SAMPLES, LEVELS))
    n = 0
    for dy in range(-RADIUS, RADIUS + 1, STEP):
        for dx in range(-RADIUS, RADIUS + 1, STEP):
            away = (dx * dx + dy * dy) / (2.0 * RADIUS * RADIUS)
            for level in range(LEVELS):
                falloff[n, level] = np.exp(-(level + 0.5) / (LEVELS - 1) / CONTRAST - away)
            n += 1
    return Window(falloff, np.zeros(SAMPLES), np.zeros(SAMPLES), np.zeros(n_sources))


@kernel(fastmath=True)
def cut(image: Grey, x: int, y: int, window: Window) -> float:
    """Fill the window of a pixel; its weighted deviation."""
    height, width = image.shape
    values, weights = window.values, window.weights
    centre = image[y, x]
    total, mean, square, n = 0.0, 0.0, 0.0, 0
    for dy in range(-RADIUS, RADIUS + 1, STEP):
        for dx in range(-RADIUS, RADIUS + 1, STEP):
            qx, qy = min(max(x + dx, 0), width - 1), min(max(y + dy, 0), height - 1)
            value = image[qy, qx]
            contrast = min(int(abs(value - centre) * (LEVELS - 1)), LEVELS - 1)
            weight = window.falloff[n, contrast]
            values[n], weights[n] = value, weight
            total += weight
            mean += weight * value
            square += weight * value * value
            n += 1
    mean /= total
    for k in range(n):
        weights[k] /= total
        values[k] -= mean
    deviation: float = np.sqrt(max(square / total - mean * mean, 0.0))
    return deviation


@kernel(fastmath=True)
def projected(warp: Warp, x: float, y: float, w: float) -> tuple[float, float, float]:
    """Pixel of another photo times the depth there, and that depth (in depths of this photo)."""
    u = warp[0, 0] * x + warp[0, 1] * y + warp[0, 2] + warp[0, 3] * w
    v = warp[1, 0] * x + warp[1, 1] * y + warp[1, 2] + warp[1, 3] * w
    return u, v, warp[2, 0] * x + warp[2, 1] * y + warp[2, 2] + warp[2, 3] * w


@kernel(fastmath=True)
def match(others: Sources, k: int, x: int, y: int, plane: Plane, window: Window, deviation: float) -> float:
    """1 - weighted NCC between the window and its image in source ``k``.

    The plane's homography is replaced by its affine approximation at the window's centre.
    """
    warp, s = others.warps[k], others.photos[k]
    height, width = others.sizes[s]
    w, gx, gy = plane
    u, v, z = projected(warp, x, y, w)
    if z <= 1e-6:
        return NOT_SEEN
    inverse = 1.0 / z
    u, v = u * inverse, v * inverse
    if not (u >= 0.0 and v >= 0.0 and u < width - BORDER_PX and v < height - BORDER_PX):
        return NOT_SEEN
    h20, h21 = warp[2, 0] + warp[2, 3] * gx, warp[2, 1] + warp[2, 3] * gy
    affine = Affine(
        (warp[0, 0] + warp[0, 3] * gx - u * h20) * inverse,
        (warp[0, 1] + warp[0, 3] * gy - u * h21) * inverse,
        (warp[1, 0] + warp[1, 3] * gx - v * h20) * inverse,
        (warp[1, 1] + warp[1, 3] * gy - v * h21) * inverse,
    )
    reach_u = RADIUS * (abs(affine.ux) + abs(affine.uy))
    reach_v = RADIUS * (abs(affine.vx) + abs(affine.vy))
    if reach_u > MOST_STRETCH * RADIUS or reach_v > MOST_STRETCH * RADIUS:
        return NOT_SEEN
    far = u + reach_u > width - WITHIN_PX or v + reach_v > height - WITHIN_PX
    border = u < reach_u or v < reach_v or far
    return _unlikeness(others.grey[s], (height, width), u, v, affine, border, window, deviation)


@kernel(fastmath=True)
def _unlikeness(
    grey: Grey,
    size: tuple[int, int],
    u: float,
    v: float,
    affine: Affine,
    border: bool,
    window: Window,
    deviation: float,
) -> float:
    """1 - weighted NCC of a window with its image around (u, v); ``border``: samples may lie outside."""
    height, width = size
    ux, uy, vx, vy = affine
    mean, square, cross, n = 0.0, 0.0, 0.0, 0
    for dy in range(-RADIUS, RADIUS + 1, STEP):
        for dx in range(-RADIUS, RADIUS + 1, STEP):
            su, sv = u + ux * dx + uy * dy, v + vx * dx + vy * dy
            if border:
                su, sv = min(max(su, 0.0), width - INSIDE_PX), min(max(sv, 0.0), height - INSIDE_PX)
            value, weight = bilinear(grey, su, sv), window.weights[n]
            mean += weight * value
            square += weight * value * value
            cross += weight * value * window.values[n]
            n += 1
    spread = np.sqrt(max(square - mean * mean, 0.0))
    cost: float = min(1.0 - cross / (deviation * spread + NO_TEXTURE), BAD_COST)
    return cost


@kernel(fastmath=True)
def geometric_px(others: Sources, k: int, x: int, y: int, w: float) -> float:
    """Forward-backward reprojection error in pixels against the source's own inverse depth."""
    s = others.photos[k]
    height, width = others.sizes[s]
    u, v, z = projected(others.warps[k], x, y, w)
    if z <= 1e-6:
        return MOST_GEOMETRIC_PX
    u, v = u / z, v / z
    iu, iv = int(u + 0.5), int(v + 0.5)
    if iu < 0 or iv < 0 or iu >= width or iv >= height:
        return MOST_GEOMETRIC_PX
    back_u, back_v, z = projected(others.backs[k], u, v, others.depths[s, iv, iu])
    if z <= 1e-6:
        return MOST_GEOMETRIC_PX
    du, dv = back_u / z - x, back_v / z - y
    error: float = min(np.sqrt(du * du + dv * dv), MOST_GEOMETRIC_PX)
    return error


@kernel(fastmath=True)
def _better_half(others: Sources, x: int, y: int, plane: Plane, window: Window, deviation: float) -> float:
    """Mean cost of the better half of the sources that show the plane; -1 where none does."""
    seen = 0
    for k in range(others.photos.size):
        cost = match(others, k, x, y, plane, window, deviation)
        if cost <= BAD_COST:
            window.costs[seen] = cost
            seen += 1
    return np.sort(window.costs[:seen])[: (seen + 1) // 2].mean() if seen > 0 else -1.0


@kernel(fastmath=True)
def plane_costs(image: Grey, others: Sources, planes: Float[np.ndarray, "P 3"], out: Costs) -> None:
    """Photometric cost of every room plane at every second pixel: ``out`` (P, ceil(H/2), ceil(W/2)).

    Mean of the better half of the sources that show it; ``NOT_SEEN`` where there is no texture or source.
    """
    height, width = image.shape
    window = empty_window(others.photos.size)
    for y in range(0, height, 2):
        for x in range(0, width, 2):
            deviation = cut(image, x, y, window)
            for p in range(planes.shape[0]):
                out[p, y // 2, x // 2] = NOT_SEEN
                w = planes[p, 0] * x + planes[p, 1] * y + planes[p, 2]
                if w <= 1e-6 or deviation < LEAST_DEVIATION:
                    continue
                plane = Plane(w, planes[p, 0], planes[p, 1])
                mean = _better_half(others, x, y, plane, window, deviation)
                if mean >= 0:
                    out[p, y // 2, x // 2] = mean


@kernel(fastmath=True)
def fill_depth_costs(
    image: Grey, others: Sources, inverse_depth: Grey, slant_x: Grey, slant_y: Grey, out: Costs
) -> None:
    """Likeness of the photos at a depth map, at every second pixel: ``out`` (ceil(H/2), ceil(W/2), 2).

    1 - cost and cost, the mean of the better half of the sources that show it; left as it is where there is no
    texture or source.
    """
    height, width = image.shape
    window = empty_window(others.photos.size)
    for y in range(0, height, 2):
        for x in range(0, width, 2):
            deviation = cut(image, x, y, window)
            if deviation < LEAST_DEVIATION:
                continue
            plane = Plane(inverse_depth[y, x], slant_x[y, x], slant_y[y, x])
            mean = _better_half(others, x, y, plane, window, deviation)
            if mean >= 0:
                out[y // 2, x // 2, 0] = 1.0 - mean
                out[y // 2, x // 2, 1] = mean

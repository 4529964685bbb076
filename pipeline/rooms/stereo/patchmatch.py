"""PatchMatch stereo with slanted windows (after Bleyer et al. 2011; Xu and Tao 2019), numba on the CPU.

The state of a pixel is a plane in *linear inverse depth*: ``w(q) = w + gx (qx - x) + gy (qy - y)``. A plane of
the room is exactly of this form in every photo, so planes of other photos and of the room can be proposed as
they are. One call works on one thread and releases the GIL; results do not depend on the number of threads.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int
from numba import njit

RADIUS = 4
STEP = 2
LEVELS = 256
BAD_COST = 1.0
#: of a window that the other photo does not show
NOT_SEEN = 2.0
#: a window that a photo shows larger or smaller by more is not compared
MOST_STRETCH = 6.0
#: windows with less deviation cannot reach the cost of a measured pixel
LEAST_DEVIATION = 0.008
#: a source confirms a depth only if its image moves by so many pixels for a relative change of depth of 1
LEAST_PARALLAX_PX = 12.0
#: relative difference of inverse depths that is not worth a comparison
SAME = 3e-4
#: pixels (x, y) whose hypotheses are tried: all of the other colour of a chequerboard
NEIGHBOURS = ((1, 0), (-1, 0), (0, 1), (0, -1), (5, 0), (-5, 0), (0, 5), (0, -5))


def warp_between(
    K: Float[np.ndarray, "N 3 3"], camera_from_world: Float[np.ndarray, "N 4 4"], reference: int, source: int
) -> Float[np.ndarray, "3 4"]:
    """``M, b`` with source pixel ~ ``M q + w b`` for reference pixel ``q`` and inverse depth ``w``."""
    relative = camera_from_world[source] @ np.linalg.inv(camera_from_world[reference])
    M = K[source] @ relative[:3, :3] @ np.linalg.inv(K[reference])
    return np.concatenate([M, (K[source] @ relative[:3, 3])[:, None]], axis=1)


@dataclass(frozen=True)
class StereoViews:
    """The grey photos of a room at one size level.

    Attributes:
        grey: intensities in [0, 1], one array for all photos, padded with NaN-free zeros to one size.
        sizes: height and width of every photo.
        K: intrinsics.
        camera_from_world: rigid transforms.
        device: that compares them: "cpu", or a device of PyTorch.
    """

    grey: Float32[np.ndarray, "N H W"]
    sizes: np.ndarray
    K: Float[np.ndarray, "N 3 3"]
    camera_from_world: Float[np.ndarray, "N 4 4"]
    device: str = "cpu"

    def warp(self, reference: int, source: int) -> Float[np.ndarray, "3 4"]:
        """``M, b`` with source pixel ~ ``M q + w b`` for reference pixel ``q`` and inverse depth ``w``."""
        return warp_between(self.K, self.camera_from_world, reference, source)

    def warps(
        self, index: int, sources: Int[np.ndarray, " S"]
    ) -> tuple[Float[np.ndarray, "S 3 4"], Float[np.ndarray, "S 3 4"]]:
        """Warps of one photo into others, and back (:meth:`warp`)."""
        there = np.array([self.warp(index, int(s)) for s in sources]).reshape(-1, 3, 4)
        return there, np.array([self.warp(int(s), index) for s in sources]).reshape(-1, 3, 4)


@dataclass(frozen=True)
class Search:
    """How PatchMatch searches.

    Attributes:
        geometric: cost of every pixel by which the depths of two photos disagree (0: not compared).
        keep: sources that count, the best ones.
        w_range: smallest and largest inverse depth.
        iterations: over all pixels.
        neighbours: pixels (4 or 8) whose hypotheses are tried.
        seed: of the random changes.
    """

    geometric: float
    keep: int
    w_range: tuple[float, float]
    iterations: int
    neighbours: int
    seed: int


@njit(cache=True, nogil=True, inline="always")
def _uniform(state):  # type: ignore[no-untyped-def]
    state[0] = (state[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)) & np.uint64(
        0xFFFFFFFFFFFFFFFF
    )
    return np.float64(state[0] >> np.uint64(33)) / 2147483648.0


@njit(cache=True, nogil=True)
def _falloff():  # type: ignore[no-untyped-def]
    """Bilateral weight for each place in the window and each contrast with its centre."""
    table = np.zeros((((2 * RADIUS) // STEP + 1) ** 2, LEVELS))
    n = 0
    for dy in range(-RADIUS, RADIUS + 1, STEP):
        for dx in range(-RADIUS, RADIUS + 1, STEP):
            away = (dx * dx + dy * dy) / (2.0 * RADIUS * RADIUS)
            for level in range(LEVELS):
                table[n, level] = np.exp(-(level + 0.5) / (LEVELS - 1) / 0.12 - away)
            n += 1
    return table


@njit(cache=True, nogil=True, fastmath=True)
def _window(grey, height, width, x, y, falloff, values, weights):  # type: ignore[no-untyped-def]
    """Bilateral window of the reference pixel; returns its weighted deviation."""
    centre = grey[y, x]
    total, mean, square, n = 0.0, 0.0, 0.0, 0
    for dy in range(-RADIUS, RADIUS + 1, STEP):
        for dx in range(-RADIUS, RADIUS + 1, STEP):
            qx, qy = min(max(x + dx, 0), width - 1), min(max(y + dy, 0), height - 1)
            value = grey[qy, qx]
            contrast = min(int(abs(value - centre) * (LEVELS - 1)), LEVELS - 1)
            weight = falloff[n, contrast]
            values[n], weights[n] = value, weight
            total += weight
            mean += weight * value
            square += weight * value * value
            n += 1
    mean /= total
    for k in range(n):
        weights[k] /= total
        values[k] -= mean
    return np.sqrt(max(square / total - mean * mean, 0.0))


@njit(cache=True, nogil=True, fastmath=True)
def _match(grey, height, width, warp, x, y, w, gx, gy, values, weights, deviation):  # type: ignore[no-untyped-def]
    """1 - weighted NCC between the reference window and its image in one source.

    The plane's homography is replaced by its affine approximation at the window's centre.
    """
    h20, h21 = warp[2, 0] + warp[2, 3] * gx, warp[2, 1] + warp[2, 3] * gy
    z = warp[2, 0] * x + warp[2, 1] * y + warp[2, 2] + warp[2, 3] * w
    if z <= 1e-6:
        return NOT_SEEN
    inverse = 1.0 / z
    u = (warp[0, 0] * x + warp[0, 1] * y + warp[0, 2] + warp[0, 3] * w) * inverse
    v = (warp[1, 0] * x + warp[1, 1] * y + warp[1, 2] + warp[1, 3] * w) * inverse
    if not (u >= 0.0 and v >= 0.0 and u < width - 1.001 and v < height - 1.001):
        return NOT_SEEN
    ux = (warp[0, 0] + warp[0, 3] * gx - u * h20) * inverse
    uy = (warp[0, 1] + warp[0, 3] * gy - u * h21) * inverse
    vx = (warp[1, 0] + warp[1, 3] * gx - v * h20) * inverse
    vy = (warp[1, 1] + warp[1, 3] * gy - v * h21) * inverse
    reach_u, reach_v = RADIUS * (abs(ux) + abs(uy)), RADIUS * (abs(vx) + abs(vy))
    if reach_u > MOST_STRETCH * RADIUS or reach_v > MOST_STRETCH * RADIUS:
        return NOT_SEEN
    border = u < reach_u or v < reach_v or u + reach_u > width - 1.01 or v + reach_v > height - 1.01
    mean, square, cross, n = 0.0, 0.0, 0.0, 0
    for dy in range(-RADIUS, RADIUS + 1, STEP):
        for dx in range(-RADIUS, RADIUS + 1, STEP):
            su, sv = u + ux * dx + uy * dy, v + vx * dx + vy * dy
            if border:
                su, sv = min(max(su, 0.0), width - 1.002), min(max(sv, 0.0), height - 1.002)
            iu, iv = int(su), int(sv)
            fu, fv = su - iu, sv - iv
            top = grey[iv, iu] + (grey[iv, iu + 1] - grey[iv, iu]) * fu
            bottom = grey[iv + 1, iu] + (grey[iv + 1, iu + 1] - grey[iv + 1, iu]) * fu
            value = top + (bottom - top) * fv
            weight = weights[n]
            mean += weight * value
            square += weight * value * value
            cross += weight * value * values[n]
            n += 1
    spread = np.sqrt(max(square - mean * mean, 0.0))
    # the small constant makes windows without texture neither match nor contradict
    return min(1.0 - cross / (deviation * spread + 2e-4), BAD_COST)


@njit(cache=True, nogil=True, fastmath=True)
def _geometric(warp, back, inverse_depth, height, width, x, y, w):  # type: ignore[no-untyped-def]
    """Forward-backward reprojection error in pixels against the source's own inverse depth, at most 3."""
    z = warp[2, 0] * x + warp[2, 1] * y + warp[2, 2] + warp[2, 3] * w
    if z <= 1e-6:
        return 3.0
    u = (warp[0, 0] * x + warp[0, 1] * y + warp[0, 2] + warp[0, 3] * w) / z
    v = (warp[1, 0] * x + warp[1, 1] * y + warp[1, 2] + warp[1, 3] * w) / z
    iu, iv = int(u + 0.5), int(v + 0.5)
    if iu < 0 or iv < 0 or iu >= width or iv >= height:
        return 3.0
    ws = inverse_depth[iv, iu]
    z = back[2, 0] * u + back[2, 1] * v + back[2, 2] + back[2, 3] * ws
    if z <= 1e-6:
        return 3.0
    du = (back[0, 0] * u + back[0, 1] * v + back[0, 2] + back[0, 3] * ws) / z - x
    dv = (back[1, 0] * u + back[1, 1] * v + back[1, 2] + back[1, 3] * ws) / z - y
    return min(np.sqrt(du * du + dv * dv), 3.0)


@njit(cache=True, nogil=True, fastmath=True)
def _cost(grey, sizes, sources, warps, backs, depths, geometric, keep, x, y, w, gx, gy, values, weights, deviation, costs):  # type: ignore[no-untyped-def]  # fmt: skip # noqa: E501
    """Mean of the ``keep`` best sources."""
    for k in range(sources.size):
        s = sources[k]
        cost = _match(grey[s], sizes[s, 0], sizes[s, 1], warps[k], x, y, w, gx, gy, values, weights, deviation)
        cost = min(cost, BAD_COST)
        if geometric > 0.0:
            cost += geometric * _geometric(warps[k], backs[k], depths[s], sizes[s, 0], sizes[s, 1], x, y, w)
        # insertion into the sorted list
        j = k
        while j > 0 and costs[j - 1] > cost:
            costs[j] = costs[j - 1]
            j -= 1
        costs[j] = cost
    total = 0.0
    for k in range(keep):
        total += costs[k]
    return total / keep


@njit(cache=True, nogil=True, fastmath=True)
def sweep(reference, grey, sizes, sources, warps, backs, depths, geometric, keep, state, cost, w_range, iterations, neighbours, seed):  # type: ignore[no-untyped-def]  # fmt: skip # noqa: E501
    """Improve ``state`` (H, W, 3: w, gx, gy) and ``cost`` (H, W) in place.

    ``depths`` (N, H, W) are inverse depths of all photos, used where ``geometric`` > 0. Hypotheses come from
    ``neighbours`` (4 or 8) pixels and from random changes.
    """
    height, width = sizes[reference]
    image = grey[reference]
    n_window = ((2 * RADIUS) // STEP + 1) ** 2
    values, weights, costs = np.zeros(n_window), np.zeros(n_window), np.zeros(sources.size)
    falloff = _falloff()
    random = np.zeros(1, np.uint64)
    offsets = np.array(NEIGHBOURS)
    for iteration in range(-1, iterations):
        for colour in range(2):
            for y in range(height):
                for x in range((y + colour) % 2, width, 2):
                    random[0] = np.uint64(seed + 7919 * (iteration + 2) + 104729 * (y * width + x))
                    _uniform(random)
                    deviation = _window(image, height, width, x, y, falloff, values, weights)
                    w, gx, gy = state[y, x]
                    best = cost[y, x]
                    if deviation < LEAST_DEVIATION:
                        cost[y, x] = BAD_COST
                        continue
                    if iteration < 0:
                        best = _cost(grey, sizes, sources, warps, backs, depths, geometric, keep, x, y, w, gx, gy, values, weights, deviation, costs)  # fmt: skip # noqa: E501
                        cost[y, x] = best
                        continue
                    for trial in range(11):
                        if trial < 8:
                            if trial >= neighbours:
                                continue
                            nx, ny = x + offsets[trial, 0], y + offsets[trial, 1]
                            if nx < 0 or ny < 0 or nx >= width or ny >= height:
                                continue
                            tgx, tgy = state[ny, nx, 1], state[ny, nx, 2]
                            tw = state[ny, nx, 0] + tgx * (x - nx) + tgy * (y - ny)
                            slant = abs(tgx - gx) + abs(tgy - gy)
                            if abs(tw - w) < SAME * w and slant < SAME * w:
                                continue
                        else:
                            scale = 0.5 ** (iteration + 1) * (0.3 if trial == 8 else 0.08)
                            tw = w * (1.0 + scale * (2.0 * _uniform(random) - 1.0))
                            tgx, tgy = gx, gy
                            if trial == 9:
                                tgx += w * 0.02 * scale * 10 * (2.0 * _uniform(random) - 1.0)
                                tgy += w * 0.02 * scale * 10 * (2.0 * _uniform(random) - 1.0)
                            elif trial == 10 and (iteration == 0 or neighbours == 8):
                                tw = w_range[0] + (w_range[1] - w_range[0]) * _uniform(random)
                                tgx, tgy = 0.0, 0.0
                        if not (tw >= w_range[0] and tw <= w_range[1]):
                            continue
                        if abs(tgx) > 0.08 * tw or abs(tgy) > 0.08 * tw:
                            continue
                        value = _cost(grey, sizes, sources, warps, backs, depths, geometric, keep, x, y, tw, tgx, tgy, values, weights, deviation, costs)  # fmt: skip # noqa: E501
                        if value < best:
                            best, w, gx, gy = value, tw, tgx, tgy
                    state[y, x, 0], state[y, x, 1], state[y, x, 2] = w, gx, gy
                    cost[y, x] = best


@njit(cache=True, nogil=True, fastmath=True)
def _better_half(grey, sizes, sources, warps, x, y, w, gx, gy, values, weights, deviation, costs):  # type: ignore[no-untyped-def]  # fmt: skip
    """Mean cost of the better half of the sources that show the plane; -1 where none does."""
    seen = 0
    for k in range(sources.size):
        s = sources[k]
        cost = _match(grey[s], sizes[s, 0], sizes[s, 1], warps[k], x, y, w, gx, gy, values, weights, deviation)  # fmt: skip # noqa: E501
        if cost <= BAD_COST:
            costs[seen] = cost
            seen += 1
    return np.sort(costs[:seen])[: (seen + 1) // 2].mean() if seen > 0 else -1.0


@njit(cache=True, nogil=True, fastmath=True)
def plane_costs(reference, grey, sizes, sources, warps, planes, out):  # type: ignore[no-untyped-def]
    """Photometric cost of every room plane at every second pixel: ``out`` (P, ceil(H/2), ceil(W/2)).

    Mean of the better half of the sources that show it; ``NOT_SEEN`` where there is no texture or source.
    """
    height, width = sizes[reference]
    image = grey[reference]
    n_window = ((2 * RADIUS) // STEP + 1) ** 2
    values, weights, costs = np.zeros(n_window), np.zeros(n_window), np.zeros(sources.size)
    falloff = _falloff()
    for y in range(0, height, 2):
        for x in range(0, width, 2):
            deviation = _window(image, height, width, x, y, falloff, values, weights)
            for p in range(planes.shape[0]):
                out[p, y // 2, x // 2] = NOT_SEEN
                w = planes[p, 0] * x + planes[p, 1] * y + planes[p, 2]
                if w <= 1e-6 or deviation < LEAST_DEVIATION:
                    continue
                mean = _better_half(grey, sizes, sources, warps, x, y, w, planes[p, 0], planes[p, 1], values, weights, deviation, costs)  # fmt: skip # noqa: E501
                if mean >= 0:
                    out[p, y // 2, x // 2] = mean


@njit(cache=True, nogil=True, fastmath=True)
def depth_costs(reference, grey, sizes, sources, warps, inverse_depth, slant_x, slant_y, out):  # type: ignore[no-untyped-def]  # fmt: skip
    """Likeness of the photos at a depth map, at every second pixel: ``out`` (ceil(H/2), ceil(W/2), 2).

    1 - cost and cost, the mean of the better half of the sources that show it; left as it is where there is no
    texture or source.
    """
    height, width = sizes[reference]
    image = grey[reference]
    n_window = ((2 * RADIUS) // STEP + 1) ** 2
    values, weights, costs = np.zeros(n_window), np.zeros(n_window), np.zeros(sources.size)
    falloff = _falloff()
    for y in range(0, height, 2):
        for x in range(0, width, 2):
            deviation = _window(image, height, width, x, y, falloff, values, weights)
            if deviation < LEAST_DEVIATION:
                continue
            w = inverse_depth[y, x]
            gx, gy = slant_x[y, x], slant_y[y, x]
            mean = _better_half(grey, sizes, sources, warps, x, y, w, gx, gy, values, weights, deviation, costs)  # fmt: skip # noqa: E501
            if mean >= 0:
                out[y // 2, x // 2, 0] = 1.0 - mean
                out[y // 2, x // 2, 1] = mean


@njit(cache=True, nogil=True)
def pixel_in(warp, x, y, w, shape):  # type: ignore[no-untyped-def]
    """Row, column and depth (in depths of this photo) of pixel (x, y) at inverse depth ``w`` in another photo.

    Row and column are -1 where that is outside its picture or behind it.
    """
    z = warp[2, 0] * x + warp[2, 1] * y + warp[2, 2] + warp[2, 3] * w
    if z <= 1e-6:
        return -1, -1, z
    u = (warp[0, 0] * x + warp[0, 1] * y + warp[0, 2] + warp[0, 3] * w) / z
    v = (warp[1, 0] * x + warp[1, 1] * y + warp[1, 2] + warp[1, 3] * w) / z
    if u < -0.5 or v < -0.5 or u >= shape[1] - 0.5 or v >= shape[0] - 0.5:
        return -1, -1, z
    return int(v + 0.5), int(u + 0.5), z


@njit(cache=True, nogil=True, fastmath=True)
def count_consistent(reference, sizes, sources, warps, backs, depths, limit_px, limit_relative, count):  # type: ignore[no-untyped-def]  # fmt: skip
    """Number of sources whose own depth agrees: reprojects within ``limit_px`` and ``limit_relative``."""
    height, width = sizes[reference]
    for y in range(height):
        for x in range(width):
            w = depths[reference, y, x]
            n = 0
            for k in range(sources.size):
                s = sources[k]
                warp = warps[k]
                z = warp[2, 0] * x + warp[2, 1] * y + warp[2, 2] + warp[2, 3] * w
                if z <= 1e-6:
                    continue
                u = (warp[0, 0] * x + warp[0, 1] * y + warp[0, 2] + warp[0, 3] * w) / z
                v = (warp[1, 0] * x + warp[1, 1] * y + warp[1, 2] + warp[1, 3] * w) / z
                iu, iv = int(u + 0.5), int(v + 0.5)
                if iu < 0 or iv < 0 or iu >= sizes[s, 1] or iv >= sizes[s, 0]:
                    continue
                # z is depth in the source in units of the reference depth
                if abs(z / w * depths[s, iv, iu] - 1.0) > limit_relative:
                    continue
                # movement in the source for a relative change of depth: less says nothing about depth
                du = (warp[0, 3] - u * warp[2, 3]) * w / z
                dv = (warp[1, 3] - v * warp[2, 3]) * w / z
                if du * du + dv * dv < LEAST_PARALLAX_PX**2:
                    continue
                if _geometric(warp, backs[k], depths[s], sizes[s, 0], sizes[s, 1], x, y, w) < limit_px:
                    n += 1
            count[y, x] = n

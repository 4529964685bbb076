"""Light on what one camera sees, at half resolution: final gathering, then an edge-avoiding filter.

Every half-resolution point looks around (one bounce into the baked radiosity) and at the windows and
lamps. The noise of so few rays is removed by an a-trous wavelet filter (Dammertz et al. 2010) that knows
normals, planes and the variance of the samples, as in SVGF (Schied et al. 2017).
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int, UInt32

from tools.demo_renderer.jit import in_rows, kernel
from tools.demo_renderer.light.light import BakedLight, Points, Rays, Shifts, hemisphere_rays, source_samples
from tools.demo_renderer.light.tracer import NO_FACE, Tracer, hemisphere_rule

GATHER_RAYS = 8  # per half-resolution pixel, for every sample of a pixel's side
WINDOW_RAYS = 3
LAMP_RAYS = 2
FILTER_LEVELS = 5
_STEP = 60_000


@dataclass(frozen=True)
class LightMap:
    """Light per half-resolution pixel, with its mean direction (towards the light, weighted by brightness)."""

    light: Float32[np.ndarray, "H W 3"]
    direction: Float32[np.ndarray, "H W 3"]
    points: Float32[np.ndarray, "H W 3"]
    normals: Float32[np.ndarray, "H W 3"]


@kernel
def _collect(
    start: int,
    stop: int,
    rays: Rays,
    faces: UInt32[np.ndarray, "N"],
    radiance: Float32[np.ndarray, "F 3"],
    count: int,
    sums: Float32[np.ndarray, "P 8"],
) -> None:
    """Add the radiance that the rays meet: colour (0-2), direction (3-5), variance of the mean (6)."""
    for k in range(start, stop):
        square, total = 0.0, 0.0
        for s in range(count):
            r = k * count + s
            f = faces[r]
            if f >= radiance.shape[0]:
                continue
            bright = 0.0
            for axis in range(3):
                sums[k, axis] += radiance[f, axis] / count
                bright += radiance[f, axis] / 3.0
            for axis in range(3):
                sums[k, 3 + axis] += rays[r, 3 + axis] * bright / count
            total += bright
            square += bright * bright
        sums[k, 6] += max(square / count - (total / count) ** 2, 0.0) / count


@kernel
def _collect_sources(
    start: int, stop: int, rays: Rays, gain: Points, count: int, sums: Float32[np.ndarray, "P 8"]
) -> None:
    """The same for segments to windows and lamps, whose gains already hold the division by ``count``."""
    for k in range(start, stop):
        square, total = 0.0, 0.0
        for s in range(count):
            r = k * count + s
            bright = (gain[r, 0] + gain[r, 1] + gain[r, 2]) / 3.0
            if bright <= 0.0:
                continue
            length = math.sqrt(rays[r, 3] ** 2 + rays[r, 4] ** 2 + rays[r, 5] ** 2)
            for axis in range(3):
                sums[k, axis] += gain[r, axis]
                sums[k, 3 + axis] += rays[r, 3 + axis] / length * bright
            total += bright
            square += bright * bright
        sums[k, 6] += max(square - total * total / count, 0.0)


@kernel
def _smooth(
    start: int,
    stop: int,
    step: int,
    source: Float32[np.ndarray, "H W 8"],
    points: Float32[np.ndarray, "H W 3"],
    normals: Float32[np.ndarray, "H W 3"],
    pixel_rad: float,
    out: Float32[np.ndarray, "H W 8"],
) -> None:
    """One level of the filter: 5 x 5 taps ``step`` pixels apart; column 7 holds the distance, 0 where empty."""
    height, width = source.shape[:2]
    taps = (1.0 / 16.0, 0.25, 0.375, 0.25, 1.0 / 16.0)
    for y in range(start, stop):
        for x in range(width):
            depth = source[y, x, 7]
            for c in range(8):
                out[y, x, c] = source[y, x, c]
            if depth <= 0.0:
                continue
            here = (source[y, x, 0] + source[y, x, 1] + source[y, x, 2]) / 3.0
            slack = 3.0 * math.sqrt(max(source[y, x, 6], 0.0)) + 0.02 * here + 1e-4
            tolerance = 0.6 * depth * pixel_rad * step + 0.002
            sums = np.zeros(7, np.float32)
            weights = 0.0
            for j in range(5):
                yy = y + (j - 2) * step
                if yy < 0 or yy >= height:
                    continue
                for i in range(5):
                    xx = x + (i - 2) * step
                    if xx < 0 or xx >= width or source[yy, xx, 7] <= 0.0:
                        continue
                    aligned, plane = 0.0, 0.0
                    for axis in range(3):
                        aligned += normals[y, x, axis] * normals[yy, xx, axis]
                        plane += normals[y, x, axis] * (points[yy, xx, axis] - points[y, x, axis])
                    if aligned < 0.5:
                        continue
                    there = (source[yy, xx, 0] + source[yy, xx, 1] + source[yy, xx, 2]) / 3.0
                    w = taps[i] * taps[j] * aligned**24
                    w *= math.exp(-abs(plane) / tolerance - abs(there - here) / slack)
                    for c in range(6):
                        sums[c] += w * source[yy, xx, c]
                    sums[6] += w * w * source[yy, xx, 6]
                    weights += w
            for c in range(6):
                out[y, x, c] = sums[c] / weights
            out[y, x, 6] = sums[6] / (weights * weights)


def _dither(index: Int[np.ndarray, "P"], width: int) -> Shifts:
    """Shifts of the sampling rule that differ most between neighbouring pixels (R2 lattice)."""
    y, x = np.divmod(index, width)
    a, b = 0.7548776662466927, 0.5698402909980532
    return (np.stack([a * x + b * y, b * x + a * y + 0.37], -1) % 1.0).astype(np.float32)


def _gather(
    tracer: Tracer, baked: BakedLight, points: Points, normals: Points, shift: Shifts, side: int, turn: int
) -> Float32[np.ndarray, "P 8"]:
    many = GATHER_RAYS * side
    sums = np.zeros((len(points), 8), np.float32)
    rule = hemisphere_rule(many, turn)
    rays = np.empty((len(points) * many, 6), np.float32)
    in_rows(lambda a, b: hemisphere_rays(points, normals, rule, shift, a, b, rays), len(points))
    faces = tracer.faces(rays)
    in_rows(lambda a, b: _collect(a, b, rays, faces, baked.radiance, many, sums), len(points))
    counts = (WINDOW_RAYS * side, LAMP_RAYS * side)
    for segments, gain in source_samples(tracer, points, normals, shift, counts, turn):

        def work(a: int, b: int, segments: Rays = segments, gain: Points = gain) -> None:
            _collect_sources(a, b, segments, gain, len(gain) // len(points), sums)

        in_rows(work, len(points))
    return sums


def light_map(
    tracer: Tracer,
    baked: BakedLight,
    rays: Float32[np.ndarray, "H W 6"],
    pixel_rad: float,
    side: int,
    turn: int,
) -> LightMap:
    """Light at the first hits of a grid of camera rays; ``turn`` varies the random choices between photos."""
    from scipy.ndimage import uniform_filter

    height, width = rays.shape[:2]
    flat = rays.reshape(-1, 6)
    hits = tracer.hits(flat)
    normals = tracer.shade(flat, hits, pixel_rad).normal
    seen = np.nonzero(hits.face != NO_FACE)[0]
    points = np.zeros((len(flat), 3), np.float32)
    points[seen] = flat[seen, :3] + hits.t[seen, None] * flat[seen, 3:]
    seen = seen[points[seen, 1] < tracer.scene.size_m[1] + 1.0]
    sums = np.zeros((len(flat), 8), np.float32)
    for start in range(0, len(seen), _STEP):
        index = seen[start : start + _STEP]
        sums[index] = _gather(tracer, baked, points[index], normals[index], _dither(index, width), side, turn)
    sums[seen, 7] = hits.t[seen]
    grid = sums.reshape(height, width, 8)
    grid[..., 6] = uniform_filter(grid[..., 6], 7)
    places, facing = points.reshape(height, width, 3), normals.reshape(height, width, 3)
    for level in range(FILTER_LEVELS):
        out = np.empty_like(grid)

        def work(a: int, b: int, grid=grid, out=out, step: int = 2**level) -> None:  # type: ignore[no-untyped-def]
            _smooth(a, b, step, grid, places, facing, pixel_rad, out)

        in_rows(work, height)
        grid = out
    facing = facing * (grid[..., 7:] > 0)
    return LightMap(np.ascontiguousarray(grid[..., :3]), np.ascontiguousarray(grid[..., 3:6]), places, facing)

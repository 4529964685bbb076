"""Lattice noise: the randomness of every material and of soft shapes, a pure function of place and seed."""

import math

import numpy as np
from jaxtyping import Float

from tools.demo_renderer.jit import kernel


@kernel
def hash01(i: int, j: int, seed: int) -> float:
    """A number in [0, 1) that depends only on the three integers."""
    h = (i * 374761393 + j * 668265263 + seed * 974634541 + 88675123) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 1103515245) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return float(h ^ (h >> 16)) / 4294967296.0


@kernel
def smoothstep(low: float, high: float, x: float) -> float:
    """Cubic step from 0 at ``low`` to 1 at ``high`` (``low`` may be the larger one)."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@kernel
def value_noise(x: float, y: float, seed: int) -> float:
    """Smooth noise in [0, 1] with features of size 1."""
    i, j = math.floor(x), math.floor(y)
    u, v = x - i, y - j
    u = u * u * u * (u * (u * 6.0 - 15.0) + 10.0)
    v = v * v * v * (v * (v * 6.0 - 15.0) + 10.0)
    low = hash01(i, j, seed) * (1.0 - u) + hash01(i + 1, j, seed) * u
    high = hash01(i, j + 1, seed) * (1.0 - u) + hash01(i + 1, j + 1, seed) * u
    return low * (1.0 - v) + high * v


@kernel
def fractal_noise(x: float, y: float, octaves: int, seed: int) -> float:
    """Sum of octaves in [0, 1], each turned and halved in amplitude; mean 0.5."""
    total, amplitude, weight = 0.0, 1.0, 0.0
    for octave in range(octaves):
        total += amplitude * value_noise(x, y, seed + 101 * octave)
        weight += amplitude
        amplitude *= 0.5
        x, y = 1.62 * x - 1.18 * y + 17.3, 1.18 * x + 1.62 * y - 9.1
    return total / weight


@kernel
def streak_noise(x: float, y: float, octaves: int, seed: int) -> float:
    """Like :func:`fractal_noise` without turning, so that stretched input stays stretched (wood, thread)."""
    total, amplitude, weight = 0.0, 1.0, 0.0
    for octave in range(octaves):
        total += amplitude * value_noise(x, y, seed + 101 * octave)
        weight += amplitude
        amplitude *= 0.6
        x, y = 2.03 * x + 5.7, 2.03 * y - 3.1
    return total / weight


@kernel
def cell_noise(x: float, y: float, seed: int) -> tuple[float, float, float]:
    """Voronoi cells of size 1: distances to the nearest and second nearest point, and the cell's number."""
    i, j = math.floor(x), math.floor(y)
    best, second, number = 9.0, 9.0, 0.0
    for a in range(i - 1, i + 2):
        for b in range(j - 1, j + 2):
            dx = a + hash01(a, b, seed) - x
            dy = b + hash01(a, b, seed + 7) - y
            distance = math.sqrt(dx * dx + dy * dy)
            if distance < best:
                best, second, number = distance, best, hash01(a, b, seed + 13)
            elif distance < second:
                second = distance
    return best, second, number


@kernel
def _fill(
    x: Float[np.ndarray, "N"], y: Float[np.ndarray, "N"], octaves: int, seed: int, out: Float[np.ndarray, "N"]
) -> None:
    for k in range(x.size):
        out[k] = fractal_noise(x[k], y[k], octaves, seed)


def noise_map(
    x: Float[np.ndarray, "*shape"], y: Float[np.ndarray, "*shape"], octaves: int, seed: int
) -> Float[np.ndarray, "*shape"]:
    """:func:`fractal_noise` at arrays of places, centred: values in [-0.5, 0.5]."""
    xs, ys = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
    out = np.empty(xs.size)
    _fill(np.ascontiguousarray(xs).reshape(-1), np.ascontiguousarray(ys).reshape(-1), octaves, seed, out)
    return out.reshape(xs.shape) - 0.5

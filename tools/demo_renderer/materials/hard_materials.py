"""Tone and relief of hard materials: plaster, oak planks, brick, wood grain, terrazzo, leaves."""

import math

import numpy as np
from jaxtyping import Float

from tools.demo_renderer.jit import kernel
from tools.demo_renderer.materials.textiles import visible
from tools.demo_renderer.noise import cell_noise, fractal_noise, hash01, smoothstep, streak_noise, value_noise

Row = Float[np.ndarray, "17"]
Rgb = tuple[float, float, float]
PLANK_WIDTH_M = 0.155
PLANK_LENGTH_M = 1.5
BRICK_M = (0.235, 0.077)
MORTAR_M = 0.011


@kernel
def plaster_tone(u: float, v: float, row: Row, footprint_m: float) -> float:
    """Factor of limewashed plaster: clouds, brush strokes that turn with the clouds, and grain."""
    seed = int(row[15])
    warp = fractal_noise(u * 1.3, v * 1.3, 3, seed) - 0.5
    clouds = fractal_noise(u * 2.3 + 1.5 * warp, v * 2.3 - 1.1 * warp, 5, seed + 1) - 0.5
    angle = 2.4 * warp + 0.6
    a = u * math.cos(angle) + v * math.sin(angle)
    b = v * math.cos(angle) - u * math.sin(angle)
    brush = streak_noise(a * 9.0, b * 75.0, 3, seed + 2) - 0.5
    grain = value_noise(u * 260.0, v * 260.0, seed + 3) - 0.5
    pits = smoothstep(0.80, 0.95, value_noise(u * 75.0, v * 75.0, seed + 4))
    fine = 0.05 * grain * visible(0.006, footprint_m) - 0.06 * pits * visible(0.02, footprint_m)
    return float(1.0 + row[7] * (0.19 * clouds + 0.11 * brush * visible(0.02, footprint_m) + fine))


@kernel
def plaster_relief(u: float, v: float, seed: int) -> float:
    """Height (m) of trowelled plaster."""
    waves = fractal_noise(u * 14.0, v * 14.0, 2, seed)
    return 0.0014 * waves + 0.0002 * value_noise(u * 170.0, v * 170.0, seed)


@kernel
def grain_tone(u: float, v: float, seed: int, footprint_m: float) -> float:
    """Darkness 0 to 1 of a plain-sawn board: cathedral rings about a heart line, pores, now and then a knot."""
    heart_v = 0.10 * (hash01(seed, 1, 5) - 0.5)
    heart_u = 3.0 * (hash01(seed, 2, 5) - 0.5)
    warp = fractal_noise(u * 1.1, v * 6.0, 3, seed) - 0.5
    knot_u = 1.2 * hash01(seed, 3, 5) - 0.6
    knot_v = 0.09 * (hash01(seed, 4, 5) - 0.5)
    knot = 0.0
    bend = 0.0
    if hash01(seed, 6, 5) > 0.55:
        d = math.sqrt(((u - knot_u) * 0.55) ** 2 + (v - knot_v) ** 2)
        bend = 0.030 * math.exp(-d / 0.022)
        knot = smoothstep(0.016, 0.006, d) + 0.5 * math.exp(-d / 0.02)
    y = v - heart_v + 0.030 * warp
    rings = math.sqrt(y * y + (0.050 * (u - heart_u)) ** 2) + bend
    phase = rings * 62.0 + 1.6 * warp
    ring = phase - math.floor(phase)
    late_wood = smoothstep(0.25, 0.92, ring) * smoothstep(1.0, 0.95, ring)
    pores = smoothstep(0.58, 0.85, streak_noise(u * 14.0, v * 520.0, 2, seed + 3))
    fibres = streak_noise(u * 3.0, v * 110.0, 3, seed + 4) - 0.5
    clouds = fractal_noise(u * 2.0, v * 8.0, 3, seed + 5) - 0.5
    tone = 0.34 + 0.34 * (late_wood - 0.4) * visible(0.016, footprint_m) + 0.30 * fibres + 0.45 * clouds
    return float(min(max(tone + 0.22 * pores * visible(0.004, footprint_m) + 0.75 * knot, 0.0), 1.0))


@kernel
def _plank(u: float, v: float, seed: int) -> tuple[int, int, float, float]:
    """Row and number of the plank at (u, v), and the distances (m) to its end and to its side."""
    lane = math.floor(v / PLANK_WIDTH_M)
    x = u / PLANK_LENGTH_M + hash01(lane, 11, seed)
    k = math.floor(x)
    start = k + 0.7 * (hash01(lane, k, seed) - 0.5)
    if x < start:
        k -= 1
    elif x >= k + 1 + 0.7 * (hash01(lane, k + 1, seed) - 0.5):
        k += 1
    start = k + 0.7 * (hash01(lane, k, seed) - 0.5)
    end = k + 1 + 0.7 * (hash01(lane, k + 1, seed) - 0.5)
    side = v / PLANK_WIDTH_M - lane
    return lane, k, min(x - start, end - x) * PLANK_LENGTH_M, min(side, 1.0 - side) * PLANK_WIDTH_M


@kernel
def planks_rgb(u: float, v: float, row: Row, footprint_m: float) -> Rgb:
    """Oak floor: every plank with its own tone and grain, dark joints."""
    seed = int(row[15])
    lane, k, end, side = _plank(u, v, seed)
    number = int(hash01(lane, k, seed + 21) * 1e6)
    centre_v = (lane + 0.5) * PLANK_WIDTH_M
    tone = grain_tone(u - 2.0 * k, v - centre_v, number, footprint_m)
    light = 1.0 + 0.34 * (hash01(lane, k, seed + 22) - 0.5)
    warm = 0.10 * (hash01(lane, k, seed + 23) - 0.5)
    joint = smoothstep(0.0006, 0.0022 + 0.5 * footprint_m, min(end, side))
    worn = 1.0 + 0.16 * (fractal_noise(u * 1.7, v * 1.7, 3, seed + 24) - 0.5)
    gap = 0.30 + 0.70 * joint
    factor = row[7]
    mix = min(max(0.5 + factor * (tone - 0.36), 0.0), 1.0)
    scale = light * worn * gap
    r = (row[0] * (1.0 - mix) + row[3] * mix) * scale * (1.0 + warm)
    g = (row[1] * (1.0 - mix) + row[4] * mix) * scale
    b = (row[2] * (1.0 - mix) + row[5] * mix) * scale * (1.0 - warm)
    return r, g, b


@kernel
def planks_relief(u: float, v: float, row: Row) -> float:
    """Height (m): bevelled joints and brushed grain."""
    seed = int(row[15])
    _, _, end, side = _plank(u, v, seed)
    grain = streak_noise(u * 4.0, v * 160.0, 2, seed)
    return 0.0012 * smoothstep(0.0, 0.004, min(end, side)) + 0.00035 * grain


@kernel
def _brick(u: float, v: float, seed: int) -> tuple[int, int, float]:
    """Column and course of the brick at (u, v), and how deep (m) inside its face the place lies."""
    u += 0.005 * (value_noise(u * 45.0, v * 45.0, seed) - 0.5)
    v += 0.005 * (value_noise(u * 38.0 + 9.0, v * 38.0, seed + 1) - 0.5)
    length, height = BRICK_M
    course = math.floor(v / height)
    x = u / length + 0.5 * (course % 2) + 0.10 * (hash01(course, 1, seed) - 0.5)
    column = math.floor(x)
    a, b = x - column, v / height - course
    inside = min(min(a, 1.0 - a) * length, min(b, 1.0 - b) * height) - MORTAR_M / 2.0
    return column, course, inside - 0.003 * hash01(column, course, seed + 2)


@kernel
def brick_rgb(u: float, v: float, row: Row, footprint_m: float) -> Rgb:
    """Old bricks between the two tints, some burnt, in pale mortar with traces of limewash."""
    seed = int(row[15])
    column, course, inside = _brick(u, v, seed)
    face = smoothstep(-0.0005 - 0.5 * footprint_m, 0.003 + 0.5 * footprint_m, inside)
    mix = hash01(column, course, seed + 3)
    burnt = 0.55 if hash01(column, course, seed + 4) > 0.90 else 1.0
    light = burnt * (0.78 + 0.45 * hash01(column, course, seed + 5))
    pitted = 1.0 + 0.55 * (fractal_noise(u * 42.0, v * 42.0, 4, seed + 6) - 0.5)
    pitted *= 1.0 + 0.35 * (value_noise(u * 300.0, v * 300.0, seed + 7) - 0.5) * visible(0.005, footprint_m)
    wash = 0.45 * smoothstep(0.50, 0.78, fractal_noise(u * 3.1, v * 3.1, 5, seed + 8))
    wash += 0.30 * smoothstep(0.55, 0.75, fractal_noise(u * 19.0, v * 19.0, 3, seed + 9))
    sand = 0.60 * (0.82 + 0.36 * fractal_noise(u * 90.0, v * 90.0, 3, seed + 10))
    r = (row[0] * (1.0 - mix) + row[3] * mix) * light * pitted
    g = (row[1] * (1.0 - mix) + row[4] * mix) * light * pitted
    b = (row[2] * (1.0 - mix) + row[5] * mix) * light * pitted
    wash = min(wash * row[7], 0.8)
    r, g, b = r + wash * (0.62 - r), g + wash * (0.59 - g), b + wash * (0.54 - b)
    return (
        face * r + (1.0 - face) * sand * 0.95,
        face * g + (1.0 - face) * sand * 0.90,
        face * b + (1.0 - face) * sand * 0.82,
    )


@kernel
def brick_relief(u: float, v: float, row: Row) -> float:
    """Height (m): rounded faces above raked joints."""
    seed = int(row[15])
    column, course, inside = _brick(u, v, seed)
    rough = 0.004 * fractal_noise(u * 55.0, v * 55.0, 3, seed + 6)
    proud = 0.006 + 0.003 * hash01(column, course, seed + 12)
    return float(proud * smoothstep(-0.001, 0.005, inside) + rough)


@kernel
def terrazzo_rgb(u: float, v: float, row: Row, footprint_m: float) -> Rgb:
    """Chips of three stones in cement."""
    s, seed = row[6], int(row[15])
    wobble = 0.3 * (value_noise(u / s * 1.7, v / s * 1.7, seed + 1) - 0.5)
    near, second, number = cell_noise(u / s + wobble, v / s - wobble, seed)
    chip = smoothstep(0.10, 0.16 + footprint_m / s, second - near) * (1.0 if number > 0.25 else 0.0)
    grain = 1.0 + 0.16 * (value_noise(u * 400.0, v * 400.0, seed + 2) - 0.5) * visible(0.004, footprint_m)
    shade = 0.35 + 0.9 * (number * 7.0 - math.floor(number * 7.0))
    warm = number * 13.0 - math.floor(number * 13.0)
    r = row[0] + chip * (row[3] * shade * (0.8 + 0.5 * warm) - row[0])
    g = row[1] + chip * (row[4] * shade - row[1])
    b = row[2] + chip * (row[5] * shade * (1.15 - 0.4 * warm) - row[2])
    return r * grain, g * grain, b * grain


@kernel
def leaf_rgb(u: float, v: float, row: Row) -> Rgb:
    """A leaf blade: u from -1 to 1 across, v from 0 at the stalk to 1 at the tip."""
    seed = int(row[15])
    rib = smoothstep(0.07, 0.02, abs(u))
    side = (v - 0.22 * abs(u)) * 10.0
    vein = smoothstep(0.13, 0.03, abs(side - math.floor(side) - 0.5)) * 0.5
    mottle = fractal_noise(u * 3.0 + seed, v * 6.0, 3, seed) - 0.5
    mix = min(max(0.45 + 0.9 * mottle - 0.25 * v + 0.3 * (hash01(seed, 3, 1) - 0.5), 0.0), 1.0)
    pale = min(rib + vein, 1.0) * 0.45
    r = row[0] * (1.0 - mix) + row[3] * mix
    g = row[1] * (1.0 - mix) + row[4] * mix
    b = row[2] * (1.0 - mix) + row[5] * mix
    return r + pale * (0.30 - r), g + pale * (0.42 - g), b + pale * (0.14 - b)

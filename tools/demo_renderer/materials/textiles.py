"""Tone and relief of cloth: woven fabric with printed patterns, knitting, wicker and rug pile."""

import math

import numpy as np
from jaxtyping import Float

from tools.demo_renderer.jit import kernel
from tools.demo_renderer.noise import fractal_noise, hash01, smoothstep, streak_noise, value_noise

Row = Float[np.ndarray, "17"]


@kernel
def visible(feature_m: float, footprint_m: float) -> float:
    """1 where a pixel resolves a feature, 0 where it is too small: fades detail instead of aliasing it."""
    return float(1.0 - smoothstep(0.35 * feature_m, 1.1 * feature_m, footprint_m))


@kernel
def fabric_tone(u: float, v: float, row: Row, footprint_m: float) -> float:
    """Factor around 1: single threads, slubs along both directions, and large soft mottling."""
    s, seed = row[6], int(row[15])
    thread = hash01(math.floor(u / s), math.floor(v / s), seed) - 0.5
    slub = streak_noise(u / (s * 26.0), v / (s * 1.7), 2, seed + 1) - 0.5
    slub += streak_noise(v / (s * 26.0), u / (s * 1.7), 2, seed + 2) - 0.5
    mottle = fractal_noise(u * 11.0, v * 11.0, 4, seed + 3) - 0.5
    detail = 0.34 * thread * visible(s, footprint_m) + 0.34 * slub * visible(3.0 * s, footprint_m)
    return float(1.0 + row[7] * (detail + 0.34 * mottle))


@kernel
def fabric_relief(u: float, v: float, row: Row, footprint_m: float) -> float:
    """Height (m) of a plain weave: threads pass over and under each other."""
    s = row[6]
    a, b = u / s, v / s
    over = (math.floor(a) + math.floor(b)) % 2
    x, y = a - math.floor(a), b - math.floor(b)
    arch = math.sin(math.pi * x) if over == 0 else math.sin(math.pi * y)
    coarse = 0.9 * s * (value_noise(u * 60.0, v * 60.0, int(row[15])) - 0.5)
    return float(0.30 * s * arch * visible(s, footprint_m) + coarse)


@kernel
def printed(u: float, v: float, pattern: int, seed: int) -> float:
    """Share of the second colour in a printed pattern, in metres: 1 stripes, 2 check, 3 zigzag, 4 sprigs."""
    wobble = 0.004 * (fractal_noise(u * 20.0, v * 20.0, 2, seed) - 0.5)
    u, v = u + wobble, v - wobble
    if pattern == 1:
        band = math.floor(u / 0.022)
        return float(1.0 if hash01(band, 3, seed) > 0.62 else 0.25 * hash01(band, 5, seed))
    if pattern == 2:
        a = 0.5 if hash01(math.floor(u / 0.03), 1, seed) > 0.6 else 0.0
        b = 0.5 if hash01(math.floor(v / 0.03), 2, seed) > 0.6 else 0.0
        return float(a + b)
    if pattern == 3:
        shift = 0.035 * abs((u / 0.07) % 2.0 - 1.0)
        band = math.floor((v + shift) / 0.025)
        return float(1.0 if hash01(band, 7, seed) > 0.55 else 0.0)
    return sprig(u, v, seed)


@kernel
def sprig(u: float, v: float, seed: int) -> float:
    """Scattered little branches: every cell of 12 cm has one, placed and turned by chance."""
    i, j = math.floor(u / 0.12), math.floor(v / 0.12)
    best = 0.0
    for a in range(i - 1, i + 2):
        for b in range(j - 1, j + 2):
            angle = 6.283 * hash01(a, b, seed)
            x = u / 0.12 - a - hash01(a, b, seed + 1)
            y = v / 0.12 - b - hash01(a, b, seed + 2)
            p = x * math.cos(angle) + y * math.sin(angle)
            q = -x * math.sin(angle) + y * math.cos(angle)
            if abs(p) > 0.5:
                continue
            stem = 0.10 * p * p
            best = max(best, smoothstep(0.030, 0.015, abs(q - stem)))
            k = math.floor((p + 0.5) * 5.0 + 0.5)
            side = 1.0 if k % 2 == 0 else -1.0
            along = (p + 0.5) * 5.0 - k
            leaf = along * along * 3.2 + ((abs(q - stem) - 0.10) / 0.09) ** 2
            if side * (q - stem) > 0.0:
                best = max(best, smoothstep(1.0, 0.75, leaf))
    return best


@kernel
def knit_relief(u: float, v: float, row: Row) -> float:
    """Height (m) of chunky stocking stitch: columns of V-shaped stitches."""
    s = row[6]
    x = u / s - math.floor(u / s)
    y = v / (0.8 * s) + 1.1 * abs(x - 0.5) + 0.25 * (value_noise(u * 9.0, v * 9.0, int(row[15])) - 0.5)
    stitch = math.sin(math.pi * (y - math.floor(y)))
    groove = min(abs(x - 0.5), 0.5 - abs(x - 0.5)) * 4.0
    return float(0.35 * s * stitch**0.7 * (0.4 + 0.6 * min(groove, 1.0)))


@kernel
def knit_tone(u: float, v: float, row: Row, footprint_m: float) -> float:
    """Factor below 1 in the valleys between stitches, with fibre noise."""
    s, seed = row[6], int(row[15])
    valley = knit_relief(u, v, row) / (0.35 * s)
    fibre = streak_noise(u * 900.0, v * 250.0, 2, seed) - 0.5
    mottle = fractal_noise(u * 8.0, v * 8.0, 3, seed + 1) - 0.5
    shade = (valley - 0.7) * 0.75 * visible(s, footprint_m)
    return float(1.0 + row[7] * (shade + 0.25 * fibre * visible(0.004, footprint_m) + 0.22 * mottle))


@kernel
def wicker_relief(u: float, v: float, row: Row) -> float:
    """Height (m) of basket work: flat strands over and under round rods."""
    s = row[6]
    a, b = u / (2.2 * s), v / s
    phase = math.pi * (a + (math.floor(b) % 2))
    y = b - math.floor(b)
    return float(0.30 * s * (0.5 + 0.5 * math.cos(phase * 1.0)) * math.sin(math.pi * y) ** 0.6)


@kernel
def wicker_tone(u: float, v: float, row: Row, footprint_m: float) -> float:
    """Factor: dark between strands, every strand with a tone of its own."""
    s, seed = row[6], int(row[15])
    depth = wicker_relief(u, v, row) / (0.30 * s)
    strand = hash01(math.floor(v / s), math.floor(u / (4.4 * s)), seed) - 0.5
    fibre = streak_noise(u * 40.0, v * 700.0, 2, seed) - 0.5
    mottle = fractal_noise(u * 7.0, v * 7.0, 3, seed + 5) - 0.5
    shade = 0.8 * (depth - 0.55) * visible(s, footprint_m)
    return float(1.0 + row[7] * (shade + 0.4 * strand * visible(s, footprint_m) + 0.3 * fibre + 0.2 * mottle))


@kernel
def pile_tone(u: float, v: float, seed: int, footprint_m: float) -> float:
    """Factor of rug pile (u, v in metres): tufts, wear and brushed patches."""
    tuft = hash01(math.floor(u / 0.005), math.floor(v / 0.0035), seed) - 0.5
    brushed = fractal_noise(u * 7.0, v * 7.0, 4, seed + 1) - 0.5
    fibre = value_noise(u * 130.0, v * 170.0, seed + 2) - 0.5
    tufts = 0.35 * tuft * visible(0.004, footprint_m) + 0.25 * fibre * visible(0.01, footprint_m)
    return 1.0 + tufts + 0.30 * brushed

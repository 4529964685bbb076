"""What surfaces look like from close by: noise and patterns, computed where a ray lands."""

import math
from enum import IntEnum

from numba import njit


class Texture(IntEnum):
    """Patterns of a material, laid over its two colours."""

    PLAIN = 0
    NOISE = 1
    PLANKS = 2
    CHECKER = 3
    STRIPES = 4
    TILES = 5
    BRICK = 6
    BLOBS = 7
    WEAVE = 8
    FOLDS = 9
    PANELS = 10
    BOOKS = 11
    PICTURE = 12
    RUG = 13
    MARBLE = 14
    SCREEN = 15
    DOOR = 16
    SLATS = 17
    QUILT = 18
    LEAVES = 19
    HERRINGBONE = 20
    SHOP = 21
    STONE = 22
    PILE = 23


@njit(cache=True, nogil=True)
def chance(i, j, seed):  # type: ignore[no-untyped-def]
    """A number in [0, 1) that depends on three integers."""
    h = (i * 374761393 + j * 668265263 + seed * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1103515245) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 2654435761) & 0xFFFFFFFF
    return ((h ^ (h >> 15)) & 0xFFFFFF) / 16777216.0


@njit(cache=True, nogil=True, fastmath=True)
def noise(u, v, seed):  # type: ignore[no-untyped-def]
    """Smooth value noise in [0, 1)."""
    iu, iv = math.floor(u), math.floor(v)
    fu, fv = u - iu, v - iv
    fu, fv = fu * fu * (3 - 2 * fu), fv * fv * (3 - 2 * fv)
    i, j = int(iu), int(iv)
    low = chance(i, j, seed) * (1 - fu) + chance(i + 1, j, seed) * fu
    high = chance(i, j + 1, seed) * (1 - fu) + chance(i + 1, j + 1, seed) * fu
    return low * (1 - fv) + high * fv


@njit(cache=True, nogil=True, fastmath=True)
def clouds(u, v, seed):  # type: ignore[no-untyped-def]
    """Three octaves of noise in [0, 1)."""
    return (
        0.55 * noise(u, v, seed)
        + 0.3 * noise(u * 2.1, v * 2.1, seed + 1)
        + 0.15 * noise(u * 4.3, v * 4.3, seed + 2)
    )


@njit(cache=True, nogil=True, fastmath=True)
def pattern(kind, u, v, hu, hv, seed):  # type: ignore[no-untyped-def]
    """Mix of the two colours, shade, and share and colour of what is painted over it.

    Args:
        kind: of :class:`Texture`.
        u, v: place on the face in units of the pattern (metres times scale), from its middle.
        hu, hv: half sizes of the face in the same units.
        seed: of this material.
    """
    if kind == 0:
        return 0.0, 1.0, 0.0, 0.0, 0.0, 0.0
    if kind <= 6 or kind == 20 or kind == 22:
        mix, shade = _tiling(kind, u, v, seed)
        return mix, shade, 0.0, 0.0, 0.0, 0.0
    if kind in (11, 12, 13, 15, 21):
        return _painted(kind, u, v, hu, hv, seed)
    mix, shade = _cloth(kind, u, v, hu, hv, seed)
    return mix, shade, 0.0, 0.0, 0.0, 0.0


@njit(cache=True, nogil=True, fastmath=True)
def _tiling(kind, u, v, seed):  # type: ignore[no-untyped-def]
    if kind == 1:
        return clouds(u, v, seed), 1.0
    if kind == 2:
        return _planks(u, v, seed)
    if kind == 3:
        return float((math.floor(u) + math.floor(v)) & 1), 1.0
    if kind == 4:
        return 1.0 if u - math.floor(u) < 0.5 else 0.0, 1.0
    if kind == 20:  # herringbone: planks turned by the square that they lie in
        turned = (math.floor(u * 0.25) + math.floor(v * 0.25)) & 1
        return _planks(u, v, seed) if turned else _planks(v, u, seed)
    if kind == 22:
        return _stones(u, v, seed)
    row = math.floor(v)
    shifted = u * 0.5 + 0.5 * (int(row) & 1) if kind == 6 else u
    column = math.floor(shifted)
    joint = min(min(v - row, row + 1 - v), (shifted - column if kind == 5 else 2 * (shifted - column)))
    shade = 0.86 + 0.22 * chance(int(column), int(row), seed)
    return (1.0, 1.0) if joint < 0.06 else (0.0, shade)


@njit(cache=True, nogil=True, fastmath=True)
def _planks(u, v, seed):  # type: ignore[no-untyped-def]
    row = math.floor(v)
    shifted = u * 0.12 + chance(int(row), 3, seed) * 7.0
    tone = chance(math.floor(shifted), int(row), seed)
    grain = noise(u * 0.7, v * 7.0, seed + 5)
    gap = 0.7 if (v - row < 0.06 or shifted - math.floor(shifted) < 0.012) else 1.0
    return 0.6 * tone + 0.4 * grain, gap


@njit(cache=True, nogil=True, fastmath=True)
def _stones(u, v, seed):  # type: ignore[no-untyped-def]
    """Courses of stones of unlike length and tone, with dark joints."""
    high = v + 0.25 * noise(u * 0.35, v * 0.9, seed + 8)
    row = math.floor(high)
    across = u * (0.35 + 0.5 * chance(int(row), 2, seed)) + chance(int(row), 3, seed) * 9.0
    column = math.floor(across)
    tone = chance(int(column), int(row), seed)
    joint = min(min(high - row, row + 1 - high), 1.5 * min(across - column, column + 1 - across))
    rough = 0.75 + 0.35 * noise(u * 3.0, v * 3.0, seed + 6)
    return tone, (0.45 + 0.3 * tone if joint < 0.07 else rough)


@njit(cache=True, nogil=True, fastmath=True)
def _cloth(kind, u, v, hu, hv, seed):  # type: ignore[no-untyped-def]
    if kind == 7:
        edge = (clouds(u, v, seed) - 0.47) * 9.0
        return min(max(edge + 0.5, 0.0), 1.0), 1.0
    if kind == 8:
        return 0.5 * noise(u * 5, v * 5, seed) + 0.5 * noise(u * 0.7, v * 0.7, seed + 3), 1.0
    if kind == 23:  # pile: tufts that lie this way and that, and tracks of the vacuum cleaner
        tufts = noise(u * 9, v * 9, seed)
        tracks = clouds(u * 0.35, v * 0.25, seed + 2)
        return 0.7 * tufts + 0.3 * tracks, 0.88 + 0.3 * (tracks - 0.5) + 0.2 * tufts
    if kind == 9:  # folds of a curtain
        wave = math.sin(6.283 * (u + 0.35 * noise(u * 0.7, v * 0.15, seed)))
        return 0.5 - 0.5 * wave, 0.82 + 0.18 * wave
    if kind == 10:
        return _panels(u, v, hv)
    if kind == 14:
        vein = abs(clouds(u + 0.6 * noise(u * 2, v * 2, seed + 9), v, seed) - 0.5)
        return max(0.0, 1.0 - vein * 12.0), 0.95 + 0.1 * noise(u, v, seed)
    if kind == 16:
        return _door(u / hu, v / hv)
    if kind == 17:
        return 0.0, 0.72 + 0.28 * abs(2 * (v - math.floor(v)) - 1)
    if kind == 18:  # linen: soft wrinkles
        ridge = 1.0 - abs(2 * clouds(u * 0.8 + v * 0.3, v * 0.8, seed) - 1)
        return noise(u * 0.4, v * 0.4, seed + 1), 0.8 + 0.25 * ridge
    leaf = clouds(u * 1.6, v * 1.6, seed)
    return leaf, 0.55 + 0.9 * noise(u * 3.1, v * 3.1, seed + 4)


@njit(cache=True, nogil=True, fastmath=True)
def _panels(u, v, hv):  # type: ignore[no-untyped-def]
    """Fronts of cupboards: one door per unit of u, gaps between them, a handle."""
    fu = u - math.floor(u)
    if fu < 0.025 or fu > 0.975 or abs(v) > 0.97 * hv:
        return 0.0, 0.45
    if 0.82 < fu < 0.88 and abs(v - 0.25 * hv) < 0.12 * hv:
        return 1.0, 1.0
    inner = 0.14 < fu < 0.78 and abs(v) < 0.75 * hv
    return 0.0, 0.97 if inner else 1.0


@njit(cache=True, nogil=True, fastmath=True)
def _door(a, b):  # type: ignore[no-untyped-def]
    if abs(a) > 0.88 or b > 0.95:
        return 0.0, 1.08
    if (abs(abs(a) - 0.55) < 0.04 and -0.85 < b < 0.85) or (abs(a) < 0.55 and abs(abs(b - 0.1) - 0.6) < 0.02):
        return 0.0, 0.85
    if 0.68 < a < 0.84 and abs(b) < 0.02:
        return 1.0, 1.0
    return 0.0, 1.0


@njit(cache=True, nogil=True, fastmath=True)
def _painted(kind, u, v, hu, hv, seed):  # type: ignore[no-untyped-def]
    a, b = u / hu, v / hv
    if kind == 11 or kind == 21:  # books; things in a shelf
        width = 12.0 if kind == 11 else 4.0
        i, j = math.floor(u * width), math.floor(v * 0.2)
        light = 0.15 + 0.8 * chance(i, j, seed)
        gone = 0.0 if chance(i, j, seed + 4) < 0.15 or b > 0.3 + 0.7 * chance(i, j, seed + 6) else 1.0
        r, g = light * (0.4 + 0.6 * chance(i, j, seed + 1)), light * (0.4 + 0.6 * chance(i, j, seed + 2))
        return 0.0, 1.0, gone, r, g, light * (0.4 + 0.6 * chance(i, j, seed + 3))
    if kind == 13:
        return _rug(a, b, u, v, seed)
    if kind == 15:
        edge = abs(a) > 0.97 or abs(b) > 0.95
        glare = 0.12 * max(0.0, 1 - ((a - 0.4) ** 2 + (b - 0.2) ** 2) * 3) * chance(1, 1, seed)
        return 1.0 if edge else 0.0, 1.0, 0.0 if edge else min(1.0, 4 * glare), 0.6, 0.65, 0.7
    return _picture(a, b, u, v, seed)


@njit(cache=True, nogil=True, fastmath=True)
def _rug(a, b, u, v, seed):  # type: ignore[no-untyped-def]
    ring = max(abs(a), abs(b))
    style = chance(0, 0, seed)
    if ring > 0.95:
        return 1.0, 1.0, 0.0, 0.0, 0.0, 0.0
    if ring > 0.78 and style < 0.7:
        return 0.5 + 0.5 * math.sin(40 * (a + b) * style), 1.0, 0.0, 0.0, 0.0, 0.0
    if style < 0.4:
        figure = math.sin(9 * a * (1 + style)) * math.sin(9 * b) + noise(abs(u) * 4, abs(v) * 4, seed) - 0.5
        return (1.0 if figure > 0 else 0.0), 1.0, 0.25, style * 2, 0.4 * style, 0.3
    return clouds(u * 3, v * 3, seed), 1.0, 0.0, 0.0, 0.0, 0.0


@njit(cache=True, nogil=True, fastmath=True)
def _picture(a, b, u, v, seed):  # type: ignore[no-untyped-def]
    frame = 0.03 + 0.1 * chance(1, 0, seed)
    mat = frame + 0.25 * chance(2, 0, seed) * (1.0 if chance(3, 0, seed) < 0.6 else 0.0)
    ring = max(abs(a), abs(b))
    if ring > 1 - frame:
        return 1.0, 1.0, 0.0, 0.0, 0.0, 0.0
    if ring > 1 - mat:
        return 0.0, 1.0, 1.0, 0.92, 0.91, 0.88
    detail = 1.5 + 5 * chance(4, 0, seed)
    r = clouds(a * detail, b * detail, seed)
    g = clouds(a * detail + 0.4 * r, b * detail, seed + 11)
    blue = clouds(a * detail, b * detail + 0.4 * g, seed + 23)
    if chance(5, 0, seed) < 0.4:  # a view with a horizon
        up = 1.0 if b > 0.2 * chance(6, 0, seed) + 0.15 * (r - 0.5) else 0.0
        r, g, blue = 0.5 * r + 0.35 * up, 0.5 * g + 0.4 * up, 0.5 * blue + 0.45 * up
    grey = 1.4 if chance(7, 0, seed) < 0.5 else 2.2
    dark = 0.35 + 0.8 * chance(8, 0, seed)
    r, g, blue = (r - 0.5) * grey + 0.5, (g - 0.5) * grey + 0.5, (blue - 0.5) * grey + 0.5
    return 0.0, 1.0, 1.0, max(0.02, r * dark), max(0.02, g * dark), max(0.02, blue * dark)
